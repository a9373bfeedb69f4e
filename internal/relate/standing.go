package relate

import (
	"fmt"
	"time"

	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/resource"
	"oust/internal/state"
)

// State is whether something that was left behind is still there.
type State string

// The states. Gone for good are ended, ended-by-parent, superseded and expired; the others call for an act.
const (
	Standing      State = "standing"
	Ended         State = "ended"
	EndedByParent State = "ended-by-parent"
	Superseded    State = "superseded"
	Expired       State = "expired"
	Disabled      State = "disabled"
	SoftDeleted   State = "soft-deleted"
	Unknown       State = "unknown"
)

// Over reports whether nothing is left to be done.
func (s State) Over() bool { return finding.Over(string(s)) }

// Standing decides whether what units did to a resource still stands, and says why.
// Without deeds it decides about the resource itself.
func (g *Graph) Standing(n *state.Node, deeds []*Deed) (State, string) {
	started := lastStart(n, deeds)
	if started == nil {
		return Ended, "nothing was changed"
	}
	if n.Gone {
		return g.gone(n, started)
	}
	if why := g.parentGone(n, started.Event.Time, 0); why != "" {
		return EndedByParent, why
	}
	k := g.kinds[n.Kind.Name]
	if k.Expires >= 0 {
		if t, ok := at(n.Values, k.Expires).(time.Time); ok && !t.IsZero() && t.Before(g.Now) {
			return Expired, "it expired at " + stamp(t)
		}
	}
	if k.disabled != nil {
		if truth, _ := k.disabled.Test(g.Context(n, n.Before)); truth == expr.True {
			return Disabled, "it is switched off, and can be switched on again" + lastBy(n)
		}
	}
	if why := g.superseded(n, deeds); why != "" {
		return Superseded, why
	}
	if why := g.gap(n, started.Event.Time); why != "" {
		return Unknown, why
	}
	return Standing, "nothing removed it in what was given"
}

// lastStart is the last change of those deeds, or of all, that put something there.
func lastStart(n *state.Node, deeds []*Deed) (last *resource.Change) {
	wanted := map[*resource.Change]bool{}
	for _, d := range deeds {
		wanted[d.Change] = true
	}
	for _, c := range n.Changes {
		if !c.Event.Failed() && (deeds == nil || wanted[c]) {
			last = c
		}
	}
	return last
}

func (g *Graph) gone(n *state.Node, started *resource.Change) (State, string) {
	var last *resource.Change
	for _, c := range n.Changes {
		if c.Does == resource.Delete && !c.Event.Failed() {
			last = c
		}
	}
	if last == nil {
		return Ended, "another of the same name took its place"
	}
	if n.Soft {
		return SoftDeleted, said(last) + "; until it is gone for good it can be taken back"
	}
	return Ended, said(last)
}

func said(c *resource.Change) string {
	return fmt.Sprintf("%s at %s by %s (event %s)", c.Event.Name, stamp(c.Event.Time), expr.ShowActor(c.Event.Actor), c.Event.ID)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// lastBy says what switched something off.
func lastBy(n *state.Node) string {
	for i := len(n.Changes) - 1; i >= 0; i-- {
		if c := n.Changes[i]; !c.Event.Failed() && c.Does != resource.Use {
			return ": " + said(c)
		}
	}
	return ""
}

// parentGone finds a deletion of what a resource cannot outlive, after it was made.
func (g *Graph) parentGone(n *state.Node, since time.Time, depth int) string {
	if depth > 4 {
		return ""
	}
	for _, field := range g.kinds[n.Kind.Name].Parent {
		r, ok := at(n.Values, field).(resource.Ref)
		if !ok || r.Name == "" {
			continue
		}
		parent, ok := g.State.Follow(r)
		if !ok {
			continue
		}
		for p := parent; p != nil; p = g.earlier(p) {
			for _, c := range p.Changes {
				if c.Does == resource.Delete && !c.Event.Failed() && !c.Event.Time.Before(since) {
					return "it went with the " + p.Kind.Title + " " + p.Key.ID + ": " + said(c)
				}
			}
		}
		if why := g.parentGone(parent, since, depth+1); why != "" {
			return why
		}
	}
	return ""
}

// earlier is the resource that had the same name before.
func (g *Graph) earlier(n *state.Node) *state.Node {
	if n.Life == 0 {
		return nil
	}
	old := *n
	old.Life--
	return g.names[old.Name()]
}

// superseded says what took the place of deeds of which nothing is left.
func (g *Graph) superseded(n *state.Node, deeds []*Deed) string {
	if len(deeds) == 0 {
		return ""
	}
	t := &Touched{Node: n, Deeds: deeds}
	if t.Made() {
		return "" // the thing itself is theirs
	}
	if _, left := g.Restored(t); len(left) > 0 || !overwritten(n, deeds) {
		return ""
	}
	theirs := map[*resource.Change]bool{}
	wrote := false
	for _, d := range deeds {
		theirs[d.Change] = true
		wrote = wrote || len(d.Change.Set) > 0 && d.Change.Does != resource.Use
	}
	for i := len(n.Changes) - 1; i >= 0 && wrote; i-- {
		if c := n.Changes[i]; !c.Event.Failed() && c.Does != resource.Use {
			if theirs[c] {
				return "it was put back: " + said(c)
			}
			return "written over: " + said(c)
		}
	}
	return ""
}

// accountOf is the account in whose log the life of a resource is written.
func accountOf(n *state.Node) string {
	if n.Key.Account == "" && len(n.Changes) > 0 {
		return n.Changes[len(n.Changes)-1].Event.Account
	}
	return n.Key.Account
}

// overwritten reports whether a value that the deeds gave is no longer there.
func overwritten(n *state.Node, deeds []*Deed) bool {
	for _, d := range deeds {
		for _, s := range d.Change.Set {
			if d.Change.Does != resource.Use && s.Field != n.Kind.ID && !same(s.Value, at(n.Values, s.Field)) {
				return true
			}
		}
	}
	return false
}

// gap says which hole in the log may hide an end.
func (g *Graph) gap(n *state.Node, since time.Time) string {
	if g.Coverage == nil {
		return ""
	}
	account := accountOf(n)
	for _, s := range g.Coverage.Sources {
		if s.Account != account {
			continue
		}
		for _, gap := range s.Gaps {
			if gap.To.After(since) {
				return "the log of account " + s.Account + " is silent from " + stamp(gap.From.Time) + " to " + stamp(gap.To.Time)
			}
		}
	}
	for _, h := range g.blindness()[account] {
		if h.by == n {
			continue // that it is off is what is known
		}
		if h.to.IsZero() || h.to.After(since) {
			return h.why
		}
	}
	return ""
}
