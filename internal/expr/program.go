package expr

import (
	"errors"
	"sort"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"oust/internal/catalog"
	"oust/internal/event"
)

// A Program is a compiled expression about a kind.
type Program struct {
	Text  string
	prog  cel.Program
	env   *Env
	class *class
}

// Judge compiles an expression about a kind. With truth, its result must be a bool.
func (e *Env) Judge(x catalog.Expr, kind string, truth bool) (*Program, error) {
	env, class, err := e.env(kind)
	if err != nil {
		return nil, err
	}
	prog, err := compile(env, x, truth)
	if err != nil {
		return nil, err
	}
	return &Program{x.Text, prog, e, class}, nil
}

func compile(env *cel.Env, x catalog.Expr, truth bool) (cel.Program, error) {
	ast, issues := env.Compile(x.Text)
	if issues != nil && issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, x.Errorf(first.Location.Column(), "%s", first.Message)
	}
	if out := ast.OutputType(); truth && !out.IsExactType(types.BoolType) && !out.IsExactType(types.DynType) {
		return nil, x.Errorf(0, "is a %s, must be a bool", out)
	}
	prog, err := env.Program(ast, cel.OptimizeRegex(interpreter.MatchesRegexOptimization))
	if err != nil {
		return nil, x.Errorf(0, "%v", err)
	}
	return prog, nil
}

// A Cause is a field that was asked for and could not be read.
type Cause struct {
	Field  string
	Why    string
	Needs  string
	Unseen bool // nothing withholds it: it is not in what was given
}

// Truth is the outcome of a condition.
type Truth byte

// The outcomes.
const (
	False Truth = iota
	True
	Unknown
)

// Test evaluates a condition. Unknown comes with its causes.
func (p *Program) Test(c *Context) (Truth, []Cause) {
	switch v := p.eval(c).(type) {
	case types.Bool:
		if v {
			return True, nil
		}
		return False, nil
	case *types.Unknown:
		return Unknown, c.causes(v)
	case *types.Err:
		return Unknown, []Cause{{Field: p.Text, Why: v.Error()}}
	}
	return Unknown, []Cause{{Field: p.Text, Why: "no truth value"}}
}

// Show evaluates an expression for people.
func (p *Program) Show(c *Context) string { return show(p.eval(c)) }

func (p *Program) eval(c *Context) ref.Val {
	out, _, err := p.prog.Eval(activation{p, c})
	if err != nil {
		var e *types.Err
		if errors.As(err, &e) {
			return e
		}
		return types.WrapErr(err)
	}
	return out
}

// activation hands out the variables of a judgement.
type activation struct {
	p *Program
	c *Context
}

func (a activation) ResolveName(name string) (any, bool) {
	c := a.c
	switch name {
	case "self":
		return &object{a.p.class, &subject{c: c, kind: c.Kind, key: c.Key, values: c.Self, path: "self", gone: c.Gone}}, true
	case "was":
		return &object{a.p.class, &subject{c: c, kind: c.Kind, key: c.Key, values: c.Was, path: "was"}}, true
	case "by":
		if c.By == nil && c.telling {
			return &object{a.p.env.b.actor, in[*event.Actor]{&event.Actor{}, c, "by"}}, true
		}
		if c.By == nil {
			return c.unseen("by", "nobody is known to have done this", "", true), true
		}
		return &object{a.p.env.b.actor, in[*event.Actor]{c.By, c, "by"}}, true
	case "org":
		return &object{a.p.env.b.org, c.Org}, true
	}
	return nil, false
}

func (a activation) Parent() cel.Activation { return nil }

// causes explains an unknown by the fields behind it, sorted.
func (c *Context) causes(u *types.Unknown) (out []Cause) {
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			cause, ok := c.why[t.Variable()]
			if !ok {
				cause = Cause{Field: t.Variable()}
			}
			out = append(out, cause)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Field < out[j].Field })
	return out
}
