package cloudformation

import (
	"maps"
	"regexp"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

const (
	loopMark     = "Fn::ForEach"
	maxLoopItems = 10_000 // of one loop, with those inside it
)

// loop writes out a loop over resources. Its list must be known without conditions.
func (s *stack) loop(name string, v any, at plan.Place) map[string]any {
	e := eval{s, newWorld(nil), false}
	out, why := e.rounds(v, 0)
	if why != "" {
		s.r.problem(at, "loop "+s.prefix+name+": "+why, "give oust a change set: it shows what the loop makes")
	}
	return out
}

// evaluatedLoop writes out a loop inside properties, in the world that they are evaluated in.
func (s *stack) evaluatedLoop(e eval, name string, v any) map[string]any {
	raw, why := e.rounds(v, 0)
	if why != "" {
		return map[string]any{name: plan.Unknown{Why: "loop " + name + ": " + why}}
	}
	m, _ := e.members(raw).(map[string]any)
	return m
}

// rounds gives the body of a loop once for every item of its list, with the item in place of the variable.
func (e eval) rounds(v any, depth int) (out map[string]any, why string) {
	l := document.List(v)
	if len(l) != 3 || depth > 5 {
		return nil, "it is not a variable, a list and a mapping"
	}
	variable, isName := l[0].(string)
	body, isMap := l[2].(map[string]any)
	if !isName || !isMap {
		return nil, "it is not a variable, a list and a mapping"
	}
	out = map[string]any{}
	for _, item := range document.List(e.value(l[1])) {
		text, ok := plainText(item)
		if !ok {
			return out, "its list is not known"
		}
		replaced, _ := replace(body, variable, text).(map[string]any)
		if why = e.round(replaced, out, depth); why != "" {
			return out, why
		}
		if len(out) > maxLoopItems || !e.w.step() {
			return out, "it makes more than 10,000 entries"
		}
	}
	return out, ""
}

func (e eval) round(body, out map[string]any, depth int) string {
	for _, k := range document.Keys(body) {
		if !strings.HasPrefix(k, loopMark) {
			out[k] = body[k]
			continue
		}
		inner, why := e.rounds(body[k], depth+1)
		if maps.Copy(out, inner); why != "" {
			return why
		}
	}
	return ""
}

var notAlphanumeric = regexp.MustCompile(`[^A-Za-z0-9]`)

// replace copies a tree with the variable of a loop replaced: ${Name}, &{Name} (letters and digits only), and Ref.
func replace(v any, name, item string) any {
	switch v := v.(type) {
	case string:
		v = strings.ReplaceAll(v, "${"+name+"}", item)
		return strings.ReplaceAll(v, "&{"+name+"}", notAlphanumeric.ReplaceAllString(item, ""))
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = replace(one, name, item)
		}
		return out
	case map[string]any:
		if fn, arg, ok := call(v); ok && fn == "Ref" && arg == any(name) {
			return item
		}
		out := make(map[string]any, len(v))
		for k, one := range v {
			out[replace(k, name, item).(string)] = replace(one, name, item)
		}
		return out
	}
	return v
}
