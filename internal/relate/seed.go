package relate

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"oust/internal/event"
	"oust/internal/finding"
	"oust/internal/state"
)

// A Sight is a record that matched a clue, although it changed nothing.
type Sight struct {
	Actor   *event.Actor
	Time    time.Time
	EventID string
	Service string
	Name    string
	Failed  bool
}

// A Clue is what a seed was understood to be.
type Clue struct {
	Text     string
	What     string // access key, event, address, principal, session, resource, finding, case
	Units    []Tainted
	Nodes    []*state.Node // the resources that were named
	Findings []string      // ids
}

var accessKey = regexp.MustCompile(`^A[KS]IA[A-Z0-9]{12,}$`)

// Clue finds what a text names: a case or finding of the report, an access key, an event, an address,
// a principal or a resource by its name or ARN.
func (g *Graph) Clue(text string, r *finding.Report) (*Clue, error) {
	c := &Clue{Text: text}
	for _, try := range []func(*Clue, *finding.Report) bool{g.asReported, g.asKey, g.asAddress, g.asEvent, g.asPrincipal, g.asResource} {
		c.What, c.Units = "", nil
		if try(c, r) {
			c.Units = once(c.Units)
			return c, nil
		}
	}
	return nil, fmt.Errorf("%q is no case, finding, access key, event, address, principal or resource in what was given", text)
}

// once keeps the earliest of each unit.
func once(in []Tainted) (out []Tainted) {
	for _, t := range in {
		i := slices.IndexFunc(out, func(o Tainted) bool { return o.Unit == t.Unit })
		switch {
		case t.Unit == nil || t.Unit.Service:
		case i < 0:
			out = append(out, t)
		case t.Since.Before(out[i].Since):
			out[i].Since = t.Since
		}
	}
	return out
}

func (g *Graph) asReported(c *Clue, r *finding.Report) bool {
	if r == nil {
		return false
	}
	ids := r.Named(c.Text)
	switch {
	case len(ids) == 0:
		return false
	case len(ids) == 1 && strings.HasPrefix(ids[0], strings.ToLower(c.Text)) && len(c.Text) >= 6:
		c.What = "finding"
	default:
		c.What = "case"
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !slices.Contains(ids, f.ID) {
			continue
		}
		c.Findings = append(c.Findings, f.ID)
		c.Units = append(c.Units, Tainted{Unit: g.UnitOf(f), Since: f.First.Time})
		if n := g.Node(f.Key); n != nil {
			c.Nodes = append(c.Nodes, n)
		}
	}
	return true
}

func (g *Graph) asKey(c *Clue, _ *finding.Report) bool {
	if !accessKey.MatchString(c.Text) {
		return false
	}
	c.What = "access key"
	if s, ok := g.opening(c.Text); ok {
		c.Units = append(c.Units, Tainted{Unit: g.ofKey(s), Since: s.At, Session: &s})
	}
	if u := g.keys[c.Text]; u != nil {
		c.Units = append(c.Units, Tainted{Unit: u})
	}
	c.fromSights(g)
	return len(c.Units) > 0
}

func (c *Clue) fromSights(g *Graph) {
	for _, s := range g.Sights {
		c.Units = append(c.Units, Tainted{Unit: g.unit(s.Actor), Since: s.Time})
	}
}

func (g *Graph) asAddress(c *Clue, _ *finding.Report) bool {
	if _, err := netip.ParseAddr(c.Text); err != nil {
		return false
	}
	c.What = "address"
	for _, n := range g.State.Nodes() {
		for _, ch := range n.Changes {
			if ch.Event.Actor.Address == c.Text && !ch.Event.Failed() {
				c.Units = append(c.Units, Tainted{Unit: g.unit(ch.Event.Actor), Since: ch.Event.Time})
			}
		}
	}
	for i := range g.Sessions.Len() {
		if s := g.Sessions.At(i); s.By.Address == c.Text {
			c.Units = append(c.Units, Tainted{Unit: g.unit(s.By), Since: s.At})
		}
	}
	c.fromSights(g)
	return len(c.Units) > 0
}

func (g *Graph) asEvent(c *Clue, _ *finding.Report) bool {
	for _, n := range g.State.Nodes() {
		for _, ch := range n.Changes {
			if ch.Event.ID == c.Text {
				c.What = "event"
				c.Units = append(c.Units, Tainted{Unit: g.unit(ch.Event.Actor), Since: ch.Event.Time})
			}
		}
	}
	for i := range g.Sessions.Len() {
		if s := g.Sessions.At(i); s.EventID == c.Text {
			c.What = "event"
			c.Units = append(c.Units, Tainted{Unit: g.unit(s.By), Since: s.At}, Tainted{Unit: g.ofKey(s), Since: s.At, Session: &s})
		}
	}
	for _, s := range g.Sights {
		if s.EventID == c.Text {
			c.What = "event"
			c.Units = append(c.Units, Tainted{Unit: g.unit(s.Actor), Since: s.Time})
		}
	}
	return c.What != ""
}

// asPrincipal takes every session of a user or role: it is what was asked for, though taint belongs to single ones.
func (g *Graph) asPrincipal(c *Clue, _ *finding.Report) bool {
	session := sessionARN.FindStringSubmatch(c.Text)
	for _, u := range g.ordered {
		a := u.Actor
		switch {
		case a == nil || u.Service:
		case a.Principal == c.Text, a.Unique == c.Text && c.Text != "", u.ID == c.Text:
			c.What, c.Units = "principal", append(c.Units, Tainted{Unit: u, Since: u.began()})
		case session != nil && a.Account == session[1] && a.Name == session[2] && a.Session == session[3]:
			c.What, c.Units = "session", append(c.Units, Tainted{Unit: u, Since: u.began()})
		}
	}
	return len(c.Units) > 0
}

var sessionARN = regexp.MustCompile(`^arn:[^:]+:sts::(\d+):assumed-role/([^/]+)/(.+)$`)

// asResource takes the units that changed a resource.
func (g *Graph) asResource(c *Clue, _ *finding.Report) bool {
	for _, n := range g.State.Nodes() {
		if n.Key.ID != c.Text && n.Name() != c.Text && n.Kind.FullName(n.Key, n.Key.Region) != c.Text {
			continue
		}
		c.What, c.Nodes = "resource", append(c.Nodes, n)
		for _, d := range g.deeds[n] {
			c.Units = append(c.Units, Tainted{Unit: d.Unit, Since: d.Time()})
		}
	}
	return c.What != ""
}
