package cloudtrail

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"

	"oust/internal/event"
)

// IsTable reports whether a line is the head of a table of CloudTrail records, as Athena and CloudTrail Lake save them.
func IsTable(head []byte) bool {
	low := bytes.ToLower(head)
	return bytes.Contains(low, []byte(",")) &&
		(bytes.Contains(low, []byte("eventname")) && bytes.Contains(low, []byte("eventsource")) || bytes.Contains(low, []byte("eventjson")))
}

// Table scans a table in CSV form. Rows that are no records are counted like those of any other stream.
func (s *Scanner) Table(b []byte) {
	r := csv.NewReader(bytes.NewReader(b))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	head, err := r.Read()
	if err != nil {
		s.fail(Broken)
		return
	}
	for {
		row, err := r.Read()
		if row == nil {
			if err != nil && err.Error() != "EOF" {
				s.fail(Broken)
			}
			return
		}
		s.columns(rowObject(head, row))
	}
}

func rowObject(head, row []string) []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, name := range head {
		if i >= len(row) || row[i] == "" || row[i] == "null" {
			continue
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		writeString(&out, strings.TrimSpace(name))
		out.WriteByte(':')
		cell, err := json.Marshal(row[i])
		if err != nil {
			cell = []byte("null")
		}
		out.Write(rowValue(event.Wrap(cell, false)))
	}
	out.WriteByte('}')
	return out.Bytes()
}
