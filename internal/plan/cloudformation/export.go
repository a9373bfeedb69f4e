package cloudformation

import (
	"oust/internal/plan"
	"oust/internal/plan/document"
)

// An exported value is what one stack hands to all others of its account and region.
type exported struct {
	s     *stack
	value any
}

// exports notes what the stacks export under names that are known. Two of one name make it unknown.
func (r *reading) exports(stacks []*stack) {
	r.exported = map[string]*exported{}
	for _, s := range stacks {
		for _, id := range document.Keys(s.section("Outputs")) {
			o, _ := s.section("Outputs")[id].(map[string]any)
			name, ok := plainText(eval{s, newWorld(nil), false}.value(dig(o, "Export", "Name")))
			if !ok || name == "" {
				continue
			}
			if _, twice := r.exported[name]; twice {
				r.exported[name] = nil
				continue
			}
			r.exported[name] = &exported{s, o["Value"]}
		}
	}
}

// imported is what another stack exports: the value in a template that was given, or unknown.
func (e eval) imported(arg any) any {
	v := e.value(arg)
	name, ok := plainText(v)
	if !ok {
		return spread("export of another stack", v)
	}
	x, key := e.s.r.exported[name], "export "+name
	if x == nil || e.w.busy[key] {
		return plan.Unknown{Why: key + " of another stack"}
	}
	e.w.take(key + " is that of the template given")
	e.w.busy[key] = true
	defer delete(e.w.busy, key)
	return eval{x.s, e.w, e.strict}.value(x.value)
}
