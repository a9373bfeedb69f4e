package hcl

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"oust/internal/plan"
)

// A block is a block of either syntax. In JSON, nested blocks are arguments like all others.
type block struct {
	kind   string
	labels []string
	attrs  map[string]*attr
	order  []string // of attrs
	blocks []*block
	at     plan.Place
}

// An attr is an argument.
type attr struct {
	expr hclsyntax.Expression
	refs []hcl.Traversal
	at   plan.Place
}

func (b *block) label(i int) string {
	if i < len(b.labels) {
		return b.labels[i]
	}
	return ""
}

func (b *block) set(name string, a *attr) {
	if b.attrs == nil {
		b.attrs = map[string]*attr{}
	}
	if b.attrs[name] == nil {
		b.order = append(b.order, name)
	}
	b.attrs[name] = a
}

// nested are the blocks of a kind, and the dynamic ones.
func (b *block) nested(kind string) (out []*block) {
	for _, n := range b.blocks {
		if n.kind == kind || n.kind == "dynamic" && n.label(0) == kind {
			out = append(out, n)
		}
	}
	return out
}

// first is the first block of a kind, or an empty one.
func (b *block) first(kind string) *block {
	if i := slices.IndexFunc(b.blocks, func(n *block) bool { return n.kind == kind }); i >= 0 {
		return b.blocks[i]
	}
	return &block{at: b.at}
}

// literal is an argument that is a plain text.
func (b *block) literal(name string) (string, bool) {
	a := b.attrs[name]
	if a == nil {
		return "", false
	}
	v, diags := a.expr.Value(nil)
	if diags.HasErrors() || !isText(v) {
		return "", false
	}
	return v.AsString(), true
}

// keyword is an argument that is a bare word or reference, such as aws.east, or the same as a text.
func keyword(e hclsyntax.Expression) string {
	if t, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
		s := t.RootName()
		for _, step := range t[1:] {
			if a, ok := step.(hcl.TraverseAttr); ok {
				s += "." + a.Name
			}
		}
		return s
	}
	if v, diags := e.Value(nil); !diags.HasErrors() && isText(v) {
		return v.AsString()
	}
	return ""
}

// native turns a body of the native syntax into a block.
func native(body *hclsyntax.Body, b *block) {
	for _, a := range sorted(body.Attributes) {
		b.set(a.Name, &attr{expr: a.Expr, at: place(a.SrcRange)})
	}
	for _, n := range body.Blocks {
		at := place(n.TypeRange)
		at.End = max(at.Line, n.CloseBraceRange.End.Line)
		in := &block{kind: n.Type, labels: n.Labels, at: at}
		native(n.Body, in)
		b.blocks = append(b.blocks, in)
	}
}

func sorted(attrs hclsyntax.Attributes) []*hclsyntax.Attribute {
	out := make([]*hclsyntax.Attribute, 0, len(attrs))
	for _, a := range attrs {
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b *hclsyntax.Attribute) int { return a.SrcRange.Start.Byte - b.SrcRange.Start.Byte })
	return out
}

func place(r hcl.Range) plan.Place {
	return plan.Place{File: r.Filename, Line: r.Start.Line, End: max(r.Start.Line, r.End.Line)}
}
