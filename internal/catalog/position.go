package catalog

import (
	"fmt"
	"strings"
)

// A Pos is a place in a catalog file.
type Pos struct {
	File      string
	Line, Col int // from 1
}

// An Error is a mistake in a catalog file, shown with the line it stands on.
type Error struct {
	Pos  Pos
	Text string // the line, without its line break
	Msg  string
	Hint string // the nearest spelling, or what would be right; may be empty
}

// Error gives file, line, column and message, then the line with a caret under the mistake.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", e.Pos.File, e.Pos.Line, e.Pos.Col, e.Msg)
	if e.Hint != "" {
		fmt.Fprintf(&b, " (%s)", e.Hint)
	}
	if e.Text != "" {
		pad := strings.Map(func(r rune) rune {
			if r == '\t' {
				return r
			}
			return ' '
		}, e.Text[:min(max(e.Pos.Col-1, 0), len(e.Text))])
		fmt.Fprintf(&b, "\n    %s\n    %s^", e.Text, pad)
	}
	return b.String()
}

// line returns the text of a line of src, counted from 1.
func line(src []byte, n int) string {
	rest := string(src)
	for ; n > 1; n-- {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	text, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSuffix(text, "\r")
}

// Nearest returns the candidate that is most like name, empty when none is close.
func Nearest(name string, candidates []string) string {
	best, limit := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c), limit); d < limit {
			best, limit = c, d
		}
	}
	return best
}

// distance is the edit distance of two short words, transposed neighbours counting once; it gives up at limit.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	before, last, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(last[j]+1, next[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, last, next = last, next, before
	}
	return last[len(b)]
}
