// Package state is the resource graph over time: what every resource looked like after its last change.
//
// Changes go in once, sorted by time; resources come out with their history.
// The package applies and finds; whether anything is bad is for judge.
package state

import (
	"cmp"
	"slices"

	"oust/internal/expr"
	"oust/internal/resource"
)

// A State is a set of resources. It is built by one goroutine and may then be read by many.
type State struct {
	nodes   map[resource.Key]*Node
	order   []*Node
	aliases map[resource.Key]resource.Key
	kinds   map[string]*resource.Kind // those of which something was seen
}

// A Node is one resource with its history.
type Node struct {
	Kind    *resource.Kind
	Key     resource.Key
	Changes []*resource.Change // in order of time, refused attempts included
	Values  resource.Values    // after the last change that succeeded; nil when none did
	Gone    bool
}

// New builds a State from changes in any order.
func New(changes []*resource.Change) *State {
	Sort(changes)
	s := &State{nodes: map[resource.Key]*Node{}, aliases: map[resource.Key]resource.Key{}, kinds: map[string]*resource.Kind{}}
	for _, c := range changes {
		s.add(c)
	}
	return s
}

// Sort orders changes by time. Events of the same second follow the order of a life, then their ids;
// the changes of one event stay as the event lists them.
func Sort(changes []*resource.Change) {
	slices.SortStableFunc(changes, func(a, b *resource.Change) int {
		return cmp.Or(
			a.Event.Time.Compare(b.Event.Time),
			cmp.Compare(a.Lead, b.Lead),
			cmp.Compare(a.Event.ID, b.Event.ID),
			cmp.Compare(a.Nth, b.Nth),
			cmp.Compare(a.Key.String(), b.Key.String()),
		)
	})
}

func (s *State) add(c *resource.Change) {
	if real, ok := s.aliases[c.Key]; ok {
		c.Key = real
	}
	n := s.nodes[c.Key]
	if n == nil {
		n = &Node{Kind: c.Kind, Key: c.Key}
		s.kinds[c.Kind.Name] = c.Kind
		s.nodes[c.Key] = n
		s.order = append(s.order, n)
	}
	n.Changes = append(n.Changes, c)
	if c.Event.Failed() {
		return
	}
	switch c.Does {
	case resource.Delete:
		n.Gone = true
	case resource.Create, resource.Restore:
		n.Gone = false
	}
	n.Values = n.Values.Apply(c)
	for _, i := range n.Kind.Alias {
		if name, ok := n.Values[i].(string); ok && name != "" {
			s.aliases[n.Kind.Key(name, n.Key.Account, n.Key.Region)] = n.Key
		}
	}
}

// Nodes returns the resources in the order in which they were first touched.
func (s *State) Nodes() []*Node { return s.order }

// Node returns a resource by its key or an alias, nil when it was never seen.
func (s *State) Node(k resource.Key) *Node {
	if n := s.nodes[k]; n != nil {
		return n
	}
	if real, ok := s.aliases[k]; ok {
		return s.nodes[real]
	}
	return nil
}

// Find implements expr.State.
func (s *State) Find(k resource.Key) (expr.Found, bool) {
	n := s.Node(k)
	if n == nil {
		return expr.Found{}, false
	}
	return expr.Found{Key: n.Key, Values: n.Values, Gone: n.Gone}, true
}

// Follow returns the resource that a reference points at; ok is false when it was never seen.
func (s *State) Follow(r resource.Ref) (*Node, bool) {
	k := s.kinds[r.Kind]
	if k == nil {
		return nil, false
	}
	n := s.Node(k.Key(r.Name, r.Account, r.Region))
	return n, n != nil
}
