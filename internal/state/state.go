// Package state is the resource graph over time: what every resource looked like after its last change.
//
// Changes go in once, sorted by time; resources come out with their history.
// The package applies and finds; whether anything is bad is for judge.
package state

import (
	"cmp"
	"slices"
	"strconv"

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
	Soft    bool            // gone, but it can be taken back
	Life    int             // 0, or how many resources of that name were there before
	Before  resource.Values // what the last of those was
}

// Name tells a resource from an earlier one of the same name.
func (n *Node) Name() string {
	if n.Life == 0 {
		return n.Key.String()
	}
	return n.Key.String() + "#" + strconv.Itoa(n.Life+1)
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
	if n == nil || n.replacedBy(c) {
		next := &Node{Kind: c.Kind, Key: c.Key}
		if n != nil {
			n.Gone, next.Life, next.Before = true, n.Life+1, n.Values
		}
		n = next
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
		n.Gone, n.Soft = true, c.Entry != nil && c.Entry.Soft
	case resource.Create, resource.Restore:
		n.Gone, n.Soft = false, false
	}
	n.Values = n.Values.Apply(c)
	for _, i := range n.Kind.Alias {
		if name, ok := n.Values[i].(string); ok && name != "" {
			s.aliases[n.Kind.Key(name, n.Key.Account, n.Key.Region)] = n.Key
		}
	}
}

// replacedBy reports whether a change makes another resource of the same name: one that had been removed is made again,
// or one is made whose unique id differs.
func (n *Node) replacedBy(c *resource.Change) bool {
	if c.Does != resource.Create || c.Event.Failed() || n.Values == nil {
		return false
	}
	if n.Gone {
		return !n.Soft && n.Kind.Place != resource.Grant && n.Kind.Place != resource.Control // a document has no identity of its own
	}
	for _, s := range c.Set {
		was, _ := n.Values[s.Field].(string)
		is, _ := s.Value.(string)
		if slices.Contains(n.Kind.Alias, s.Field) && was != "" && is != "" && was != is {
			return true
		}
	}
	return false
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
