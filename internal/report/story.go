package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"oust/internal/finding"
)

// Story tells a case: its paragraph, the time line with its gaps, the lineage, and the evidence of every finding.
// A trace without resources, as of a saved report, leaves time line and lineage out.
func Story(w io.Writer, tr *finding.Trace, findings []finding.Finding, story string, s Style) error {
	t := newText(w, s)
	t.coverage(&tr.Coverage)
	t.line("", fmt.Sprintf("%s %s", tr.Clue.What, Visible(tr.Clue.Text)))
	if story != "" {
		t.line("  ", Visible(story))
	}
	t.blank()
	if len(tr.Resources) > 0 {
		t.timeline(tr)
		t.origin(tr)
		t.forward(tr)
		t.refused(tr)
	}
	for i := range findings {
		t.evidence(&findings[i])
	}
	return t.b.Flush()
}

// quiet is how long nothing has to happen to be said.
const quiet = 15 * time.Minute

// timeline lists what was done, each record once, and where nothing was for a while.
func (t *text) timeline(tr *finding.Trace) {
	var all []finding.Deed
	seen := map[string]bool{}
	for _, r := range tr.Resources {
		for _, d := range r.Deeds {
			if !seen[d.EventID] {
				seen[d.EventID] = true
				all = append(all, d)
			}
		}
	}
	all = append(all, tr.Attempts...)
	slices.SortStableFunc(all, func(a, b finding.Deed) int {
		return cmp.Or(a.Time.Compare(b.Time.Time), cmp.Compare(a.EventID, b.EventID))
	})
	t.line("", "TIME LINE")
	var last finding.Time
	for _, d := range all {
		if gap := d.Time.Sub(last.Time); !last.IsZero() && gap > quiet {
			t.line("        ", "… nothing for "+gap.Round(time.Minute).String())
		}
		last = d.Time
		refused := ""
		if d.Failure != "" {
			refused = ", refused: " + Visible(d.Failure)
		}
		t.line("  "+t.short(d.Time)+"  ", fmt.Sprintf("%s: %s by %s%s", Visible(d.Event), Short(Visible(d.Target), 70), Visible(d.Unit), refused))
	}
	t.blank()
}

// evidence shows a finding with all its reasons.
func (t *text) evidence(f *finding.Finding) {
	t.line("", fmt.Sprintf("%s  %s  %s  (%s)", t.severity(f.Severity), Visible(f.Technique), f.Status, f.ID))
	t.line("  ", Visible(f.Sentence))
	t.line("  ", f.State+": "+Visible(f.Why))
	for _, step := range f.Actor.Chain {
		t.line("  ← ", Visible(step))
	}
	for _, e := range f.Evidence {
		s := Visible(e.Field)
		if e.Value != "" {
			s += " = " + Visible(e.Value)
		}
		if e.Why != "" {
			s += "  " + Visible(e.Why)
		}
		t.line("    ", fmt.Sprintf("%s  %s", t.short(e.Time), s))
		t.line("      ", Visible(e.EventID)+"  "+Visible(e.Origin))
	}
	for _, u := range f.Unknown {
		t.line("    ", "unknown: "+Visible(u.Field)+", needs "+Visible(u.Needs))
	}
	t.blank()
}
