package hcl

import (
	"errors"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

var errSize = errors.New("the result of a function would be too large")

// wide finds widths in a format that would fill memory with blanks.
var wide = regexp.MustCompile(`%[^a-zA-Z%]*(\d{5,}|\*)`)

// tame refuses calls whose result would be many times as large as their arguments.
func tame(name string, args []cty.Value) error {
	switch name {
	case "format", "formatlist":
		if s, ok := known(args, 0); ok && wide.MatchString(s) {
			return errSize
		}
		return limit(len(args) * total(args))
	case "join":
		sep, _ := known(args, 0)
		n := 0
		for _, a := range args[min(1, len(args)):] {
			n += count(a)
		}
		return limit(n * len(sep))
	case "replace":
		text, _ := known(args, 0)
		old, _ := known(args, 1)
		with, _ := known(args, 2)
		if isPattern(old) {
			return limit(len(text) * max(1, len(with)))
		}
		return limit(strings.Count(text, old) * len(with))
	case "indent":
		text, _ := known(args, 1)
		if n, ok := number(args, 0); ok {
			return limit(n * (1 + strings.Count(text, "\n")))
		}
	case "setproduct":
		n := 1
		for _, a := range args {
			if n *= max(1, count(a)); n > maxNodes {
				return errSize
			}
		}
	case "pow":
		if n, ok := number(args, 1); ok && n > 500 {
			return errSize
		}
	}
	return nil
}

func limit(n int) error {
	if n < 0 || n > 4*maxText {
		return errSize
	}
	return nil
}

// known is an argument that is a known text.
func known(args []cty.Value, i int) (string, bool) {
	if i >= len(args) {
		return "", false
	}
	v, _ := args[i].Unmark()
	if !isText(v) {
		return "", false
	}
	return v.AsString(), true
}

func number(args []cty.Value, i int) (int, bool) {
	if i >= len(args) {
		return 0, false
	}
	v, _ := args[i].Unmark()
	if v.Type() != cty.Number || !v.IsKnown() || v.IsNull() {
		return 0, false
	}
	n, _ := v.AsBigFloat().Int64()
	return int(min(max(n, -1), 1<<31)), true
}

// count is the number of elements of a collection.
func count(v cty.Value) int {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

// total is the number of bytes and elements in arguments.
func total(args []cty.Value) (n int) {
	for _, a := range args {
		n += weigh(a, maxNodes)
	}
	return n
}

// weigh counts the parts and bytes of a value, up to a limit of parts.
func weigh(v cty.Value, limit int) (bytes int) {
	nodes := 0
	var walk func(v cty.Value)
	walk = func(v cty.Value) {
		v, _ = v.Unmark()
		if nodes++; nodes > limit || !v.IsKnown() || v.IsNull() {
			return
		}
		switch {
		case v.Type() == cty.String:
			bytes += len(v.AsString())
		case v.CanIterateElements():
			for it := v.ElementIterator(); it.Next() && nodes <= limit; {
				_, e := it.Element()
				walk(e)
			}
		}
	}
	walk(v)
	if nodes > limit {
		return maxText * 8
	}
	return bytes + nodes
}

func isPattern(s string) bool { return len(s) > 1 && s[0] == '/' && s[len(s)-1] == '/' }
