package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"oust/internal/finding"
)

// What the reports for a delivery chain share. They go to places that many can read, so they hold
// the sentence of a finding and the reason, and neither the values of its evidence nor lines of source.

// placeOf tells where code declares what a finding is about; ok is false for findings from a log.
func placeOf(r *finding.Report, f *finding.Finding) (p finding.Place, ok bool) {
	if f.Place != nil {
		return *f.Place, f.Place.File != ""
	}
	if r.Verb != "gate" {
		return p, false
	}
	for _, e := range f.Evidence {
		if i := strings.LastIndexByte(e.Origin, ':'); i > 0 {
			if n, err := strconv.Atoi(e.Origin[i+1:]); err == nil {
				return finding.Place{File: e.Origin[:i], Line: n, End: n}, true
			}
		}
		if e.Origin != "" {
			return finding.Place{File: e.Origin}, true
		}
	}
	return p, false
}

// nameOf names the resource: by its address in code, else by its name.
func nameOf(f *finding.Finding) string {
	return cmp.Or(f.Resource.Address, f.Resource.Name, f.Resource.ID, f.Resource.Kind)
}

// titleOf names the technique.
func titleOf(f *finding.Finding) string { return cmp.Or(f.Title, f.Technique) }

// message says what was found and why, on one line.
func message(r *finding.Report, f *finding.Finding) string {
	s := f.Sentence
	if why := reason(f); why != "" {
		s += ": " + why
	}
	switch r.Outcome(f) {
	case finding.Undetermined:
		s = "undetermined: " + s
		if len(f.Unknown) > 0 {
			s += "; " + f.Unknown[0].Field + " is unknown, needs " + f.Unknown[0].Needs
		}
	case finding.IsAccepted:
		s += "; " + acceptedBy(f.Accepted)
	case finding.WasThere:
		s += "; it was there before"
	}
	return Visible(s)
}

func acceptedBy(a *finding.Accepted) string {
	return fmt.Sprintf("accepted by %s until %s: %s", a.Owner, a.Until, a.Reason)
}

// worst returns the findings, the most severe first, else in their order.
// Those that were only recorded, without a reason for doubt, are left out.
func worst(r *finding.Report) (out []*finding.Finding) {
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Severity != finding.Info || r.Outcome(f) != finding.Pass {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *finding.Finding) int { return b.Severity.Rank() - a.Severity.Rank() })
	return out
}

// A lack is something that was not looked at, or a decision that does not count.
type lack struct {
	text string // visible
	hard bool   // the run cannot be called complete with it
}

func missing(r *finding.Report) (out []lack) {
	for _, s := range r.Coverage.Files.Skipped {
		if !s.Harmless {
			out = append(out, lack{Visible("not read: " + s.Path + ": " + s.Reason), true})
		}
	}
	if n := r.Coverage.Events.Undecodable; n > 0 {
		out = append(out, lack{count(n, "record") + " could not be decoded", true})
	}
	for _, g := range r.Coverage.Unknown {
		out = append(out, lack{Visible("unknown: " + g.What + "; settled by " + g.Needs), false})
	}
	for i := range r.Coverage.Accepts {
		out = append(out, lack{decision(&r.Coverage.Accepts[i]), false})
	}
	return out
}

// decision says what is the matter with an acceptance.
func decision(a *finding.Accepted) string {
	return Visible(fmt.Sprintf("%s acceptance of %s (%s, until %s) at %s: %s", a.State, cmp.Or(a.Finding, "nothing"), cmp.Or(a.Owner, "nobody"), cmp.Or(a.Until, "no day"), a.Origin, a.Note))
}
