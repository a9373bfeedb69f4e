package catalog

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// An Expr is a piece of text in a catalog file that is compiled elsewhere, with the place to point at when it is wrong.
type Expr struct {
	Text string
	Pos  Pos
	doc  *document
}

// Errorf makes a mistake in the expression, offset bytes into its text.
func (x Expr) Errorf(offset int, format string, args ...any) error {
	return x.doc.fail(Pos{x.Pos.File, x.Pos.Line, x.Pos.Col + offset}, "", format, args...)
}

// Hint is like Errorf, with a hint.
func (x Expr) Hint(offset int, hint, format string, args ...any) error {
	return x.doc.fail(Pos{x.Pos.File, x.Pos.Line, x.Pos.Col + offset}, hint, format, args...)
}

// A document is one catalog file while it is read.
// Reading goes on after a mistake; the first one is kept.
type document struct {
	file string
	src  []byte
	err  error
}

func (d *document) fail(p Pos, hint, format string, args ...any) error {
	e := &Error{Pos: p, Text: line(d.src, p.Line), Msg: fmt.Sprintf(format, args...), Hint: hint}
	if d.err == nil {
		d.err = e
	}
	return e
}

func (d *document) at(n *yaml.Node) Pos { return Pos{d.file, n.Line, n.Column} }

// root parses the file and returns its top mapping.
func (d *document) root() *yaml.Node {
	var n yaml.Node
	if err := yaml.Unmarshal(d.src, &n); err != nil {
		d.err = fmt.Errorf("%s: %w", d.file, err)
		return nil
	}
	if len(n.Content) != 1 || n.Content[0].Kind != yaml.MappingNode {
		d.fail(Pos{d.file, 1, 1}, "", "want a mapping of keys")
		return nil
	}
	return n.Content[0]
}

// members walks a mapping and hands every known key to its reader.
// Unknown and repeated keys are mistakes.
func (d *document) members(n *yaml.Node, readers map[string]func(*yaml.Node)) {
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.fail(d.at(n), "", "want a mapping of keys")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		read, ok := readers[key.Value]
		switch {
		case !ok:
			names := make([]string, 0, len(readers))
			for name := range readers {
				names = append(names, name)
			}
			d.fail(d.at(key), suggest(key.Value, names), "unknown key %q", key.Value)
		case seen[key.Value]:
			d.fail(d.at(key), "", "key %q stands here twice", key.Value)
		default:
			read(n.Content[i+1])
		}
		seen[key.Value] = true
	}
}

// pairs walks a mapping with free keys.
func (d *document) pairs(n *yaml.Node, f func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.fail(d.at(n), "", "want a mapping of keys")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		f(n.Content[i], n.Content[i+1])
	}
}

func (d *document) each(n *yaml.Node, f func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		f(n) // a single value stands for a list of one
		return
	}
	for _, e := range n.Content {
		f(e)
	}
}

func (d *document) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		d.fail(d.at(n), "", "want a text")
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (d *document) texts(n *yaml.Node) (out []string) {
	d.each(n, func(e *yaml.Node) { out = append(out, d.text(e)) })
	return out
}

func (d *document) expr(n *yaml.Node) Expr {
	p := d.at(n)
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		p.Col++ // point into the quotes
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		p.Line, p.Col = p.Line+1, 1
	}
	return Expr{Text: d.text(n), Pos: p, doc: d}
}

// oneOf reads a text that must be one of a few.
func (d *document) oneOf(n *yaml.Node, allowed []string) string {
	s := d.text(n)
	for _, a := range allowed {
		if s == a {
			return s
		}
	}
	d.fail(d.at(n), suggest(s, allowed), "%q is not one of %s", s, strings.Join(allowed, " "))
	return ""
}

func suggest(name string, candidates []string) string {
	if best := Nearest(name, candidates); best != "" {
		return "did you mean " + best + "?"
	}
	return ""
}

// Sub is the part of an expression between two offsets.
func (x Expr) Sub(from, to int) Expr {
	p := x.Pos
	p.Col += from
	return Expr{Text: x.Text[from:to], Pos: p, doc: x.doc}
}
