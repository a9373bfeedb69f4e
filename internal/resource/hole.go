package resource

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A hole stands inside a text for a part that is not known before deployment.
// It is written with two characters of the private use area, which no text that is read may contain (see Plain),
// so that a document with holes can be parsed, and compared, and what is written out in it judged.
const (
	holeOpen  = '\uF0E0'
	holeClose = '\uF0E1'
)

// Hole is the n-th hole.
func Hole(n int) string { return string(holeOpen) + strconv.Itoa(n) + string(holeClose) }

// HasHole reports whether a text is not known in some part.
func HasHole(s string) bool { return strings.ContainsRune(s, holeOpen) }

// OneHole returns the number of the hole that is all of a text.
func OneHole(s string) (n int, ok bool) {
	inner, ok := strings.CutPrefix(s, string(holeOpen))
	if !ok {
		return 0, false
	}
	inner, ok = strings.CutSuffix(inner, string(holeClose))
	n, err := strconv.Atoi(inner)
	return n, ok && err == nil
}

// FillHoles replaces every hole by what fill says.
func FillHoles(s string, fill func(n int) string) string {
	if !HasHole(s) {
		return s
	}
	var b strings.Builder
	for {
		head, rest, ok := strings.Cut(s, string(holeOpen))
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		number, tail, _ := strings.Cut(rest, string(holeClose))
		n, err := strconv.Atoi(number)
		if err != nil {
			n = -1
		}
		b.WriteString(fill(n))
		s = tail
	}
}

// Plain is a text without the characters that holes are made of.
func Plain(s string) string {
	if !strings.ContainsRune(s, holeOpen) && !strings.ContainsRune(s, holeClose) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == holeOpen || r == holeClose {
			return utf8.RuneError
		}
		return r
	}, s)
}

// OnlyHoles is what is left of a text without everything that is known of it: empty when all of it is known.
func OnlyHoles(s string) string {
	var b strings.Builder
	FillHoles(s, func(n int) string {
		b.WriteString(Hole(n))
		return ""
	})
	return b.String()
}

// QuoteHoles puts holes that stand where JSON wants a value into quotes.
func QuoteHoles(s string) string {
	if begin := strings.TrimSpace(s); begin == "" || begin[0] != '{' && begin[0] != '[' || !HasHole(s) || json.Valid([]byte(s)) {
		return s
	}
	var b strings.Builder
	inside, escaped := false, false
	for _, r := range s {
		begins, ends := r == holeOpen, r == holeClose
		switch {
		case begins && !inside:
			b.WriteString(`"` + string(r))
			continue
		case ends && !inside:
			b.WriteString(string(r) + `"`)
			continue
		case escaped:
			escaped = false
		case r == '\\':
			escaped = inside
		case r == '"':
			inside = !inside
		}
		b.WriteRune(r)
	}
	return b.String()
}
