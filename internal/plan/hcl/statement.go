package hcl

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// statement writes a statement as the provider does: single values without a list, lists in falling order.
func (d *documentWriter) statement(in map[string]cty.Value) (text, sid string) {
	w := &objectWriter{d: d}
	if s, ok := known([]cty.Value{in["sid"]}, 0); ok && s != "" {
		sid = s
		w.member("Sid", in["sid"])
	}
	effect := cty.StringVal("Allow")
	if v := in["effect"]; isSet(v) {
		effect = v
	}
	w.member("Effect", effect)
	for _, m := range [][2]string{{"actions", "Action"}, {"not_actions", "NotAction"}, {"resources", "Resource"}, {"not_resources", "NotResource"}} {
		if v := in[m[0]]; isSet(v) && !isEmpty(v) {
			w.member(m[1], d.texts(v, true))
		}
	}
	for _, m := range [][2]string{{"principals", "Principal"}, {"not_principals", "NotPrincipal"}} {
		if v := in[m[0]]; isSet(v) && !isEmpty(v) {
			w.raw(m[1], d.principals(v))
		}
	}
	if v := in["condition"]; isSet(v) && !isEmpty(v) {
		w.raw("Condition", d.conditions(v))
	}
	return w.String(), sid
}

func isSet(v cty.Value) bool {
	if v == cty.NilVal {
		return false
	}
	u, _ := v.Unmark()
	return !u.IsKnown() || !u.IsNull()
}

func isEmpty(v cty.Value) bool {
	u, _ := v.Unmark()
	return u.IsKnown() && u.CanIterateElements() && u.LengthInt() == 0
}

// texts is a set of texts: one by itself, several in falling order when they are sorted.
func (d *documentWriter) texts(v cty.Value, sorted bool) cty.Value {
	u, marks := d.r.elements(v).Unmark()
	if _, ok := marks[secret{}]; ok {
		d.marks[secret{}] = struct{}{}
	}
	if !u.IsKnown() || u.IsNull() || !u.CanIterateElements() {
		return u.WithMarks(marks)
	}
	list := u.AsValueSlice()
	for i, e := range list {
		if s, ok := known([]cty.Value{e}, 0); ok {
			list[i] = cty.StringVal(strings.ReplaceAll(s, "&{", "${")).WithMarks(e.Marks())
		}
	}
	if len(list) == 1 {
		return list[0]
	}
	if sorted {
		slices.SortStableFunc(list, func(a, b cty.Value) int {
			x, _ := known([]cty.Value{a}, 0)
			y, _ := known([]cty.Value{b}, 0)
			return strings.Compare(y, x)
		})
	}
	return cty.TupleVal(list)
}

// principals writes { "AWS": … }, or "*" for everybody.
func (d *documentWriter) principals(v cty.Value) string {
	u, _ := v.Unmark()
	if !u.IsKnown() {
		return d.r.tokens.add(v)
	}
	byType := map[string][]cty.Value{}
	for _, p := range inside(v) {
		kind, _ := d.r.text(p["type"]).Unmark()
		ids := d.texts(p["identifiers"], true)
		if !isText(kind) {
			continue
		}
		if s, ok := known([]cty.Value{ids}, 0); ok && kind.AsString() == "*" && s == "*" {
			return `"*"`
		}
		byType[kind.AsString()] = append(byType[kind.AsString()], flat(ids)...)
	}
	w := &objectWriter{d: d}
	for _, kind := range sortedKeys(byType) {
		list := byType[kind]
		if len(list) == 1 {
			w.member(kind, list[0])
		} else {
			w.member(kind, cty.TupleVal(list))
		}
	}
	return w.String()
}

func flat(v cty.Value) []cty.Value {
	if u, _ := v.Unmark(); u.IsKnown() && !u.IsNull() && u.Type().IsTupleType() {
		return u.AsValueSlice()
	}
	return []cty.Value{v}
}

// conditions writes { operator: { key: values } }.
func (d *documentWriter) conditions(v cty.Value) string {
	u, _ := v.Unmark()
	if !u.IsKnown() {
		return d.r.tokens.add(v)
	}
	byTest := map[string]*objectWriter{}
	for _, c := range inside(v) {
		test, _ := d.r.text(orNull(c["test"])).Unmark()
		key, _ := d.r.text(orNull(c["variable"])).Unmark()
		if !isText(test) || !isText(key) {
			continue
		}
		if byTest[test.AsString()] == nil {
			byTest[test.AsString()] = &objectWriter{d: d}
		}
		byTest[test.AsString()].member(key.AsString(), d.texts(orNull(c["values"]), false))
	}
	w := &objectWriter{d: d}
	for _, test := range sortedKeys(byTest) {
		w.raw(test, byTest[test].String())
	}
	return w.String()
}

func orNull(v cty.Value) cty.Value {
	if v == cty.NilVal {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return v
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
