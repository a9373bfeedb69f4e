package workflow

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// maxActions bounds how deep composite actions, and values of env, may use each other; GitHub stops at ten.
const (
	maxActions = 10
	maxLooked  = 5000 // expressions evaluated for one job
)

// steps looks at each step, and into the composite actions of the same repository.
func (j *job) steps(v any, env map[string]any, depth int) {
	if _, ok := v.([]any); v != nil && !ok {
		j.r.problem(j.at, "steps of "+j.address+": no list", "mend them")
		return
	}
	for _, one := range document.List(v) {
		s, ok := one.(map[string]any)
		if !ok {
			j.r.problem(j.at, "a step of "+j.address+": no mapping", "mend it")
			continue
		}
		j.step(s, overlay(env, s["env"]), depth)
	}
}

func (j *job) step(s, env map[string]any, depth int) {
	with, _ := s["with"].(map[string]any)
	uses, _ := s["uses"].(string)
	if run := text(s["run"]); run != "" {
		j.commands = append(j.commands, run)
		j.script(run, env)
	}
	j.named(with)
	j.named(s["env"])
	if uses == "" {
		return
	}
	j.actions = once(j.actions, uses)
	name, _, _ := strings.Cut(uses, "@")
	switch strings.ToLower(name) {
	case "aws-actions/configure-aws-credentials":
		j.assume(with["role-to-assume"], env)
	case "actions/checkout":
		j.foreign = j.foreign || foreign(text(with["ref"])) || foreign(text(with["repository"]))
	case "actions/github-script":
		j.script(text(with["script"]), env)
	}
	if !strings.HasPrefix(uses, "./") {
		return
	}
	inner := j.r.action(uses)
	if inner == nil || depth >= maxActions {
		j.r.problem(j.at, "action "+uses+" of "+j.address, "give oust the whole repository; actions cannot use themselves")
		return
	}
	j.steps(inner["steps"], inputs(env, with), depth+1)
}

// inputs hands what a step gives to an action to the action's steps, under the name by which they ask for it.
func inputs(env, with map[string]any) map[string]any {
	out := overlay(env)
	for k, v := range with {
		out["inputs."+k] = v
	}
	return out
}

var (
	expression = regexp.MustCompile(`\$\{\{(.*?)\}\}`)
	arn        = regexp.MustCompile(`arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+`)
)

// assume notes the role that a step takes.
func (j *job) assume(v any, env map[string]any) {
	for _, role := range j.each(v, env) {
		j.roles = once(j.roles, role)
	}
}

// each evaluates a value; one that is made of a matrix gives a value for each entry.
func (j *job) each(v any, env map[string]any) []any {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	if m := expression.FindStringSubmatch(s); m != nil && len(m[0]) == len(strings.TrimSpace(s)) {
		if key, ok := strings.CutPrefix(strings.TrimSpace(m[1]), "matrix."); ok {
			if values := j.matrix(key); len(values) > 0 {
				return values
			}
		}
	}
	return []any{j.evaluate(s, env)}
}

