package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"oust/internal/finding"
)

// Read reads the JSON form of a report, as JSON writes it.
func Read(in io.Reader) (*finding.Report, error) {
	r := &finding.Report{}
	dec := json.NewDecoder(in)
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("no report in JSON: %w", err)
	}
	if r.Version != finding.Version {
		return nil, fmt.Errorf("a report of version %d; this is version %d", r.Version, finding.Version)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("no report in JSON: something follows it")
	}
	if r.Findings == nil {
		return nil, errors.New("no report in JSON: it has no findings, not even an empty list")
	}
	for i := range r.Findings {
		if r.Findings[i].ID == "" {
			return nil, fmt.Errorf("finding %d has no id", i+1)
		}
	}
	return r, nil
}
