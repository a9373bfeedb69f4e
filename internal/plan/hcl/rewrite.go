package hcl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A node stands around an expression and changes what it evaluates to.
// It holds it in parentheses, so that walks over the tree, which pass by the node, still enter it.
type node struct {
	hclsyntax.Expression
	r    *run
	soft bool // an error is an unknown value, so that what stands around it can be judged
	how  how
}

type how uint8

const (
	asIs   how = iota
	asText     // what is not known becomes a token
	opaque     // what holds a token becomes unknown
)

func (n *node) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	n.r.step()
	v, diags := n.Expression.Value(ctx)
	if diags.HasErrors() {
		if !n.soft {
			return v, diags
		}
		v = unknown(reason(diags))
	}
	v = n.r.sound(v)
	if !v.IsKnown() && len(origins(v.Marks())) == 0 {
		v = n.r.blame(v, n.Expression, ctx)
	}
	switch n.how {
	case asText:
		v = n.r.text(written(v))
	case opaque:
		v = n.r.opaque(v)
	}
	return v, nil
}

// written is a value that can stand in a text. Terraform refuses the others; here they must not hide what stands around them.
func written(v cty.Value) cty.Value {
	u, marks := v.Unmark()
	switch {
	case u.IsKnown() && u.IsNull():
		return unknownOf(cty.String, "null").WithMarks(marks)
	case u.Type() != cty.DynamicPseudoType && !u.Type().IsPrimitiveType():
		return unknownOf(cty.String, "not a text").WithMarks(marks)
	}
	return v
}

// reason is why an expression could not be evaluated. Details are left out: they may quote values.
func reason(diags hcl.Diagnostics) string {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			if d.Subject != nil {
				return fmt.Sprintf("not evaluated: %s, line %d", lower(d.Summary), d.Subject.Start.Line)
			}
			return "not evaluated: " + lower(d.Summary)
		}
	}
	return "not evaluated"
}

// blame tells where an unknown value comes from when the evaluator dropped its marks: from what it refers to.
func (r *run) blame(v cty.Value, e hclsyntax.Expression, ctx *hcl.EvalContext) cty.Value {
	if ctx == nil {
		return v
	}
	for _, t := range e.Variables() {
		got, diags := t.TraverseAbs(ctx)
		if diags.HasErrors() {
			continue
		}
		for m := range deepMarks(got) {
			v = v.Mark(m)
		}
	}
	return v
}

// deepMarks are the marks of the parts of a value that are not known.
func deepMarks(v cty.Value) cty.ValueMarks {
	out := cty.ValueMarks{}
	n := 0
	var walk func(v cty.Value)
	walk = func(v cty.Value) {
		if n++; n > 1000 {
			return
		}
		u, marks := v.Unmark()
		for m := range marks {
			if _, ok := m.(secret); ok || !u.IsKnown() {
				out[m] = struct{}{}
			}
		}
		if !u.IsKnown() || u.IsNull() || !u.CanIterateElements() {
			return
		}
		for it := u.ElementIterator(); it.Next(); {
			_, e := it.Element()
			walk(e)
		}
	}
	walk(v)
	return out
}

// maxBits bounds numbers: a larger one would take its size in memory once it is written out.
const maxBits = 2048

// sound refuses values that would burst what is done with them next.
func (r *run) sound(v cty.Value) cty.Value {
	u, marks := v.Unmark()
	if !u.IsKnown() || u.IsNull() {
		return v
	}
	switch u.Type() {
	case cty.Number:
		f := u.AsBigFloat()
		if e := f.MantExp(nil); f.IsInf() || e > maxBits || e < -maxBits {
			return unknown("a number that is too large").WithMarks(marks)
		}
	case cty.String:
		if len(u.AsString()) > maxText {
			return unknown("a text that is too long").WithMarks(marks)
		}
	}
	return v
}

