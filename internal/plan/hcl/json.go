package hcl

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// levels are the labels of the blocks of a JSON file, by kind.
func levels(kind string) (int, bool) {
	switch kind {
	case "resource", "data", "ephemeral":
		return 2, true
	case "module", "variable", "output", "provider":
		return 1, true
	case "locals", "terraform":
		return 0, true
	}
	return 0, false
}

// fromJSON turns a JSON file into blocks.
func fromJSON(body hcl.Body, b *block) hcl.Diagnostics {
	attrs, diags := body.JustAttributes()
	names := make([]string, 0, len(attrs))
	for name := range attrs {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int { return attrs[x].Range.Start.Byte - attrs[y].Range.Start.Byte })
	for _, name := range names {
		if n, ok := levels(name); ok && !isVars(strings.ToLower(b.at.File)) {
			diags = append(diags, jsonBlocks(b, name, nil, n, attrs[name].Expr, attrs[name].Range)...)
			continue
		}
		e, more := jsonExpr(attrs[name].Expr)
		diags = append(diags, more...)
		b.set(name, &attr{expr: e, at: place(attrs[name].Expr.Range())})
	}
	return diags
}

// jsonBlocks opens the labels of a block; at every level there may be a list.
func jsonBlocks(b *block, kind string, labels []string, left int, e hcl.Expression, at hcl.Range) (diags hcl.Diagnostics) {
	if list, more := hcl.ExprList(e); !more.HasErrors() {
		for _, one := range list {
			diags = append(diags, jsonBlocks(b, kind, labels, left, one, one.Range())...)
		}
		return diags
	}
	pairs, more := hcl.ExprMap(e)
	if more.HasErrors() {
		return more
	}
	if left == 0 {
		in := &block{kind: kind, labels: labels, at: place(hcl.RangeBetween(at, e.Range()))}
		diags = jsonBody(in, pairs)
		b.blocks = append(b.blocks, in)
		return diags
	}
	for _, p := range pairs {
		label := keyOf(p.Key)
		diags = append(diags, jsonBlocks(b, kind, append(slices.Clone(labels), label), left-1, p.Value, p.Key.Range())...)
	}
	return diags
}

// jsonBody reads what stands in a block. Those nested blocks that the language itself knows are told apart.
func jsonBody(b *block, pairs []hcl.KeyValuePair) (diags hcl.Diagnostics) {
	for _, p := range pairs {
		name := keyOf(p.Key)
		left := -1
		switch {
		case name == "//":
			continue
		case (name == "dynamic" || name == "provisioner") && b.kind != "locals":
			left = 1
		case name == "lifecycle" && b.kind != "locals", name == "content" && b.kind == "dynamic", name == "statement" && b.label(0) == "aws_iam_policy_document":
			left = 0
		}
		if left >= 0 {
			diags = append(diags, jsonBlocks(b, name, nil, left, p.Value, p.Key.Range())...)
			continue
		}
		e, more := jsonExpr(p.Value)
		diags = append(diags, more...)
		b.set(name, &attr{expr: e, at: place(hcl.RangeBetween(p.Key.Range(), p.Value.Range()))})
	}
	return diags
}

func keyOf(e hcl.Expression) string {
	if v, diags := e.Value(nil); !diags.HasErrors() && isText(v) {
		return v.AsString()
	}
	return ""
}

// jsonExpr makes an expression of the native syntax.
func jsonExpr(e hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	if pairs, d := hcl.ExprMap(e); !d.HasErrors() {
		return jsonObject(pairs, e.Range())
	}
	var diags hcl.Diagnostics
	if list, d := hcl.ExprList(e); !d.HasErrors() {
		out := &hclsyntax.TupleConsExpr{SrcRange: e.Range(), OpenRange: e.StartRange()}
		for _, one := range list {
			in, more := jsonExpr(one)
			diags = append(diags, more...)
			out.Exprs = append(out.Exprs, in)
		}
		return out, diags
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || !isText(v) {
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}, diags
	}
	if err := shallow([]byte(v.AsString()), hclsyntax.LexTemplate); err != nil {
		return &hclsyntax.LiteralValueExpr{Val: unknown(err.Error()), SrcRange: e.Range()}, nil
	}
	out, diags := hclsyntax.ParseTemplate([]byte(v.AsString()), e.Range().Filename, e.Range().Start)
	if diags.HasErrors() {
		return &hclsyntax.LiteralValueExpr{Val: unknown("it could not be parsed"), SrcRange: e.Range()}, diags
	}
	return out, nil
}

func jsonObject(pairs []hcl.KeyValuePair, at hcl.Range) (hclsyntax.Expression, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	out := &hclsyntax.ObjectConsExpr{SrcRange: at, OpenRange: at}
	for _, p := range pairs {
		if keyOf(p.Key) == "//" {
			continue
		}
		k, more := jsonExpr(p.Key)
		v, most := jsonExpr(p.Value)
		diags = append(append(diags, more...), most...)
		out.Items = append(out.Items, hclsyntax.ObjectConsItem{KeyExpr: k, ValueExpr: v})
	}
	return out, diags
}

func isText(v cty.Value) bool {
	return v != cty.NilVal && !v.IsMarked() && v.Type() == cty.String && v.IsKnown() && !v.IsNull()
}
