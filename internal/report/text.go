package report

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"oust/internal/finding"
)

// The rules of this screen:
// what was not seen stands before what was seen; a case has at most caseLines lines;
// identifiers are shortened in the middle; the severity is the only coloured word;
// without colour, box drawing and more than 80 columns nothing is lost;
// the last line repeats the reason of the exit code.

// Style is how a text report is drawn.
type Style struct {
	Width      int // columns; 0: 80
	Color      bool
	Plain      bool // ASCII only
	Zone       *time.Location
	Version    string
	Techniques int
	Offline    bool
	Took       time.Duration
	Source     string // what was read, as the next command takes it; may be empty
	Save       string // how to save the report, shown at the end; may be empty
}

// caseFindings bounds the findings that are shown of one case, two lines each.
const (
	caseFindings = 9
	maxCases     = 20
)

// Text draws a report for people.
func Text(w io.Writer, r *finding.Report, code int, why string, s Style) error {
	t := newText(w, s)
	t.coverage(&r.Coverage)
	t.counts(r)
	byID := map[string]*finding.Finding{}
	for i := range r.Findings {
		byID[r.Findings[i].ID] = &r.Findings[i]
	}
	for i := range r.Cases {
		if i == maxCases {
			t.line("", fmt.Sprintf("… and %d more cases: they are in every other format", len(r.Cases)-i))
			t.blank()
			break
		}
		t.caseOf(i+1, &r.Cases[i], byID)
	}
	t.line("", fmt.Sprintf("exit %d: %s", code, why))
	if s.Save != "" {
		t.line("        ", "Save it: "+s.Save)
	}
	return t.b.Flush()
}

type text struct {
	b *bufio.Writer
	s Style
}

func (t *text) blank() { t.b.WriteByte('\n') }

// line writes words, wrapped under an indent. The text must be visible already.
func (t *text) line(indent, s string) {
	if t.s.Plain {
		ascii := strings.NewReplacer("·", "-", "…", "...", "●", "*", "○", "o", "×", "x", "→", "->", "←", "<-", "◇", "-")
		indent, s = ascii.Replace(indent), ascii.Replace(s)
	}
	width := max(20, t.s.Width-len([]rune(indent)))
	for i, l := range wrap(s, width) {
		if i == 1 {
			indent = strings.Repeat(" ", len([]rune(indent)))
		}
		t.b.WriteString(strings.TrimRight(indent+l, " ") + "\n")
	}
}

// wrap breaks at spaces; a word longer than a line is broken anywhere. Colours take no room.
func wrap(s string, width int) (lines []string) {
	var cur []rune
	used := 0
	for _, word := range strings.Split(s, " ") {
		w := []rune(word)
		n := len(w)
		if strings.Contains(word, "\x1b") {
			n = len([]rune(colour.ReplaceAllString(word, "")))
		}
		if len(cur) > 0 && used+1+n > width {
			lines, cur, used = append(lines, string(cur)), nil, 0
		}
		for n > width {
			lines, w, n = append(lines, string(w[:width])), w[width:], n-width
		}
		if len(cur) > 0 {
			cur, used = append(cur, ' '), used+1
		}
		cur, used = append(cur, w...), used+n
	}
	return append(lines, string(cur))
}

var colour = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// coverage says what was looked at, and what was not.
func (t *text) coverage(c *finding.Coverage) {
	title := fmt.Sprintf("oust %s · %d techniques", t.s.Version, t.s.Techniques)
	if t.s.Offline {
		title += " · offline"
	}
	t.line("", title)
	t.line("read    ", fmt.Sprintf("%s, %s, %s in %s", count(c.Files.Read, "file"), size(c.Files.Bytes), events(c), t.took()))
	t.span(c)
	t.missed(c)
	for _, g := range c.Unknown {
		t.line("unknown ", Visible(g.What)+" (settled by "+Visible(g.Needs)+")")
	}
	t.accepts(c)
	t.blank()
}

func (t *text) took() string {
	if t.s.Took < 10*time.Second {
		return fmt.Sprintf("%.1f s", t.s.Took.Seconds())
	}
	return t.s.Took.Round(time.Second).String()
}

