package judge

import (
	"fmt"
	"sync"

	"oust/internal/catalog"
	"oust/internal/expr"
	"oust/internal/finding"
)

// A rule is a technique that is ready to judge.
type rule struct {
	*catalog.Technique
	clauses []clause
	say     *expr.Template
	show    []*expr.Program
}

type clause struct {
	severity finding.Severity
	verdict  string
	when     *expr.Program // nil: always
	because  *expr.Template
}

// rules compiles techniques when a resource of their kind first comes up.
type rules struct {
	cat  *catalog.Catalog
	env  *expr.Env
	kind sync.Map // kind name -> *compiled
}

type compiled struct {
	once  sync.Once
	rules []*rule
	err   error
}

func (r *rules) of(kind string) ([]*rule, error) {
	v, ok := r.kind.Load(kind)
	if !ok {
		v, _ = r.kind.LoadOrStore(kind, &compiled{})
	}
	c := v.(*compiled)
	c.once.Do(func() { c.rules, c.err = r.compile(kind) })
	return c.rules, c.err
}

func (r *rules) compile(kind string) (out []*rule, err error) {
	techniques, err := r.cat.Techniques(kind)
	if err != nil {
		return nil, err
	}
	for _, t := range techniques {
		rule, err := r.rule(t)
		if err != nil {
			return nil, fmt.Errorf("technique %s: %w", t.ID, err)
		}
		out = append(out, rule)
	}
	return out, nil
}

func (r *rules) rule(t *catalog.Technique) (*rule, error) {
	out := &rule{Technique: t}
	var err error
	if out.say, err = r.env.Template(t.Say, t.Resource); err != nil {
		return nil, err
	}
	for _, s := range t.Show {
		p, err := r.env.Judge(s, t.Resource, false)
		if err != nil {
			return nil, err
		}
		out.show = append(out.show, p)
	}
	for _, c := range t.Judge {
		k := clause{severity: finding.Severity(c.Severity), verdict: c.Verdict}
		if c.When != nil {
			if k.when, err = r.env.Judge(*c.When, t.Resource, true); err != nil {
				return nil, err
			}
		}
		if k.because, err = r.env.Template(c.Because, t.Resource); err != nil {
			return nil, err
		}
		out.clauses = append(out.clauses, k)
	}
	return out, nil
}
