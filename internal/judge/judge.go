// Package judge says of every resource whether it is a foothold.
//
// It walks the history of each resource and asks the techniques of its kind at every change;
// out comes one finding per technique and resource.
// A change that was refused is an attempt: one step less severe, and never standing.
package judge

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"oust/internal/catalog"
	"oust/internal/event"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/resource"
	"oust/internal/state"
)

// A Judge holds the techniques of a catalog. It may be used by several goroutines.
type Judge struct {
	rules rules
	org   *org.Org
	uses  Uses

	// Watch, when set, hears every condition that is evaluated; all of them are then, even behind one that decides.
	Watch func(technique string, clause int, outcome expr.Truth)
}

// Uses tells how a credential was used.
type Uses interface {
	Use(credential string) (Use, bool)
}

// Use is the sum of the events that a credential made.
type Use struct {
	Count       int
	First, Last finding.Time
}

// New makes a Judge. uses may be nil.
func New(cat *catalog.Catalog, env *expr.Env, o *org.Org, uses Uses) *Judge {
	return &Judge{rules: rules{cat: cat, env: env}, org: o, uses: uses}
}

// Findings judges every resource of a state. An error is a mistake in the catalog, or a cancelled context.
// Findings are in order of time, then of technique and resource.
func (j *Judge) Findings(ctx context.Context, s *state.State) ([]finding.Finding, error) {
	nodes := s.Nodes()
	results := make([][]finding.Finding, len(nodes))
	errs := make([]error, len(nodes))
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range next {
				results[i], errs[i] = j.node(s, nodes[i])
			}
		}()
	}
	for i := range nodes {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	if err := cmp.Or(append(errs, ctx.Err())...); err != nil {
		return nil, err
	}
	out := slices.Concat(results...)
	slices.SortStableFunc(out, func(a, b finding.Finding) int {
		return cmp.Or(a.First.Compare(b.First.Time), cmp.Compare(a.Technique, b.Technique), cmp.Compare(a.Resource.ID, b.Resource.ID))
	})
	return out, nil
}

func (j *Judge) node(s *state.State, n *state.Node) (out []finding.Finding, err error) {
	rules, err := j.rules.of(n.Kind.Name)
	if err != nil {
		return nil, err
	}
	for _, r := range rules {
		if f, ok := j.history(s, n, r); ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// history judges one resource by one technique over all its changes.
func (j *Judge) history(s *state.State, n *state.Node, r *rule) (finding.Finding, bool) {
	values := n.Before // a resource that takes the place of another is compared with it
	var worst *opinion
	sum := summary{}
	for _, c := range n.Changes {
		was := values
		self := was.Apply(c)
		if c.Does == resource.Use {
			self = was
		}
		if !c.Event.Failed() {
			values = self
		}
		sum.add(c)
		if c.Does == resource.Delete {
			continue
		}
		ctx := &expr.Context{
			Kind: n.Kind, Key: n.Key, Self: self, Was: was, By: c.Event.Actor, Org: j.org, State: s,
			Created: c.Does == resource.Create, Used: c.Does == resource.Use, Gone: n.Gone,
		}
		o := j.opine(ctx, r, c)
		if worst == nil || o.outweighs(worst) {
			worst = o
		}
	}
	if worst == nil {
		return finding.Finding{}, false // only ever removed
	}
	return j.finding(n, r, worst, &sum), true
}

// An opinion is what a technique says of one change.
type opinion struct {
	change   *resource.Change
	severity finding.Severity
	verdict  string
	because  string
	sentence string
	shown    []finding.Evidence
	unknown  []finding.Unknown
	followed []resource.Key
}

// outweighs prefers what succeeded, then what changed something over a mere use, then the more severe, then the later.
func (o *opinion) outweighs(p *opinion) bool {
	if a, b := o.change.Event.Failed(), p.change.Event.Failed(); a != b {
		return b
	}
	if a, b := o.change.Does == resource.Use, p.change.Does == resource.Use; a != b {
		return b
	}
	return o.severity.Rank() >= p.severity.Rank()
}

// opine asks the clauses of a technique in order.
// A clause that cannot be told is remembered. When a later one decides that all is well, the verdict is unknown;
// when a later one finds something wrong, that stands, and the unknown is listed with it.
func (j *Judge) opine(ctx *expr.Context, r *rule, c *resource.Change) *opinion {
	o := &opinion{change: c}
	causes := j.decide(o, ctx, r, (*expr.Program).Test)
	if len(causes) > 0 {
		o.unknown = unknowns(causes)
		if o.verdict == "explained" {
			o.verdict = "unknown"
		}
		if s := finding.Severity(r.Unknown); s.Rank() > o.severity.Rank() && !c.Event.Failed() && hides(c, causes) {
			o.severity = s
		}
	}
	if c.Event.Failed() {
		o.severity = o.severity.Lower()
	}
	o.sentence = r.say.Say(ctx)
	if c.Does == resource.Use {
		o.sentence = expr.ShowActor(c.Event.Actor) + " used " + c.Kind.Title + " " + c.Key.ID
	}
	o.shown = j.shown(ctx, r, c, o.because)
	o.followed = ctx.Followed
	return o
}

// A test evaluates a condition. The causes are those of an unknown.
type test func(*expr.Program, *expr.Context) (expr.Truth, []expr.Cause)

// decide gives an opinion the first clause that holds, and returns why those before it could not be told.
func (j *Judge) decide(o *opinion, ctx *expr.Context, r *rule, ask test) (causes []expr.Cause) {
	for i, cl := range r.clauses {
		truth := expr.True
		if cl.when != nil {
			var why []expr.Cause
			truth, why = ask(cl.when, ctx)
			if j.Watch != nil {
				j.Watch(r.ID, i, truth)
			}
			if o.verdict == "" {
				causes = append(causes, why...)
			}
		}
		if truth == expr.True && o.verdict == "" {
			o.severity, o.verdict, o.because = cl.severity, cl.verdict, cl.because.Say(ctx)
			if j.Watch == nil {
				break
			}
		}
	}
	return causes
}

// hides reports whether the record of a change keeps back something that was asked for.
func hides(c *resource.Change, causes []expr.Cause) bool {
	for _, s := range c.Set {
		if _, ok := s.Value.(resource.Unknown); !ok {
			continue
		}
		field := "self." + c.Kind.Fields[s.Field].Name
		if slices.ContainsFunc(causes, func(k expr.Cause) bool { return k.Field == field || strings.HasPrefix(k.Field, field+".") }) {
			return true
		}
	}
	return false
}

func unknowns(causes []expr.Cause) (out []finding.Unknown) {
	seen := map[string]bool{}
	for _, c := range causes {
		if !seen[c.Field] {
			seen[c.Field] = true
			needs := c.Needs
			if needs == "" {
				needs = c.Why
			}
			out = append(out, finding.Unknown{Field: c.Field, Needs: needs})
		}
	}
	return out
}

// shown turns the fields that a technique shows into evidence.
func (j *Judge) shown(ctx *expr.Context, r *rule, c *resource.Change, because string) (out []finding.Evidence) {
	for _, p := range r.show {
		out = append(out, evidence(c.Event, p.Text, p.Show(ctx), because))
		because = "" // the reason stands on the first line only
	}
	if len(out) == 0 {
		out = append(out, evidence(c.Event, "", "", because))
	}
	return out
}

func evidence(e *event.Event, field, value, why string) finding.Evidence {
	return finding.Evidence{EventID: e.ID, Time: finding.Time{Time: e.Time}, Origin: e.Origin.String(), Field: field, Value: value, Why: why}
}
