package relate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"oust/internal/finding"
	"oust/internal/resource"
	"oust/internal/state"
)

// Join says how sure an edge of the lineage is.
type Join string

// The joins. Taint spreads over exact, strong and cross ones; weak ones are proposals for a person.
const (
	Exact  Join = "exact"  // the same credential id
	Strong Join = "strong" // the same principal and time of opening, or role and name of the session
	Cross  Join = "cross"  // the same call in the logs of two accounts
	Weak   Join = "weak"   // the same address
)

// An Edge says how a unit came out of what the intruder did.
type Edge struct {
	From    *Unit       // who opened the session, or made the resource
	Through *state.Node // the resource that it came out of; nil for a session that was opened directly
	EventID string      // that which made the edge
	At      time.Time
	Join    Join
	How     string // opened, made
}

// Tainted is a unit of a closure.
type Tainted struct {
	Unit    *Unit
	Since   time.Time // its deeds from then on count
	Via     *Edge     // nil for a seed
	Session *Session  // how it was opened, when that is in the log
}

// Touched is a resource that units of a closure changed.
type Touched struct {
	Node  *state.Node
	Deeds []*Deed // theirs, in order of time
}

// Made reports whether they made it: in this life of it the log shows nothing before.
// A Put makes and overwrites; of what was there before it is only a change.
func (t *Touched) Made() bool {
	for _, c := range t.Node.Changes {
		if c.Event.Failed() || c.Does == resource.Use {
			continue
		}
		return c.Does == resource.Create && slices.ContainsFunc(t.Deeds, func(d *Deed) bool { return d.Change == c })
	}
	return false
}

// A Closure is everything that follows from a clue.
type Closure struct {
	Units   []*Tainted
	Touched []*Touched
	Stops   []finding.Stop // where the spread was not followed

	byUnit map[*Unit]*Tainted
	byNode map[*state.Node]*Touched
	seen   map[*Deed]bool
}

// hub is the number of sessions a day above which a way that is not exact is not followed.
const hub = 200

// Forward follows everything that came out of the seeds, from their times on.
func (g *Graph) Forward(seeds []Tainted) *Closure {
	g.makers()
	c := &Closure{byUnit: map[*Unit]*Tainted{}, byNode: map[*state.Node]*Touched{}, seen: map[*Deed]bool{}}
	queue := []*Tainted{}
	taint := func(t Tainted) {
		if t.Unit == nil || t.Unit.Service {
			return
		}
		if have := c.byUnit[t.Unit]; have != nil {
			c.hang(have, &t)
			if !t.Since.Before(have.Since) {
				return
			}
			have.Since = t.Since
			queue = append(queue, have)
			return
		}
		c.byUnit[t.Unit] = &t
		c.Units = append(c.Units, &t)
		queue = append(queue, &t)
	}
	for _, s := range seeds {
		taint(s)
	}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		for _, d := range t.Unit.Deeds {
			if !d.Time().Before(t.Since) && c.touch(d) {
				g.come(c, d, taint)
			}
		}
		g.opened(t, taint)
	}
	c.sort()
	return c
}

// hang gives a seed its place in the tree, when it turns out to have come out of another unit.
func (c *Closure) hang(have, t *Tainted) {
	if have.Via != nil && t.Via != nil && have.Via.From == t.Via.From && t.Via.Join == Exact {
		have.Via = t.Via // the surer of two ways from the same unit
		return
	}
	if have.Via != nil || t.Via == nil {
		return
	}
	for up := c.byUnit[t.Via.From]; up != nil; up = c.byUnit[up.Via.From] {
		if up == have {
			return // it came out of itself
		}
		if up.Via == nil {
			break
		}
	}
	have.Via = t.Via
	if have.Session == nil {
		have.Session = t.Session
	}
}

// touch notes a deed; false when it is known.
func (c *Closure) touch(d *Deed) bool {
	t := c.byNode[d.Node]
	if t == nil {
		t = &Touched{Node: d.Node}
		c.byNode[d.Node] = t
		c.Touched = append(c.Touched, t)
	}
	if c.seen[d] {
		return false
	}
	c.seen[d] = true
	t.Deeds = append(t.Deeds, d)
	return true
}

