package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"oust/internal/finding"
)

// maxRows bounds the tables of a Markdown report; a comment holds 65,536 characters.
const maxRows = 50

// Markdown writes a comment for a pull request. Everything that an input can choose stands in code spans,
// where neither Markdown, HTML nor mentions have an effect.
func Markdown(w io.Writer, r *finding.Report) error {
	rows := map[finding.Outcome][]*finding.Finding{}
	for i := range r.Findings {
		f := &r.Findings[i]
		o := r.Outcome(f)
		rows[o] = append(rows[o], f)
	}
	for _, list := range rows {
		slices.SortStableFunc(list, func(a, b *finding.Finding) int { return b.Severity.Rank() - a.Severity.Rank() })
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "### oust %s: %s, %d undetermined\n\n", r.Verb, count(len(rows[finding.Violation]), "violation"), len(rows[finding.Undetermined]))
	if len(rows[finding.Violation])+len(rows[finding.Undetermined]) == 0 {
		b.WriteString("Nothing that would let somebody come back.\n\n")
	}
	for _, o := range []finding.Outcome{finding.Violation, finding.Undetermined} {
		table(b, r, rows[o])
	}
	fmt.Fprintf(b, "%d accepted, %d there before, %d passed.\n", len(rows[finding.IsAccepted]), len(rows[finding.WasThere]), len(rows[finding.Pass]))
	if notes := missing(r); len(notes) > 0 {
		fmt.Fprintf(b, "\n**Not everything could be looked at, or counts:**\n\n")
		for i, n := range notes {
			if i == maxRows {
				fmt.Fprintf(b, "- and %d more\n", len(notes)-i)
				break
			}
			fmt.Fprintf(b, "- %s\n", span(n.text))
		}
	}
	return b.Flush()
}

func table(b *bufio.Writer, r *finding.Report, list []*finding.Finding) {
	if len(list) == 0 {
		return
	}
	b.WriteString("| severity | what | where | technique |\n|---|---|---|---|\n")
	for i, f := range list {
		if i == maxRows {
			fmt.Fprintf(b, "\nand %d more, in the other reports\n", len(list)-i)
			break
		}
		where := nameOf(f)
		if p, ok := placeOf(r, f); ok {
			where = p.File
			if p.Line > 0 {
				where = fmt.Sprintf("%s:%d", p.File, p.Line)
			}
			where += " " + nameOf(f)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", f.Severity, span(message(r, f)), span(where), span(f.Technique))
	}
	b.WriteByte('\n')
}

// maxSpan bounds one text of a comment, in characters.
const maxSpan = 500

// span puts a text into a code span that it cannot close. A bar is spelt out, for it would end a cell even there.
func span(s string) string {
	s = Short(Visible(s), maxSpan)
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if s == "" || strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || longest > 0 {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(s, "|", `\x7c`) + fence
}
