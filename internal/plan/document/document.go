// Package document turns JSON and YAML texts of planned infrastructure into plain trees, with the lines of their parts.
//
// It knows syntax only: which keys mean what is the matter of the readers beside it. Texts are hostile:
// size, depth and the growth by aliases are bounded, and what is over a bound is an error, never a shorter tree.
package document

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The bounds. The largest template that CloudFormation takes is 1 MB, the largest object of Kubernetes 3 MB.
const (
	MaxBytes = 32 << 20
	maxDepth = 200
	maxNodes = 2 << 20
)

// A Document is one tree: map[string]any, []any, string, bool, float64, nil.
// Numbers that are no plain decimal numbers, and account numbers, stay texts.
type Document struct {
	Tree  any
	Line  int      // first line, 1-based
	End   int      // last line
	Twice []string // keys that were given twice in one mapping: the last one counts
	Err   error    // why there is no tree
	spans map[string]span
}

type span struct{ line, end int }

// A Tag turns a local YAML tag (without its mark) and its value into a value.
type Tag func(tag string, value any) any

// Options say how a text is read. The zero value drops local tags and keeps no lines of parts.
type Options struct {
	Depth int // how many steps below the root have their lines kept
	Tag   Tag
}

// step gives the path of a member; nil below the depth of which lines are kept.
func (o Options) step(path []string, depth int, name string) []string {
	if depth != len(path) || depth >= o.Depth {
		return nil
	}
	return append(path[:depth:depth], name)
}

// IsObject tells a text that begins as a JSON object does.
func IsObject(body []byte) bool {
	first := bytes.TrimLeft(body, "\xef\xbb\xbf \t\r\n")
	return len(first) > 0 && first[0] == '{'
}

// List gives a list as it is, nothing as none, and anything else as a list of one.
func List(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// Keys lists the keys of a mapping in order.
func Keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Parse reads a text that holds one JSON value, or YAML documents. It never fails as a whole:
// a document that cannot be read carries its error, and its neighbours are read.
func Parse(body []byte, o Options) []*Document {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if len(body) > MaxBytes {
		return []*Document{{Line: 1, Err: fmt.Errorf("%d bytes long", len(body))}}
	}
	if first := bytes.TrimLeft(body, " \t\r\n"); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		if d := parseJSON(body, o); d.Err == nil || o.Tag == nil || !flow(body) {
			return []*Document{d}
		}
	}
	return parseYAML(body, o)
}

// flow tells whether a text that starts like JSON may be YAML after all: JSON knows no tags and no comments.
func flow(body []byte) bool { return bytes.ContainsAny(body, "!#'") }

// Span gives the first and last line of the part at path, or those of the nearest part around it.
func (d *Document) Span(path ...string) (line, end int) {
	for n := len(path); n > 0; n-- {
		if s, ok := d.spans[key(path[:n])]; ok {
			return s.line, s.end
		}
	}
	return d.Line, d.End
}

// Map gives the tree if it is a mapping; nil otherwise.
func (d *Document) Map() map[string]any {
	m, _ := d.Tree.(map[string]any)
	return m
}

func key(path []string) string { return strings.Join(path, "\x00") }

// put stores one member, and notes when it was there before.
func (d *Document) put(m map[string]any, k string, v any) {
	if _, ok := m[k]; ok {
		d.Twice = append(d.Twice, k)
	}
	m[k] = v
}

func (d *Document) mark(path []string, o Options, line, end int) {
	if path == nil {
		return
	}
	if d.spans == nil {
		d.spans = map[string]span{}
	}
	d.spans[key(path)] = span{line, max(line, end)}
}