// matrix gives the literal values of one key of the matrix.
func (j *job) matrix(key string) (out []any) {
	strategy, _ := j.raw["strategy"].(map[string]any)
	m, _ := strategy["matrix"].(map[string]any)
	values := document.List(m[key])
	for _, one := range document.List(m["include"]) {
		entry, _ := one.(map[string]any)
		values = append(values[:len(values):len(values)], document.List(entry[key])...)
	}
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// named notes the roles that are written out anywhere: other actions and scripts take roles as well.
func (j *job) named(v any) {
	switch v := v.(type) {
	case string:
		for _, role := range arn.FindAllString(v, -1) {
			j.roles = once(j.roles, role)
		}
	case []any:
		for _, one := range v {
			j.named(one)
		}
	case map[string]any:
		for _, k := range document.Keys(v) {
			j.named(v[k])
		}
	}
}

// script notes the expressions inside a script: GitHub writes their values into it before a shell reads it.
func (j *job) script(s string, env map[string]any) {
	j.named(s)
	for _, m := range expression.FindAllStringSubmatch(s, -1) {
		e := strings.TrimSpace(m[1])
		if key, ok := lookUp(e, env); ok {
			e = text(key)
		}
		switch {
		case strangers.MatchString(e):
			j.untrusted = once(j.untrusted, strings.TrimSpace(m[1]))
		case byHand.MatchString(e):
			j.typed = once(j.typed, strings.TrimSpace(m[1]))
		}
	}
}

// strangers are the values that anybody can write who may open an issue, a discussion or a pull request.
// Source: "Security hardening for GitHub Actions", understanding the risk of script injections.
var (
	strangers = regexp.MustCompile(`github\.head_ref|github\.event\.(issue|discussion)\.(title|body)|` +
		`github\.event\.pull_request\.(title|body|head\.(ref|label)|head\.repo\.default_branch)|` +
		`github\.event\.(comment|review|review_comment)\.body|github\.event\.pages[^ ]*\.page_name|` +
		`github\.event\.(commits[^ ]*|head_commit)\.(message|author\.(name|email))|` +
		`github\.event\.workflow_run\.(head_branch|head_commit\.message|head_commit\.author\.(name|email))`)
	byHand = regexp.MustCompile(`\binputs\.|github\.event\.(inputs|client_payload)\b`)
)

// foreign tells a reference to the code of a pull request.
func foreign(ref string) bool {
	return strings.Contains(ref, "github.event.pull_request.head") || strings.Contains(ref, "github.head_ref") ||
		strings.Contains(ref, "refs/pull/") || strings.Contains(ref, "github.event.workflow_run.head")
}

// evaluate fills in what the file itself says: env, and the inputs of a local action. Anything else only GitHub knows.
func (j *job) evaluate(v any, env map[string]any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	return j.evaluated(s, env, 0)
}

func (j *job) evaluated(s string, env map[string]any, depth int) any {
	var parts []any
	known, at := "", 0
	for _, m := range expression.FindAllStringSubmatchIndex(s, -1) {
		known += s[at:m[0]]
		at = m[1]
		switch v := j.valueOf(strings.TrimSpace(s[m[2]:m[3]]), env, depth).(type) {
		case string:
			known += v
		case plan.Unknown:
			parts = append(literal(parts, known), orParts(v)...)
			known = ""
		}
	}
	known += s[at:]
	if len(parts) == 0 {
		return known
	}
	parts = literal(parts, known)
	if len(parts) == 1 {
		return parts[0]
	}
	return plan.Unknown{Why: "an expression of the workflow", Parts: parts}
}

// valueOf gives a text, or an unknown.
func (j *job) valueOf(e string, env map[string]any, depth int) any {
	found, ok := lookUp(e, env)
	if j.looked++; !ok || depth >= maxActions || j.looked > maxLooked {
		return plan.Unknown{Why: "expression " + e}
	}
	switch v := found.(type) {
	case string:
		return j.evaluated(v, env, depth+1)
	case bool, float64:
		return fmt.Sprint(v)
	}
	return plan.Unknown{Why: "expression " + e}
}

func literal(parts []any, known string) []any {
	if known == "" {
		return parts
	}
	return append(parts, known)
}

func orParts(u plan.Unknown) []any {
	if len(u.Parts) > 0 {
		return u.Parts
	}
	return []any{u}
}

func lookUp(e string, env map[string]any) (any, bool) {
	if name, ok := strings.CutPrefix(e, "env."); ok {
		v, there := env[name]
		return v, there
	}
	v, there := env[e]
	return v, there && strings.HasPrefix(e, "inputs.")
}

func once(l []any, v any) []any {
	if slices.ContainsFunc(l, func(have any) bool { return reflect.DeepEqual(have, v) }) {
		return l
	}
	return append(l, v)
}
