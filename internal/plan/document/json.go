package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// jsonReader reads tokens, and counts lines as the decoder goes on.
type jsonReader struct {
	doc  *Document
	o    Options
	dec  *json.Decoder
	body []byte
	at   int64 // offset up to which lines were counted
	line int
}

func parseJSON(body []byte, o Options) *Document {
	d := &Document{Line: 1}
	r := &jsonReader{doc: d, o: o, dec: json.NewDecoder(bytes.NewReader(body)), body: body, line: 1}
	r.dec.UseNumber()
	d.Tree, d.Err = r.value(nil, 0)
	d.End = r.here()
	if d.Err == nil {
		if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
			d.Err = fmt.Errorf("line %d: more than one value", r.here())
		}
	}
	if d.Err != nil {
		d.Tree = nil
	}
	return d
}

func (r *jsonReader) here() int {
	if to := min(r.dec.InputOffset(), int64(len(r.body))); to > r.at {
		r.line += bytes.Count(r.body[r.at:to], []byte("\n"))
		r.at = to
	}
	return r.line
}

// start gives the line of the value after the comma or bracket that was read last.
func (r *jsonReader) start() int {
	line, at := r.here(), int(r.at)
	rest := r.body[at:]
	space := len(rest) - len(bytes.TrimLeft(rest, ", \t\r\n"))
	return line + bytes.Count(rest[:space], []byte("\n"))
}

func (r *jsonReader) value(path []string, depth int) (any, error) {
	t, err := r.dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("line %d: %w", r.here(), err)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: more than %d levels deep", r.here(), maxDepth)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return r.object(path, depth)
		}
		return r.list(path, depth)
	case json.Number:
		return number(t.String()), nil
	default:
		return t, nil
	}
}

func (r *jsonReader) object(path []string, depth int) (any, error) {
	m := map[string]any{}
	for r.dec.More() {
		t, err := r.dec.Token()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", r.here(), err)
		}
		k, line := t.(string), r.here()
		p := r.o.step(path, depth, k)
		v, err := r.value(p, depth+1)
		if err != nil {
			return nil, err
		}
		r.doc.put(m, k, v)
		r.doc.mark(p, r.o, line, r.here())
	}
	_, err := r.dec.Token()
	return m, r.cut(err)
}

func (r *jsonReader) list(path []string, depth int) (any, error) {
	list := []any{}
	for r.dec.More() {
		p, line := r.o.step(path, depth, strconv.Itoa(len(list))), r.start()
		v, err := r.value(p, depth+1)
		if err != nil {
			return nil, err
		}
		r.doc.mark(p, r.o, line, r.here())
		list = append(list, v)
	}
	_, err := r.dec.Token()
	return list, r.cut(err)
}

func (r *jsonReader) cut(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("line %d: %w", r.here(), err)
}

// number keeps what a float64 would spoil as a text: account numbers, leading zeros, other bases, more than 15 digits.
func number(s string) any {
	digits := strings.TrimLeft(s, "+-")
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil, strings.ContainsAny(s, "xXoO_"), len(digits) > 1 && digits[0] == '0' && digits[1] != '.':
		return s
	case len(digits) >= 12 && !strings.ContainsAny(digits, ".eE"):
		return s
	}
	return f
}
