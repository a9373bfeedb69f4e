package hcl

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// A call is a function of the language. Its arguments may be marked, unknown, and hold tokens.
type call func(r *run, args []cty.Value) (cty.Value, error)

// apply calls a function with its arguments converted to what it takes.
func apply(f function.Function, args []cty.Value) (cty.Value, error) {
	params, rest := f.Params(), f.VarParam()
	for i := range args {
		p := rest
		if i < len(params) {
			p = &params[i]
		}
		if p == nil {
			return cty.DynamicVal, errors.New("too many arguments")
		}
		v, err := convert.Convert(args[i], p.Type)
		if err != nil {
			return cty.DynamicVal, err
		}
		args[i] = v
	}
	return f.Call(args)
}

// letters makes a call of a function that looks at the letters of texts: a token in one makes it unknown.
func letters(f function.Function) call {
	return func(r *run, args []cty.Value) (cty.Value, error) {
		for i := range args {
			args[i] = r.opaque(args[i])
		}
		return apply(f, args)
	}
}

// moves makes a call of a function that only moves texts about: tokens stay whole in it.
func moves(f function.Function) call {
	return func(r *run, args []cty.Value) (cty.Value, error) { return apply(f, args) }
}

// elements makes a call of a function that does better when unknown elements of its lists are tokens.
func elements(f function.Function) call {
	return func(r *run, args []cty.Value) (cty.Value, error) {
		for i := range args {
			args[i] = r.elements(args[i])
		}
		return apply(f, args)
	}
}

// elements makes tokens of the unknown scalars in a list.
func (r *run) elements(v cty.Value) cty.Value {
	u, marks := v.Unmark()
	t := u.Type()
	if !u.IsKnown() || u.IsNull() || !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		return v
	}
	known, list := true, make([]cty.Value, 0, u.LengthInt())
	for it := u.ElementIterator(); it.Next(); {
		_, e := it.Element()
		known = known && e.IsKnown()
		list = append(list, r.text(e))
	}
	if known {
		return v
	}
	return cty.TupleVal(list).WithMarks(marks)
}

// A callNode evaluates a call of a function.
type callNode struct {
	hclsyntax.Expression
	call   *hclsyntax.FunctionCallExpr
	r      *run
	strict bool
}

func (r *run) callNode(e *hclsyntax.FunctionCallExpr, strict bool) hclsyntax.Expression {
	inside := strict || e.Name == "try" || e.Name == "can"
	for i := range e.Args {
		e.Args[i] = r.rewrite(e.Args[i], inside)
	}
	return &callNode{&hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}, e, r, strict}
}

func (n *callNode) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	n.r.step()
	switch n.call.Name {
	case "try":
		return n.try(ctx)
	case "can":
		return n.can(ctx)
	}
	args, v, diags := n.args(ctx)
	if diags.HasErrors() || v != cty.NilVal {
		return v, diags
	}
	f, ok := n.r.calls[n.call.Name]
	if !ok {
		return n.lost(fmt.Sprintf("the function %s is not known", n.call.Name), args), nil
	}
	if err := tame(n.call.Name, args); err != nil {
		return n.lost(err.Error(), args), nil
	}
	v, err := n.run(f, args)
	if err != nil {
		return cty.DynamicVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "call of " + n.call.Name + " failed", Subject: n.call.Range().Ptr()}}
	}
	return v, nil
}

// lost is the result of a call that cannot be made. Secrets stay secrets.
func (n *callNode) lost(why string, args []cty.Value) cty.Value {
	v := unknown(why)
	for _, a := range args {
		for m := range deepMarks(a) {
			v = v.Mark(m)
		}
	}
	return v
}

var errPanic = errors.New("the function failed")

// run calls a function; libraries may panic on what hostile code gives them.
func (n *callNode) run(f call, args []cty.Value) (v cty.Value, err error) {
	defer func() {
		if e := recover(); e != nil {
			if budget, ok := e.(error); ok && errors.Is(budget, errBudget) {
				panic(e)
			}
			v, err = cty.DynamicVal, errPanic
		}
	}()
	return f(n.r, args)
}

// args evaluates the arguments. A result, when there is one, stands for the whole call.
func (n *callNode) args(ctx *hcl.EvalContext) (args []cty.Value, result cty.Value, diags hcl.Diagnostics) {
	for i, a := range n.call.Args {
		v, diags := a.Value(ctx)
		if diags.HasErrors() {
			return nil, v, diags
		}
		v = n.r.whole(v)
		if !n.call.ExpandFinal || i < len(n.call.Args)-1 {
			args = append(args, v)
			continue
		}
		list, marks := v.Unmark()
		if !list.IsKnown() {
			return nil, cty.DynamicVal.WithMarks(marks), nil
		}
		if list.IsNull() || !list.CanIterateElements() {
			return nil, cty.DynamicVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "not a list to expand", Subject: a.Range().Ptr()}}
		}
		for it := list.ElementIterator(); it.Next(); {
			_, e := it.Element()
			args = append(args, e.WithMarks(marks))
		}
	}
	return args, cty.NilVal, nil
}

func (n *callNode) try(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	for _, a := range n.call.Args {
		if v, diags := a.Value(ctx); !diags.HasErrors() {
			return v, nil
		}
	}
	return cty.DynamicVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "no argument of try can be evaluated", Subject: n.call.Range().Ptr()}}
}

func (n *callNode) can(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if len(n.call.Args) != 1 {
		return cty.DynamicVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "can takes one argument", Subject: n.call.Range().Ptr()}}
	}
	v, diags := n.call.Args[0].Value(ctx)
	if diags.HasErrors() {
		return cty.False, nil
	}
	if !v.IsKnown() {
		return cty.UnknownVal(cty.Bool).WithMarks(v.Marks()), nil
	}
	return cty.True, nil
}
