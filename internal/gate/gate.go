// Package gate strings the stages together for planned infrastructure: plan, change, state, judge.
//
// Files go in, a report comes out: what would be a foothold if it were deployed, against what stands already.
// What the code keeps back is undetermined, never passed.
package gate

import (
	"context"
	"fmt"
	"path"
	"reflect"
	"slices"

	"oust/internal/catalog"
	"oust/internal/change"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/judge"
	"oust/internal/org"
	"oust/internal/plan"
	"oust/internal/plan/cloudformation"
	"oust/internal/plan/hcl"
	"oust/internal/plan/kubernetes"
	"oust/internal/plan/terraform"
	"oust/internal/plan/workflow"
	"oust/internal/policy"
	"oust/internal/resource"
	"oust/internal/state"
)

// Options are what a gate needs. Catalog, Env and Org must be set.
type Options struct {
	Catalog *catalog.Catalog
	Env     *expr.Env
	Org     *org.Org
	Only    func(technique string, severity finding.Severity) bool
	Watch   func(technique string, clause int, outcome expr.Truth)
	Walked  func(kind string, entry, field, from int) // hears which mappings gave a value
}

// Readers are the formats that are understood, asked in this order.
func Readers() []plan.Reader {
	return []plan.Reader{terraform.Reader{}, hcl.Reader{Disk: hcl.OS{}}, cloudformation.Reader{}, workflow.Reader{}, kubernetes.Reader{}}
}

// Run judges what files plan.
func Run(ctx context.Context, in *Input, o Options) (*finding.Report, error) {
	r := &finding.Report{
		Version: finding.Version, Verb: "gate", Findings: []finding.Finding{}, Cases: []finding.Case{},
		Coverage: finding.Coverage{Sources: []finding.Source{}, Unknown: []finding.Gap{}},
	}
	resources := read(ctx, in, r)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r.Coverage.Resources = len(resources)
	learn(o.Org, resources)
	g := &graph{planner: change.NewPlanner(o.Catalog, o.Env), names: newNames(resources), twins: map[resource.Key]resource.Key{}}
	g.planner.Watch = o.Walked
	p, err := g.build(resources)
	if err != nil {
		return nil, err
	}
	j := judge.New(o.Catalog, o.Env, o.Org, nil)
	j.Watch = o.Watch
	findings, err := j.Planned(ctx, p)
	if err != nil {
		return nil, err
	}
	hide := newVeil(resources)
	code := newCode(in, resources)
	findings = g.settle(findings)
	for i := range findings {
		code.locate(&findings[i])
	}
	for _, f := range answered(findings) {
		if o.Only == nil || o.Only(f.Technique, f.Severity) {
			hide.finding(&f)
			r.Findings = append(r.Findings, f)
		}
	}
	hide.coverage(&r.Coverage)
	r.Coverage.Unknown = append(r.Coverage.Unknown, append(assumed(o.Org), granted(resources)...)...)
	return r, nil
}

// read hands every file to the first reader that takes it.
func read(ctx context.Context, in *Input, r *finding.Report) (out []*plan.Resource) {
	r.Coverage.Files.Skipped = append([]finding.Skip{}, in.Skipped...)
	readers := in.Readers
	if readers == nil {
		readers = Readers()
	}
	taken := make([][]*plan.File, len(readers))
	for _, f := range in.Files {
		i := slices.IndexFunc(readers, func(rd plan.Reader) bool { return rd.Takes(f) })
		if i < 0 {
			if in.Named[f.Path] || listed(f.Path) {
				r.Coverage.Files.Skipped = append(r.Coverage.Files.Skipped, finding.Skip{
					Path: f.Path, Reason: "not planned infrastructure in a form that is known", Harmless: !in.Named[f.Path],
				})
			}
			continue
		}
		taken[i] = append(taken[i], f)
		r.Coverage.Files.Read++
		r.Coverage.Files.Bytes += int64(len(f.Body))
	}
	for i, rd := range readers {
		if len(taken[i]) == 0 {
			continue
		}
		got := rd.Read(ctx, taken[i])
		out = append(out, got.Resources...)
		missed(r, got.Problems)
	}
	inside := stacks(ctx, out)
	missed(r, inside.Problems)
	return slices.Concat(out, inside.Resources, commands(out))
}

