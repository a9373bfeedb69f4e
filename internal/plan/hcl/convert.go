package hcl

import (
	"errors"

	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// to makes the call of a conversion. Elements that are not known are tokens, since a set with one would be unknown as a whole.
func to(t cty.Type) call {
	return func(r *run, args []cty.Value) (cty.Value, error) {
		if len(args) != 1 {
			return cty.DynamicVal, errors.New("one argument")
		}
		v := r.elements(args[0])
		if t.IsPrimitiveType() && t != cty.String {
			v = r.opaque(v)
		}
		return convert.Convert(v, t)
	}
}

func same(_ *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	return args[0], nil
}

func sensitive(_ *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	return args[0].Mark(secret{}), nil
}

func nonsensitive(_ *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	v, marks := args[0].Unmark()
	delete(marks, secret{})
	return v.WithMarks(marks), nil
}

func isSensitive(_ *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	return cty.BoolVal(args[0].HasMark(secret{})), nil
}

func typeOf(_ *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	return cty.StringVal(typeexpr.TypeString(args[0].Type())), nil
}