// rewrite puts nodes into an expression. strict is for arguments of try and can, which have to see errors.
func (r *run) rewrite(e hclsyntax.Expression, strict bool) hclsyntax.Expression {
	wrap := func(e hclsyntax.Expression) hclsyntax.Expression { return r.wrap(e, !strict, asIs) }
	text := func(e hclsyntax.Expression) hclsyntax.Expression {
		return r.wrap(r.rewrite(e, strict), !strict, asText)
	}
	letters := func(e hclsyntax.Expression) hclsyntax.Expression {
		return r.wrap(r.rewrite(e, strict), !strict, opaque)
	}
	switch e := e.(type) {
	case *hclsyntax.TemplateExpr:
		for i, p := range e.Parts {
			if _, ok := p.(*hclsyntax.LiteralValueExpr); !ok {
				e.Parts[i] = text(p)
			}
		}
		if len(e.Parts) > 1 {
			return wrap(e)
		}
	case *hclsyntax.TemplateWrapExpr:
		e.Wrapped = r.rewrite(e.Wrapped, strict)
	case *hclsyntax.TemplateJoinExpr:
		e.Tuple = r.rewrite(e.Tuple, strict)
	case *hclsyntax.ParenthesesExpr:
		e.Expression = r.rewrite(e.Expression, strict)
	case *hclsyntax.TupleConsExpr:
		for i := range e.Exprs {
			e.Exprs[i] = r.rewrite(e.Exprs[i], strict)
		}
	case *hclsyntax.ObjectConsExpr:
		for i, item := range e.Items {
			e.Items[i].ValueExpr = r.rewrite(item.ValueExpr, strict)
			e.Items[i].KeyExpr = r.key(item.KeyExpr, strict)
		}
		return wrap(e)
	case *hclsyntax.ConditionalExpr:
		e.Condition, e.TrueResult, e.FalseResult = letters(e.Condition), r.rewrite(e.TrueResult, strict), r.rewrite(e.FalseResult, strict)
		return wrap(e)
	case *hclsyntax.BinaryOpExpr:
		e.LHS, e.RHS = letters(e.LHS), letters(e.RHS)
		return wrap(e)
	case *hclsyntax.UnaryOpExpr:
		e.Val = letters(e.Val)
		return wrap(e)
	case *hclsyntax.IndexExpr:
		e.Collection, e.Key = r.rewrite(e.Collection, strict), letters(e.Key)
		return wrap(e)
	case *hclsyntax.RelativeTraversalExpr:
		r.noteAll(e.Traversal)
		e.Source = r.rewrite(e.Source, strict)
		return wrap(e)
	case *hclsyntax.ScopeTraversalExpr:
		r.noteAll(e.Traversal)
		return wrap(e)
	case *hclsyntax.SplatExpr:
		e.Source, e.Each = r.rewrite(e.Source, strict), r.rewrite(e.Each, strict)
		return wrap(e)
	case *hclsyntax.ForExpr:
		e.CollExpr, e.ValExpr = r.rewrite(e.CollExpr, strict), wrap(r.rewrite(e.ValExpr, strict))
		if e.KeyExpr != nil {
			e.KeyExpr = text(e.KeyExpr)
		}
		if e.CondExpr != nil {
			e.CondExpr = letters(e.CondExpr)
		}
		return wrap(e)
	case *hclsyntax.FunctionCallExpr:
		return wrap(r.callNode(e, strict))
	case *hclsyntax.LiteralValueExpr:
		e.Val = r.sound(e.Val)
	}
	return e
}

// key rewrites the key of an object; most are bare words.
func (r *run) key(e hclsyntax.Expression, strict bool) hclsyntax.Expression {
	k, ok := e.(*hclsyntax.ObjectConsKeyExpr)
	if !ok { // from JSON
		return r.wrap(r.rewrite(e, strict), !strict, asText)
	}
	if !k.ForceNonLiteral && hcl.ExprAsKeyword(k.Wrapped) != "" {
		return e
	}
	if v, diags := k.Wrapped.Value(nil); !diags.HasErrors() && isText(v) {
		return e
	}
	k.Wrapped, k.ForceNonLiteral = r.rewrite(k.Wrapped, strict), true
	return r.wrap(e, !strict, asText)
}

func (r *run) wrap(e hclsyntax.Expression, soft bool, h how) hclsyntax.Expression {
	if n, ok := e.(*node); ok && (n.how == asIs || n.how == h || h == asIs) {
		if h != asIs {
			n.how = h
		}
		return n
	}
	return &node{Expression: &hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}, r: r, soft: soft, how: h}
}

// noteAll remembers the attributes that an expression may ask of a whole resource that came to it under another name.
// Which of them the resource has beside those that its block sets cannot be told without its provider.
func (r *run) noteAll(t hcl.Traversal) {
	skip := 0
	if !t.IsRelative() {
		switch root := t.RootName(); {
		case root == "var", root == "local", root == "each", strings.Contains(root, "_") && len(t) > 2:
			skip = 2
		case root == "module":
			skip = 3
		case root == "data", root == "path", root == "terraform", root == "count":
			skip = len(t)
		}
	}
	for _, step := range t[min(skip, len(t)):] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			r.note(step.Name)
		case hcl.TraverseIndex:
			if isText(step.Key) {
				r.note(step.Key.AsString())
			}
		}
	}
}

func (r *run) note(name string) {
	if len(r.names) < maxNames {
		r.names[name] = true
	}
}
