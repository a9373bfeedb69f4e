package workflow

import (
	"slices"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// A job while its tree is made.
type job struct {
	r         *reading
	w         *flow
	raw       map[string]any
	at        plan.Place
	address   string
	env       map[string]any
	actions   []any
	roles     []any
	untrusted []any
	typed     []any
	commands  []any
	foreign   bool
	looked    int
}

func (r *reading) job(w *flow, id string) {
	line, end := w.doc.Span("jobs", id)
	at := plan.Place{File: w.path, Line: line, End: end}
	raw, ok := w.jobs[id].(map[string]any)
	if !ok {
		r.problem(at, "job "+w.path+"#"+id+": no mapping", "mend it")
		return
	}
	j := &job{r: r, w: w, raw: raw, at: at, address: w.path + "#" + id, env: overlay(w.root["env"], raw["env"])}
	j.steps(raw["steps"], j.env, 0)
	j.named(j.env)
	after := j.tree(id)
	r.out.Resources = append(r.out.Resources, &plan.Resource{Format: plan.Workflow, Type: "job", Address: j.address, Action: plan.Create,
		After: after, Account: plan.Here, Region: plan.HereRegion, At: at})
	if uses, _ := raw["uses"].(string); uses != "" && r.local(uses) == nil && after["id_token"] == true {
		r.problem(at, "reusable workflow "+uses+" of "+j.address, "look at it: it may ask for a token in the name of this repository")
	}
}

func overlay(sources ...any) map[string]any {
	out := map[string]any{}
	for _, s := range sources {
		m, _ := s.(map[string]any)
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

func (j *job) tree(id string) map[string]any {
	perms := j.permissions()
	all := document.Keys(j.w.triggers)
	events := started(all, j.raw["if"], false)
	outsiders := slices.ContainsFunc(started(all, j.raw["if"], true), fromOutside)
	m := map[string]any{
		"job": id, "triggers": texts(events), "permissions": perms, "id_token": j.idToken(perms),
		"dispatchable": slices.Contains(events, "workflow_dispatch") || slices.Contains(events, "repository_dispatch"), "outsiders": outsiders,
		"actions": j.actions, "roles": j.roles, "role_names": names(j.roles), "untrusted": j.untrusted, "typed": j.typed, "commands": j.commands, "foreign_code": j.foreign && outsiders,
	}
	labels := j.labels()
	m["runs_on"], m["self_hosted"] = labels, ownRunner(labels)
	if name, ok := j.w.root["name"].(string); ok {
		m["workflow"] = name
	}
	if v := nameOr(j.raw["environment"], "name"); v != nil {
		m["environment"] = j.evaluate(v, j.env)
	}
	if v := nameOr(j.raw["container"], "image"); v != nil {
		m["image"] = j.evaluate(v, j.env)
	}
	if uses, ok := j.raw["uses"].(string); ok {
		m["uses"] = uses
	}
	return m
}

// fromOutside tells the events that a stranger can cause, and of which the job has the rights of the repository.
// Source: "Events that trigger workflows" in GitHub's documentation.
func fromOutside(event string) bool {
	switch event {
	case "pull_request_target", "issues", "issue_comment", "discussion", "discussion_comment", "fork", "watch", "workflow_run":
		return true
	}
	return false
}

// idToken tells whether the job may ask for a token. A workflow that is called, and says nothing, has what its caller has.
func (j *job) idToken(perms map[string]any) any {
	if j.raw["permissions"] == nil && j.w.root["permissions"] == nil && j.w.triggers["workflow_call"] {
		return plan.Unknown{Why: "the calling workflow decides"}
	}
	return perms["id-token"] == "write" || perms["*"] == "write"
}

// permissions gives what the job's token may do. id-token is never given by default.
func (j *job) permissions() map[string]any {
	v, ok := j.raw["permissions"]
	if !ok {
		v = j.w.root["permissions"]
	}
	switch v {
	case "write-all":
		return map[string]any{"*": "write"}
	case "read-all":
		return map[string]any{"*": "read"}
	}
	m, _ := v.(map[string]any)
	return overlay(m)
}

func (j *job) labels() []any {
	v := j.raw["runs-on"]
	if m, ok := v.(map[string]any); ok {
		if m["group"] != nil && m["labels"] == nil {
			return []any{"group:" + text(m["group"])}
		}
		v = m["labels"]
	}
	out := []any{}
	for _, l := range document.List(v) {
		out = append(out, j.evaluate(l, j.env))
	}
	return out
}

func ownRunner(labels []any) any {
	if slices.ContainsFunc(labels, selfHosted) {
		return true
	}
	for _, l := range labels {
		if u, ok := l.(plan.Unknown); ok {
			return u
		}
	}
	return false
}

func selfHosted(v any) bool {
	s, ok := v.(string)
	return ok && strings.EqualFold(s, "self-hosted")
}

// names gives the names of roles, under which code that makes them knows them.
func names(roles []any) []any {
	out := []any{}
	for _, role := range roles {
		if arn, ok := role.(string); ok {
			role = arn[strings.LastIndexByte(arn, '/')+1:]
		}
		if u, ok := role.(plan.Unknown); ok && len(u.Parts) > 0 {
			role = u
			if last, ok := u.Parts[len(u.Parts)-1].(string); ok && strings.Contains(last, "/") {
				role = last[strings.LastIndexByte(last, '/')+1:]
			}
		}
		out = once(out, role)
	}
	return out
}

func nameOr(v any, key string) any {
	if m, ok := v.(map[string]any); ok {
		return m[key]
	}
	return v
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}
