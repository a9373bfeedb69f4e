package accept

import (
	"fmt"
	"time"

	"oust/internal/finding"
)

// Apply marks the findings that are accepted, and notes in the coverage every decision that does not count or soon will not.
// The list must have been checked. When the report covers a part only, of the techniques or of the time,
// entries that match nothing are not complained about.
func Apply(r *finding.Report, list []Entry, now time.Time, part bool) {
	byID := map[string]*finding.Finding{}
	for i := range r.Findings {
		byID[r.Findings[i].ID] = &r.Findings[i]
	}
	for i := range list {
		e := &list[i]
		a := finding.Accepted{Finding: e.Finding, Reason: e.Reason, Owner: e.Owner, Until: e.Until, Origin: e.origin()}
		f := byID[e.Finding]
		switch {
		case f == nil && part:
			continue
		case f == nil:
			a.State, a.Note = finding.Orphaned, "nothing that was given matches it"
			r.Coverage.Accepts = append(r.Coverage.Accepts, a)
		default:
			settle(r, f, a, e.Content, now)
		}
	}
}

// settle applies one decision to the finding that it is about.
func settle(r *finding.Report, f *finding.Finding, a finding.Accepted, content string, now time.Time) {
	end, err := decision(a.Finding, a.Reason, a.Owner, a.Until, now)
	switch {
	case err != nil:
		a.State, a.Note = finding.Faulty, err.Error()
	case !now.Before(end):
		a.State, a.Note = finding.Expired, "the finding counts again"
	case content != "" && content != Content(f):
		a.State, a.Note = finding.Void, "what was accepted has changed since; the finding counts again"
	case end.Sub(now) <= soon:
		a.State, a.Note = finding.Expiring, fmt.Sprintf("ends in %d days", int(end.Sub(now).Hours()/24))
	default:
		a.State = finding.Active
	}
	if a.State == finding.Active || a.State == finding.Expiring {
		f.Accepted = &a
	}
	if a.State != finding.Active {
		r.Coverage.Accepts = append(r.Coverage.Accepts, a)
	}
}

// Known compares a report with an earlier one: a finding that was in it, and is about the same content, is unchanged.
// One whose content has changed since is widened, unless it has become less severe.
func Known(r, earlier *finding.Report) {
	before := map[string]*finding.Finding{}
	for i := range earlier.Findings {
		before[earlier.Findings[i].ID] = &earlier.Findings[i]
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		b := before[f.ID]
		switch {
		case f.Baseline == finding.Unchanged:
		case b == nil:
			if f.Baseline == "" {
				f.Baseline = finding.New
			}
		case f.Severity.Rank() < b.Severity.Rank(), f.Severity == b.Severity && Content(f) == Content(b):
			f.Baseline = finding.Unchanged
		default:
			f.Baseline = finding.Widened
		}
	}
}
