package evict

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"oust/internal/finding"
	"oust/internal/resource"
)

// untouchable says why a target must be left alone; empty when it need not.
func (p *planner) untouchable(t *target) string {
	arn := t.node.Kind.FullName(t.node.Key, t.node.Key.Region)
	id := t.node.Key.ID
	switch {
	case slices.Contains(p.Responders, arn) || slices.Contains(p.Responders, id):
		return "it is a responder's"
	case p.g.Org.BreakGlass(arn) && isPrincipal(t):
		return "it is kept for emergencies (org.aws.break_glass); contain it by hand, when another one is at hand"
	case isPrincipal(t) && strings.HasPrefix(id, "AWSReservedSSO_"):
		return "IAM Identity Center owns it: take the assignment or the permission set away, and end the sessions of its user"
	case isPrincipal(t) && strings.HasPrefix(id, "AWSServiceRoleFor"):
		return "it is linked to a service, which alone may change it"
	case strings.HasSuffix(t.node.Kind.Name, ".s3.bucket") && (p.g.Org.Protected(id) || p.logs()[id]):
		return "logs are delivered to it"
	}
	return ""
}

// logs lists the buckets that trails deliver to.
func (p *planner) logs() map[string]bool {
	out := map[string]bool{}
	for _, n := range p.g.State.Nodes() {
		i := n.Kind.Field("bucket")
		if i < 0 || n.Kind.Place != resource.Control || i >= len(n.Values) {
			continue
		}
		if r, ok := n.Values[i].(resource.Ref); ok {
			out[r.Name] = true
		}
	}
	return out
}

// blast says who else is hit when a target goes.
func (p *planner) blast(t *target) finding.Blast {
	b := finding.Blast{Others: []string{}}
	type seen struct {
		who  string
		last time.Time
	}
	var all []seen
	note := func(who string, at time.Time) {
		for i := range all {
			if all[i].who == who {
				if at.After(all[i].last) {
					all[i].last = at
				}
				return
			}
		}
		all = append(all, seen{who, at})
	}
	for _, d := range p.g.Deeds(t.node) {
		if p.c.Unit(d.Unit) == nil {
			note(d.Unit.ID, d.Change.Latest())
		}
	}
	if isPrincipal(t) {
		for _, o := range p.g.Others(t.node, p.c) {
			note(o.Who, o.Last)
		}
	}
	slices.SortFunc(all, func(a, b seen) int { return cmp.Or(b.last.Compare(a.last), cmp.Compare(a.who, b.who)) })
	for i, s := range all {
		if i == 0 {
			b.Last = finding.Time{Time: s.last}
		}
		if i < 20 {
			b.Others = append(b.Others, s.who)
		}
	}
	switch {
	case len(all) > 20:
		b.Note = "the twenty latest of many"
	case len(all) == 0:
		b.Note = "nobody else in this log; what reads it leaves no trace here"
	}
	return b
}

// owner says what code would put a target back as it was.
func (p *planner) owner(t *target) string {
	for _, d := range p.g.Deeds(t.node) {
		a := d.Change.Event.Actor
		switch {
		case p.c.Unit(d.Unit) != nil:
		case a.Service == "cloudformation.amazonaws.com":
			return "a CloudFormation stack owns it (event " + d.Change.Event.ID + "): fix the template too, or the next deployment puts it back"
		case p.g.Context(t.node, nil).PipelineOf(a):
			return "a pipeline owns it (" + a.Principal + ", event " + d.Change.Event.ID + "): fix the repository too, or the next run puts it back"
		}
	}
	return ""
}
