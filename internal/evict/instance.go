package evict

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/relate"
	"oust/internal/resource"
)

// stepsFor fills the steps of the catalog in for one target, or explains why there are none.
func (p *planner) stepsFor(t *target) error {
	t.robbed = p.robbed(t)
	if t.is.Over() && !t.actor && !t.robbed {
		p.settle(t, t.why)
		return nil
	}
	if why := p.untouchable(t); why != "" {
		p.leave(t, why)
		return nil
	}
	steps, err := p.stepsOf(t.node.Kind.Name)
	if err != nil {
		return err
	}
	restored, _ := p.g.Restored(t.touched)
	if t.touched.Made() {
		restored = nil // there was nothing
	}
	ctx := p.g.Context(t.node, restored)
	for _, s := range steps {
		if p.applies(t, s, ctx) {
			t.add(p.instance(t, s, ctx))
		}
	}
	switch {
	case len(t.steps) > 0 || len(t.touched.Deeds) == 0:
	case t.robbed:
		p.settle(t, t.why)
	default:
		p.settle(t, nothing(t))
	}
	return nil
}

// robbed reports whether the intruder removed what somebody else had made, and nobody has made it again since.
func (p *planner) robbed(t *target) bool {
	n := t.node
	if !n.Gone || t.touched.Made() || p.g.State.Node(n.Key) != n {
		return false
	}
	var last *resource.Change
	for _, c := range n.Changes {
		if !c.Event.Failed() {
			last = c
		}
	}
	return last != nil && last.Does == resource.Delete &&
		slices.ContainsFunc(t.touched.Deeds, func(d *relate.Deed) bool { return d.Change == last })
}

// add joins steps that are the same call with different parameters that have to be read first.
func (t *target) add(s *finding.EvictStep) {
	for _, have := range t.steps {
		if have.PhaseName == s.PhaseName && len(have.Missing) > 0 && len(s.Missing) > 0 && have.Call.Operation == s.Call.Operation {
			have.Missing = append(have.Missing, s.Missing...)
			for name, v := range s.Call.Params {
				have.Call.Params[name] = v
			}
			return
		}
	}
	t.steps = append(t.steps, s)
}

func nothing(t *target) string {
	if onlyUsed(t.touched) {
		return "it was used, not changed; what was done with it stands for itself"
	}
	return "no step is known for it, take it away by hand: " + t.node.Kind.Title
}

func onlyUsed(t *relate.Touched) bool {
	return !slices.ContainsFunc(t.Deeds, func(d *relate.Deed) bool { return d.Change.Does != resource.Use })
}

// holding are the phases that hold a principal still. They stand for whoever the intruder acted as.
var holding = []string{"guard", "contain", "revoke"}

// applies reports whether a step answers what was done to a target.
func (p *planner) applies(t *target, s *step, ctx *expr.Context) bool {
	if t.stolen {
		return s.def.Phase == "disable"
	}
	if t.robbed {
		if !slices.Contains(s.def.After, resource.Delete) {
			return false
		}
	} else if slices.Contains(holding, s.def.Phase) && isPrincipal(t) {
		if !t.actor || t.is.Over() {
			return false
		}
	} else if t.is.Over() || !answers(t.touched, s.def.After) {
		return false
	}
	if s.def.Phase == "disable" && t.is == relate.Disabled {
		return false // it is off; deleting it comes later
	}
	if s.def.Phase == "restore" && !touches(t, s) {
		return false
	}
	if s.when == nil {
		return true
	}
	truth, _ := s.when.Test(ctx)
	return truth != expr.False
}

var wasField = regexp.MustCompile(`\bwas\.([a-z_0-9]+)`)

