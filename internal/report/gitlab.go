package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"oust/internal/finding"
)

type (
	gitlabIssue struct {
		Description string         `json:"description"`
		Check       string         `json:"check_name"`
		Fingerprint string         `json:"fingerprint"`
		Severity    string         `json:"severity"`
		Location    gitlabLocation `json:"location"`
	}
	gitlabLocation struct {
		Path  string      `json:"path"`
		Lines gitlabLines `json:"lines"`
	}
	gitlabLines struct {
		Begin int `json:"begin"`
	}
)

// GitLab writes a code quality report. GitLab compares the reports of two branches itself,
// so what was there before is in it; what is accepted is not.
func GitLab(w io.Writer, r *finding.Report) error {
	names := map[finding.Severity]string{
		finding.Critical: "blocker", finding.High: "critical", finding.Medium: "major", finding.Low: "minor", finding.Info: "info",
	}
	issues := []gitlabIssue{}
	for _, f := range worst(r) {
		if r.Outcome(f) == finding.IsAccepted {
			continue
		}
		p, ok := placeOf(r, f)
		if !ok {
			p.File = nameOf(f)
		}
		issues = append(issues, gitlabIssue{
			Description: message(r, f), Check: f.Technique, Fingerprint: f.ID, Severity: names[f.Severity],
			Location: gitlabLocation{Path: Visible(filepath.ToSlash(filepath.Clean(p.File))), Lines: gitlabLines{max(1, p.Line)}},
		})
	}
	b := bufio.NewWriter(w)
	if err := json.NewEncoder(b).Encode(issues); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return b.Flush()
}
