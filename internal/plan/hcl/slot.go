package hcl

import (
	"fmt"
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// A slot is one instance that a block makes.
type slot struct {
	suffix string
	key    cty.Value
	env    *env
}

// slots expands count and for_each.
func (s *scope) slots(b *block, what string) ([]slot, keys, cty.ValueMarks) {
	if a := b.attrs["count"]; a != nil {
		return s.counted(b, what, s.r.opaque(s.eval(a, nil)))
	}
	if a := b.attrs["for_each"]; a != nil {
		return s.named(b, what, s.eval(a, nil))
	}
	return []slot{{}}, single, nil
}

func (s *scope) counted(b *block, what string, v cty.Value) ([]slot, keys, cty.ValueMarks) {
	v, marks := v.Unmark()
	n, ok := number([]cty.Value{v}, 0)
	if isText(v) {
		if i, err := strconv.Atoi(v.AsString()); err == nil {
			n, ok = i, true
		}
	}
	if !ok || n < 0 {
		index := cty.UnknownVal(cty.Number).WithMarks(marks).Mark(origin{why: "count of " + what + " is not known"})
		e := &env{vars: map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": index})}}
		return []slot{{"[*]", cty.NilVal, e}}, open, marks
	}
	if n > maxInstances {
		s.tooMany(b, what, n)
		n = maxInstances
	}
	out := make([]slot, n)
	for i := range out {
		index := cty.NumberIntVal(int64(i))
		out[i] = slot{fmt.Sprintf("[%d]", i), index, &env{vars: map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": index})}}}
	}
	return out, byIndex, nil
}

func (s *scope) tooMany(b *block, what string, n int) {
	s.r.problem(b.at, fmt.Sprintf("%s: %d instances; only the first %d were looked at", what, n, maxInstances), "run terraform plan, and give oust the plan")
}

func (s *scope) named(b *block, what string, v cty.Value) ([]slot, keys, cty.ValueMarks) {
	pairs, marks, ok := s.pairs(v)
	if !ok {
		each := unknownEach(marks, "for_each of "+what+" is not known")
		return []slot{{"[*]", cty.NilVal, &env{vars: map[string]cty.Value{"each": each}}}}, open, marks
	}
	if len(pairs) > maxInstances {
		s.tooMany(b, what, len(pairs))
		pairs = pairs[:maxInstances]
	}
	out := make([]slot, len(pairs))
	for i, p := range pairs {
		each := cty.ObjectVal(map[string]cty.Value{"key": s.r.whole(p[0]), "value": p[1]})
		out[i] = slot{"[" + strconv.Quote(s.r.tokens.visible(p[0].AsString())) + "]", p[0], &env{vars: map[string]cty.Value{"each": each}}}
	}
	return out, byName, nil
}

func unknownEach(marks cty.ValueMarks, why string) cty.Value {
	v := cty.DynamicVal.WithMarks(marks)
	if len(origins(marks)) == 0 {
		v = v.Mark(origin{why: why})
	}
	return cty.ObjectVal(map[string]cty.Value{"key": v, "value": v})
}

// pairs are the keys and values of what for_each goes over: a map, an object, a set of texts.
func (s *scope) pairs(v cty.Value) (out [][2]cty.Value, marks cty.ValueMarks, ok bool) {
	v, marks = s.r.elements(v).Unmark()
	if _, hidden := marks[secret{}]; hidden || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil, marks, false // Terraform refuses secrets here: keys stand in addresses
	}
	pairs := v.Type().IsMapType() || v.Type().IsObjectType()
	for it := v.ElementIterator(); it.Next(); {
		s.r.step()
		k, e := it.Element()
		if !pairs {
			k, _ = s.r.text(e).Unmark()
			e = s.r.whole(e)
		}
		if !isText(k) || !pairs && e.HasMark(secret{}) {
			return nil, deepMarks(v), false
		}
		out = append(out, [2]cty.Value{k, e})
	}
	return out, marks, true
}
