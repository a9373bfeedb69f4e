package cloudformation

import (
	"encoding/json"
	"slices"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// condition decides a condition in this world. A default does not decide: a deployment may say otherwise.
func (e eval) condition(v any) bool {
	if !e.w.step() {
		return true
	}
	fn, arg, ok := call(v)
	if !ok {
		return e.truth(v)
	}
	switch fn {
	case "Condition":
		name, _ := arg.(string)
		return e.namedCondition(name)
	case "Fn::Not":
		return !e.condition(first(arg))
	case "Fn::And":
		return !slices.ContainsFunc(document.List(arg), func(c any) bool { return !e.condition(c) })
	case "Fn::Or":
		return slices.ContainsFunc(document.List(arg), e.condition)
	case "Fn::Equals":
		if l := document.List(arg); len(l) == 2 {
			return e.equals(l[0], l[1])
		}
	}
	return e.open(v)
}

func (e eval) truth(v any) bool {
	switch v {
	case true, "true":
		return true
	case false, "false":
		return false
	}
	return e.open(v)
}

// open leaves a condition to the world: both branches are tried.
func (e eval) open(v any) bool { return e.w.choose("is "+e.s.prefix+canonical(v), 2) == 0 }

func (e eval) namedCondition(name string) bool {
	key := e.s.prefix + name
	if known, ok := e.w.conds[key]; ok {
		return known
	}
	body, ok := e.s.section("Conditions")[name]
	if e.w.busy["?"+key] {
		e.w.looped = true
		return true
	}
	e.w.busy["?"+key] = true
	uses := e.w.uses
	var holds bool
	if ok {
		holds = e.condition(body)
	} else {
		holds = e.open(map[string]any{"Condition": name})
	}
	delete(e.w.busy, "?"+key)
	e.w.conds[key] = holds
	if e.w.uses > uses {
		e.w.say(map[bool]string{true: "", false: "not "}[holds] + key)
	}
	return holds
}

// equals compares. A parameter without a value of its own is taken to be what it is compared with, in one world,
// and to be something else in another; later comparisons in the same world agree with that.
func (e eval) equals(a, b any) bool {
	strict := eval{e.s, e.w, true}
	x, known := plainText(strict.value(a))
	y, also := plainText(strict.value(b))
	switch {
	case known && also:
		return x == y
	case known:
		return e.compare(b, a, x)
	case also:
		return e.compare(a, b, y)
	}
	return e.pickEqual(a, b)
}

func (e eval) compare(open, literal any, text string) bool {
	fn, arg, ok := call(open)
	name, isText := arg.(string)
	if !ok || fn != "Ref" || !isText || e.s.parameter(name) == nil {
		return e.pickEqual(open, literal)
	}
	key := e.s.prefix + name
	left := e.s.parameter(name).left(e.w.barred[key])
	e.w.uses += len(e.w.barred[key])
	switch {
	case slices.Contains(e.w.barred[key], text), left != nil && !slices.Contains(left, text):
		return false
	case len(left) == 1 && left[0] == text:
		return true
	}
	if e.w.choose("param "+key+" "+text, 2) == 0 {
		e.w.bound[key] = text
		return true
	}
	if !slices.Contains(e.w.barred[key], text) {
		e.w.barred[key] = append(e.w.barred[key], text)
	}
	return false
}

func (e eval) pickEqual(a, b any) bool {
	x, y := canonical(a), canonical(b)
	if x == y {
		return true
	}
	if x > y {
		x, y = y, x
	}
	return e.w.choose("equal "+e.s.prefix+x+" "+y, 2) == 0
}

func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(text)
}

// branchOf evaluates Fn::If.
func (e eval) branchOf(arg any) any {
	l := document.List(arg)
	if len(l) != 3 {
		return plan.Unknown{Why: "Fn::If needs a condition and two values"}
	}
	c := l[0]
	if name, ok := c.(string); ok {
		c = map[string]any{"Condition": name}
	}
	if e.condition(c) {
		return e.value(l[1])
	}
	return e.value(l[2])
}
