package hcl

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// A scope is one instance of a module.
type scope struct {
	r      *run
	folder *folder
	up     *scope
	key    string // of the call in modules.json: a.b
	prefix string // of addresses: module.a["x"].
	inputs func(name string) cty.Value
	// providers by local name: aws, aws.east. Those that the caller passes.
	providers map[string]*provider
	memo      map[string]*cell
	groups    map[string]*group
	modules   map[string]*children
}

type cell struct {
	done bool
	v    cty.Value
}

// An env is what a block knows beside its module: each, count, iterators, self.
type env struct {
	vars map[string]cty.Value
	self func(n need) cty.Value
}

// with is an env with one more name.
func (e *env) with(name string, v cty.Value) *env {
	out := &env{vars: map[string]cty.Value{name: v}}
	if e != nil {
		out.self = e.self
		for k, old := range e.vars {
			if k != name {
				out.vars[k] = old
			}
		}
	}
	return out
}

func (r *run) scope(f *folder, up *scope, key, prefix string) *scope {
	return &scope{
		r: r, folder: f, up: up, key: key, prefix: prefix, providers: map[string]*provider{},
		memo: map[string]*cell{}, groups: map[string]*group{}, modules: map[string]*children{},
	}
}

// once evaluates something that has a name in this module, the first time that it is asked for.
func (s *scope) once(name string, f func() cty.Value) cty.Value {
	if c := s.memo[name]; c != nil {
		if !c.done {
			return unknown(name + " refers to itself")
		}
		return c.v
	}
	c := &cell{}
	s.memo[name] = c
	if s.r.depth++; s.r.depth > maxDepth {
		c.v = unknown("references are nested too deeply")
	} else {
		c.v = f()
	}
	s.r.depth--
	if weigh(c.v, maxNodes) > 2*maxText {
		c.v = unknown(name + " is too large")
	}
	c.done = true
	return c.v
}

// eval evaluates an argument.
func (s *scope) eval(a *attr, e *env) cty.Value {
	s.r.step()
	var ctx *hcl.EvalContext
	if len(a.refs) > 0 {
		ctx = &hcl.EvalContext{Variables: s.variables(a.refs, e)}
	} else {
		ctx = &hcl.EvalContext{}
	}
	v, diags := a.expr.Value(ctx)
	if diags.HasErrors() {
		return unknown(reason(diags))
	}
	return s.r.whole(v)
}

// A need is what an expression asks of a resource or module: some attributes, or all of it.
type need struct {
	names []string
	all   bool
}

func (n need) String() string {
	if n.all {
		return "*"
	}
	return strings.Join(n.names, ",")
}

func (n *need) add(rest hcl.Traversal) {
	for _, step := range rest {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			n.names = append(n.names, step.Name)
			return
		case hcl.TraverseIndex:
			if isText(step.Key) { // an index, or an attribute
				n.names = append(n.names, step.Key.AsString())
			}
		}
	}
	n.all = true
}

func (n need) sorted() need {
	slices.Sort(n.names)
	return need{slices.Compact(n.names), n.all}
}

// variables are the values of what an expression refers to.
func (s *scope) variables(refs []hcl.Traversal, e *env) map[string]cty.Value {
	out := map[string]cty.Value{}
	needs := map[[3]string]*need{} // root, type, name
	for _, t := range refs {
		root := t.RootName()
		if e != nil {
			if v, ok := e.vars[root]; ok {
				out[root] = v
				continue
			}
		}
		key, rest := [3]string{root, attrAt(t, 1)}, 2
		switch root {
		case "path", "terraform", "tofu", "each", "count", "self":
			key, rest = [3]string{root}, 1
		case "data", "ephemeral":
			key[2], rest = attrAt(t, 2), 3
		}
		if needs[key] == nil {
			needs[key] = &need{}
		}
		needs[key].add(t[min(rest, len(t)):])
	}
	tree := map[string]map[string]map[string]cty.Value{}
	for key, n := range needs {
		v := s.refer(key, n.sorted(), e)
		switch {
		case key[1] == "":
			out[key[0]] = v
			continue
		case tree[key[0]] == nil:
			tree[key[0]] = map[string]map[string]cty.Value{}
		}
		if tree[key[0]][key[1]] == nil {
			tree[key[0]][key[1]] = map[string]cty.Value{}
		}
		tree[key[0]][key[1]][key[2]] = v
	}
	for root, types := range tree {
		obj := map[string]cty.Value{}
		for name, in := range types {
			if v, ok := in[""]; ok {
				obj[name] = v
			} else {
				obj[name] = cty.ObjectVal(in)
			}
		}
		out[root] = cty.ObjectVal(obj)
	}
	return out
}

func attrAt(t hcl.Traversal, i int) string {
	if i < len(t) {
		switch step := t[i].(type) {
		case hcl.TraverseAttr:
			return step.Name
		case hcl.TraverseIndex:
			if isText(step.Key) {
				return step.Key.AsString()
			}
		}
	}
	return ""
}

// refer is the value of one thing that is referred to.
func (s *scope) refer(key [3]string, n need, e *env) cty.Value {
	name := key[1]
	switch key[0] {
	case "var":
		return s.variable(name)
	case "local":
		return s.local(name)
	case "path":
		return s.paths()
	case "terraform", "tofu":
		return cty.ObjectVal(map[string]cty.Value{
			"workspace": cty.StringVal("default"), "env": cty.StringVal("default"), "applying": unknownOf(cty.Bool, "known when it runs"),
		})
	case "module":
		return s.module(name, n)
	case "data":
		return s.resource("data."+name+"."+key[2], n)
	case "ephemeral":
		return attribute("known when it runs", s.prefix+"ephemeral."+name+"."+key[2], "").Mark(secret{})
	case "each", "count":
		return unknown(key[0] + " stands in a block without one")
	case "self":
		if e != nil && e.self != nil {
			return e.self(n)
		}
		return unknown("self stands in a block without one")
	}
	return s.resource(key[0]+"."+name, n)
}

func (s *scope) local(name string) cty.Value {
	a := s.folder.locals[name]
	if a == nil {
		return unknown("local." + name + " is not declared")
	}
	return s.once("local."+name, func() cty.Value { return s.eval(a, nil) })
}

func (s *scope) paths() cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"module": cty.StringVal(relative(s.r.top.dir, s.folder.dir)), "root": cty.StringVal("."), "cwd": cty.StringVal("."),
	})
}
