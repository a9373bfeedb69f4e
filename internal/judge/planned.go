package judge

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/resource"
	"oust/internal/state"
)

// A Plan is what stands, what is to stand, and why parts of it are not known.
type Plan struct {
	Before, After *state.State
	Why           func(hole int) string
	Twins         map[resource.Key]resource.Key // resources that are only called like another one -> that one
}

// Planned judges what code asks for: every resource as if somebody made it now, and against what stood before.
// A clause about who does it cannot be told before anybody did; it neither holds nor makes anything unknown.
// Findings are in order of severity, then of technique and address.
func (j *Judge) Planned(ctx context.Context, p Plan) (out []finding.Finding, err error) {
	for _, n := range p.After.Nodes() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if n.Gone || n.Values == nil || p.After.Node(n.Key) != n {
			continue
		}
		rules, err := j.rules.of(n.Kind.Name)
		if err != nil {
			return nil, err
		}
		for _, r := range rules {
			out = append(out, j.forecast(p, n, r))
		}
	}
	slices.SortStableFunc(out, func(a, b finding.Finding) int {
		return cmp.Or(b.Severity.Rank()-a.Severity.Rank(), cmp.Compare(a.Technique, b.Technique), cmp.Compare(a.Resource.Address, b.Resource.Address))
	})
	return out, nil
}

func (j *Judge) forecast(p Plan, n *state.Node, r *rule) finding.Finding {
	c := n.Changes[len(n.Changes)-1]
	now := j.foresee(p, r, c, expr.Context{Kind: n.Kind, Key: n.Key, Self: n.Values, Created: true, State: p.After})
	var stood *opinion
	if before := p.before(n); before != nil {
		changed := j.foresee(p, r, c, expr.Context{Kind: n.Kind, Key: n.Key, Self: n.Values, Was: before.Values, State: p.After})
		if changed.weight() > now.weight() {
			now = changed
		}
		stood = j.foresee(p, r, c, expr.Context{Kind: n.Kind, Key: n.Key, Self: before.Values, Created: true, State: p.Before})
	}
	sum := summary{}
	sum.add(c)
	f := j.finding(n, r, now, &sum)
	f.Actor = finding.Actor{Chain: []string{}}
	f.Resource.Address = c.Address
	f.Status, f.State, f.Why = "planned", "unknown", "it is planned, and not deployed yet"
	f.Baseline = baseline(now, stood)
	if f.Baseline == finding.Unchanged {
		f.State, f.Why = "standing", "it stood before this change"
	}
	return f
}

// before returns the resource as it stood, nil when it is new.
func (p Plan) before(n *state.Node) *state.Node {
	key := n.Key
	if of, twin := p.Twins[key]; twin && p.Before.Node(key) == nil {
		key = of
	}
	if b := p.Before.Node(key); b != nil && b.Values != nil {
		return b
	}
	return nil
}

// baseline compares with what was said of the resource as it stood.
func baseline(now, stood *opinion) string {
	switch {
	case stood == nil:
		return finding.New
	case now.weight() < violation && now.weight() <= stood.weight():
		return finding.Unchanged
	case now.weight() > stood.weight(), wider(now.shown, stood.shown):
		return finding.Widened
	}
	return finding.Unchanged
}

// wider reports whether something is shown now that was not shown before.
func wider(now, before []finding.Evidence) bool {
	for i := range now {
		if i >= len(before) {
			return true
		}
		had := strings.Split(before[i].Value, ", ")
		for _, v := range strings.Split(now[i].Value, ", ") {
			if v != "" && !slices.Contains(had, v) {
				return true
			}
		}
	}
	return false
}

// violation is the weight from which on something is wrong, not only open.
const violation = 10

// weight orders what may be said of a planned resource: all is well, it cannot be told, something is wrong.
func (o *opinion) weight() int {
	switch {
	case (o.verdict == "bad" || o.verdict == "unexplained") && o.severity.Rank() > finding.Info.Rank():
		return violation + o.severity.Rank()
	case o.verdict == "unknown":
		return 1
	}
	return 0
}

// foresee asks the clauses of a technique in order.
func (j *Judge) foresee(p Plan, r *rule, c *resource.Change, ctx expr.Context) *opinion {
	ctx.Planned, ctx.Org, ctx.Why = true, j.org, p.Why
	o := &opinion{change: c}
	causes := j.decide(o, &ctx, r, ask)
	if len(causes) > 0 {
		o.unknown = unknowns(causes)
		if o.verdict == "explained" || o.severity == finding.Info {
			o.verdict = "unknown"
			o.severity = finding.Severity(cmp.Or(r.Unknown, string(o.severity)))
		}
	}
	o.sentence = r.say.Say(&ctx)
	o.shown = j.shown(&ctx, r, c, o.because)
	o.followed = ctx.Followed
	return o
}

// ask tests a condition on what is written out. Where that does not fulfil it, what is open may still do.
// Causes are only what the code keeps back: that nobody did it yet, and what is not in the code, are none.
func ask(when *expr.Program, ctx *expr.Context) (expr.Truth, []expr.Cause) {
	truth, why := when.Test(ctx)
	if truth == expr.False {
		ctx.Open = true
		open, also := when.Test(ctx)
		ctx.Open = false
		if open == expr.Unknown {
			truth, why = open, also
		}
	}
	if slices.ContainsFunc(why, func(c expr.Cause) bool { return c.Field == "by" || strings.HasPrefix(c.Field, "by.") }) {
		return truth, nil // it hangs on who does it, whatever else it hangs on
	}
	why = slices.DeleteFunc(why, func(c expr.Cause) bool { return c.Unseen })
	for i := range why {
		if !strings.Contains(why[i].Needs, "configuration") {
			why[i].Needs = why[i].Why // a permission to read what stands tells nothing of what is planned
		}
	}
	return truth, why
}
