package hcl

import (
	"fmt"
	"path"

	"github.com/zclconf/go-cty/cty"

	"oust/internal/plan"
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

// A provider is what is known of where its resources are.
type provider struct{ account, region string }

// provider finds the provider of a resource: the one that it names, or the default one of its type.
func (s *scope) provider(b *block) *provider {
	name := ""
	if a := b.attrs["provider"]; a != nil {
		name = keyword(a.expr)
	}
	if name == "" {
		name = kindPrefix(b.label(0))
	}
	return s.named1(name)
}

func kindPrefix(kind string) string {
	for i := range kind {
		if kind[i] == '_' {
			return kind[:i]
		}
	}
	return kind
}

// named1 is the provider of a local name: passed by the caller, configured here, or inherited.
func (s *scope) named1(name string) *provider {
	if p := s.providers[name]; p != nil {
		return p
	}
	for _, b := range s.folder.providers {
		full := b.label(0)
		if a := b.attrs["alias"]; a != nil {
			full += "." + keyword(a.expr)
		}
		if full == name {
			p := &provider{plan.Here, plan.HereRegion}
			s.providers[name] = p // before it is evaluated: it may ask for a data source
			s.configure(p, b)
			return p
		}
	}
	if s.up != nil && kindPrefix(name) == name {
		return s.up.named1(name)
	}
	return &provider{plan.Here, plan.HereRegion}
}

// configure reads where a provider works, as far as it is written out.
func (s *scope) configure(p *provider, b *block) {
	text := func(b *block, name string) string {
		if a := b.attrs[name]; a != nil {
			if t, ok := known([]cty.Value{s.eval(a, nil)}, 0); ok && !s.r.tokens.in(t) {
				return t
			}
		}
		return ""
	}
	if region := text(b, "region"); region != "" {
		p.region = region
	}
	for _, n := range b.blocks {
		if n.kind != "assume_role" && n.kind != "assume_role_with_web_identity" {
			continue
		}
		if id := accountOf(text(n, "role_arn")); id != "" {
			p.account = id
		}
	}
	if a := b.attrs["assume_role"]; a != nil { // JSON
		for _, v := range inside(s.eval(a, nil)) {
			if role, ok := known([]cty.Value{v["role_arn"]}, 0); ok && accountOf(role) != "" {
				p.account = accountOf(role)
			}
		}
	}
}

// passed are the providers that a call hands to its module.
func (s *scope) passed(b *block) map[string]*provider {
	out := map[string]*provider{}
	a := b.attrs["providers"]
	if a == nil {
		return out
	}
	for to, from := range words(a.expr) {
		out[to] = s.named1(from)
	}
	return out
}
