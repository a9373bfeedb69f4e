// Package accept decides which findings do not count: those that somebody lives with, and those of an earlier report.
//
// A report and a list of decisions go in; the same findings come out, marked. None is ever left out:
// accepted ones stay in every report and still build cases.
package accept

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"oust/internal/finding"
)

// An Entry is one decision of the accept list. Technique, Resource and Account are there for readers:
// Finding, which is made of them, is what counts.
type Entry struct {
	Finding   string `yaml:"finding"`
	Technique string `yaml:"technique"`
	Resource  string `yaml:"resource"`
	Account   string `yaml:"account"`
	Reason    string `yaml:"reason"`
	Owner     string `yaml:"owner"`
	Until     string `yaml:"until"`   // the last day, 2026-12-31
	Content   string `yaml:"content"` // of what was accepted, see Content

	Line int    `yaml:"-"`
	File string `yaml:"-"`
}

// UnmarshalYAML notes where an entry stands.
func (e *Entry) UnmarshalYAML(n *yaml.Node) error {
	type plain Entry
	if err := n.Decode((*plain)(e)); err != nil {
		return err
	}
	e.Line = n.Line
	return nil
}

// soon is how long before its end a decision is announced.
const soon = 14 * 24 * time.Hour

// Check refuses a list with an entry that is not complete, or that would last for longer than a year.
func Check(list []Entry, now time.Time) error {
	for _, e := range list {
		if err := e.check(now); err != nil {
			return fmt.Errorf("%s: accept: %w", e.origin(), err)
		}
	}
	return nil
}

// CheckNew refuses a new entry for the same reasons, and one that is over already.
func CheckNew(e Entry, now time.Time) error {
	if err := e.check(now); err != nil {
		return err
	}
	if end, _ := decision(e.Finding, e.Reason, e.Owner, e.Until, now); !now.Before(end) {
		return fmt.Errorf("finding %s: until %s is over already", e.Finding, e.Until)
	}
	return nil
}

func (e *Entry) check(now time.Time) error {
	if e.Finding == "" {
		return fmt.Errorf("an entry names no finding; oust accept writes complete ones")
	}
	if e.Content == "" {
		return fmt.Errorf("finding %s: no content, so that a change would go unseen; oust accept writes it", e.Finding)
	}
	_, err := decision(e.Finding, e.Reason, e.Owner, e.Until, now)
	return err
}

// decision checks what every decision must have, and returns the moment after its last day.
func decision(id, reason, owner, until string, now time.Time) (end time.Time, err error) {
	for _, f := range []struct{ name, value string }{{"reason", reason}, {"owner", owner}, {"until", until}} {
		if strings.TrimSpace(f.value) == "" {
			return end, fmt.Errorf("finding %s: no %s", id, f.name)
		}
	}
	day, err := time.Parse(time.DateOnly, until)
	if err != nil {
		return end, fmt.Errorf("finding %s: until %q: want a day such as %s", id, until, now.AddDate(0, 3, 0).Format(time.DateOnly))
	}
	if day.After(now.AddDate(1, 0, 0)) {
		return end, fmt.Errorf("finding %s: until %s is more than a year away", id, until)
	}
	return day.AddDate(0, 0, 1), nil
}

func (e *Entry) origin() string { return fmt.Sprintf("%s:%d", e.File, e.Line) }

// Content is a hash of what was judged: kind and id of the resource, and the values that the technique shows of it.
// It does not depend on when, where or by whom it was seen. 32 hexadecimal digits.
func Content(f *finding.Finding) string {
	values := []string{}
	for _, e := range f.Evidence {
		if e.Field != "" {
			values = append(values, e.Field+"\x00"+e.Value)
		}
	}
	slices.Sort(values)
	parts := append([]string{f.Resource.Kind, cmp.Or(f.Resource.ID, f.Resource.Address)}, slices.Compact(values)...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00\x00")))
	return hex.EncodeToString(sum[:16])
}
