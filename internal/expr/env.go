// Package expr is the one language of judgements: CEL over resources, actors and raw events.
//
// Expressions are checked against the fields of their kind when they are compiled,
// and evaluate to true, false, or unknown because of named fields.
// The package decides nothing by itself; change and judge call it.
package expr

import (
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"oust/internal/catalog"
	"oust/internal/event"
	"oust/internal/org"
	"oust/internal/policy"
	"oust/internal/resource"
)

// A Context is what one evaluation may look at. It must not be used by two goroutines at once.
type Context struct {
	Kind    *resource.Kind
	Key     resource.Key
	Self    resource.Values
	Was     resource.Values
	Created bool         // this change made the resource
	Used    bool         // this is not a change, but a use of the resource
	Gone    bool         // it was removed in the end
	Planned bool         // this is not done yet: code asks for it
	By      *event.Actor // nil: nobody did it yet
	Org     *org.Org
	State   State

	Why  func(hole int) string // tells why a part of a planned text is not known; nil outside plans
	Open bool                  // texts that are known in parts only count as unknown

	Followed []resource.Key // what references led to, in order
	telling  bool           // a sentence about code: what it does not give is empty, and nobody did it
	why      map[string]Cause
}

// State finds resources by their key.
type State interface {
	Find(resource.Key) (Found, bool)
}

// Found is a resource in its last known form.
type Found struct {
	Key    resource.Key // canonical: the key asked for may have been an alias
	Values resource.Values
	Gone   bool
}

// An Env compiles expressions. It may be used by several goroutines.
type Env struct {
	cat     *catalog.Catalog
	b       *builtins
	base    *cel.Env
	classes sync.Map // kind name -> *class, made at first use
	envs    sync.Map // kind name -> *cel.Env
}

// New makes an Env for the kinds of a catalog.
func New(cat *catalog.Catalog) (*Env, error) {
	reg, err := types.NewRegistry()
	if err != nil {
		return nil, fmt.Errorf("prepare expressions: %w", err)
	}
	e := &Env{cat: cat, b: newBuiltins()}
	for _, c := range e.b.all() {
		e.classes.Store(c.name, c)
	}
	e.base, err = cel.NewEnv(append(e.functions(),
		cel.CustomTypeAdapter(adapter{reg}),
		cel.CustomTypeProvider(&provider{reg, e.class}),
		cel.Variable("by", e.b.actor.typ),
		cel.Variable("org", e.b.org.typ),
		ext.Strings(),
	)...)
	if err != nil {
		return nil, fmt.Errorf("prepare expressions: %w", err)
	}
	return e, nil
}

// class returns the class of a name, nil when there is none.
func (e *Env) class(name string) *class {
	if c, ok := e.classes.Load(name); ok {
		return c.(*class)
	}
	if !e.cat.HasKind(name) {
		return nil
	}
	k, err := e.cat.Kind(name)
	if err != nil {
		return nil // reported by whoever needs the kind itself
	}
	c, _ := e.classes.LoadOrStore(name, e.kindClass(&k.Kind))
	return c.(*class)
}

// env returns the environment of judgements about a kind.
func (e *Env) env(kind string) (*cel.Env, *class, error) {
	if _, err := e.cat.Kind(kind); err != nil {
		return nil, nil, err
	}
	c := e.class(kind)
	if env, ok := e.envs.Load(kind); ok {
		return env.(*cel.Env), c, nil
	}
	env, err := e.base.Extend(cel.Variable("self", c.typ), cel.Variable("was", c.typ))
	if err != nil {
		return nil, nil, fmt.Errorf("prepare expressions about %s: %w", kind, err)
	}
	kept, _ := e.envs.LoadOrStore(kind, env)
	return kept.(*cel.Env), c, nil
}

// functions declares what expressions may call, beyond the standard library of CEL.
func (e *Env) functions() []cel.EnvOption {
	member := func(name string, class *types.Type, result *types.Type, f func(data any, arg string) any) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload(class.TypeName()+"_"+name, []*types.Type{class, tString}, result,
			cel.BinaryBinding(func(recv, arg ref.Val) ref.Val {
				return types.DefaultTypeAdapter.NativeToValue(f(recv.(*object).data, string(arg.(types.String))))
			})))
	}
	ofOrg := func(name string, f func(*org.Org, string) bool) cel.EnvOption {
		return member(name, e.b.org.typ, tBool, func(data any, arg string) any {
			if resource.HasHole(arg) {
				return types.NewUnknown(openID, types.NewAttributeTrail("org."+name+" of a text that is not known before deployment"))
			}
			return f(data.(*org.Org), arg)
		})
	}
	ofText := func(name string, f func(s, arg string) string) cel.EnvOption {
		return cel.Function(name, cel.MemberOverload("string_"+name, []*types.Type{tString, tString}, tString,
			cel.BinaryBinding(func(s, arg ref.Val) ref.Val {
				return types.String(f(string(s.(types.String)), string(arg.(types.String))))
			})))
	}
	return []cel.EnvOption{
		member("allows", e.b.policy.typ, tBool, func(data any, arg string) any {
			return data.(in[*policy.Document]).v.Allows(arg)
		}),
		ofOrg("host", (*org.Org).Host),
		ofOrg("zone", (*org.Org).Zone),
		ofOrg("target", (*org.Org).Target),
		ofOrg("network", (*org.Org).Network),
		ofOrg("image", (*org.Org).Image),
		ofOrg("registry", (*org.Org).Registry),
		ofOrg("repository", (*org.Org).Repository),
		ofOrg("protects", (*org.Org).Protected),
		ofOrg("credential", (*org.Org).Credential),
		ofOrg("break_glass", (*org.Org).BreakGlass),
		ofText("after", after),
		ofText("before", before),
		cel.Function("glob", cel.MemberOverload("string_glob", []*types.Type{tString, tString}, tBool,
			cel.BinaryBinding(func(s, pattern ref.Val) ref.Val {
				return types.Bool(org.Glob(string(pattern.(types.String)), string(s.(types.String))))
			}))),
	}
}

// openID is the unknown of what is asked about a text with holes.
const openID = 4

// after is the text behind the last separator, all of it where there is none.
func after(s, sep string) string {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[i+len(sep):]
	}
	return s
}

// before is the text before the first separator, all of it where there is none.
func before(s, sep string) string {
	head, _, _ := strings.Cut(s, sep)
	return head
}