// touches reports whether a step puts something back that one of the deeds took away: the resource, a field that it set,
// or one that the log never shows.
func touches(t *target, s *step) bool {
	if t.robbed {
		return true
	}
	named := false
	for _, param := range s.def.Call.With {
		for _, m := range wasField.FindAllStringSubmatch(param.Value.Text, -1) {
			i := t.node.Kind.Field(m[1])
			if i < 0 || !s.logged[m[1]] {
				return true // something of the engine's own, or to be read
			}
			named = true
			if slices.ContainsFunc(t.touched.Deeds, func(d *relate.Deed) bool { _, set := d.Change.Value(i); return set }) {
				return true
			}
		}
	}
	return !named
}

func isPrincipal(t *target) bool { return t.node.Kind.Place == resource.Principal }

// answers reports whether one of the deeds is one that a step stands for.
// What the intruder made is theirs: no step for a change applies to it.
func answers(t *relate.Touched, after []resource.Does) bool {
	if len(after) == 0 {
		after = []resource.Does{resource.Create, resource.Modify, resource.Restore}
	}
	made := t.Made()
	for _, d := range t.Deeds {
		does := d.Change.Does
		if does == resource.Create && !made && slices.Contains(after, resource.Modify) {
			return true // a Put over what was there
		}
		if slices.Contains(after, does) && (!made || does == resource.Create || does == resource.Restore || slices.Contains(after, resource.Create)) {
			return true
		}
	}
	return false
}

// instance fills one step in.
func (p *planner) instance(t *target, s *step, ctx *expr.Context) *finding.EvictStep {
	n := t.node
	account, region := p.scope(t)
	e := &finding.EvictStep{
		Phase: phase(s.def.Phase), PhaseName: s.def.Phase, Cloud: n.Kind.Cloud(), Account: account, Region: region,
		Target: finding.Resource{Kind: n.Kind.Name, ID: n.Key.ID, Name: n.Kind.FullName(n.Key, region)},
		Out:    s.def.Out, Query: s.def.Query, Missing: []finding.Missing{}, Join: string(t.join), Confidence: "high",
		Note: s.def.Note, Status: "planned", DependsOn: []string{}, Findings: append([]string{}, p.about[n.Name()]...),
		Why: p.evidence(t), Blast: p.blast(t), Approval: approval(s.def.Phase), Reversibility: s.def.Back, Hint: p.owner(t),
	}
	if t.join != relate.Exact {
		e.Confidence = "medium"
	}
	e.Call, e.Missing = fill(&s.call, ctx)
	if s.save != nil {
		e.Save, _ = fill(s.save, ctx)
		for i := range e.Missing {
			e.Missing[i].Read = e.Save
		}
	}
	if s.undo != nil {
		e.Undo, _ = fill(s.undo, ctx)
		e.Reversibility = "full"
	}
	e.Verify = p.condition(s, ctx)
	e.Pre = p.precondition(t, e)
	e.Title = title(e, t)
	if ch := t.touched; e.PhaseName == "delete" && len(ch.Deeds) > 0 && overwrites(ch.Deeds[0].Change.Event.Name) {
		e.Note = strings.TrimPrefix(e.Note+"; "+ch.Deeds[0].Change.Event.Name+" also overwrites: if what was kept shows that it is older than the log, put it back instead", "; ")
	}
	if t.stolen {
		e.Note = "it was not made by the intruder; its owner needs a new one, see phase 10"
	}
	return e
}

func (p *planner) scope(t *target) (account, region string) {
	account, region = cmp.Or(t.node.Key.Account, t.account), t.node.Key.Region
	if len(t.touched.Deeds) > 0 {
		ev := t.touched.Deeds[0].Change.Event
		if account == "" {
			account = ev.Account
		}
		if region == "" {
			region = ev.Region
		}
	}
	return account, region
}

// fill evaluates the parameters of a call; those that are not known are listed, and left out.
// An empty optional text says nothing, so it is left out too.
func fill(c *call, ctx *expr.Context) (*finding.Call, []finding.Missing) {
	out := &finding.Call{Operation: c.name, Params: map[string]any{}}
	missing := []finding.Missing{}
	for i, p := range c.with {
		v, causes := p.Value(ctx)
		if len(causes) > 0 {
			missing = append(missing, finding.Missing{Param: c.names[i], Why: causes[0].Field + ": " + causes[0].Why})
			continue
		}
		if v != nil {
			out.Params[c.names[i]] = v
		}
	}
	return out, missing
}

