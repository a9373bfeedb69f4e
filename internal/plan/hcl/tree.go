package hcl

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"oust/internal/plan"
)

// tree is what a resource is to be.
func (in *instance) tree() map[string]any {
	w := &treeWriter{r: in.scope.r}
	out := map[string]any{}
	for _, name := range in.block.order {
		if !meta(name) {
			out[name] = w.write(in.plainAttr(name), false)
		}
	}
	for _, b := range in.block.blocks {
		kind := kindOf(b)
		if _, ok := out[kind]; ok || kind == "lifecycle" || kind == "connection" || b.kind == "dynamic" && in.block.attrs[kind] != nil {
			continue
		}
		out[kind] = w.write(in.scope.blocks(in.block.nested(kind), in.env, false), false)
	}
	return out
}

// plainAttr is an argument as it is written: null stays null.
func (in *instance) plainAttr(name string) cty.Value {
	if a := in.block.attrs[name]; a != nil && in.memo[name] == nil {
		v := in.scope.eval(a, in.env)
		if v.IsMarked() || !v.IsNull() {
			in.memo[name] = &cell{true, v}
		}
		return v
	} else if a != nil && !in.memo[name].done {
		return unknown(in.address() + " refers to itself")
	}
	return in.memo[name].v
}

// blocks evaluates nested blocks of one kind to a list. For references, attributes that somebody asks for
// and the block does not set are there, unknown.
func (s *scope) blocks(list []*block, e *env, asked bool) cty.Value {
	var out []cty.Value
	for _, b := range list {
		if b.kind != "dynamic" {
			out = append(out, s.nestedBlock(b, e, asked))
			continue
		}
		content := b.first("content")
		for _, inner := range s.iterations(b, e) {
			if len(out) >= maxInstances {
				s.tooMany(b, "dynamic "+b.label(0), len(out))
				break
			}
			out = append(out, s.nestedBlock(content, inner, asked))
		}
	}
	return cty.TupleVal(out)
}

// iterations are the envs of a dynamic block. When it is not known what it goes over, there is one.
func (s *scope) iterations(b *block, e *env) (out []*env) {
	name := b.label(0)
	if a := b.attrs["iterator"]; a != nil {
		if word := keyword(a.expr); word != "" {
			name = word
		}
	}
	a := b.attrs["for_each"]
	if a == nil {
		return nil
	}
	v := s.eval(a, e)
	u, marks := s.r.elements(v).Unmark()
	if !u.IsKnown() {
		return []*env{e.with(name, unknownEach(marks, "for_each of a dynamic block is not known"))}
	}
	if u.IsNull() || !u.CanIterateElements() {
		return nil
	}
	_, hidden := marks[secret{}]
	list := u.Type().IsSetType()
	for it := u.ElementIterator(); it.Next(); {
		s.r.step()
		k, val := it.Element()
		if val = s.r.whole(val); hidden {
			val = val.Mark(secret{})
		}
		if list {
			k = val
		}
		out = append(out, e.with(name, cty.ObjectVal(map[string]cty.Value{"key": k, "value": val})))
	}
	return out
}

func (s *scope) nestedBlock(b *block, e *env, asked bool) cty.Value {
	s.r.step()
	obj := map[string]cty.Value{}
	if asked {
		for name := range s.r.names {
			obj[name] = unknown("known after apply")
		}
	}
	if b.kind == "provisioner" {
		obj["type"] = cty.StringVal(b.label(0))
	}
	for _, name := range b.order {
		if bare(b, name) {
			obj[name] = cty.StringVal(keyword(b.attrs[name].expr))
			continue
		}
		obj[name] = s.eval(b.attrs[name], e)
	}
	done := map[string]bool{}
	for _, n := range b.blocks {
		kind := kindOf(n)
		if kind == "connection" || done[kind] {
			continue
		}
		done[kind] = true
		obj[kind] = s.blocks(b.nested(kind), e, asked)
	}
	return cty.ObjectVal(obj)
}

// A treeWriter turns values into trees.
type treeWriter struct {
	r     *run
	nodes int
}

func (w *treeWriter) write(v cty.Value, hidden bool) any {
	u, marks := v.Unmark()
	if _, ok := marks[secret{}]; ok {
		hidden = true
	}
	if w.nodes++; w.nodes > maxNodes {
		return plan.Unknown{Why: "the resource is too large"}
	}
	t := u.Type()
	switch {
	case !u.IsKnown():
		return seal(leafOf(origins(marks)), hidden)
	case u.IsNull():
		return nil
	case t == cty.String:
		return seal(w.r.tokens.leaf(u.AsString()), hidden)
	case t == cty.Bool:
		return seal(u.True(), hidden)
	case t == cty.Number:
		f, _ := u.AsBigFloat().Float64()
		return seal(f, hidden)
	case t.IsObjectType(), t.IsMapType():
		out := make(map[string]any, u.LengthInt())
		for k, e := range u.AsValueMap() {
			out[w.r.tokens.visible(k)] = w.write(e, hidden)
		}
		return out
	case u.CanIterateElements():
		out := make([]any, 0, u.LengthInt())
		for _, e := range u.AsValueSlice() {
			out = append(out, w.write(e, hidden))
		}
		return out
	}
	return plan.Unknown{Why: "not a value"}
}

func seal(v any, hidden bool) any {
	if hidden {
		return plan.Secret{Value: v}
	}
	return v
}

// inside opens an object, or a list of objects.
func inside(v cty.Value) (out []map[string]cty.Value) {
	u, _ := v.Unmark()
	if !u.IsKnown() || u.IsNull() {
		return nil
	}
	switch t := u.Type(); {
	case t.IsObjectType(), t.IsMapType():
		return []map[string]cty.Value{u.AsValueMap()}
	case t.IsTupleType(), t.IsListType(), t.IsSetType():
		for _, e := range u.AsValueSlice() {
			out = append(out, inside(e)...)
		}
	}
	return out
}

// accountOf is the account of an ARN.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 && len(parts[4]) == 12 && !slices.ContainsFunc([]byte(parts[4]), func(c byte) bool { return c < '0' || c > '9' }) {
		return parts[4]
	}
	return ""
}

// words reads an object of bare words: providers = { aws = aws.east }.
func words(e hclsyntax.Expression) map[string]string {
	out := map[string]string{}
	obj, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return out
	}
	for _, item := range obj.Items {
		k := item.KeyExpr
		if key, ok := k.(*hclsyntax.ObjectConsKeyExpr); ok {
			k = key.Wrapped
		}
		out[keyword(k)] = keyword(item.ValueExpr)
	}
	return out
}