// missed notes what could not be read.
func missed(r *finding.Report, problems []plan.Problem) {
	for _, p := range problems {
		reason := p.What
		if p.Needs != "" {
			reason += "; " + p.Needs
		}
		r.Coverage.Files.Skipped = append(r.Coverage.Files.Skipped, finding.Skip{Path: place(p.At), Reason: reason})
	}
}

// learn notes whose the deployment is. What stands already is ours. Of what code names, only the one account that all of it
// goes to counts: whoever writes code can name any other account beside it.
func learn(o *org.Org, resources []*plan.Resource) {
	o.Home, o.Away = plan.Here, plan.There
	o.Hosts = append(slices.Clone(o.Hosts), plan.Domain)
	o.Learn(plan.Here)
	named := map[string]bool{}
	for _, r := range resources {
		switch {
		case r.HasBefore:
			o.Learn(r.Account)
		case !r.Elsewhere && r.Account != plan.Here:
			named[r.Account] = true
		}
	}
	for account := range named {
		if len(named) == 1 {
			o.Learn(account)
		}
	}
}

// graph makes the states before and after of planned resources.
type graph struct {
	planner *change.Planner
	names   *names
	twins   map[resource.Key]resource.Key // resources that are called like another one -> that one
}

// side is one of the two trees of a resource.
type side struct {
	tree    *change.Tree
	after   bool
	changes []*resource.Change
}

// rounds is how often names are looked up: an id may be made of the name of another resource, and that of a third one.
const rounds = 3

func (g *graph) build(resources []*plan.Resource) (judge.Plan, error) {
	var sides []side
	for _, r := range resources {
		if r.HasBefore {
			sides = append(sides, side{tree: g.planner.Tree(r, r.Before, false)})
		}
		switch {
		case r.Action == plan.Delete && r.HasBefore:
			sides = append(sides, side{tree: g.planner.Tree(r, r.Before, true)})
		case r.After != nil:
			sides = append(sides, side{tree: g.planner.Tree(r, r.After, false), after: true})
		}
	}
	for round := range rounds {
		next, open := newNames(resources), false
		for i := range sides {
			if err := g.look(&sides[i], round == 0); err != nil {
				return judge.Plan{}, err
			}
			open = open || sides[i].tree.Open
			next.add(sides[i].tree.Resource, sides[i].changes)
		}
		if !open {
			break // every name is known
		}
		g.names = next
		g.planner.Resolve(next)
	}
	return g.states(sides), nil
}

// look makes the changes of a tree, again only where other names may have made others of them.
func (g *graph) look(s *side, first bool) (err error) {
	if first || s.tree.Open {
		s.changes, err = g.planner.Changes(s.tree)
	}
	return err
}

// states applies changes to nothing, and lets go of what the plan removes.
func (g *graph) states(sides []side) judge.Plan {
	var before, after, gone []*resource.Change
	for _, s := range sides {
		switch {
		case s.tree.Gone:
			gone = append(gone, s.changes...)
		case s.after:
			after = append(after, s.changes...)
		default:
			before = append(before, s.changes...)
		}
	}
	planned := map[resource.Key]bool{}
	stood := g.merge(before)
	made := g.merge(after)
	for _, c := range made {
		planned[c.Key] = true
	}
	left := map[resource.Key]bool{}
	for _, c := range gone {
		left[c.Key] = true
	}
	for _, c := range stood {
		if planned[c.Key] {
			continue
		}
		keep := *c
		made = append(made, &keep)
		if !left[c.Key] {
			end := *c
			end.Does, end.Lead, end.Set = resource.Delete, resource.Delete, nil
			made = append(made, &end)
		}
	}
	for _, c := range gone {
		if !planned[c.Key] {
			c.Lead = resource.Modify
			made = append(made, c)
		}
	}
	for i, c := range stood {
		c.Nth = i
	}
	for i, c := range made {
		c.Nth = i
	}
	return judge.Plan{Before: state.New(stood), After: state.New(made), Why: g.planner.Why, Twins: g.twins}
}