func (c *Closure) sort() {
	for _, t := range c.Touched {
		slices.SortStableFunc(t.Deeds, func(a, b *Deed) int {
			return cmp.Or(a.Time().Compare(b.Time()), cmp.Compare(a.Change.Event.ID, b.Change.Event.ID), cmp.Compare(a.Change.Nth, b.Change.Nth))
		})
	}
	slices.SortStableFunc(c.Touched, func(a, b *Touched) int {
		return cmp.Or(a.Deeds[0].Time().Compare(b.Deeds[0].Time()), cmp.Compare(a.Node.Name(), b.Node.Name()))
	})
	slices.SortStableFunc(c.Units, func(a, b *Tainted) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Unit.ID, b.Unit.ID))
	})
	slices.SortFunc(c.Stops, func(a, b finding.Stop) int { return cmp.Compare(a.What, b.What) })
}

// opened taints the sessions that a unit opened.
func (g *Graph) opened(t *Tainted, taint func(Tainted)) {
	for _, i := range g.byMaker[t.Unit] {
		s := g.Sessions.At(int(i))
		if s.At.Before(t.Since) {
			continue
		}
		taint(Tainted{Unit: g.ofKey(s), Since: s.At, Session: &s, Via: &Edge{From: t.Unit, EventID: s.EventID, At: s.At, Join: Exact, How: "opened"}})
	}
}

// ofKey is the unit of an opened session, which may never have changed anything.
func (g *Graph) ofKey(s Session) *Unit {
	u := g.key(s.Key, nil)
	if u.Actor == nil {
		u.Actor = sessionActor(s)
	}
	return u
}

// come taints what comes out of a resource after a deed: of a thing the intruder made everything,
// of another only what the deed opened.
func (g *Graph) come(c *Closure, d *Deed, taint func(Tainted)) {
	if d.Change.Does == resource.Use {
		return
	}
	for _, w := range g.waysAt[d.Change] {
		if w.how == "principal" && d.Change.Does != resource.Create {
			continue // a role that was changed is not the intruder's
		}
		g.follow(c, w, d, taint)
	}
}

func (g *Graph) follow(c *Closure, w way, d *Deed, taint func(Tainted)) {
	edge := func(at time.Time, event string) *Edge {
		join := Strong
		if w.how == "key" {
			join = Exact
		}
		return &Edge{From: d.Unit, Through: d.Node, EventID: cmp.Or(event, d.Change.Event.ID), At: at, Join: join, How: "made"}
	}
	from := d.Time()
	if w.how == "key" {
		u := g.key(w.name, nil)
		taint(Tainted{Unit: u, Since: from, Via: edge(from, "")})
		return
	}
	units := g.members[w]
	if w.how == "console" {
		from = g.until(w, d, &units)
	}
	if !w.exact() && g.busy(w, units) {
		c.Stops = append(c.Stops, finding.Stop{What: d.Node.Kind.Title + " " + d.Node.Key.ID, Why: fmt.Sprintf("more than %d sessions a day come out of it; name one of them to follow it", hub)})
		return
	}
	for _, u := range units {
		if at := u.began(); !at.Before(from) || u.Actor.Started.IsZero() {
			taint(Tainted{Unit: u, Since: later(from, at), Via: edge(at, "")})
		}
	}
	switch w.how {
	case "principal", "outsiders":
		for _, i := range g.byRole[w.name] {
			s := g.Sessions.At(int(i))
			if !s.At.Before(d.Time()) && (w.how == "principal" || foreign(s)) {
				e := edge(s.At, s.EventID)
				taint(Tainted{Unit: g.ofKey(s), Since: s.At, Session: &s, Via: e})
			}
		}
	}
}

// until leaves out the console sessions after somebody else set the password again.
func (g *Graph) until(w way, d *Deed, units *[]*Unit) time.Time {
	for _, other := range g.deeds[d.Node] {
		if other.Time().After(d.Time()) && other.Unit != d.Unit && other.Change.Does != resource.Use {
			*units = slices.DeleteFunc(slices.Clone(*units), func(u *Unit) bool { return u.began().After(other.Time()) })
			break
		}
	}
	return d.Time()
}

func (g *Graph) busy(w way, units []*Unit) bool {
	n := len(units)
	if w.how == "principal" {
		n += len(g.byRole[w.name])
	}
	if n <= hub {
		return false
	}
	first, last := units[0].began(), units[0].began()
	for _, u := range units {
		if t := u.began(); t.Before(first) {
			first = t
		} else if t.After(last) {
			last = t
		}
	}
	days := last.Sub(first).Hours()/24 + 1
	return float64(n)/days > hub
}

// began is when a session was opened, or when the first deed of a unit was done.
func (u *Unit) began() time.Time {
	if u.Actor != nil && !u.Actor.Started.IsZero() {
		return u.Actor.Started
	}
	if len(u.Deeds) > 0 {
		return u.Deeds[0].Time()
	}
	return time.Time{}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
