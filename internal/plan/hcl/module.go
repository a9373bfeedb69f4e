package hcl

import (
	"fmt"
	"path"

	"github.com/zclconf/go-cty/cty"
)

// children are the instances of a call of a module.
type children struct {
	block *block
	list  []*child
	keys  keys
	why   string // why there are none, when the module could not be read
	done  bool
}

type child struct {
	scope *scope
	key   cty.Value
}

const needsPlan = "run terraform plan, and give oust the plan"

// called makes the scopes of a call.
func (s *scope) called(b *block) *children {
	name := b.label(0)
	if c := s.modules[name]; c != nil && c.block == b {
		return c
	}
	c := &children{block: b}
	if s.modules[name] == nil {
		s.modules[name] = c
	}
	key := name
	if s.key != "" {
		key = s.key + "." + name
	}
	f, why, needs := s.target(b, key)
	if f == nil {
		c.why, c.done = why, true
		s.r.problem(b.at, why, needs)
		return c
	}
	slots, k, _ := s.slots(b, "module."+name)
	c.keys = k
	for _, sl := range slots {
		if s.r.scopes++; s.r.scopes > maxScopes {
			s.r.problem(b.at, fmt.Sprintf("more than %d instances of modules", maxScopes), needsPlan)
			break
		}
		in := s.r.scope(f, s, key, s.prefix+"module."+name+sl.suffix+".")
		in.inputs = s.arguments(b, sl.env)
		in.providers = s.passed(b)
		c.list = append(c.list, &child{in, sl.key})
	}
	c.done = true
	return c
}

// maxModules bounds how deep modules call modules.
const maxModules = 32

// target finds the code of a module that is called.
func (s *scope) target(b *block, key string) (f *folder, why, needs string) {
	name := b.label(0)
	source, ok := b.literal("source")
	dir := path.Join(s.folder.dir, source)
	if path.IsAbs(source) {
		dir = path.Clean(source)
	}
	if !ok || !isLocal(source) {
		if dir, ok = s.r.top.vendored[key]; !ok {
			return nil, fmt.Sprintf("module %q of %s could not be read", name, visibleSource(source)), "run terraform init first, or " + needsPlan
		}
	}
	depth := 0
	for up := s; up != nil; up = up.up {
		if depth++; up.folder.dir == dir || depth > maxModules {
			return nil, fmt.Sprintf("module %q could not be read: it calls itself", name), "break the circle"
		}
	}
	if f = s.r.folder(dir); f.empty() {
		return nil, fmt.Sprintf("module %q of %s could not be read: there is no code", name, visibleSource(source)), needsPlan
	}
	return f, "", ""
}

func visibleSource(s string) string {
	if s == "" {
		return "a source that is not written out"
	}
	return s
}

// arguments are what a call gives to the variables of a module.
func (s *scope) arguments(b *block, e *env) func(name string) cty.Value {
	return func(name string) cty.Value {
		if a := b.attrs[name]; a != nil && !meta(name) && !bare(b, name) {
			return s.eval(a, e)
		}
		return cty.NilVal
	}
}

// module is the value of a call: the outputs that are asked for.
func (s *scope) module(name string, n need) cty.Value {
	var call *block
	for _, b := range s.folder.calls {
		if b.label(0) == name {
			call = b
			break
		}
	}
	if call == nil {
		return unknown("module." + name + " is not declared")
	}
	c := s.called(call)
	switch {
	case !c.done:
		return unknown("module." + name + " refers to itself")
	case c.why != "":
		return unknown(c.why)
	case c.keys == open:
		return unknown("how many of module." + name + " there are is not known")
	case c.keys == single && len(c.list) == 1:
		return c.list[0].scope.outputs(n)
	}
	return s.once("module."+name+"|"+n.String(), func() cty.Value {
		if c.keys == byIndex {
			var list []cty.Value
			for _, in := range c.list {
				list = append(list, in.scope.outputs(n))
			}
			return cty.TupleVal(list)
		}
		obj := map[string]cty.Value{}
		for _, in := range c.list {
			obj[in.key.AsString()] = in.scope.outputs(n)
		}
		return cty.ObjectVal(obj)
	})
}

func (s *scope) outputs(n need) cty.Value {
	names := n.names
	if n.all {
		names = nil
		for name := range s.folder.outputs {
			names = append(names, name)
		}
	}
	obj := map[string]cty.Value{}
	for _, name := range names {
		b := s.folder.outputs[name]
		if b == nil || b.attrs["value"] == nil {
			continue
		}
		obj[name] = s.once("output "+name, func() cty.Value {
			v := s.eval(b.attrs["value"], nil)
			if s.isTrue(b, "sensitive") || s.isTrue(b, "ephemeral") {
				v = v.Mark(secret{})
			}
			return v
		})
	}
	return cty.ObjectVal(obj)
}
