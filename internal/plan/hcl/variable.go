package hcl

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// relative is the path of a folder seen from another one.
func relative(from, to string) string {
	rel, err := filepath.Rel(filepath.FromSlash(from), filepath.FromSlash(to))
	if err != nil {
		return to
	}
	return filepath.ToSlash(rel)
}

func (s *scope) variable(name string) cty.Value {
	b := s.folder.variables[name]
	if b == nil {
		return unknown("var." + name + " is not declared")
	}
	return s.once("var."+name, func() cty.Value {
		v := s.r.typed(b, s.value(b, name))
		if s.isTrue(b, "sensitive") || s.isTrue(b, "ephemeral") {
			v = v.Mark(secret{})
		}
		return v
	})
}

// value is what a variable is given, or its default.
func (s *scope) value(b *block, name string) cty.Value {
	v := cty.NilVal
	if s.inputs != nil {
		v = s.inputs(name)
	}
	d := b.attrs["default"]
	nullable := b.attrs["nullable"] == nil || s.isTrue(b, "nullable")
	switch {
	case v != cty.NilVal && (nullable || !v.IsNull()):
		return v
	case d != nil:
		return s.eval(d, nil)
	}
	return unknown("variable " + name + " has no value")
}

func (s *scope) isTrue(b *block, name string) bool {
	a := b.attrs[name]
	if a == nil {
		return false
	}
	v, _ := s.eval(a, nil).Unmark()
	return v.Type() == cty.Bool && v.IsKnown() && !v.IsNull() && v.True()
}

// typed gives a value the type of its variable. A value that does not fit stays as it is: Terraform would refuse it.
func (r *run) typed(b *block, v cty.Value) cty.Value {
	a := b.attrs["type"]
	if a == nil {
		return v
	}
	t, defaults := constraint(a.expr)
	if u, marks := v.Unmark(); !u.IsKnown() {
		return cty.UnknownVal(t.WithoutOptionalAttributesDeep()).WithMarks(marks)
	}
	if defaults != nil && !v.IsNull() {
		u, marks := v.Unmark()
		v = defaults.Apply(u).WithMarks(marks)
	}
	if t.IsSetType() {
		v = r.elements(v)
	}
	if out, err := convert.Convert(v, t); err == nil {
		return out
	}
	return v
}

// constraint reads a type. In JSON it is a text that holds one, and so it was in old versions.
func constraint(e hclsyntax.Expression) (cty.Type, *typeexpr.Defaults) {
	if v, diags := e.Value(nil); !diags.HasErrors() && isText(v) {
		switch text := v.AsString(); text {
		case "list":
			return cty.List(cty.DynamicPseudoType), nil
		case "map":
			return cty.Map(cty.DynamicPseudoType), nil
		default:
			inner, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
			if diags.HasErrors() {
				return cty.DynamicPseudoType, nil
			}
			e = inner
		}
	}
	t, defaults, diags := typeexpr.TypeConstraintWithDefaults(e)
	if diags.HasErrors() {
		return cty.DynamicPseudoType, nil
	}
	return t, defaults
}

// inputs reads the variable files of a root module that are read without being named:
// terraform.tfvars, then *.auto.tfvars in order.
func (r *run) inputs(f *folder, s *scope) func(name string) cty.Value {
	names := r.files(f.dir, func(n string) bool {
		base := path.Base(n)
		return base == "terraform.tfvars" || base == "terraform.tfvars.json" || strings.HasSuffix(base, ".auto.tfvars") || strings.HasSuffix(base, ".auto.tfvars.json")
	})
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	set := map[string]*attr{}
	for _, n := range names {
		body, err := r.load(n)
		if err != nil {
			continue
		}
		b := r.parse(n, body)
		r.prepare(b)
		for name, a := range b.attrs {
			set[name] = a
		}
	}
	return func(name string) cty.Value {
		if a := set[name]; a != nil {
			return s.eval(a, nil)
		}
		return cty.NilVal
	}
}

func rank(name string) int {
	switch path.Base(strings.ToLower(name)) {
	case "terraform.tfvars":
		return 0
	case "terraform.tfvars.json":
		return 1
	}
	return 2
}
