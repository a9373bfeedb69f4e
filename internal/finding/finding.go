// Package finding holds the nouns of every report: findings, cases, evidence and coverage.
//
// Their JSON form is a contract: see oust schema.
// The package imports nothing but the standard library.
package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Version is the version of the JSON contract.
const Version = 1

// A Report is the one document that hunt, audit and gate make.
type Report struct {
	Version  int       `json:"version"`
	Verb     string    `json:"verb"`
	Coverage Coverage  `json:"coverage"`
	Findings []Finding `json:"findings"`
	Cases    []Case    `json:"cases"`

	FailOn Severity `json:"-"` // the level asked for; empty: low
}

// A Finding is one foothold: not one event, however many speak of it.
type Finding struct {
	ID        string     `json:"id"` // stable: technique, kind, resource and account, never time or file
	Technique string     `json:"technique"`
	Rows      []string   `json:"rows"`
	Attack    []string   `json:"attack"`
	Severity  Severity   `json:"severity"`
	Verdict   string     `json:"verdict"` // bad unexplained explained unknown
	Status    string     `json:"status"`  // attempted planted used removed unknown; audit: standing; gate: planned
	State     string     `json:"state"`   // standing ended ended-by-parent superseded expired disabled soft-deleted unknown
	Why       string     `json:"why"`     // what the state was decided by
	Cloud     string     `json:"cloud"`
	Account   string     `json:"account"`
	Region    string     `json:"region"`
	Resource  Resource   `json:"resource"`
	Actor     Actor      `json:"actor"`
	First     Time       `json:"first"`
	Last      Time       `json:"last"`
	Count     int        `json:"count"`
	Sentence  string     `json:"sentence"`
	Evidence  []Evidence `json:"evidence"`
	Unknown   []Unknown  `json:"unknown"`
	Baseline  string     `json:"baseline,omitempty"` // new widened unchanged; gate and --known
	Place     *Place     `json:"place,omitempty"`    // where code declares it
	Accepted  *Accepted  `json:"accepted,omitempty"` // by whom it was decided to live with it
	Case      string     `json:"case,omitempty"`

	Title   string `json:"-"` // of the technique
	Summary string `json:"-"` // of the technique
	Key     string `json:"-"` // of the resource in the state that was judged
}

// Over reports whether in that state nothing is left to be done.
func Over(state string) bool {
	return state == "ended" || state == "ended-by-parent" || state == "superseded" || state == "expired"
}

// Resource is what was left behind.
type Resource struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address,omitempty"` // its place in a plan
}

// Place is where code declares a resource.
type Place struct {
	File  string   `json:"file"`
	Line  int      `json:"line"`            // 1-based; 0 when the format has no lines
	End   int      `json:"end"`             // last line
	Lines []string `json:"lines,omitempty"` // those that decided, without secrets
}

// Baselines: how a finding compares with what was there before.
const (
	New       = "new"
	Widened   = "widened"
	Unchanged = "unchanged"
)

// Actor is who left it.
type Actor struct {
	Principal  string   `json:"principal"`
	Credential string   `json:"credential"`
	Session    string   `json:"session"`
	Address    string   `json:"address"`
	UserAgent  string   `json:"userAgent"`
	Type       string   `json:"type"`
	Chain      []string `json:"chain"` // how the session came about, latest first
}

// Evidence is one reason for the finding: an event, and the field in it that decided.
type Evidence struct {
	EventID string `json:"eventId"`
	Time    Time   `json:"time"`
	Origin  string `json:"origin"` // path:record in a log, path:line in code
	Field   string `json:"field"`
	Value   string `json:"value"`
	Why     string `json:"why"`
}

// MaxEvidence bounds the evidence of one finding.
const MaxEvidence = 100

// Unknown is a field that could not be read, and what would settle it.
type Unknown struct {
	Field string `json:"field"`
	Needs string `json:"needs"`
}

// A Case is the footholds of one intrusion.
type Case struct {
	ID       string   `json:"id"`
	Severity Severity `json:"severity"`
	Account  string   `json:"account"`
	First    Time     `json:"first"`
	Last     Time     `json:"last"`
	Actors   []string `json:"actors"`
	Story    string   `json:"story"`
	Findings []string `json:"findings"` // ids, in order of time
}

// Named lists the findings that a text names: those of a case, by its place or its id, or one by the beginning of its id.
func (r *Report) Named(text string) []string {
	for i, c := range r.Cases {
		if strings.EqualFold(c.ID, text) || strconv.Itoa(i+1) == text {
			return c.Findings
		}
	}
	for i := range r.Findings {
		if len(text) >= 6 && strings.HasPrefix(r.Findings[i].ID, strings.ToLower(text)) {
			return []string{r.Findings[i].ID}
		}
	}
	return nil
}

// ID makes the fingerprint of a finding.
func ID(technique, kind, id, account string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{technique, kind, id, account}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Severity is how bad a finding is.
type Severity string

// The severities, the least first.
const (
	Info     Severity = "info"
	Low      Severity = "low"
	Medium   Severity = "medium"
	High     Severity = "high"
	Critical Severity = "critical"
)

// Severities lists them in order.
var Severities = []Severity{Info, Low, Medium, High, Critical}

// Rank orders severities; -1 for one that does not exist.
func (s Severity) Rank() int {
	for i, t := range Severities {
		if s == t {
			return i
		}
	}
	return -1
}

// Lower is one step less severe, info at the least.
func (s Severity) Lower() Severity { return Severities[max(0, s.Rank()-1)] }

// Time is an instant in UTC; its zero value is written as null.
type Time struct{ time.Time }

// MarshalJSON writes RFC 3339, or null for no time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + t.UTC().Format(time.RFC3339) + `"`), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	return t.Time.UnmarshalJSON(b)
}
