package report

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"oust/internal/finding"
)

// The rules of this screen: what was not read stands first; then what fails, the worst first; then what cannot be told;
// what was there already, and what is in order, is only counted.

// maxGate bounds the findings that are drawn of one sort; every other format has all of them.
const maxGate = 50

// GateText draws the report of a gate for people.
func GateText(w io.Writer, r *finding.Report, code int, why string, s Style) error {
	if s.Width < 40 {
		s.Width = 80
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	t := &text{b: bufio.NewWriter(w), s: s}
	t.gateHead(r)
	by := map[finding.Outcome][]*finding.Finding{}
	for i := range r.Findings {
		f := &r.Findings[i]
		o := r.Outcome(f)
		if o == finding.WasThere && (f.Severity == finding.Info || f.Verdict == "explained") {
			o = finding.Pass
		}
		by[o] = append(by[o], f)
	}
	t.planned("VIOLATION", by[finding.Violation])
	t.planned("UNDETERMINED", by[finding.Undetermined])
	t.aside("accepted  ", by[finding.IsAccepted])
	t.aside("unchanged ", by[finding.WasThere])
	t.line("", fmt.Sprintf("%s, %d undetermined, %d accepted, %d unchanged, %d passed", count(len(by[finding.Violation]), "violation"),
		len(by[finding.Undetermined]), len(by[finding.IsAccepted]), len(by[finding.WasThere]), len(by[finding.Pass])))
	t.line("", fmt.Sprintf("exit %d: %s", code, why))
	return t.b.Flush()
}

// aside lists what does not count, a line each.
func (t *text) aside(word string, list []*finding.Finding) {
	for i, f := range list {
		if i == maxGate {
			t.line(word, fmt.Sprintf("… and %d more", len(list)-i))
			break
		}
		t.line(word, fmt.Sprintf("%s  %s  %s", Visible(f.Resource.Address), f.Technique, t.severity(f.Severity)))
	}
	if len(list) > 0 {
		t.blank()
	}
}

func (t *text) gateHead(r *finding.Report) {
	t.line("", fmt.Sprintf("oust %s · %d techniques · offline", t.s.Version, t.s.Techniques))
	c := &r.Coverage
	t.line("read    ", fmt.Sprintf("%s, %s, %s in %s", count(c.Files.Read, "file"), size(c.Files.Bytes), count(c.Resources, "planned resource"), t.took()))
	for i, s := range c.Files.Skipped {
		if s.Harmless {
			continue
		}
		if i == maxGate {
			t.line("missed  ", "… and more: they are in every other format")
			break
		}
		t.line("missed  ", Visible(s.Path)+": "+Visible(s.Reason))
	}
	for _, g := range c.Unknown {
		t.line("unknown ", Visible(g.What)+" (settled by "+Visible(g.Needs)+")")
	}
	t.accepts(c)
	t.blank()
}

func (t *text) planned(word string, list []*finding.Finding) {
	for i, f := range list {
		if i == maxGate {
			t.line("", fmt.Sprintf("… and %d more: they are in every other format", len(list)-i))
			t.blank()
			return
		}
		t.line("", fmt.Sprintf("%s  %s  %s", word, t.severity(f.Severity), Visible(f.Resource.Address)))
		t.line("  ", t.sentence(f))
		if why := reason(f); why != "" {
			t.line("  ", Visible(why))
		}
		for _, u := range f.Unknown {
			t.line("  ", "unknown: "+Visible(u.Field)+", needs "+Visible(u.Needs))
		}
		facts := f.Technique + " · " + f.Baseline
		if at := f.Evidence; len(at) > 0 && at[0].Origin != "" {
			facts += " · " + Visible(at[0].Origin)
		}
		t.line("  ", facts)
		t.source(f)
		t.blank()
	}
}

// source shows the lines that declare a resource.
func (t *text) source(f *finding.Finding) {
	if f.Place == nil {
		return
	}
	for i, l := range f.Place.Lines {
		fmt.Fprintf(t.b, "  %5d  %s\n", f.Place.Line+i, Visible(l))
	}
}
