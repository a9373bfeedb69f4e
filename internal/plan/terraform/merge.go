package terraform

import (
	"maps"

	"oust/internal/plan"
)

// unknowns makes the leaf for what is not known at a path of attribute names; list elements do not count.
type unknowns func(path []string) any

// maxDepth bounds how deep a value is looked into.
const maxDepth = 256

// merge makes one tree of a value and the two trees of marks that lie over it:
// what is not known before apply, and what is sensitive.
func merge(value, unknown, secret any, leaf unknowns) any {
	return merger{leaf}.tree(value, unknown, secret, nil)
}

type merger struct{ leaf unknowns }

func (m merger) tree(value, unknown, secret any, path []string) any {
	switch {
	case unknown == true:
		if m.leaf == nil {
			return plan.Unknown{Why: "known after apply"}
		}
		return m.leaf(path)
	case len(path) > maxDepth:
		return plan.Unknown{Why: "nested too deeply"}
	case secret == true:
		return plan.Secret{Value: m.tree(value, unknown, nil, path)}
	}
	switch u := unknown.(type) {
	case map[string]any:
		v, _ := value.(map[string]any)
		return m.object(v, u, secret, path)
	case []any:
		v, _ := value.([]any)
		return m.list(v, u, secret, path)
	}
	switch v := value.(type) {
	case map[string]any:
		return m.object(v, nil, secret, path)
	case []any:
		return m.list(v, nil, secret, path)
	}
	return value
}

func (m merger) object(v, unknown map[string]any, secret any, path []string) any {
	s, _ := secret.(map[string]any)
	out := make(map[string]any, len(v)+len(unknown))
	maps.Copy(out, v)
	for name := range unknown {
		if _, ok := out[name]; !ok {
			out[name] = nil
		}
	}
	for name, value := range out {
		out[name] = m.tree(value, unknown[name], s[name], append(path[:len(path):len(path)], name))
		if out[name] == nil {
			delete(out, name) // null is what was not given
		}
	}
	return out
}

func (m merger) list(v, unknown []any, secret any, path []string) any {
	s, _ := secret.([]any)
	out := make([]any, max(len(v), len(unknown)))
	for i := range out {
		out[i] = m.tree(at(v, i), at(unknown, i), at(s, i), path)
	}
	return out
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}
