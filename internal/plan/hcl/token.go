package hcl

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"oust/internal/plan"
)

// An origin is a mark on an unknown value: why it is not known, and what it is an attribute of.
type origin struct{ why, ref, attr string }

// secret is the mark of what code calls sensitive.
type secret struct{}

func unknown(why string) cty.Value               { return cty.DynamicVal.Mark(origin{why: why}) }
func unknownOf(t cty.Type, why string) cty.Value { return cty.UnknownVal(t).Mark(origin{why: why}) }
func attribute(why, address, attr string) cty.Value {
	return cty.DynamicVal.Mark(origin{why, address, attr})
}

// tokens stand inside texts for values that are not known. They are written with characters of the private use area and a number
// that code cannot guess, and survive what moves or escapes text: joins, JSON, YAML, upper and lower case.
type tokens struct {
	prefix string
	list   []token
}

type token struct {
	origins []origin
	typ     cty.Type
}

const (
	tokenOpen  = "\ue0a5"
	tokenClose = "\ue0a6"
)

func newTokens() tokens {
	n, err := rand.Int(rand.Reader, big.NewInt(1e15))
	if err != nil {
		n = big.NewInt(0) // a token that could be guessed hides nothing: it only makes text unknown
	}
	return tokens{prefix: fmt.Sprintf("%s%015d", tokenOpen, n)}
}

// add makes the token of an unknown value.
func (t *tokens) add(v cty.Value) string {
	v, marks := v.Unmark()
	t.list = append(t.list, token{origins(marks), v.Type()})
	return t.prefix + strconv.Itoa(len(t.list)-1) + tokenClose
}

// origins are the marks that tell where a value comes from, in a stable order.
func origins(marks ...cty.ValueMarks) (out []origin) {
	for _, set := range marks {
		for m := range set {
			if o, ok := m.(origin); ok && !slices.Contains(out, o) {
				out = append(out, o)
			}
		}
	}
	slices.SortFunc(out, func(a, b origin) int {
		return strings.Compare(a.ref+"\x00"+a.attr+"\x00"+a.why, b.ref+"\x00"+b.attr+"\x00"+b.why)
	})
	return out
}

func (t *tokens) in(s string) bool { return len(t.list) > 0 && strings.Contains(s, t.prefix) }

// cut finds the first token of a text.
func (t *tokens) cut(s string) (before string, tok token, after string, ok bool) {
	before, rest, ok := strings.Cut(s, t.prefix)
	if !ok {
		return s, token{}, "", false
	}
	number, after, _ := strings.Cut(rest, tokenClose)
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(t.list) { // torn by a function that cuts texts
		return before, token{origins: []origin{{why: "a part of a value that is not known"}}, typ: cty.String}, after, true
	}
	return before, t.list[n], after, true
}

// one returns the token that is all of a text.
func (t *tokens) one(s string) (token, bool) {
	if !t.in(s) {
		return token{}, false
	}
	before, tok, after, ok := t.cut(s)
	return tok, ok && before == "" && after == ""
}

// each applies f to the text between tokens.
func (t *tokens) each(s string, f func(string) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, t.prefix)
		if before != "" || !ok && b.Len() == 0 {
			b.WriteString(f(before))
		}
		if !ok {
			return b.String()
		}
		number, after, _ := strings.Cut(rest, tokenClose)
		b.WriteString(t.prefix + number + tokenClose)
		s = after
	}
}

// visible writes tokens as references, for addresses and keys.
func (t *tokens) visible(s string) string {
	var b strings.Builder
	for t.in(s) {
		before, tok, after, _ := t.cut(s)
		name := "unknown"
		if o := tok.origins; len(o) > 0 && o[0].ref != "" {
			name = strings.TrimSuffix(o[0].ref+"."+o[0].attr, ".")
		}
		b.WriteString(before + "${" + name + "}")
		s = after
	}
	return b.String() + s
}

// leaf is the tree of a text.
func (t *tokens) leaf(s string) any {
	if !t.in(s) {
		return s
	}
	if tok, ok := t.one(s); ok {
		return leafOf(tok.origins)
	}
	var all []origin
	var parts []any
	for t.in(s) {
		before, tok, after, _ := t.cut(s)
		if before != "" {
			parts = append(parts, before)
		}
		parts = append(parts, leafOf(tok.origins))
		all = append(all, tok.origins...)
		s = after
	}
	if s != "" {
		parts = append(parts, s)
	}
	u := leafOf(all)
	u.Attr, u.Parts = "", parts
	return u
}

// maxRefs bounds the references of one leaf.
const maxRefs = 100

// leafOf is the leaf of an unknown value.
func leafOf(list []origin) plan.Unknown {
	u := plan.Unknown{Why: "not known before deployment"}
	for i, o := range list {
		if i == 0 {
			u.Why, u.Attr = o.why, o.attr
		}
		if o.ref != "" && !slices.Contains(u.Refs, o.ref) && len(u.Refs) < maxRefs {
			u.Refs = append(u.Refs, o.ref)
		}
		if o.attr != u.Attr {
			u.Attr = ""
		}
	}
	if len(u.Refs) != 1 {
		u.Attr = ""
	}
	return u
}

// text makes a token of a scalar that is not known, so that it can stand in a text.
func (r *run) text(v cty.Value) cty.Value {
	if v.IsKnown() {
		return v
	}
	if t := v.Type(); t != cty.DynamicPseudoType && !t.IsPrimitiveType() {
		return v
	}
	out := cty.StringVal(r.tokens.add(v))
	if v.HasMark(secret{}) {
		out = out.Mark(secret{})
	}
	return out
}

// whole gives back the unknown value of a text that is nothing but its token.
func (r *run) whole(v cty.Value) cty.Value {
	plainVal, marks := v.Unmark()
	if plainVal.Type() != cty.String || !plainVal.IsKnown() || plainVal.IsNull() {
		return v
	}
	tok, ok := r.tokens.one(plainVal.AsString())
	if !ok {
		return v
	}
	out := cty.UnknownVal(tok.typ).WithMarks(marks)
	for _, o := range tok.origins {
		out = out.Mark(o)
	}
	return out
}

// opaque makes texts with tokens unknown, for what looks at the letters: comparisons, hashes, lengths.
func (r *run) opaque(v cty.Value) cty.Value {
	if len(r.tokens.list) == 0 || !r.tokenised(v) {
		return v
	}
	out, err := cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		u, marks := v.Unmark()
		if u.Type() != cty.String || !u.IsKnown() || u.IsNull() || !r.tokens.in(u.AsString()) {
			return v, nil
		}
		out := cty.UnknownVal(cty.String).WithMarks(marks)
		for s := u.AsString(); r.tokens.in(s); {
			var tok token
			_, tok, s, _ = r.tokens.cut(s)
			for _, o := range tok.origins {
				out = out.Mark(o)
			}
		}
		return out, nil
	})
	if err != nil {
		return unknown("not known before deployment")
	}
	return out
}

// tokenised reports whether a value holds a token anywhere.
func (r *run) tokenised(v cty.Value) (found bool) {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return false
	}
	switch t := v.Type(); {
	case t == cty.String:
		return r.tokens.in(v.AsString())
	case t.IsPrimitiveType(), t.IsCapsuleType():
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if r.tokenised(e) || k.Type() == cty.String && r.tokenised(k) {
			return true
		}
	}
	return false
}
