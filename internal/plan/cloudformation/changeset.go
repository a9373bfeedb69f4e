package cloudformation

import (
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// changeSet reads what describe-change-set says. Its values are decided: nothing is evaluated.
func (r *reading) changeSet(f *plan.File, m map[string]any) {
	at := plan.Place{File: f.Path}
	account, region := stackPlace(m)
	name, _ := m["StackName"].(string)
	if m["NextToken"] != nil {
		r.problem(at, "change set of "+name+": only its first page", "save it without --no-paginate")
	}
	for _, c := range document.List(m["Changes"]) {
		change, _ := c.(map[string]any)
		rc, ok := change["ResourceChange"].(map[string]any)
		if !ok {
			continue
		}
		p := r.changed(at, rc)
		if p.Type == "" || p.Address == "" {
			r.problem(at, "change set of "+name+": a change without a resource", "describe it again")
			continue
		}
		p.Account, p.Region = account, region
		r.out.Resources = append(r.out.Resources, p)
		if id, _ := rc["ChangeSetId"].(string); id != "" {
			r.problem(at, "change set of nested stack "+p.Address, "describe it too: "+id)
		}
	}
}

// stackPlace takes account and region from the ARN of the stack.
func stackPlace(m map[string]any) (account, region string) {
	for _, k := range []string{"StackId", "ChangeSetId"} {
		arn, _ := m[k].(string)
		if p := strings.SplitN(arn, ":", 6); len(p) == 6 && p[0] == "arn" {
			return p[4], p[3]
		}
	}
	return plan.Here, plan.HereRegion
}

func (r *reading) changed(at plan.Place, rc map[string]any) *plan.Resource {
	p := &plan.Resource{Format: plan.CloudFormation, At: at}
	kind, _ := rc["ResourceType"].(string)
	p.Type = common(kind)
	p.Address, _ = rc["LogicalResourceId"].(string)
	p.Action = action(rc)
	before, had := r.side(at, p, rc, "BeforeContext")
	after, has := r.side(at, p, rc, "AfterContext")
	if p.Action != plan.Create {
		p.Before, p.HasBefore = before, had || p.Action == plan.Delete
	}
	if p.Action != plan.Delete {
		p.After = after
	}
	if !has && p.Action != plan.Delete {
		r.problem(at, "change set: properties of "+p.Address, "describe it with --include-property-values")
	}
	return p
}

func action(rc map[string]any) plan.Action {
	replacement, _ := rc["Replacement"].(string)
	switch rc["Action"] {
	case "Add", "Import":
		return plan.Create
	case "Remove":
		return plan.Delete
	}
	if replacement == "True" || replacement == "Conditional" {
		return plan.Replace
	}
	return plan.Update
}

const hiddenValue = "****" // what CloudFormation shows of a NoEcho parameter

// side reads one side of a change; unknown as a whole when it is not there.
func (r *reading) side(at plan.Place, p *plan.Resource, rc map[string]any, key string) (any, bool) {
	if rc[key] == nil {
		return plan.Unknown{Why: "the change set was described without property values"}, false
	}
	m, err := contextTree(rc[key])
	if err != nil {
		r.problem(at, "change set: "+key+" of "+p.Address+": not JSON", "describe it again")
		return plan.Unknown{Why: "the change set cannot be read"}, true
	}
	props, _ := m["Properties"].(map[string]any)
	if props == nil {
		props = map[string]any{}
	}
	tree, _ := decided(props).(map[string]any)
	if v := m["DeletionPolicy"]; v != nil {
		tree["_"] = map[string]any{"DeletionPolicy": v}
	}
	return tree, true
}

// decided finds the marks of a change set for values that are not known yet, and for secrets.
func decided(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, one := range v {
			v[k] = decided(one)
		}
	case []any:
		for i, one := range v {
			v[i] = decided(one)
		}
	case string:
		switch {
		case v == hiddenValue:
			return plan.Secret{Value: plan.Unknown{Why: "hidden by the change set"}}
		case strings.Contains(v, changeMark):
			return marked(v)
		}
		return dynamic(v)
	}
	return v
}

const changeMark = "{{changeSet:"

func marked(s string) any {
	var c pieces
	for {
		before, rest, ok := strings.Cut(s, changeMark)
		c.text(before)
		if !ok {
			return c.done()
		}
		_, s, _ = strings.Cut(rest, "}}")
		c.add(plan.Unknown{Why: "known after deployment"})
	}
}