// merge puts together what several planned resources say of one resource: a bucket, and its policy.
// Two that only have the same name are kept apart, so that none hides the other.
func (g *graph) merge(changes []*resource.Change) []*resource.Change {
	first := map[resource.Key]*resource.Change{}
	var parts []*resource.Change
	for _, c := range changes {
		if c.Entry.Part {
			parts = append(parts, c)
			continue
		}
		o := first[c.Key]
		switch {
		case o == nil:
			first[c.Key] = c
		case o.Event != c.Event && (o.Event.Name == c.Event.Name || o.Event.Log != c.Event.Log || disagree(o, c)):
			key := c.Key
			for n := 2; first[c.Key] != nil; n++ {
				c.Key.ID = fmt.Sprintf("%s (%s)", key.ID, twinName(c, n))
			}
			g.twins[c.Key] = key
			first[c.Key] = c
		default:
			c.Does, c.Set = resource.Modify, slices.DeleteFunc(slices.Clone(c.Set), blank)
		}
		c.Lead = c.Does
	}
	changes = slices.DeleteFunc(changes, func(c *resource.Change) bool { return c.Entry.Part })
	return append(changes, join(parts, first)...)
}

// join lets parts add to the resources that other code makes. Their lists grow with each of them.
func join(parts []*resource.Change, owners map[resource.Key]*resource.Change) (out []*resource.Change) {
	type field struct {
		key resource.Key
		n   int
	}
	lists := map[field][]any{}
	for _, c := range parts {
		o := owners[c.Key]
		if o == nil {
			continue
		}
		c.Event, c.Address, c.Lead = o.Event, o.Address, c.Does
		for i, s := range c.Set {
			more, ok := s.Value.([]any)
			if !ok {
				continue
			}
			at := field{c.Key, s.Field}
			if lists[at] == nil {
				had, _ := o.Value(s.Field)
				lists[at], _ = had.([]any)
			}
			lists[at] = append(slices.Clip(lists[at]), more...)
			c.Set[i].Value = lists[at]
		}
		out = append(out, c)
	}
	return out
}

// twinName tells a resource from others that are called like it.
func twinName(c *resource.Change, n int) string {
	name := c.Address
	if c.Event.Message != "" { // the branch of the code that it stands in
		name += " if " + c.Event.Message
	}
	if n > 2 {
		name += " in " + path.Dir(c.Event.Origin.Path)
	}
	if n > 3 {
		name += fmt.Sprintf(" %d", n)
	}
	return name
}

// disagree reports whether two changes give the same field different content: then none may hide what the other says.
func disagree(a, b *resource.Change) bool {
	for _, s := range b.Set {
		switch a.Kind.Fields[s.Field].Type.Base {
		case "policy", "trust", "script", "saml", "pattern", "list":
		default:
			continue
		}
		if v, ok := a.Value(s.Field); ok && !blank(s) && !blank(resource.Setting{Field: s.Field, Value: v}) && !same(v, s.Value) {
			return true
		}
	}
	return false
}

func same(a, b any) bool {
	x, ok := a.(*policy.Document)
	y, also := b.(*policy.Document)
	if ok && also {
		return x.Normal() == y.Normal()
	}
	return reflect.DeepEqual(a, b)
}

// blank reports whether a change gives a field nothing but its empty value.
func blank(s resource.Setting) bool {
	switch v := s.Value.(type) {
	case string:
		return v == ""
	case bool:
		return !v
	case int64:
		return v == 0
	case []any:
		return len(v) == 0
	case resource.Ref:
		return v.Name == ""
	}
	return change.Empty(s.Value)
}
