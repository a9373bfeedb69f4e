// Package relate is the lineage of an intrusion: who made what with which credential.
//
// A Graph is built over a state. Units (credentials and sessions) do deeds to resources, and resources open units:
// an access key its requests, a function its sessions. From there come the closure of a clue, its origin,
// what of it still stands, and the cases of a report.
package relate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"oust/internal/catalog"
	"oust/internal/event"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/resource"
	"oust/internal/state"
)

// Options are what a Graph needs besides the state.
type Options struct {
	Catalog  *catalog.Catalog
	Env      *expr.Env
	Org      *org.Org
	Sessions *Sessions // may be nil
	Coverage *finding.Coverage
	Now      time.Time // when the judgement about standing is made
}

// A Graph is the lineage. It is read by one goroutine.
type Graph struct {
	Options
	State  *state.State
	Sights []Sight // records that matched a clue, although they changed nothing

	units    map[string]*Unit
	ordered  []*Unit
	keys     map[string]*Unit
	spans    map[span][]*Unit
	ofActor  map[*event.Actor]*Unit
	deeds    map[*state.Node][]*Deed
	kinds    map[string]*kind
	openings openings
	byKey    []int32                    // sessions, sorted by access key id
	byRole   map[string][]int32         // the sessions of a role, in order of time
	byMaker  map[*Unit][]int32          // the sessions that a unit opened, in order of time
	opens    map[way][]opened           // what a credential, a principal, a workload came from
	waysAt   map[*resource.Change][]way // the ways that a change opened
	members  map[way][]*Unit            // the units that answer to it
	names    map[string]*state.Node
	bares    map[resource.Key]*state.Node // principals of which nothing but the name is known
	prepares map[*Unit]map[string]bool
	byARN    map[string]*state.Node // users and roles that were asked for, nil where the ARN is of none
	holes    map[string][]hole      // by account; nil until somebody asks
}

// kind is what the catalog says of the life of a kind.
type kind struct {
	*catalog.Kind
	disabled *expr.Program
	blind    *expr.Program
}

// New builds the lineage of a state.
func New(s *state.State, o Options) (*Graph, error) {
	g := &Graph{
		Options: o, State: s, units: map[string]*Unit{}, keys: map[string]*Unit{}, spans: map[span][]*Unit{},
		ofActor: map[*event.Actor]*Unit{}, deeds: map[*state.Node][]*Deed{}, kinds: map[string]*kind{},
		opens: map[way][]opened{}, waysAt: map[*resource.Change][]way{}, members: map[way][]*Unit{}, names: map[string]*state.Node{},
		prepares: map[*Unit]map[string]bool{}, bares: map[resource.Key]*state.Node{}, byARN: map[string]*state.Node{},
	}
	if g.Sessions == nil {
		g.Sessions = &Sessions{}
	}
	for _, n := range s.Nodes() {
		g.names[n.Name()] = n
		if err := g.learn(n.Kind.Name); err != nil {
			return nil, err
		}
		g.noteOpenings(n)
	}
	actors := g.actors()
	g.findOpenings(actors)
	g.resolveActors(actors)
	g.noteDeeds()
	g.noteMembers()
	return g, nil
}

func (g *Graph) learn(name string) error {
	if g.kinds[name] != nil {
		return nil
	}
	k, err := g.Catalog.Kind(name)
	if err != nil {
		return err
	}
	known := &kind{Kind: k}
	if k.Disabled != nil {
		if known.disabled, err = g.Env.Judge(*k.Disabled, name, true); err != nil {
			return err
		}
	}
	if k.Blind != nil {
		if known.blind, err = g.Env.Judge(*k.Blind, name, true); err != nil {
			return err
		}
	}
	g.kinds[name] = known
	return nil
}

// resolveActors makes the units of everybody who changed something, the ones with known openings first.
func (g *Graph) resolveActors(actors []*event.Actor) {
	var later []*event.Actor
	for _, a := range actors {
		if _, opened := g.opening(a.Credential); opened || strings.HasPrefix(a.Credential, "AKIA") {
			g.unit(a)
		} else {
			later = append(later, a)
		}
	}
	slices.SortStableFunc(later, func(a, b *event.Actor) int { return cmp.Compare(a.Started.Unix(), b.Started.Unix()) })
	for _, a := range later {
		g.unit(a)
	}
}

// actors lists everybody who changed something, or tried to, each once.
func (g *Graph) actors() (out []*event.Actor) {
	seen := map[*event.Actor]bool{}
	for _, n := range g.State.Nodes() {
		for _, c := range n.Changes {
			if a := c.Event.Actor; !seen[a] {
				seen[a] = true
				out = append(out, a)
			}
		}
	}
	return out
}

func (g *Graph) noteDeeds() {
	for _, n := range g.State.Nodes() {
		for _, c := range n.Changes {
			if c.Event.Failed() {
				continue
			}
			d := &Deed{g.unit(c.Event.Actor), n, c}
			d.Unit.Deeds = append(d.Unit.Deeds, d)
			g.deeds[n] = append(g.deeds[n], d)
		}
	}
	for _, u := range g.ordered {
		slices.SortStableFunc(u.Deeds, func(a, b *Deed) int { return a.Time().Compare(b.Time()) })
	}
}

// Deeds returns what was done to a resource, in order of time.
func (g *Graph) Deeds(n *state.Node) []*Deed { return g.deeds[n] }

// Node finds a resource by the name that a finding has for it.
func (g *Graph) Node(name string) *state.Node { return g.names[name] }
