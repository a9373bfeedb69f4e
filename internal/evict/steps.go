// Package evict plans how everything that an intruder left is taken away.
//
// A closure of the lineage goes in; out comes a plan: steps in the order of their phases, each with the call,
// what must hold before, what to save, how it is undone and how it is verified. Nothing is executed here.
package evict

import (
	"regexp"

	"oust/internal/catalog"
	"oust/internal/expr"
)

// A step is one step of the catalog, compiled.
type step struct {
	def    *catalog.Step
	when   *expr.Program // nil: always
	call   call
	undo   *call
	save   *call
	verify call
	texts  map[string]*expr.Program // what stands in braces in the queries of verify
	logged map[string]bool          // the fields of the kind that its log entries set
}

type call struct {
	name  string
	names []string
	with  []*expr.Program
}

// braces are the expressions within a query; other braces are JMESPath.
var braces = regexp.MustCompile(`\{((?:self|was)\.[^{}]*)\}`)

func compileSteps(env *expr.Env, k *catalog.Kind) ([]*step, error) {
	logged := map[string]bool{}
	for _, e := range k.Log {
		for _, set := range e.Set {
			logged[k.Fields[set.Field].Name] = true
		}
	}
	var out []*step
	for i := range k.End {
		s, err := compileStep(env, k.Name, &k.End[i])
		if err != nil {
			return nil, err
		}
		s.logged = logged
		out = append(out, s)
	}
	return out, nil
}

func compileStep(env *expr.Env, kind string, def *catalog.Step) (s *step, err error) {
	s = &step{def: def, texts: map[string]*expr.Program{}}
	if def.If != nil {
		if s.when, err = env.Judge(*def.If, kind, true); err != nil {
			return nil, err
		}
	}
	if s.call, err = compileCall(env, kind, &def.Call); err != nil {
		return nil, err
	}
	if s.verify, err = compileCall(env, kind, &def.Verify.Call); err != nil {
		return nil, err
	}
	for def, into := range map[*catalog.Call]**call{def.Undo: &s.undo, def.Save: &s.save} {
		if def == nil {
			continue
		}
		c, err := compileCall(env, kind, def)
		if err != nil {
			return nil, err
		}
		*into = &c
	}
	for _, text := range []string{def.Verify.Query, def.Verify.Is} {
		for _, m := range braces.FindAllStringSubmatch(text, -1) {
			x := def.Call.Name // the place to point at
			x.Text = m[1]
			p, err := env.Judge(x, kind, false)
			if err != nil {
				return nil, err
			}
			s.texts[m[1]] = p
		}
	}
	return s, nil
}

func compileCall(env *expr.Env, kind string, def *catalog.Call) (call, error) {
	c := call{name: def.Name.Text}
	for _, p := range def.With {
		prog, err := env.Judge(p.Value, kind, false)
		if err != nil {
			return c, err
		}
		c.names, c.with = append(c.names, p.Name), append(c.with, prog)
	}
	return c, nil
}