func events(c *finding.Coverage) string {
	s := count(c.Events.Total, "CloudTrail event")
	if c.Events.Duplicates > 0 {
		s += " (and " + number(c.Events.Duplicates) + " delivered twice)"
	}
	return s
}

func (t *text) span(c *finding.Coverage) {
	var first, last finding.Time
	silent := 0
	for _, s := range c.Sources {
		if first.IsZero() || !s.First.IsZero() && s.First.Before(first.Time) {
			first = s.First
		}
		if s.Last.After(last.Time) {
			last = s.Last
		}
		silent += len(s.Gaps)
	}
	if first.IsZero() {
		return
	}
	s := t.between(first, last) + ", " + count(len(c.Sources), "account")
	if silent > 0 {
		s += ", " + count(silent, "gap") + " in the log:"
	}
	t.line("span    ", s)
	t.gaps(c)
}

// gaps lists the silences, the first ones only.
func (t *text) gaps(c *finding.Coverage) {
	shown := 0
	for _, src := range c.Sources {
		for _, g := range src.Gaps {
			if shown++; shown <= 5 {
				t.line("        ", fmt.Sprintf("no event of account %s from %s to %s", Visible(src.Account), t.when(g.From), t.when(g.To)))
			}
		}
	}
}

// missed says what was not looked at, the same reasons together.
func (t *text) missed(c *finding.Coverage) {
	reasons, paths := []string{}, map[string][]string{}
	for _, s := range c.Files.Skipped {
		if paths[s.Reason] == nil {
			reasons = append(reasons, s.Reason)
		}
		paths[s.Reason] = append(paths[s.Reason], s.Path)
	}
	slices.Sort(reasons)
	for i, reason := range reasons {
		label := "missed  "
		if i > 0 {
			label = "        "
		}
		list := paths[reason]
		t.line(label, fmt.Sprintf("%s: %s (%s)", count(len(list), "file"), Visible(reason), Short(Visible(list[0]), 60)+more(len(list)-1)))
	}
	if n := c.Events.Undecodable; n > 0 {
		t.line("        ", count(n, "record")+" that could not be decoded")
	}
	if n := c.Events.Unsupported; n > 0 {
		t.line("        ", count(n, "document")+" that are no CloudTrail events")
	}
	if len(reasons) == 0 && c.Events.Undecodable == 0 {
		t.line("missed  ", "nothing of what was given; there were no Entra, Azure, Microsoft 365 or Google Cloud logs")
	}
}

// accepts says which decisions do not count, or soon will not; those that match nothing only as a number.
func (t *text) accepts(c *finding.Coverage) {
	var orphaned []string
	for i := range c.Accepts {
		if a := &c.Accepts[i]; a.State == finding.Orphaned {
			orphaned = append(orphaned, a.Origin)
		} else {
			t.line("accept  ", decision(a))
		}
	}
	if n := len(orphaned); n > 0 {
		t.line("accept  ", fmt.Sprintf("%s about nothing that was given: %s", count(n, "decision"), Visible(orphaned[0])+more(n-1)))
	}
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}

// counts sums up what was found.
func (t *text) counts(r *finding.Report) {
	bad, unexplained, attempts, info, accepted, before := 0, 0, 0, 0, 0, 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case f.Accepted != nil:
			accepted++
		case f.Severity == finding.Info:
			info++
		case f.Baseline == finding.Unchanged:
			before++
		case f.Status == "attempted":
			attempts++
		case f.Verdict == "bad":
			bad++
		default:
			unexplained++
		}
	}
	parts := []string{count(len(r.Cases), "case")}
	for _, p := range []struct {
		n    int
		noun string
	}{{bad, "foothold"}, {unexplained, "unexplained change"}, {attempts, "refused attempt"}} {
		if p.n > 0 {
			parts = append(parts, count(p.n, p.noun))
		}
	}
	s := strings.Join(parts, ", ")
	if accepted > 0 {
		s += fmt.Sprintf("; %d accepted", accepted)
	}
	if before > 0 {
		s += fmt.Sprintf("; %d known from before", before)
	}
	if info > 0 {
		s += fmt.Sprintf("; %s recorded without a reason for doubt", count(info, "persistence-capable change"))
	}
	t.line("", s)
	t.blank()
}

