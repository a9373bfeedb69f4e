package relate

import (
	"time"

	"oust/internal/expr"
	"oust/internal/resource"
	"oust/internal/state"
)

// A hole is a time for which the log of an account cannot be trusted to be whole.
type hole struct {
	from, to time.Time // to is zero when nothing closed it
	why      string
	by       *state.Node
}

// lag is how late the last events of a log may come after it was switched off.
const lag = 15 * time.Minute

// blindness finds the times in which a log was switched off. A trail that was off while this log went on hides nothing.
func (g *Graph) blindness() map[string][]hole {
	if g.holes != nil {
		return g.holes
	}
	g.holes = map[string][]hole{}
	for _, n := range g.State.Nodes() {
		if g.kinds[n.Kind.Name].blind == nil {
			continue
		}
		for _, h := range g.blinded(n) {
			if !g.wentOn(accountOf(n), h) {
				g.holes[accountOf(n)] = append(g.holes[accountOf(n)], h)
			}
		}
	}
	return g.holes
}

// blinded lists the times in which a resource made its account blind.
func (g *Graph) blinded(n *state.Node) (out []hole) {
	var values resource.Values
	var open *hole
	ctx := g.Context(n, n.Before)
	for _, c := range n.Changes {
		if c.Event.Failed() || c.Does == resource.Use {
			continue
		}
		values = values.Apply(c)
		ctx.Self = values
		truth, _ := g.kinds[n.Kind.Name].blind.Test(ctx)
		switch {
		case truth == expr.True && open == nil:
			open = &hole{by: n, from: c.Event.Time, why: "logging was switched off: " + said(c)}
		case truth == expr.False && open != nil:
			open.to = c.Event.Time
			open.why += ", and on again at " + stamp(open.to)
			out, open = append(out, *open), nil
		}
	}
	if open != nil {
		out = append(out, *open)
	}
	return out
}

// wentOn reports whether the log that was given has events from within a hole.
func (g *Graph) wentOn(account string, h hole) bool {
	if g.Coverage == nil {
		return false
	}
	for _, s := range g.Coverage.Sources {
		if s.Account == account && h.to.IsZero() {
			return s.Last.After(h.from.Add(lag))
		}
	}
	for _, n := range g.State.Nodes() {
		for _, c := range n.Changes {
			if c.Event.Account == account && c.Event.Time.After(h.from.Add(lag)) && c.Event.Time.Before(h.to) {
				return true
			}
		}
	}
	return false
}
