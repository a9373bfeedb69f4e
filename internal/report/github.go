package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"oust/internal/finding"
)

// MaxAnnotations is how many annotations of one level GitHub shows of one step.
const MaxAnnotations = 10

// GitHub writes workflow commands, which GitHub Actions shows as annotations beside the code.
// The last annotation of a level that is full says how many more there are.
func GitHub(w io.Writer, r *finding.Report) error {
	lines := map[string][]string{}
	for _, f := range worst(r) {
		switch r.Outcome(f) {
		case finding.Violation, finding.Pass:
			lines[githubLevel(f.Severity)] = append(lines[githubLevel(f.Severity)], annotation(r, f, githubLevel(f.Severity)))
		case finding.Undetermined:
			lines["warning"] = append(lines["warning"], annotation(r, f, "warning"))
		}
	}
	for _, m := range missing(r) {
		level := "notice"
		if m.hard {
			level = "warning"
		}
		lines[level] = append(lines[level], command(level, nil, m.text))
	}
	b := bufio.NewWriter(w)
	for _, level := range []string{"error", "warning", "notice"} {
		list := lines[level]
		if n := len(list); n > MaxAnnotations {
			more := fmt.Sprintf("%d more of this level are in the other reports", n-MaxAnnotations+1)
			list = append(list[:MaxAnnotations-1:MaxAnnotations-1], command(level, nil, more))
		}
		for _, l := range list {
			b.WriteString(l)
			b.WriteByte('\n')
		}
	}
	return b.Flush()
}

func githubLevel(s finding.Severity) string {
	if l := levelOf(s); l != "note" {
		return l
	}
	return "notice"
}

func annotation(r *finding.Report, f *finding.Finding, level string) string {
	var props []string
	if p, ok := placeOf(r, f); ok {
		props = append(props, "file="+property(p.File))
		if p.Line > 0 {
			props = append(props, fmt.Sprintf("line=%d", p.Line), fmt.Sprintf("endLine=%d", max(p.Line, p.End)))
		}
	}
	props = append(props, "title="+property(string(f.Severity)+" "+f.Technique))
	return command(level, props, message(r, f)+" ["+nameOf(f)+"]")
}

// command makes a workflow command. Whatever could end it, or begin another, is escaped.
func command(level string, props []string, text string) string {
	text = Visible(text)
	text = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
	if len(props) == 0 {
		return "::" + level + "::" + text
	}
	return "::" + level + " " + strings.Join(props, ",") + "::" + text
}

func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(Visible(s))
}