func (p *planner) condition(s *step, ctx *expr.Context) *finding.Condition {
	call, _ := fill(&s.verify, ctx)
	text := func(q string) string {
		return braces.ReplaceAllStringFunc(q, func(m string) string {
			v, _ := s.texts[m[1:len(m)-1]].Value(ctx)
			return fmt.Sprint(v)
		})
	}
	v := s.def.Verify
	return &finding.Condition{Call: call, Query: text(v.Query), Is: text(v.Is), Error: v.Error, Poll: "5s", Timeout: "5m"}
}

// precondition is what must still be so when the step is done: nobody touched the target since the last event of this plan.
func (p *planner) precondition(t *target, e *finding.EvictStep) *finding.Condition {
	call := e.Save
	if call == nil {
		call = e.Verify.Call
	}
	last := "nothing in the log"
	if ch := t.node.Changes; len(ch) > 0 {
		last = "event " + ch[len(ch)-1].Event.ID
	}
	return &finding.Condition{Call: call, Is: "as after " + last + "; if it was changed since, make a new plan", Poll: "0s", Timeout: "30s"}
}

func (p *planner) evidence(t *target) []finding.Evidence {
	out := []finding.Evidence{}
	for _, d := range t.touched.Deeds {
		if len(out) == finding.MaxEvidence {
			break
		}
		ev := d.Change.Event
		out = append(out, finding.Evidence{EventID: ev.ID, Time: finding.Time{Time: ev.Time}, Origin: ev.Origin.String(), Why: ev.Name + " by " + d.Unit.ID})
	}
	if len(out) == 0 { // a principal that was acted as
		for _, u := range p.c.Units {
			if p.g.Principal(u.Unit) == t.node || p.g.LongKey(u.Unit) == t.node {
				out = append(out, acted(u)...)
			}
		}
	}
	return out
}

func acted(u *relate.Tainted) (out []finding.Evidence) {
	if u.Session != nil {
		return []finding.Evidence{{EventID: u.Session.EventID, Time: finding.Time{Time: u.Session.At}, Origin: u.Session.Origin.String(), Why: u.Unit.ID + " was opened"}}
	}
	for _, d := range u.Unit.Deeds {
		if !d.Time().Before(u.Since) {
			ev := d.Change.Event
			return []finding.Evidence{{EventID: ev.ID, Time: finding.Time{Time: ev.Time}, Origin: ev.Origin.String(), Why: ev.Name + " with " + u.Unit.ID}}
		}
	}
	return nil
}

// approval grows with what a step can break.
func approval(phase string) finding.Approval {
	switch phase {
	case "evidence", "settle", "verify", "watch":
		return finding.Approval{}
	case "restore", "rotate":
		return finding.Approval{N: 2, Role: "incident lead and owner of the resource"}
	case "delete":
		return finding.Approval{N: 2, Role: "incident lead and owner of the resource", Type: true}
	}
	return finding.Approval{N: 1, Role: "incident lead"}
}

// overwrites tells the calls that make something, or take the place of what was there.
func overwrites(event string) bool {
	return strings.HasPrefix(event, "Put") || strings.HasPrefix(event, "Set") || strings.HasPrefix(event, "Change")
}

var verbs = map[string]string{
	"guard": "guard", "contain": "contain", "revoke": "end the sessions of", "disable": "switch off", "cut": "cut",
	"detach": "take away", "restore": "put back", "delete": "delete", "rotate": "renew",
}

func title(e *finding.EvictStep, t *target) string {
	return strings.TrimSpace(verbs[e.PhaseName] + " " + t.node.Kind.Title + " " + t.node.Key.ID)
}
