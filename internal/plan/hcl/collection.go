package hcl

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// list opens a list, set or tuple; ok is false when it is not known.
func list(v cty.Value) (out []cty.Value, marks cty.ValueMarks, ok bool, err error) {
	v, marks = v.Unmark()
	t := v.Type()
	if t != cty.DynamicPseudoType && !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		return nil, marks, false, errors.New("not a list")
	}
	if !v.IsKnown() {
		return nil, marks, false, nil
	}
	if v.IsNull() {
		return nil, marks, false, errNull
	}
	return v.AsValueSlice(), marks, true, nil
}

// concat keeps what is written out beside a list that is not known: that list becomes one unknown element.
func concat(r *run, args []cty.Value) (cty.Value, error) {
	var all []cty.Value
	var marks []cty.ValueMarks
	for _, a := range args {
		in, m, ok, err := list(a)
		if err != nil {
			return cty.DynamicVal, err
		}
		if !ok {
			all = append(all, cty.DynamicVal.WithMarks(m))
			continue
		}
		all, marks = append(all, in...), append(marks, m)
	}
	if len(args) == 1 && !args[0].IsKnown() {
		return args[0], nil
	}
	return cty.TupleVal(all).WithMarks(marks...), nil
}

// flatten does the same for lists in lists.
func flatten(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	if !args[0].IsKnown() {
		return args[0], nil
	}
	var all []cty.Value
	var walk func(v cty.Value, depth int) error
	walk = func(v cty.Value, depth int) error {
		r.step()
		in, marks, ok, err := list(v)
		switch {
		case err != nil && depth > 0 && !errors.Is(err, errNull), !ok && err == nil:
			all = append(all, v)
			return nil
		case errors.Is(err, errNull) && depth > 0:
			all = append(all, v)
			return nil
		case err != nil:
			return err
		}
		for _, e := range in {
			if err := walk(e.WithMarks(marks), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(args[0], 0); err != nil {
		return cty.DynamicVal, err
	}
	return cty.TupleVal(all), nil
}

func compact(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	in, marks, ok, err := list(args[0])
	if err != nil || !ok {
		return cty.UnknownVal(cty.List(cty.String)).WithMarks(marks), err
	}
	in = slices.DeleteFunc(slices.Clone(in), func(v cty.Value) bool {
		u, _ := v.Unmark()
		return u.IsKnown() && (u.IsNull() || u.Type() == cty.String && u.AsString() == "")
	})
	return cty.TupleVal(in).WithMarks(marks), nil
}

func sortList(r *run, args []cty.Value) (cty.Value, error) {
	for i := range args {
		args[i] = r.elements(args[i])
	}
	return apply(stdlib.SortFunc, args)
}

// contains can only tell of texts without tokens.
func contains(r *run, args []cty.Value) (cty.Value, error) {
	for i := range args {
		args[i] = r.opaque(args[i])
	}
	return apply(stdlib.ContainsFunc, args)
}

// coalesce is the first argument that is neither null nor an empty text. When that one is not known, nor is the result.
func coalesce(_ *run, args []cty.Value) (cty.Value, error) {
	types := make([]cty.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	t, how := convert.Unify(types)
	for i, a := range args {
		if t != cty.NilType && how[i] != nil {
			if v, err := how[i](a); err == nil {
				a = v
			}
		}
		if u, _ := a.Unmark(); !u.IsKnown() || !u.IsNull() && !(isText(u) && u.AsString() == "") {
			return a, nil
		}
	}
	return cty.DynamicVal, errors.New("every argument is null or empty")
}

func index(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 2 {
		return cty.DynamicVal, errors.New("two arguments")
	}
	in, marks, ok, err := list(r.opaque(args[0]))
	what, whatMarks := r.opaque(args[1]).Unmark()
	if err != nil || !ok || !what.IsKnown() {
		return cty.UnknownVal(cty.Number).WithMarks(marks, whatMarks), err
	}
	for i, v := range in {
		u, m := v.Unmark()
		if !u.IsKnown() {
			return cty.UnknownVal(cty.Number).WithMarks(marks, m), nil
		}
		if u.RawEquals(what) {
			return cty.NumberIntVal(int64(i)).WithMarks(marks, whatMarks), nil
		}
	}
	return cty.DynamicVal, errors.New("no such element")
}

func length(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) == 1 {
		if u, marks := args[0].Unmark(); u.Type() == cty.String {
			return apply(stdlib.StrlenFunc, []cty.Value{r.opaque(args[0])})
		} else if !u.IsKnown() {
			return cty.UnknownVal(cty.Number).WithMarks(marks), nil
		} else if u.Type().IsObjectType() && !u.IsNull() {
			return cty.NumberIntVal(int64(u.LengthInt())).WithMarks(marks), nil
		}
	}
	return apply(stdlib.LengthFunc, args)
}

// lookup takes any object, with or without a default.
func lookup(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) < 2 || len(args) > 3 {
		return cty.DynamicVal, errors.New("two or three arguments")
	}
	m, marks := args[0].Unmark()
	key, keyMarks := r.opaque(args[1]).Unmark()
	if !m.IsKnown() || !key.IsKnown() {
		return cty.DynamicVal.WithMarks(marks, keyMarks), nil
	}
	if m.IsNull() || !isText(key) || !m.Type().IsObjectType() && !m.Type().IsMapType() {
		return cty.DynamicVal, errors.New("not a map")
	}
	if v, ok := m.AsValueMap()[key.AsString()]; ok {
		return v.WithMarks(marks, keyMarks), nil
	}
	if len(args) == 3 {
		return args[2].WithMarks(marks, keyMarks), nil
	}
	return cty.DynamicVal, fmt.Errorf("no such key")
}

func merge(_ *run, args []cty.Value) (cty.Value, error) {
	out := map[string]cty.Value{}
	var all []cty.ValueMarks
	open := false
	for _, a := range args {
		m, marks := a.Unmark()
		all = append(all, marks)
		switch t := m.Type(); {
		case !m.IsKnown():
			open = true
		case m.IsNull():
		case t.IsObjectType(), t.IsMapType():
			for k, v := range m.AsValueMap() {
				out[k] = v
			}
		default:
			return cty.DynamicVal, errors.New("not a map")
		}
	}
	if open { // any key may be in it
		return cty.DynamicVal.WithMarks(all...), nil
	}
	return cty.ObjectVal(out).WithMarks(all...), nil
}

func one(_ *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	in, marks, ok, err := list(args[0])
	switch {
	case err != nil || !ok:
		return cty.DynamicVal.WithMarks(marks), err
	case len(in) == 0:
		return cty.NullVal(cty.DynamicPseudoType).WithMarks(marks), nil
	case len(in) > 1:
		return cty.DynamicVal, errors.New("more than one element")
	}
	return in[0].WithMarks(marks), nil
}

func sum(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	in, marks, ok, err := list(r.opaque(args[0]))
	if err != nil || !ok {
		return cty.UnknownVal(cty.Number).WithMarks(marks), err
	}
	total := cty.Zero
	for _, v := range in {
		if total, err = apply(stdlib.AddFunc, []cty.Value{total, v}); err != nil {
			return cty.DynamicVal, err
		}
	}
	return total.WithMarks(marks), nil
}

func allTrue(r *run, args []cty.Value) (cty.Value, error) { return fold(args, cty.True, cty.Value.And) }
func anyTrue(r *run, args []cty.Value) (cty.Value, error) { return fold(args, cty.False, cty.Value.Or) }

func fold(args []cty.Value, start cty.Value, f func(a, b cty.Value) cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	in, marks, ok, err := list(args[0])
	if err != nil || !ok {
		return cty.UnknownVal(cty.Bool).WithMarks(marks), err
	}
	for _, v := range in {
		b, err := convert.Convert(v, cty.Bool)
		if err != nil {
			return cty.DynamicVal, err
		}
		if b.IsNull() {
			b = cty.False
		}
		start = f(start, b)
	}
	return start.WithMarks(marks), nil
}

func matchKeys(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 3 {
		return cty.DynamicVal, errors.New("three arguments")
	}
	var lists [3][]cty.Value
	var all []cty.ValueMarks
	for i, a := range args {
		in, marks, ok, err := list(r.opaque(a))
		if err != nil || !ok || !a.IsWhollyKnown() {
			return cty.DynamicVal.WithMarks(marks), err
		}
		lists[i], all = in, append(all, marks)
	}
	var out []cty.Value
	for i := range min(len(lists[0]), len(lists[1])) {
		if slices.ContainsFunc(lists[2], func(v cty.Value) bool { r.step(); return v.RawEquals(lists[1][i]) }) {
			out = append(out, lists[0][i])
		}
	}
	return cty.TupleVal(out).WithMarks(all...), nil
}

func transpose(r *run, args []cty.Value) (cty.Value, error) {
	if len(args) != 1 {
		return cty.DynamicVal, errors.New("one argument")
	}
	v, marks := args[0].UnmarkDeep()
	if !v.IsWhollyKnown() || v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return cty.DynamicVal.WithMarks(marks), nil
	}
	out := map[string][]cty.Value{}
	for it := v.ElementIterator(); it.Next(); {
		k, in := it.Element()
		elems, _, _, err := list(in)
		if err != nil {
			return cty.DynamicVal, err
		}
		for _, e := range elems {
			if !isText(e) {
				return cty.DynamicVal, errors.New("not a text")
			}
			out[e.AsString()] = append(out[e.AsString()], k)
		}
	}
	vals := map[string]cty.Value{}
	for k, in := range out {
		vals[k] = cty.TupleVal(in)
	}
	return cty.ObjectVal(vals).WithMarks(marks), nil
}
