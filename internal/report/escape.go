package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes everything in s that could drive a terminal, hide, or reorder text visible,
// and keeps the rest as it is. Line breaks count as control characters: what is drawn stays on its line.
func Visible(s string) string {
	if !strings.ContainsFunc(s, hostile) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !hostile(r):
			b.WriteString(s[i : i+n])
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		i += n
	}
	return b.String()
}

// hostile reports whether a rune has an effect instead of a shape:
// control and format characters (which include the bidirectional ones), separators of lines, private and unassigned ones.
func hostile(r rune) bool {
	return r == utf8.RuneError || !unicode.IsPrint(r)
}

// Cell makes a text safe for a cell of a spreadsheet: one that a formula could begin with is quoted.
func Cell(s string) string {
	s = Visible(s)
	if strings.ContainsAny(firstRune(strings.TrimLeft(s, " '\"")), "=+-@|%") || strings.HasPrefix(s, "\t") {
		return "'" + s
	}
	return s
}

func firstRune(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}

// Short shortens a long identifier in the middle, so that both ends can be compared.
func Short(s string, width int) string {
	r := []rune(s)
	if len(r) <= width || width < 8 {
		return s
	}
	tail := (width - 2) / 3
	return string(r[:width-2-tail]) + ".." + string(r[len(r)-tail:])
}
