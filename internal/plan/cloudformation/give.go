package cloudformation

import (
	"reflect"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// give evaluates one resource in each world that its conditions allow.
func (s *stack) give(d *declared) {
	var found []*plan.Resource
	always := true
	over := s.r.worlds(func(w *world) {
		e := eval{s, w, false}
		there, after := e.exists(d), any(nil)
		if there {
			after = e.after(d)
		}
		if len(w.bound)+len(w.barred) > 0 && there {
			w.begin()
			e.exists(d)
			after = e.after(d) // once more, now that the world has fixed its parameters
		}
		if always = always && there; !there {
			return
		}
		if w.spent() {
			s.r.problem(d.at, "resource "+s.prefix+d.id+": its functions do not come to an end", "write it with fewer functions in each other")
		}
		found = merge(found, s.planned(d, w, after))
	})
	if over {
		s.r.problem(d.at, "resource "+s.prefix+d.id+": more combinations of conditions than can be tried",
			"give oust a change set: it has decided them")
	}
	if len(found) == 1 && always && !over {
		found[0].Branch = "" // it is the same in every branch
	}
	s.r.made += len(found)
	s.r.out.Resources = append(s.r.out.Resources, found...)
}

func (s *stack) planned(d *declared, w *world, after any) *plan.Resource {
	return &plan.Resource{
		Format: plan.CloudFormation, Type: common(d.kind), Address: s.prefix + d.id, Action: plan.Create, After: after,
		Account: s.account, Region: s.region, At: d.at, Branch: w.branch(), Assumes: w.took,
	}
}

// common is the type of a resource; those of custom resources are all the same to CloudFormation.
func common(kind string) string {
	if strings.HasPrefix(kind, "Custom::") {
		return "AWS::CloudFormation::CustomResource"
	}
	return kind
}

// merge keeps one resource per distinct value.
func merge(found []*plan.Resource, one *plan.Resource) []*plan.Resource {
	for _, f := range found {
		if reflect.DeepEqual(f.After, one.After) {
			return found
		}
	}
	return append(found, one)
}

// exists tells whether a resource is deployed in this world: by its own condition, and by those of the stacks around it.
func (e eval) exists(d *declared) bool {
	if e.s.up != nil {
		up := eval{e.s.up, e.w, e.strict}
		if owner := e.s.up.resources[e.s.upID]; owner != nil && !up.exists(owner) {
			return false
		}
	}
	name, ok := d.raw["Condition"]
	return !ok || name == nil || e.condition(map[string]any{"Condition": name})
}

// after is the tree of a resource: its properties, and below "_" those attributes beside them that matter for what is left.
func (e eval) after(d *declared) any {
	props := e.resolved(d.raw["Properties"])
	if props == nil {
		props = map[string]any{}
	}
	m, ok := props.(map[string]any)
	if !ok {
		return props
	}
	if d.kind == "AWS::Events::Rule" {
		e.targets(d, m["Targets"])
	}
	extra := map[string]any{}
	for _, k := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
		if v, ok := d.raw[k]; ok {
			extra[k] = e.resolved(v)
		}
	}
	if meta, ok := d.raw["Metadata"].(map[string]any); ok && meta[initKey] != nil {
		extra[initKey] = e.resolved(meta[initKey]) // what cfn-init runs at the start of an instance
	}
	if len(extra) > 0 {
		m["_"] = extra
	}
	return m
}

// targets tells each target of a rule which rule it belongs to: elsewhere a target is a resource of its own.
func (e eval) targets(d *declared, v any) {
	for _, one := range document.List(v) {
		if m, ok := one.(map[string]any); ok {
			m["Rule"] = e.later(d, "name")
		}
	}
}

const initKey = "AWS::CloudFormation::Init"

// resolved evaluates a value, and then looks for dynamic references in what came out.
func (e eval) resolved(v any) any {
	out := e.value(v)
	if out == (noValue{}) {
		return nil
	}
	return dynamic(out)
}
