package relate

import (
	"slices"
	"strings"
	"time"

	"oust/internal/event"
	"oust/internal/resource"
	"oust/internal/state"
)

// A Unit is what taint belongs to: one credential or one session, never the role or user behind it.
type Unit struct {
	ID         string       // what people call it: AKIA…, ASIA…, session alice 2026-03-02T09:00:00Z, account 999988887777
	Credential string       // access key id; empty for the others
	Actor      *event.Actor // as one of its records has it; its address is one of several
	Service    bool         // a cloud service acting for itself: a hub, nothing spreads through it
	Deeds      []*Deed      // in order of time
}

// A Deed is one successful change of a resource by a unit.
type Deed struct {
	Unit   *Unit
	Node   *state.Node
	Change *resource.Change
}

// Time is when it was done.
func (d *Deed) Time() time.Time { return d.Change.Event.Time }

// span identifies a session whose opening is not in the log.
type span struct {
	principal, session string
	started            int64
}

func spanOf(a *event.Actor) (span, bool) {
	return span{a.Principal, a.Session, a.Started.Unix()}, !a.Started.IsZero() && a.Principal != ""
}

// unit returns the unit of an actor, made at its first sight.
func (g *Graph) unit(a *event.Actor) *Unit {
	if u, ok := g.ofActor[a]; ok {
		return u
	}
	u := g.resolve(a)
	g.ofActor[a] = u
	return u
}

func (g *Graph) resolve(a *event.Actor) *Unit {
	switch {
	case a.Type == "AWSService" || a.Credential == "" && a.Service != "":
		return g.named("service "+a.Service, a, true)
	case strings.HasPrefix(a.Credential, "AKIA"):
		return g.key(a.Credential, a)
	case a.Credential != "":
		return g.temporary(a)
	case a.Type == "AWSAccount" || a.Type == "AWSPrincipal":
		return g.named("account "+a.Account+" "+a.Unique, a, false)
	case a.Provider != "":
		return g.named("federated "+a.Provider+" "+a.Name, a, false)
	}
	if s, ok := spanOf(a); ok {
		return g.spanning(s, a)
	}
	return g.named(a.Type+" "+a.Principal, a, false)
}

// temporary finds the unit of a temporary key: of the key itself where its opening is known, else of its session:
// a console session uses many keys, and a service that acts for a caller uses one of its own.
func (g *Graph) temporary(a *event.Actor) *Unit {
	s, ok := spanOf(a)
	if _, opened := g.opening(a.Credential); opened || !ok {
		u := g.key(a.Credential, a)
		if ok {
			g.spans[s] = append(g.spans[s], u)
		}
		return u
	}
	u := g.spanning(s, a)
	g.keys[a.Credential] = u
	return u
}

// spanning returns the one unit of a session; several opened in one second under one name cannot be told apart.
func (g *Graph) spanning(s span, a *event.Actor) *Unit {
	if same := slices.Compact(slices.Clone(g.spans[s])); len(same) == 1 {
		return same[0]
	}
	name := a.Name
	if a.Session != "" {
		name += "/" + a.Session
	}
	u := g.named("session "+name+" "+a.Started.UTC().Format(time.RFC3339)+" "+a.Account, a, false)
	g.spans[s] = []*Unit{u}
	return u
}

func (g *Graph) key(id string, a *event.Actor) *Unit {
	u := g.keys[id]
	if u == nil {
		u = g.named(id, a, false)
		u.Credential = id
		g.keys[id] = u
	}
	return u
}

func (g *Graph) named(id string, a *event.Actor, service bool) *Unit {
	u := g.units[id]
	if u == nil {
		u = &Unit{ID: id, Actor: a, Service: service}
		g.units[id] = u
		g.ordered = append(g.ordered, u)
	}
	return u
}