func (t *text) caseOf(n int, c *finding.Case, byID map[string]*finding.Finding) {
	t.line("", fmt.Sprintf("CASE %d  %s  account %s  %s", n, t.severity(c.Severity), Visible(c.Account), t.between(c.First, c.Last)))
	day := c.First.In(t.s.Zone).Format(time.DateOnly)
	for i, id := range c.Findings {
		if i == caseFindings {
			t.line("  ", fmt.Sprintf("… and %d more", len(c.Findings)-i))
			break
		}
		t.finding(byID[id], day)
	}
	if t.s.Source != "" {
		t.line("  next   ", fmt.Sprintf("oust show %d %s         the story with evidence", n, t.s.Source))
		t.line("         ", fmt.Sprintf("oust evict plan %d %s   how to get them out (changes nothing)", n, t.s.Source))
	}
	t.blank()
}

func (t *text) finding(f *finding.Finding, day string) {
	at := "--:--"
	if !f.First.IsZero() {
		at = f.First.In(t.s.Zone).Format("15:04")
		if d := f.First.In(t.s.Zone).Format(time.DateOnly); d != day {
			at = d[5:] + " " + at
		}
	}
	indent := "  " + at + "  " + mark(f) + " "
	t.line(indent, t.sentence(f))
	under := strings.Repeat(" ", len([]rune(indent)))
	facts := []string{f.Technique, t.severity(f.Severity), f.Status}
	if f.Count > 1 {
		facts = append(facts, fmt.Sprintf("%s events", number(f.Count)))
	}
	if f.Actor.Address != "" {
		facts = append(facts, "from "+Short(Visible(f.Actor.Address), 40))
	}
	if f.Baseline != "" {
		facts = append(facts, f.Baseline)
	}
	t.line(under, strings.Join(facts, " · "))
	if f.Accepted != nil {
		t.line(under, Visible(acceptedBy(f.Accepted)))
	}
	if why := reason(f); why != "" {
		t.line(under, Visible(why))
	}
	for i, u := range f.Unknown {
		if i == 2 {
			t.line(under, fmt.Sprintf("unknown: %d more fields", len(f.Unknown)-i))
			break
		}
		t.line(under, "unknown: "+Visible(u.Field)+", needs "+Visible(u.Needs))
	}
}

func reason(f *finding.Finding) string {
	if len(f.Evidence) == 0 {
		return ""
	}
	return f.Evidence[0].Why
}

// sentence shortens the long words of a sentence.
func (t *text) sentence(f *finding.Finding) string {
	words := strings.Split(Visible(f.Sentence), " ")
	for i, w := range words {
		words[i] = Short(w, 64)
	}
	return strings.Join(words, " ")
}

// mark shows at a glance whether a foothold stands.
func mark(f *finding.Finding) string {
	switch {
	case f.Accepted != nil:
		return "◇"
	case f.Status == "attempted":
		return "○"
	case f.State == "unknown":
		return "?"
	case f.State != "standing":
		return "×"
	}
	return "●"
}

func (t *text) when(at finding.Time) string {
	if at.IsZero() {
		return "an unknown time"
	}
	return at.In(t.s.Zone).Format("2006-01-02 15:04 MST")
}

// between names a span, and its day only once.
func (t *text) between(from, to finding.Time) string {
	a, b := from.In(t.s.Zone), to.In(t.s.Zone)
	switch {
	case from.IsZero() || to.IsZero() || from.Equal(to.Time):
		return t.when(from)
	case a.Format(time.DateOnly) == b.Format(time.DateOnly):
		return a.Format("2006-01-02 15:04") + " to " + b.Format("15:04 MST")
	}
	return a.Format("2006-01-02 15:04") + " to " + t.when(to)
}

func (t *text) severity(s finding.Severity) string {
	code := map[finding.Severity]string{finding.Critical: "1;31", finding.High: "31", finding.Medium: "33", finding.Low: "36"}[s]
	if !t.s.Color || code == "" {
		return string(s)
	}
	return "\x1b[" + code + "m" + string(s) + "\x1b[0m"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// number groups the digits of a number.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func size(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
}
