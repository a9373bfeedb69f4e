// Package report draws reports: for people, for machines, for spreadsheets.
//
// A finding.Report goes in, bytes come out. Hostile text is made harmless here, where it is drawn, and nowhere else.
package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"oust/internal/finding"
)

// JSON writes the whole report, one finding a line.
func JSON(w io.Writer, r *finding.Report) error {
	b := bufio.NewWriterSize(w, 1<<16)
	fmt.Fprintf(b, `{"version":%d,"verb":%q,"coverage":`, r.Version, r.Verb)
	if err := encode(b, r.Coverage); err != nil {
		return err
	}
	if err := list(b, "findings", r.Findings); err != nil {
		return err
	}
	if err := list(b, "cases", r.Cases); err != nil {
		return err
	}
	b.WriteString("}\n")
	return b.Flush()
}

func list[T any](b *bufio.Writer, name string, items []T) error {
	fmt.Fprintf(b, ",\n%q:[", name)
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		if err := encode(b, &items[i]); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

// encode writes one value as JSON without a line break.
func encode(b *bufio.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	b.Write(text)
	return nil
}

// JSONL writes one finding a line, and what was looked at on the last.
func JSONL(w io.Writer, r *finding.Report) error {
	b := bufio.NewWriterSize(w, 1<<16)
	for i := range r.Findings {
		if err := encode(b, &r.Findings[i]); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	if err := encode(b, map[string]any{"version": r.Version, "verb": r.Verb, "coverage": r.Coverage}); err != nil {
		return err
	}
	b.WriteByte('\n')
	return b.Flush()
}

// columns of the CSV report.
var columns = []string{"id", "severity", "verdict", "status", "state", "technique", "rows", "attack", "cloud", "account", "region",
	"kind", "resource", "name", "principal", "credential", "session", "address", "user_agent", "first", "last", "count", "sentence",
	"why", "unknown", "event_id", "origin", "case", "address_in_code", "file", "line", "baseline", "accepted"}

// CSV writes one finding a row. Cells that a spreadsheet would run are quoted.
func CSV(w io.Writer, r *finding.Report) error {
	c := csv.NewWriter(w)
	if err := c.Write(columns); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for i := range r.Findings {
		row := csvRow(&r.Findings[i])
		for j := range row {
			row[j] = Cell(row[j])
		}
		if err := c.Write(row); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	c.Flush()
	return c.Error()
}

func csvRow(f *finding.Finding) []string {
	var e finding.Evidence
	if len(f.Evidence) > 0 {
		e = f.Evidence[0]
	}
	unknown := make([]string, len(f.Unknown))
	for i, u := range f.Unknown {
		unknown[i] = u.Field + " needs " + u.Needs
	}
	var place finding.Place
	if f.Place != nil {
		place = *f.Place
	}
	accepted := ""
	if f.Accepted != nil {
		accepted = acceptedBy(f.Accepted)
	}
	return []string{f.ID, string(f.Severity), f.Verdict, f.Status, f.State, f.Technique, strings.Join(f.Rows, " "), strings.Join(f.Attack, " "),
		f.Cloud, f.Account, f.Region, f.Resource.Kind, f.Resource.ID, f.Resource.Name, f.Actor.Principal, f.Actor.Credential, f.Actor.Session,
		f.Actor.Address, f.Actor.UserAgent, stamp(f.First), stamp(f.Last), strconv.Itoa(f.Count), f.Sentence, e.Why, strings.Join(unknown, "; "),
		e.EventID, e.Origin, f.Case, f.Resource.Address, place.File, strconv.Itoa(place.Line), f.Baseline, accepted}
}

func stamp(t finding.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
