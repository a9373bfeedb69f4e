package relate

import "oust/internal/finding"

// Settle decides whether a finding still stands, and tells how its actor came about.
func (g *Graph) Settle(f *finding.Finding) {
	if u := g.UnitOf(f); u != nil {
		for _, o := range g.Back(u) {
			if o.Edge != nil {
				f.Actor.Chain = append(f.Actor.Chain, step(o))
			}
		}
	}
	n := g.Node(f.Key)
	if n == nil || f.Status == "attempted" {
		return
	}
	var deeds []*Deed
	for _, d := range g.deeds[n] {
		if isActor(d.Change.Event.Actor, f.Actor) {
			deeds = append(deeds, d)
		}
	}
	if len(deeds) == 0 {
		deeds = nil
	}
	is, why := g.Standing(n, deeds)
	f.State, f.Why = string(is), why
	if is.Over() && is != Expired && f.Status != "removed" {
		f.Status = "removed"
	}
}

// step tells one step back in a few words.
func step(o Origin) string {
	if o.Edge.Through == nil {
		return o.Edge.From.ID + " opened " + o.Unit.ID + " (event " + o.Edge.EventID + ")"
	}
	return o.Edge.From.ID + " made " + o.Edge.Through.Kind.Title + " " + o.Edge.Through.Key.ID + " (event " + o.Edge.EventID + ")"
}
