package hcl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"oust/internal/plan"
)

// A group is a resource or data source with its instances.
type group struct {
	block *block
	name  string // TYPE.NAME, or data.TYPE.NAME
	list  []*instance
	keys  keys
	done  bool
}

// keys tells what the instances of a block are told apart by.
type keys uint8

const (
	single  keys = iota // neither count nor for_each
	byIndex             // count
	byName              // for_each
	open                // which instances there will be is not known: one stands for all
)

// An instance is one instance of a resource, data source or module.
type instance struct {
	scope *scope
	block *block
	name  string // with the key
	key   cty.Value
	env   *env
	memo  map[string]*cell
}

// group finds a resource and its instances.
func (s *scope) group(name string) *group {
	if g := s.groups[name]; g != nil {
		return g
	}
	b := s.folder.byName[name]
	if b == nil {
		return nil
	}
	g := s.expand(b, name)
	return g
}

func (s *scope) expand(b *block, name string) *group {
	g := &group{block: b, name: name}
	if s.folder.byName[name] == b {
		s.groups[name] = g
	}
	slots, k, _ := s.slots(b, name)
	g.keys, g.done = k, true
	for _, sl := range slots {
		in := &instance{scope: s, block: b, name: name + sl.suffix, key: sl.key, env: sl.env, memo: map[string]*cell{}}
		if in.env == nil {
			in.env = &env{}
		}
		in.env.self = in.object
		g.list = append(g.list, in)
	}
	return g
}

func (in *instance) address() string { return in.scope.prefix + in.name }

// resource is the value of a resource or data source.
func (s *scope) resource(name string, n need) cty.Value {
	g := s.group(name)
	switch {
	case g == nil:
		return attribute(name+" is not declared", s.prefix+name, "")
	case !g.done:
		return unknown(name + " refers to itself")
	case g.keys == single && len(g.list) == 1:
		return s.once(name+"|"+n.String(), func() cty.Value { return g.list[0].object(n) })
	case g.keys == open:
		return attribute("how many of "+name+" there are is not known", s.prefix+name+"[*]", first1(n.names))
	}
	return s.once(name+"|"+n.String(), func() cty.Value {
		if g.keys == byIndex {
			var list []cty.Value
			for _, in := range g.list {
				list = append(list, in.object(n))
			}
			return cty.TupleVal(list)
		}
		obj := map[string]cty.Value{}
		for _, in := range g.list {
			obj[in.key.AsString()] = in.object(n)
		}
		return cty.ObjectVal(obj)
	})
}

func first1(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return ""
}

// object is an instance with the attributes that are asked for: those that the code sets, and unknown ones that the cloud gives.
func (in *instance) object(n need) cty.Value {
	names := n.names
	if n.all {
		for name := range in.scope.r.names {
			names = append(names, name)
		}
		for _, name := range in.block.order {
			if !meta(name) {
				names = append(names, name)
			}
		}
		for _, b := range in.block.blocks {
			if kind := kindOf(b); kind != "lifecycle" && kind != "provisioner" && kind != "connection" {
				names = append(names, kind)
			}
		}
	}
	obj := make(map[string]cty.Value, len(names))
	for _, name := range names {
		obj[name] = in.attr(name)
	}
	return cty.ObjectVal(obj)
}

func kindOf(b *block) string {
	if b.kind == "dynamic" {
		return b.label(0)
	}
	return b.kind
}

// meta are arguments that belong to the language, not to the resource.
func meta(name string) bool {
	return slices.Contains([]string{"count", "for_each", "provider", "depends_on", "lifecycle"}, name)
}

// attr is one attribute, evaluated once.
func (in *instance) attr(name string) cty.Value {
	c := in.memo[name]
	if c == nil {
		c = &cell{}
		in.memo[name] = c
		c.v = in.evaluate(name)
		c.done = true
	}
	if !c.done {
		return unknown(in.address() + " refers to itself")
	}
	return c.v
}

func (in *instance) evaluate(name string) cty.Value {
	s := in.scope
	s.r.step()
	if s.r.depth++; s.r.depth > maxDepth {
		s.r.depth--
		return unknown("references are nested too deeply")
	}
	defer func() { s.r.depth-- }()
	if in.block.kind == "data" {
		if v, ok := in.told(name); ok {
			return v
		}
	}
	if a := in.block.attrs[name]; a != nil && !meta(name) {
		if v := s.eval(a, in.env); v.IsMarked() || !v.IsNull() {
			return v
		}
	}
	if nested := in.block.nested(name); len(nested) > 0 {
		return s.blocks(nested, in.env, true)
	}
	if in.block.label(0) == "terraform_data" && name == "output" && in.block.attrs["input"] != nil {
		return in.attr("input")
	}
	why := "known after apply"
	if in.block.kind == "data" {
		why = "read when it is deployed"
	}
	return attribute(why, in.address(), name)
}

// give evaluates all resources of a module, and of those that it calls.
func (s *scope) give(want func(b *block) bool) {
	for _, b := range s.folder.resources {
		if !want(b) || len(b.labels) != 2 {
			continue
		}
		name := b.label(0) + "." + b.label(1)
		g := s.group(name)
		if g == nil || g.block != b { // declared twice
			g = s.expand(b, name)
		}
		for _, in := range g.list {
			if len(s.r.out.Resources) >= maxResources {
				s.r.problem(b.at, fmt.Sprintf("more than %d resources", maxResources), "name fewer folders at once")
				return
			}
			s.r.out.Resources = append(s.r.out.Resources, in.planned())
		}
	}
	for _, b := range s.folder.data {
		if want(b) && plan.Lookup(b.label(0)) {
			for _, in := range s.expand(b, "data."+b.label(0)+"."+b.label(1)).list {
				r := in.planned()
				r.Type, r.Action = "data."+r.Type, plan.Keep
				s.r.out.Resources = append(s.r.out.Resources, r)
			}
		}
	}
	for _, b := range s.folder.calls {
		if s.up == nil && !want(b) {
			continue
		}
		for _, c := range s.called(b).list {
			c.scope.give(func(*block) bool { return true })
		}
	}
}

// planned is the resource that an instance stands for.
func (in *instance) planned() *plan.Resource {
	p := in.scope.provider(in.block)
	r := &plan.Resource{
		Format: plan.Terraform, Type: in.block.label(0), Address: in.address(), Action: plan.Create,
		After: in.tree(), Account: p.account, Region: p.region, Elsewhere: p.beside, At: in.block.at,
	}
	if a := in.block.attrs["region"]; a != nil && strings.HasPrefix(r.Type, "aws_") {
		if s, ok := known([]cty.Value{in.attr("region")}, 0); ok && !in.scope.r.tokens.in(s) {
			r.Region = s
		}
	}
	return r
}
