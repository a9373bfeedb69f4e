package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"oust/internal/finding"
)

// EvictionJSON writes a plan as it is approved and executed: the truth, of which the others are views.
func EvictionJSON(w io.Writer, p *finding.Eviction) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(p)
}

// Eviction draws a plan for people.
func Eviction(w io.Writer, p *finding.Eviction, s Style) error {
	t := newText(w, s)
	t.coverage(&p.Coverage)
	t.line("", fmt.Sprintf("EVICTION PLAN  %s %s · %s · accounts %s", p.Clue.What, Visible(p.Clue.Text), count(len(p.Steps), "step"), Visible(strings.Join(p.Accounts, ", "))))
	if p.Story != "" {
		t.line("  ", Visible(p.Story))
	}
	t.blank()
	for _, warning := range p.Warnings {
		t.line("! ", Visible(warning))
	}
	phase := ""
	for i := range p.Steps {
		st := &p.Steps[i]
		if st.PhaseName != phase {
			phase = st.PhaseName
			t.blank()
			t.line("", fmt.Sprintf("%d %s", st.Phase, strings.ToUpper(phase)))
		}
		t.evictStep(st)
	}
	t.blank()
	t.settled(p)
	t.line("", "Nothing was done. Save it: -o plan.json (the truth), -o plan.md (for the approver), -o plan.sh (commands)")
	return t.b.Flush()
}

func (t *text) evictStep(s *finding.EvictStep) {
	group := ""
	if s.Group != "" {
		group = " · " + s.Group + ", all at once"
	}
	t.line("  "+s.ID+"  ", Visible(s.Title)+group)
	under := "          "
	switch {
	case len(s.Missing) > 0:
		t.line(under, "read first: "+Visible(s.Missing[0].Param)+" ("+Visible(s.Missing[0].Why)+")")
	case s.PhaseName == "evidence":
	case s.Call != nil:
		t.line(under, Visible(s.Call.Operation)+" · undo "+undo(s))
	}
	if n := len(s.Why); n > 0 {
		t.line(under, fmt.Sprintf("why: %s, event %s%s", Visible(s.Why[0].Why), Visible(s.Why[0].EventID), more(n-1)))
	}
	if len(s.Blast.Others) > 0 {
		t.line(under, fmt.Sprintf("hits too: %s%s, last %s", Visible(s.Blast.Others[0]), more(len(s.Blast.Others)-1), t.when(s.Blast.Last)))
	}
	if s.Hint != "" {
		t.line(under, Visible(s.Hint))
	}
}

func undo(s *finding.EvictStep) string {
	if s.Undo != nil {
		return Visible(s.Undo.Operation)
	}
	return Visible(s.Reversibility)
}

func (t *text) settled(p *finding.Eviction) {
	if len(p.LeftAlone) > 0 {
		t.line("", "LEFT ALONE")
		for _, s := range p.LeftAlone {
			t.line("  ", Visible(s.What)+": "+Visible(s.Why))
		}
		t.blank()
	}
	if len(p.Explained) > 0 {
		t.line("", "NO STEP NEEDED")
		for _, s := range p.Explained {
			t.line("  ", fmt.Sprintf("%s · %s: %s", Visible(s.Resource), s.State, Visible(s.Why)))
		}
		t.blank()
	}
}

// EvictionMarkdown writes a plan for the approver.
func EvictionMarkdown(w io.Writer, p *finding.Eviction) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# Eviction plan: %s %s\n\n", p.Clue.What, markdown(p.Clue.Text))
	fmt.Fprintf(b, "Plan `%s`, made %s. An approval is of exactly this plan. Nothing has been done.\n\n", p.ID, p.Created.UTC().Format("2006-01-02 15:04 MST"))
	if p.Story != "" {
		fmt.Fprintf(b, "%s\n\n", markdown(p.Story))
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(b, "- **%s**\n", markdown(warning))
	}
	phase := ""
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.PhaseName != phase {
			phase = s.PhaseName
			fmt.Fprintf(b, "\n## %d %s\n", s.Phase, phase)
		}
		markdownStep(b, s)
	}
	markdownRest(b, p)
	return b.Flush()
}

func markdownStep(b *bufio.Writer, s *finding.EvictStep) {
	fmt.Fprintf(b, "\n### %s %s\n\n| | |\n|---|---|\n", s.ID, markdown(s.Title))
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "| %s | %s |\n", name, value)
		}
	}
	row("where", markdown(strings.TrimSpace(s.Account+" "+s.Region)))
	if s.Call != nil {
		row("call", "`"+markdown(Command(s.Call, s.Region, s.Query))+"`")
	}
	for _, m := range s.Missing {
		read := ""
		if m.Read != nil {
			read = ": `" + markdown(Command(m.Read, s.Region, "")) + "`"
		}
		row("read first", markdown(m.Param+" ("+m.Why+")")+read)
	}
	for _, e := range s.Why[:min(5, len(s.Why))] {
		row("why", markdown(e.Why)+", event "+markdown(e.EventID)+", "+e.Time.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	row("sure", s.Confidence+" ("+s.Join+" join)")
	row("at once with", s.Group)
	row("hits too", markdown(strings.Join(s.Blast.Others, ", ")))
	if s.Undo != nil {
		row("undo", "`"+markdown(Command(s.Undo, s.Region, ""))+"`")
	} else if s.Call != nil {
		row("undo", s.Reversibility)
	}
	if v := s.Verify; v != nil && v.Call != nil {
		row("verify", "`"+markdown(Command(v.Call, s.Region, v.Query))+"` must give "+markdown(v.Is+v.Error))
	}
	row("after", strings.Join(s.DependsOn, ", "))
	if s.Approval.N > 0 {
		row("approval", fmt.Sprintf("%d, %s", s.Approval.N, s.Approval.Role))
	}
	row("in code", markdown(s.Hint))
	row("note", markdown(s.Note))
}

func markdownRest(b *bufio.Writer, p *finding.Eviction) {
	if len(p.LeftAlone) > 0 {
		b.WriteString("\n## Left alone\n\n")
		for _, s := range p.LeftAlone {
			fmt.Fprintf(b, "- %s: %s\n", markdown(s.What), markdown(s.Why))
		}
	}
	if len(p.Explained) > 0 {
		b.WriteString("\n## No step needed\n\n")
		for _, s := range p.Explained {
			fmt.Fprintf(b, "- %s (%s): %s\n", markdown(s.Resource), s.State, markdown(s.Why))
		}
	}
}

// markdown makes text safe inside a table of Markdown: nothing of it is markup.
func markdown(s string) string {
	return strings.NewReplacer("|", "\\|", "`", "'", "<", "&lt;", "[", "\\[").Replace(Visible(s))
}
