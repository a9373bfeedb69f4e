package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"oust/internal/finding"
)

// TraceJSON writes a trace as one document.
func TraceJSON(w io.Writer, t *finding.Trace) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(t)
}

// Trace draws the lineage of a clue for people: back to where it began, then everything that came of it.
func Trace(w io.Writer, tr *finding.Trace, s Style) error {
	t := newText(w, s)
	t.coverage(&tr.Coverage)
	t.line("", fmt.Sprintf("TRACE  %s %s", tr.Clue.What, Visible(tr.Clue.Text)))
	t.blank()
	t.origin(tr)
	t.forward(tr)
	t.refused(tr)
	t.stops(tr)
	return t.b.Flush()
}

func newText(w io.Writer, s Style) *text {
	if s.Width < 40 {
		s.Width = 80
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	return &text{b: bufio.NewWriter(w), s: s}
}

func (t *text) origin(tr *finding.Trace) {
	t.line("", "BACK  what it came out of")
	for _, s := range tr.Origin {
		if s.How == "" {
			t.line("  ● ", fmt.Sprintf("%s: %s", Visible(s.Unit), Visible(s.End)))
			continue
		}
		how := "was opened by " + Visible(s.From)
		if s.Through != "" {
			how = "came out of " + Visible(s.Through) + ", made or changed by " + Visible(s.From)
		}
		t.line("  ← ", fmt.Sprintf("%s %s at %s (%s, event %s)", Visible(s.Unit), how, t.when(s.Time), s.Join, Visible(s.EventID)))
	}
	t.blank()
}

// forward draws the tree of units, and under each what it did.
func (t *text) forward(tr *finding.Trace) {
	stand := 0
	for _, r := range tr.Resources {
		if !finding.Over(r.State) {
			stand++
		}
	}
	t.line("", fmt.Sprintf("FORWARD  %s credentials and sessions, %s touched, %d not known to be gone",
		number(len(tr.Units)), count(len(tr.Resources), "resource"), stand))
	children := map[string][]*finding.Unit{}
	known := map[string]bool{}
	for i := range tr.Units {
		known[tr.Units[i].ID] = true
	}
	for i := range tr.Units {
		from := tr.Units[i].From
		if !known[from] {
			from = ""
		}
		children[from] = append(children[from], &tr.Units[i])
	}
	drawn := map[string]bool{}
	var draw func(id string, depth int)
	draw = func(id string, depth int) {
		for _, u := range children[id] {
			if drawn[u.ID] {
				continue
			}
			drawn[u.ID] = true
			t.unit(u, depth)
			t.deeds(tr, u.ID, depth)
			draw(u.ID, depth+1)
		}
	}
	draw("", 0)
	t.blank()
}

func (t *text) unit(u *finding.Unit, depth int) {
	s := Visible(u.ID)
	if u.Principal != "" && !strings.Contains(s, u.Principal) {
		s += " of " + Short(Visible(u.Principal), 60)
	}
	switch {
	case u.Through != "":
		s += ", out of " + Visible(u.Through)
	case u.From != "":
		s += ", opened at " + t.when(u.Since)
	}
	if u.Join != "" && u.Join != "exact" {
		s += " (" + u.Join + ")"
	}
	t.line(strings.Repeat("  ", depth+1), s)
}

// deeds lists the resources that a unit touched first.
func (t *text) deeds(tr *finding.Trace, unit string, depth int) {
	indent := strings.Repeat("  ", depth+2)
	for i := range tr.Resources {
		r := &tr.Resources[i]
		d := r.Deeds[0]
		if d.Unit != unit {
			continue
		}
		what := "changed"
		if r.Made {
			what = "made"
		} else if d.Does == "use" || d.Does == "delete" {
			what = d.Does + "d"
		}
		t.line(indent+stateMark(r.State)+" ", fmt.Sprintf("%s %s %s %s · %s", t.short(d.Time), what, Visible(r.Title), Short(Visible(r.ID), 64), r.State))
		if r.State != "standing" {
			t.line(indent+"  ", Visible(r.Why))
		}
	}
}

func stateMark(state string) string {
	switch {
	case state == "standing":
		return "●"
	case finding.Over(state):
		return "×"
	case state == "disabled" || state == "soft-deleted":
		return "○"
	}
	return "?"
}

func (t *text) short(at finding.Time) string {
	if at.IsZero() {
		return "--:--"
	}
	return at.In(t.s.Zone).Format("01-02 15:04")
}

func (t *text) refused(tr *finding.Trace) {
	if len(tr.Attempts) == 0 {
		return
	}
	t.line("", fmt.Sprintf("REFUSED  %s", count(len(tr.Attempts), "attempt")))
	for i, d := range tr.Attempts {
		if i == 10 {
			t.line("  ", fmt.Sprintf("… and %d more", len(tr.Attempts)-i))
			break
		}
		t.line("  ", fmt.Sprintf("%s %s on %s by %s: %s", t.short(d.Time), Visible(d.Event), Visible(d.Target), Visible(d.Unit), Visible(d.Failure)))
	}
	t.blank()
}

func (t *text) stops(tr *finding.Trace) {
	if len(tr.Stops) > 0 {
		t.line("", "NOT FOLLOWED")
		for _, s := range tr.Stops {
			t.line("  ", Visible(s.What)+": "+Visible(s.Why))
		}
		t.blank()
	}
	if len(tr.Proposals) > 0 {
		t.line("", "PERHAPS  for you to decide: an address belongs to nobody")
		for _, p := range tr.Proposals {
			t.line("  ? ", fmt.Sprintf("%s: %s (%s)", Visible(p.Unit), Visible(p.Why), count(p.Deeds, "change")))
		}
		t.blank()
	}
	t.line("", "What a log cannot show: reads of data without data events, sessions of services in other clouds, and what was done on the machines themselves.")
}
