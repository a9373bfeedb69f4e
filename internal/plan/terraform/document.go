package terraform

import (
	"cmp"
	"encoding/json"
	"strings"

	"oust/internal/plan"
)

// A document is the part of a plan that is looked at.
type document struct {
	FormatVersion string   `json:"format_version"`
	Changes       []change `json:"resource_changes"`
	Deferred      []struct {
		Change change `json:"resource_change"`
	} `json:"deferred_changes"` // what a later plan is to show; what is known of it is judged now
	Planned json.RawMessage `json:"planned_values"`
	Values  json.RawMessage `json:"values"` // of a state
	Errored bool            `json:"errored"`
	Prior   struct {
		Values struct {
			Root stateModule `json:"root_module"`
		} `json:"values"`
	} `json:"prior_state"`
	Configuration struct {
		Providers map[string]provider `json:"provider_config"`
		Root      module              `json:"root_module"`
	} `json:"configuration"`
}

type change struct {
	Address string `json:"address"`
	Module  string `json:"module_address"`
	Mode    string `json:"mode"`
	Type    string `json:"type"`
	Name    string `json:"name"`
	Change  struct {
		Actions         []string `json:"actions"`
		Before          any      `json:"before"`
		After           any      `json:"after"`
		AfterUnknown    any      `json:"after_unknown"`
		BeforeSensitive any      `json:"before_sensitive"`
		AfterSensitive  any      `json:"after_sensitive"`
	} `json:"change"`
}

func (c change) nameless() bool { return c.Address == "" || c.Type == "" }

type stateModule struct {
	Resources []struct {
		Address string         `json:"address"`
		Mode    string         `json:"mode"`
		Type    string         `json:"type"`
		Values  map[string]any `json:"values"`
	} `json:"resources"`
	Children []stateModule `json:"child_modules"`
}

type provider struct {
	Name        string      `json:"name"`
	Expressions expressions `json:"expressions"`
}

// resources turns the changes of a plan into planned resources.
func (d *document) resources(path string) (out []*plan.Resource) {
	v := newValues(d)
	home := d.account()
	out = d.Prior.Values.Root.lookups(path, home)
	for i := range d.Changes {
		c := &d.Changes[i]
		r := &plan.Resource{
			Format: plan.Terraform, Type: c.Type, Address: c.Address, Action: action(c.Change.Actions), At: plan.Place{File: path},
		}
		if c.Mode == "data" {
			if !plan.Lookup(c.Type) {
				continue
			}
			r.Type, c.Change.Before = "data."+c.Type, nil
		}
		if c.Change.Before != nil {
			r.Before, r.HasBefore = merge(c.Change.Before, nil, c.Change.BeforeSensitive, nil), true
		}
		if c.Change.After != nil || has(c.Change.Actions, "create") {
			if c.Change.After == nil { // nothing is told of what is made
				c.Change.After = map[string]any{}
			}
			r.After = merge(c.Change.After, c.Change.AfterUnknown, c.Change.AfterSensitive, v.of(c))
			r.Assumes = v.undrawn(c)
			if after, ok := r.After.(map[string]any); ok && c.Mode == "managed" {
				if list := v.provisioners(c); list != nil {
					after["provisioner"] = list
				}
			}
		}
		if has(c.Change.Actions, "forget") { // terraform lets go of it; it stays
			r.Action, r.After = plan.Keep, r.Before
		}
		if r.After == nil && !r.HasBefore {
			continue // nothing is, and nothing is to be
		}
		r.Account, r.Region, r.Elsewhere = v.where(c)
		r.Account = cmp.Or(ownAccount(r), r.Account, home)
		out = append(out, r)
	}
	return out
}

// lookups are the data sources that were read while the plan was made, and that decide what is run.
func (m *stateModule) lookups(path, account string) (out []*plan.Resource) {
	for _, r := range m.Resources {
		if r.Mode == "data" && plan.Lookup(r.Type) && r.Address != "" {
			out = append(out, &plan.Resource{
				Format: plan.Terraform, Type: "data." + r.Type, Address: r.Address, After: merge(r.Values, nil, nil, nil),
				Account: account, Region: plan.HereRegion, At: plan.Place{File: path},
			})
		}
	}
	for i := range m.Children {
		out = append(out, m.Children[i].lookups(path, account)...)
	}
	return out
}

func action(actions []string) plan.Action {
	switch {
	case has(actions, "create") && has(actions, "delete"):
		return plan.Replace
	case has(actions, "create"):
		return plan.Create
	case has(actions, "update"):
		return plan.Update
	case has(actions, "delete"):
		return plan.Delete
	}
	return plan.Keep
}

func has(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

// account is the account of the deployment, where the plan has asked for it by way of the main provider.
func (d *document) account() string {
	v := &values{doc: d}
	found := ""
	var walk func(m *stateModule)
	walk = func(m *stateModule) {
		for _, r := range m.Resources {
			if id, ok := r.Values["account_id"].(string); ok && r.Mode == "data" && r.Type == "aws_caller_identity" {
				if s, name := v.scope(r.Address); s == nil || !v.beside(s.find(bare(name))) {
					found = id
				}
			}
		}
		for i := range m.Children {
			walk(&m.Children[i])
		}
	}
	walk(&d.Prior.Values.Root)
	return cmp.Or(found, plan.Here)
}

// ownAccount is the account in the ARN of a resource that stands already.
func ownAccount(r *plan.Resource) string {
	m, _ := r.Before.(map[string]any)
	arn, _ := m["arn"].(string)
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && len(parts[4]) == 12 {
		return parts[4]
	}
	return ""
}
