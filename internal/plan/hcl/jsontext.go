package hcl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// jsonEncode writes JSON in which a value that is not known is a token: between quotes when it is a text, bare when its type is not known.
func jsonEncode(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	w := &jsonWriter{r: r, marks: cty.ValueMarks{}}
	if err := w.value(args[0]); err != nil {
		return cty.DynamicVal, err
	}
	return cty.StringVal(w.buf.String()).WithMarks(w.marks), nil
}

type jsonWriter struct {
	r     *run
	buf   bytes.Buffer
	marks cty.ValueMarks // secrets
	nodes int
}

func (w *jsonWriter) value(v cty.Value) error {
	if w.nodes++; w.nodes > maxNodes || w.buf.Len() > maxText {
		return errSize
	}
	v = w.r.whole(v)
	u, marks := v.Unmark()
	if _, ok := marks[secret{}]; ok {
		w.marks[secret{}] = struct{}{}
	}
	switch t := u.Type(); {
	case !u.IsKnown() && t == cty.String:
		return w.text(w.r.tokens.add(v))
	case !u.IsKnown():
		w.buf.WriteString(w.r.tokens.add(v))
	case u.IsNull():
		w.buf.WriteString("null")
	case t == cty.String:
		return w.text(u.AsString())
	case t == cty.Bool:
		fmt.Fprintf(&w.buf, "%t", u.True())
	case t == cty.Number:
		w.buf.WriteString(u.AsBigFloat().Text('f', -1))
	case t.IsObjectType(), t.IsMapType():
		return w.object(u)
	case u.CanIterateElements():
		return w.list(u)
	default:
		return errors.New("a value that JSON has no form for")
	}
	return nil
}

func (w *jsonWriter) text(s string) error {
	b, err := json.Marshal(s) // escapes < > & as Terraform does
	w.buf.Write(b)
	return err
}

func (w *jsonWriter) object(v cty.Value) error {
	in := v.AsValueMap()
	keys := make([]string, 0, len(in))
	for k := range in {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	w.buf.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.text(k); err != nil {
			return err
		}
		w.buf.WriteByte(':')
		if err := w.value(in[k]); err != nil {
			return err
		}
	}
	w.buf.WriteByte('}')
	return nil
}

func (w *jsonWriter) list(v cty.Value) error {
	w.buf.WriteByte('[')
	for i, e := range v.AsValueSlice() {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.value(e); err != nil {
			return err
		}
	}
	w.buf.WriteByte(']')
	return nil
}

// jsonDecode reads JSON in which tokens may stand bare, as values.
func jsonDecode(r *run, args []cty.Value) (cty.Value, error) {
	return onTexts(1, cty.DynamicPseudoType, func(r *run, s []string) (cty.Value, error) {
		text := r.quoteBare(s[0])
		if !json.Valid([]byte(text)) || !shallowJSON([]byte(text)) {
			if r.tokens.in(text) {
				return r.opaque(cty.StringVal(text)), nil
			}
			return cty.DynamicVal, errors.New("not JSON")
		}
		v, err := stdlib.JSONDecodeFunc.Call([]cty.Value{cty.StringVal(text)})
		return r.reopened(v, err)
	})(r, args)
}

// reopened gives back the unknown values of a decoded text, and refuses what is too large.
func (r *run) reopened(v cty.Value, err error) (cty.Value, error) {
	if err != nil {
		return v, err
	}
	if weigh(v, maxNodes) > 4*maxText {
		return cty.DynamicVal, errSize
	}
	return cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) { return r.sound(r.whole(v)), nil })
}

// quoteBare puts quotes around the tokens of a JSON text that stand outside of strings.
func (r *run) quoteBare(s string) string {
	if !r.tokens.in(s) {
		return s
	}
	var b strings.Builder
	quoted := false
	for {
		before, rest, ok := strings.Cut(s, r.tokens.prefix)
		quoted = quotes(before, quoted)
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		number, after, _ := strings.Cut(rest, tokenClose)
		token := r.tokens.prefix + number + tokenClose
		if !quoted {
			token = `"` + token + `"`
		}
		b.WriteString(token)
		s = after
	}
}

// quotes reports whether the end of a text stands inside of a JSON string.
func quotes(s string, quoted bool) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		}
	}
	return quoted
}
