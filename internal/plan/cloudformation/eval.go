package cloudformation

import (
	"fmt"
	"maps"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// eval evaluates values of one stack in one world.
type eval struct {
	s      *stack
	w      *world
	strict bool // defaults of parameters, and where we are, are not values
}

// noValue is what AWS::NoValue gives: the property that has it is not there.
type noValue struct{}

// call tells whether a mapping is an intrinsic function.
func call(v any) (name string, arg any, ok bool) {
	m, isMap := v.(map[string]any)
	if !isMap || len(m) != 1 {
		return "", nil, false
	}
	for k, a := range m {
		if k == "Ref" || k == "Condition" || strings.HasPrefix(k, "Fn::") && !strings.HasPrefix(k, loopMark) {
			return k, a, true
		}
	}
	return "", nil, false
}

// value evaluates a value. Nothing that is unknown is left out.
func (e eval) value(v any) any {
	if !e.w.step() {
		return plan.Unknown{Why: "its functions do not come to an end"}
	}
	switch v := v.(type) {
	case []any:
		return e.items(v)
	case map[string]any:
		if fn, arg, ok := call(v); ok && (fn != "Condition" || isText(arg) && e.s.section("Conditions")[arg.(string)] != nil) {
			return e.apply(fn, arg)
		}
		return e.members(v)
	}
	return v
}

func isText(v any) bool { _, ok := v.(string); return ok }

func (e eval) items(l []any) any {
	out := make([]any, 0, len(l))
	for _, one := range l {
		if v := e.value(one); v != (any)(noValue{}) {
			out = append(out, v)
		}
	}
	return out
}

func (e eval) members(m map[string]any) any {
	out := make(map[string]any, len(m))
	for _, k := range document.Keys(m) {
		switch {
		case strings.HasPrefix(k, loopMark):
			maps.Copy(out, e.s.evaluatedLoop(e, k, m[k]))
		case k == "Fn::Transform":
			return plan.Unknown{Why: "macro in a property"}
		default:
			if v := e.value(m[k]); v != (any)(noValue{}) {
				out[k] = v
			}
		}
	}
	return out
}

// apply calls an intrinsic function.
func (e eval) apply(fn string, arg any) any {
	switch fn {
	case "Ref":
		return e.ref(arg)
	case "Fn::GetAtt":
		return e.getAtt(arg)
	case "Fn::Sub":
		return e.sub(arg)
	case "Fn::If":
		return e.branchOf(arg)
	case "Fn::Join":
		if l := document.List(arg); len(l) == 2 {
			return e.joined(l[0], l[1])
		}
	case "Fn::Select":
		if l := document.List(arg); len(l) == 2 {
			return pickItem(e.value(l[0]), e.value(l[1]))
		}
	case "Fn::Split":
		if l := document.List(arg); len(l) == 2 {
			return split(e.value(l[0]), e.value(l[1]))
		}
	case "Fn::FindInMap":
		return e.findInMap(document.List(arg))
	case "Fn::Base64":
		return base64Of(e.value(arg))
	default:
		return e.applyRare(fn, arg)
	}
	return plan.Unknown{Why: fn + " with other arguments than it takes"}
}

func (e eval) applyRare(fn string, arg any) any {
	switch fn {
	case "Fn::Length":
		if l, ok := e.value(arg).([]any); ok {
			return float64(len(l))
		}
		return plan.Unknown{Why: "length of a list that is not known"}
	case "Fn::ToJsonString":
		return toJSON(e.value(arg))
	case "Fn::Cidr":
		return cidr(document.List(e.value(arg)))
	case "Fn::ImportValue":
		return e.imported(arg)
	case "Fn::GetAZs":
		return plan.Unknown{Why: "availability zones of the region"}
	case "Fn::Transform":
		return plan.Unknown{Why: "macro in a property"}
	case "Condition", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		return e.condition(map[string]any{fn: arg})
	}
	return plan.Unknown{Why: "function " + fn + " is not one that oust knows"}
}

// findInMap looks up a mapping. When where it looks is open, each distinct value is tried.
func (e eval) findInMap(l []any) any {
	if len(l) < 3 {
		return plan.Unknown{Why: "Fn::FindInMap with other arguments than it takes"}
	}
	name, _ := plainText(e.value(l[0]))
	top, _ := e.s.section("Mappings")[name].(map[string]any)
	first, second := e.value(l[1]), e.value(l[2])
	found := lookUp(top, first, second)
	switch {
	case len(found) == 1:
		return e.value(found[0])
	case len(found) > 1 && len(found) <= maxChoices:
		at := e.w.choose("map "+e.s.prefix+canonical(l), len(found))
		e.w.say(fmt.Sprintf("mapping %s gives value %d of %d", e.s.prefix+name, at+1, len(found)))
		return e.value(found[at])
	case len(found) > maxChoices:
		return plan.Unknown{Why: "mapping " + name + " gives one of many values"}
	}
	if len(l) > 3 {
		if m, ok := l[3].(map[string]any); ok && m["DefaultValue"] != nil {
			return e.value(m["DefaultValue"])
		}
	}
	return spread("mapping "+name+" has no such entry", []any{first, second})
}

// maxChoices bounds how many values of a mapping are tried; tables of images by region are longer, and stay unknown.
const maxChoices = 12

// lookUp gives the distinct values that a mapping can give for two keys; a key that is open matches all.
func lookUp(top map[string]any, first, second any) (out []any) {
	seen := map[string]bool{}
	for _, a := range matching(top, first) {
		inner, _ := top[a].(map[string]any)
		for _, b := range matching(inner, second) {
			if c := canonical(inner[b]); !seen[c] {
				seen[c] = true
				out = append(out, inner[b])
			}
		}
	}
	return out
}

func matching(m map[string]any, key any) []string {
	text, ok := plainText(key)
	if ok && text != plan.Here && text != plan.HereRegion {
		if _, there := m[text]; !there {
			return nil
		}
		return []string{text}
	}
	return document.Keys(m)
}

func first(v any) any {
	if l := document.List(v); len(l) > 0 {
		return l[0]
	}
	return nil
}
