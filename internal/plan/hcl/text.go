package hcl

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// text makes a call of a function that puts its arguments into a text: what is not known becomes a token.
func text(f function.Function) call {
	return func(r *run, args []cty.Value) (cty.Value, error) {
		for i := range args {
			if i > 0 {
				args[i] = r.text(r.elements(args[i]))
			}
		}
		if s, ok := known(args, 0); ok && !onlyTexts(s) { // %d and %q look at what they write
			for i := range args {
				args[i] = r.opaque(args[i])
			}
		}
		return apply(f, args)
	}
}

// onlyTexts reports whether a format has no verbs but %s and %v.
func onlyTexts(format string) bool {
	for rest := strings.ReplaceAll(format, "%%", ""); ; {
		_, after, ok := strings.Cut(rest, "%")
		if !ok {
			return true
		}
		if after == "" || after[0] != 's' && after[0] != 'v' {
			return false
		}
		rest = after
	}
}

// stringsOf are the arguments as texts, unmarked, and their marks; ok is false when one is not known.
func stringsOf(args []cty.Value) (out []string, marks []cty.ValueMarks, ok bool, err error) {
	ok = true
	for _, a := range args {
		v, m := a.Unmark()
		marks = append(marks, m)
		if v, err = convert.Convert(v, cty.String); err != nil {
			return nil, nil, false, err
		}
		if v.IsNull() {
			return nil, nil, false, errNull
		}
		if !v.IsKnown() {
			ok = false
			continue
		}
		out = append(out, v.AsString())
	}
	return out, marks, ok, nil
}

var errNull = errors.New("an argument is null")

// onTexts makes a call of a function of n texts to a value. Tokens are in them as they are.
func onTexts(n int, t cty.Type, f func(r *run, s []string) (cty.Value, error)) call {
	return func(r *run, args []cty.Value) (cty.Value, error) {
		if len(args) != n {
			return cty.DynamicVal, fmt.Errorf("%d arguments, not %d", len(args), n)
		}
		s, marks, ok, err := stringsOf(args)
		if err != nil {
			return cty.DynamicVal, err
		}
		if !ok {
			return cty.UnknownVal(t).WithMarks(marks...), nil
		}
		v, err := f(r, s)
		if err != nil {
			return cty.DynamicVal, err
		}
		return v.WithMarks(marks...), nil
	}
}

// letterwise makes a call of a function from one text to another that looks at its letters.
func letterwise(f func(string) (string, error)) call {
	inner := onTexts(1, cty.String, func(_ *run, s []string) (cty.Value, error) {
		out, err := f(s[0])
		return cty.StringVal(out), err
	})
	return func(r *run, args []cty.Value) (cty.Value, error) {
		for i := range args {
			args[i] = r.opaque(args[i])
		}
		return inner(r, args)
	}
}

// each makes a call of a function that works letter by letter, so that it can work between tokens.
func each(f function.Function) call {
	return onTexts(1, cty.String, func(r *run, s []string) (cty.Value, error) {
		var failed error
		out := r.tokens.each(s[0], func(s string) string {
			v, err := f.Call([]cty.Value{cty.StringVal(s)})
			if err != nil {
				failed = err
				return s
			}
			return v.AsString()
		})
		return cty.StringVal(out), failed
	})
}

// replace works between tokens, unless a pattern is looked for.
func replace(r *run, args []cty.Value) (cty.Value, error) {
	if old, ok := known(args, 1); !ok || isPattern(old) || r.tokens.in(old) || len(args) != 3 {
		for i := range args {
			args[i] = r.opaque(args[i])
		}
		if isPattern(old) && len(args) == 3 {
			args[1] = cty.StringVal(old[1 : len(old)-1]).WithMarks(args[1].Marks())
			return apply(stdlib.RegexReplaceFunc, args)
		}
		return apply(stdlib.ReplaceFunc, args)
	}
	return onTexts(3, cty.String, func(r *run, s []string) (cty.Value, error) {
		return cty.StringVal(r.tokens.each(s[0], func(part string) string { return strings.ReplaceAll(part, s[1], s[2]) })), nil
	})(r, args)
}

// trimEnd is for functions that look at one end of a text: a token in it only matters when it stands there.
func trimEnd(f function.Function) call {
	return func(r *run, args []cty.Value) (cty.Value, error) {
		s, ok := known(args, 0)
		end, ok2 := known(args, 1)
		if ok && ok2 && (r.tokens.in(end) || touches(s, end)) {
			args[0], args[1] = r.opaque(args[0]), r.opaque(args[1])
		}
		return apply(f, args)
	}
}

func touches(s, end string) bool {
	head, tail := s[:min(len(s), len(end)+len(tokenOpen))], s[max(0, len(s)-len(end)-len(tokenClose)):]
	return strings.Contains(head, tokenOpen) || strings.Contains(tail, tokenClose)
}

func join(r *run, args []cty.Value) (cty.Value, error) {
	for i := range args {
		args[i] = r.elements(args[i])
	}
	return apply(stdlib.JoinFunc, args)
}

// split works between tokens: a token is not thought to hold the separator.
func split(r *run, args []cty.Value) (cty.Value, error) {
	if s, ok := known(args, 1); ok && r.tokens.in(s) {
		args[1] = r.opaque(args[1])
	}
	return apply(stdlib.SplitFunc, args)
}

func startsWith(r *run, args []cty.Value) (cty.Value, error) { return ends(r, args, strings.HasPrefix) }
func endsWith(r *run, args []cty.Value) (cty.Value, error)   { return ends(r, args, strings.HasSuffix) }
func strContains(r *run, args []cty.Value) (cty.Value, error) {
	return ends(r, args, strings.Contains)
}

func ends(r *run, args []cty.Value, f func(s, part string) bool) (cty.Value, error) {
	for i := range args {
		args[i] = r.opaque(args[i])
	}
	return onTexts(2, cty.Bool, func(_ *run, s []string) (cty.Value, error) { return cty.BoolVal(f(s[0], s[1])), nil })(r, args)
}
