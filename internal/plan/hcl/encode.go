package hcl

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	ctyyaml "github.com/zclconf/go-cty-yaml"
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

func yamlEncode(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	marks := cty.ValueMarks{}
	v, err := cty.Transform(args[0], func(_ cty.Path, v cty.Value) (cty.Value, error) {
		r.step()
		u, m := r.text(v).Unmark()
		if _, ok := m[secret{}]; ok {
			marks[secret{}] = struct{}{}
		}
		return u, nil
	})
	if err != nil {
		return cty.DynamicVal, err
	}
	out, err := ctyyaml.YAMLEncodeFunc.Call([]cty.Value{v})
	if err != nil {
		return cty.DynamicVal, err
	}
	return out.WithMarks(marks), nil
}

// maxYAML bounds YAML: aliases in it can make a small text large.
const maxYAML = 256 << 10

func yamlDecode(r *run, args []cty.Value) (cty.Value, error) {
	return onTexts(1, cty.DynamicPseudoType, func(r *run, s []string) (cty.Value, error) {
		if len(s[0]) > maxYAML || strings.Count(s[0], "*") > 200 || strings.Count(s[0], "[")+strings.Count(s[0], "{") > 2000 {
			return unknown("a YAML text that is too large or too involved"), nil
		}
		v, err := ctyyaml.YAMLDecodeFunc.Call([]cty.Value{cty.StringVal(s[0])})
		return r.reopened(v, err)
	})(r, args)
}

// base64Encode encodes the text around tokens by itself, so that each part can still be decoded.
func base64Encode(r *run, args []cty.Value) (cty.Value, error) {
	for i := range args {
		args[i] = r.text(args[i])
	}
	return onTexts(1, cty.String, func(r *run, s []string) (cty.Value, error) {
		return cty.StringVal(r.tokens.each(s[0], func(part string) string { return base64.StdEncoding.EncodeToString([]byte(part)) })), nil
	})(r, args)
}

var errEncoding = errors.New("not a text in this encoding")

func base64Decode(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !valid(string(b)) {
		return "", errEncoding
	}
	return string(b), nil
}

func base64Gzip(s string) (string, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func base64Gunzip(s string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", errEncoding
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", errEncoding
	}
	out, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil || len(out) > maxText || !valid(string(out)) {
		return "", errEncoding
	}
	return string(out), nil
}

// textEncode and textDecode know UTF-8 and the encoding that PowerShell takes.
func textEncode(r *run, args []cty.Value) (cty.Value, error) {
	return recode(r, args, func(text, encoding string) (string, error) {
		switch strings.ToUpper(encoding) {
		case "UTF-16LE":
			return base64.StdEncoding.EncodeToString(utf16le(text)), nil
		case "UTF-8":
			return base64.StdEncoding.EncodeToString([]byte(text)), nil
		}
		return "", errEncoding
	})
}

func textDecode(r *run, args []cty.Value) (cty.Value, error) {
	return recode(r, args, func(text, encoding string) (string, error) {
		b, err := base64.StdEncoding.DecodeString(text)
		switch {
		case err != nil:
			return "", errEncoding
		case strings.ToUpper(encoding) == "UTF-8" && valid(string(b)):
			return string(b), nil
		case strings.ToUpper(encoding) != "UTF-16LE":
			return "", errEncoding
		}
		units := make([]uint16, 0, len(b)/2)
		for ; len(b) >= 2; b = b[2:] {
			units = append(units, uint16(b[0])|uint16(b[1])<<8)
		}
		return string(utf16.Decode(units)), nil
	})
}

func recode(r *run, args []cty.Value, f func(text, encoding string) (string, error)) (cty.Value, error) {
	for i := range args {
		args[i] = r.opaque(args[i])
	}
	return onTexts(2, cty.String, func(_ *run, s []string) (cty.Value, error) {
		out, err := f(s[0], s[1])
		return cty.StringVal(out), err
	})(r, args)
}

func valid(s string) bool { return utf8.ValidString(s) }

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func urlEncode(s string) (string, error) { return url.QueryEscape(s), nil }
func urlDecode(s string) (string, error) { return url.QueryUnescape(s) }
