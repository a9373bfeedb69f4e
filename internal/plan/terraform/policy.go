package terraform

import (
	"encoding/json"
	"fmt"
	"strings"

	"oust/internal/plan"
)

// policy builds the document of a data source aws_iam_policy_document that is only read during apply.
// What is written out in it can be judged all the same.
func (v *values) policy(s *scope, ref string, depth int) (any, bool) {
	address, attr, ok := strings.Cut(strings.TrimPrefix(ref, "data."), ".")
	name, attr, _ := strings.Cut(attr, ".")
	if !ok || attr != "" && attr != "json" && attr != "minified_json" || depth > maxSteps {
		return nil, false
	}
	args := s.find("data." + address + "." + bare(name)).Expressions
	var tree map[string]any
	if c := v.data[s.prefix+"data."+address+"."+name]; c != nil {
		tree, _ = merge(c.Change.After, c.Change.AfterUnknown, nil, func(path []string) any { return v.leaf(s, args, path, depth+1) }).(map[string]any)
	} else if args != nil {
		tree = v.written(s, args, depth+1)
	}
	if tree == nil {
		return nil, false
	}
	for _, name := range includes {
		if docs := v.documents(s, args, name, depth+1); docs != nil && !whole(tree[name]) {
			tree[name] = docs
		}
	}
	return document2policy(tree), true
}

// includes are the arguments that put other documents into one.
var includes = []string{"source_policy_documents", "override_policy_documents"}

// documents are those that an argument includes, each looked behind by itself; nil when the configuration does not tell.
func (v *values) documents(s *scope, args expressions, name string, depth int) (out []any) {
	x, ok := args.get(name)
	if !ok || x.Constant != nil || depth > maxSteps {
		return nil
	}
	for _, ref := range leaves(x.References) {
		out = append(out, v.value(s, expression{References: []string{ref}}, depth))
	}
	return out
}

// whole reports whether documents are given as the texts that they are.
func whole(tree any) bool {
	list, ok := tree.([]any)
	for _, e := range list {
		if _, text := e.(string); !text {
			return false
		}
	}
	return ok
}

// written reads the arguments of a block from the configuration alone.
func (v *values) written(s *scope, args expressions, depth int) map[string]any {
	out := map[string]any{}
	for name, raw := range args {
		if _, ok := args.get(name); ok {
			out[name] = v.leaf(s, args, []string{name}, depth)
			continue
		}
		if string(raw) == "{}" { // made of nothing that a plan shows
			out[name] = plan.Unknown{Why: "known after apply"}
			continue
		}
		if depth > maxSteps {
			continue
		}
		out[name] = v.listed(s, args.blocks(name), depth)
	}
	return out
}

// document2policy turns the arguments of the data source into the document that it makes.
func document2policy(tree map[string]any) any {
	statements := []any{}
	for _, from := range includes {
		statements = append(statements, included(tree[from])...)
	}
	switch list := tree["statement"].(type) {
	case []any:
		for _, e := range list {
			if m, ok := e.(map[string]any); ok {
				statements = append(statements, policyStatement(m))
			} else {
				statements = append(statements, plan.Unknown{Why: "known after apply"})
			}
		}
	case plan.Unknown:
		statements = append(statements, list)
	}
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// included are the statements of documents that are put into another one.
func included(v any) (out []any) {
	list, ok := v.([]any)
	if !ok {
		if u, open := v.(plan.Unknown); open {
			return []any{u}
		}
		return nil
	}
	for _, e := range list {
		switch e := e.(type) {
		case string:
			var doc struct{ Statement any }
			if json.Unmarshal([]byte(e), &doc) != nil {
				out = append(out, plan.Unknown{Why: "a document that is included cannot be read"})
			} else if many, ok := doc.Statement.([]any); ok {
				out = append(out, many...)
			} else if doc.Statement != nil {
				out = append(out, doc.Statement)
			}
		case map[string]any:
			many, _ := e["Statement"].([]any)
			out = append(out, many...)
		case nil:
		default:
			out = append(out, e)
		}
	}
	return out
}

func policyStatement(m map[string]any) map[string]any {
	out := map[string]any{"Effect": "Allow"}
	for from, to := range map[string]string{
		"sid": "Sid", "effect": "Effect", "actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
	} {
		if v := m[from]; v != nil && !empty(v) {
			out[to] = v
		}
	}
	for from, to := range map[string]string{"principals": "Principal", "not_principals": "NotPrincipal"} {
		if p := principals(m[from]); p != nil {
			out[to] = p
		}
	}
	if c := conditions(m["condition"]); len(c) > 0 {
		out["Condition"] = c
	}
	return out
}

func empty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	}
	return false
}

func principals(v any) any {
	list, ok := v.([]any)
	if !ok {
		if u, open := v.(plan.Unknown); open {
			return map[string]any{"AWS": []any{u}}
		}
		return nil
	}
	if len(list) == 0 {
		return nil
	}
	out := map[string]any{}
	for _, e := range list {
		m, ok := e.(map[string]any)
		kind, known := m["type"].(string)
		if !ok || !known {
			kind, m = "AWS", map[string]any{"identifiers": []any{plan.Unknown{Why: "known after apply"}}}
		}
		if kind == "*" {
			kind = "AWS"
		}
		have, _ := out[kind].([]any)
		switch ids := m["identifiers"].(type) {
		case []any:
			out[kind] = append(have, ids...)
		default:
			out[kind] = append(have, ids)
		}
	}
	return out
}

func conditions(v any) map[string]any {
	out := map[string]any{}
	list, _ := v.([]any)
	for i, e := range list {
		m, _ := e.(map[string]any)
		test, _ := m["test"].(string)
		variable, _ := m["variable"].(string)
		if u, open := m["variable"].(plan.Unknown); open {
			variable = openKey(u, i)
		}
		if test == "" || variable == "" {
			continue // a condition that is not known narrows nothing
		}
		keys, _ := out[test].(map[string]any)
		if keys == nil {
			keys = map[string]any{}
			out[test] = keys
		}
		keys[variable] = m["values"]
	}
	return out
}

// openKey stands for the key of a condition that is not known. It tells several of them apart.
func openKey(u plan.Unknown, n int) string {
	ref := "unknown"
	if len(u.Refs) > 0 {
		ref = u.Refs[0]
	}
	return fmt.Sprintf("${%s %d}", ref, n)
}
