package hcl

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
)

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
