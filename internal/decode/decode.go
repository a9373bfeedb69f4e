// Package decode tells by its content what kind of log a stream is, and finds the records in it.
//
// Windows of bytes go in; outlines of records come out, in the order of the stream.
// One folder below is one log format.
package decode

import (
	"bytes"

	"oust/internal/decode/cloudtrail"
)

// A Stream decodes one stream after the other. The zero value with Emit set is ready.
type Stream struct {
	Emit   func(*cloudtrail.Record)
	Digest func([]byte)

	scan   cloudtrail.Scanner
	begun  bool
	format format
	table  []byte // a table is kept whole: its records are found at the end
	total  int
}

type format byte

const (
	unknown format = iota
	json
	table
)

// maxTable bounds a table, which has to be held whole.
const maxTable = 256 << 20

// Reset makes the Stream ready for the next stream.
func (s *Stream) Reset() {
	scan := s.scan
	scan.Emit, scan.Digest = s.Emit, s.Digest
	scan.Reset()
	*s = Stream{Emit: s.Emit, Digest: s.Digest, scan: scan, table: s.table[:0]}
}

// Scan decodes a window and returns how much of it was used; see cloudtrail.Scanner.Scan.
func (s *Stream) Scan(window []byte, final bool) (used int) {
	if !s.begun {
		s.begun = true
		s.format = sniff(window)
	}
	s.total += len(window)
	switch s.format {
	case json:
		return s.scan.Scan(window, final)
	case table:
		if len(s.table)+len(window) <= maxTable {
			s.table = append(s.table, window...)
		} else {
			s.format = unknown
		}
		if final {
			s.scan.Table(s.table)
		}
	}
	return len(window)
}

// Known reports whether the stream was of a format that is understood.
func (s *Stream) Known() bool { return s.format != unknown }

// Counts of what the stream held.
func (s *Stream) Counts() Counts {
	c := Counts{Records: s.scan.Records, Unsupported: s.scan.Unsupported, Digests: s.scan.Digests, Insights: s.scan.Insights}
	for reason, n := range s.scan.Undecodable {
		c.Undecodable += n
		if c.Reason == "" || reason < c.Reason {
			c.Reason = reason
		}
	}
	return c
}

// Counts is what a stream held.
type Counts struct {
	Records     int
	Digests     int
	Insights    int
	Unsupported int
	Undecodable int
	Reason      string // why something was undecodable
}

// sniff tells the format by the first bytes.
func sniff(b []byte) format {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n\x00\x1e")
	if len(b) == 0 {
		return unknown
	}
	if b[0] == '{' || b[0] == '[' {
		return json
	}
	if head, _, _ := bytes.Cut(b, []byte("\n")); cloudtrail.IsTable(head) {
		return table
	}
	return unknown
}
