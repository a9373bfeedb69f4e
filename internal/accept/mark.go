package accept

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"oust/internal/finding"
)

// A Mark is a decision that stands in the source, on a comment line of its own:
//
//	# oust:accept aws/iam-role-trusts-outsider reason="audit by Example Ltd" owner=platform until=2026-12-31
//
// It names a technique or a finding, and has the fields of an entry; content may be left out, for the mark changes with its file.
// It speaks for the resource in which it stands, or above which it stands with nothing but comments between.
type Mark struct {
	ID     string // of a technique or a finding
	Fields map[string]string
	File   string
	Line   int   // 1-based
	Below  int   // the first line below that is no comment and not empty
	Err    error // what is wrong with its form
}

// tag begins every mark.
const tag = "oust:accept"

// Marks finds the marks of a source file: HCL, YAML or any other text whose comments begin with # or //.
func Marks(file string, body []byte) (marks []Mark) {
	if !bytes.Contains(body, []byte(tag)) {
		return nil
	}
	open := 0 // marks before this one know what is below them
	n := 0
	for line := range bytes.Lines(body) {
		n++
		text := strings.TrimSpace(string(line))
		comment, ok := strings.CutPrefix(text, "#")
		if !ok {
			comment, ok = strings.CutPrefix(text, "//")
		}
		switch {
		case ok:
			rest, is := strings.CutPrefix(strings.TrimLeft(comment, "#/ \t"), tag)
			if is && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
				marks = append(marks, parse(rest, file, n))
			}
		case text != "":
			for ; open < len(marks); open++ {
				marks[open].Below = n
			}
		}
	}
	return marks
}

func parse(s, file string, line int) Mark {
	m := Mark{File: file, Line: line, Fields: map[string]string{}}
	for s = strings.TrimSpace(s); s != "" && m.Err == nil; s = strings.TrimSpace(s) {
		var word string
		word, s = cutWord(s)
		name, value, ok := strings.Cut(word, "=")
		switch {
		case !ok && m.ID == "":
			m.ID = word
		case !ok:
			m.Err = fmt.Errorf("%q is no field; quote values with spaces", word)
		case name != "reason" && name != "owner" && name != "until" && name != "content":
			m.Err = fmt.Errorf("%q is none of reason, owner, until, content", name)
		default:
			m.Fields[name] = strings.Trim(value, `"`)
		}
	}
	if m.ID == "" && m.Err == nil {
		m.Err = fmt.Errorf("it names no technique and no finding")
	}
	return m
}

// cutWord cuts at the first space that is not between quotes.
func cutWord(s string) (word, rest string) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && (s[i] == ' ' || s[i] == '\t'):
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// speaksFor reports whether a mark is about a finding.
func (m *Mark) speaksFor(f *finding.Finding) bool {
	p := f.Place
	if p == nil || p.File != m.File || p.Line == 0 || m.ID != f.ID && m.ID != f.Technique {
		return false
	}
	return m.Below == p.Line || p.Line <= m.Line && m.Line <= max(p.Line, p.End)
}

// ApplyMarks marks the findings that the source itself accepts. A mark counts only with reason, owner and an end within a year.
func ApplyMarks(r *finding.Report, marks []Mark, now time.Time) {
	for _, m := range marks {
		a := finding.Accepted{
			Finding: m.ID, Reason: m.Fields["reason"], Owner: m.Fields["owner"], Until: m.Fields["until"],
			Origin: fmt.Sprintf("%s:%d", m.File, m.Line), InSource: true,
		}
		if m.Err != nil {
			a.State, a.Note = finding.Faulty, m.Err.Error()
			r.Coverage.Accepts = append(r.Coverage.Accepts, a)
			continue
		}
		used := false
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Accepted == nil && m.speaksFor(f) {
				settle(r, f, a, m.Fields["content"], now)
				used = true
			}
		}
		if !used {
			a.State, a.Note = finding.Orphaned, "nothing at this place matches it"
			r.Coverage.Accepts = append(r.Coverage.Accepts, a)
		}
	}
}
