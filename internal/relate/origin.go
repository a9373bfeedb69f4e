package relate

import (
	"time"

	"oust/internal/event"
	"oust/internal/finding"
	"oust/internal/policy"
	"oust/internal/resource"
)

// sessionActor is who a session is, for one that changed nothing.
func sessionActor(s Session) *event.Actor {
	return &event.Actor{
		Type: "AssumedRole", Principal: s.Role, Name: lastPart(s.Role), Account: policy.ARNAccount(s.Role),
		Credential: s.Key, Session: s.Name, Started: s.At,
	}
}

// An Origin is one step back: what minted a unit.
type Origin struct {
	Unit    *Unit // that which came out of it
	Edge    *Edge // nil at the end of the walk
	Session *Session
	End     string // at the end: why the log goes no further back
}

// Back walks from a unit to what minted it, and on, to the first that the log knows.
func (g *Graph) Back(u *Unit) (out []Origin) {
	seen := map[*Unit]bool{}
	for u != nil && !seen[u] {
		seen[u] = true
		o := g.minted(u)
		out = append(out, o)
		if o.Edge == nil {
			break
		}
		u = o.Edge.From
	}
	return out
}

// minted finds what a unit came out of.
func (g *Graph) minted(u *Unit) Origin {
	if u.Service {
		return Origin{Unit: u, End: "a service of the cloud acted"}
	}
	if s, ok := g.opening(u.Credential); ok && u.Credential != "" {
		if e := g.letIn(s, u); e != nil {
			return Origin{Unit: u, Session: &s, Edge: e}
		}
		return Origin{Unit: u, Session: &s, Edge: &Edge{From: g.unit(s.By), EventID: s.EventID, At: s.At, Join: Exact, How: "opened"}}
	}
	for _, w := range g.waysOf(u) {
		if e := g.through(w, u); e != nil {
			return Origin{Unit: u, Edge: e}
		}
	}
	return Origin{Unit: u, End: g.end(u)}
}

// letIn finds who changed the trust of a role before an outsider opened a session of it.
func (g *Graph) letIn(s Session, u *Unit) *Edge {
	if !foreign(s) {
		return nil
	}
	return g.through(way{"outsiders", s.Role}, u)
}

// through finds the last deed before a unit began that opened its way.
func (g *Graph) through(w way, u *Unit) *Edge {
	var best *opened
	for i := range g.opens[w] {
		o := &g.opens[w][i]
		if o.change.Does == resource.Use || w.how == "principal" && o.change.Does != resource.Create {
			continue
		}
		if t := u.began(); !t.IsZero() && o.change.Event.Time.After(t) && w.how != "key" {
			continue
		}
		if best == nil || o.change.Event.Time.After(best.change.Event.Time) {
			best = o
		}
	}
	if best == nil {
		return nil
	}
	by := g.unit(best.change.Event.Actor)
	if by == u {
		return nil
	}
	join := Strong
	if w.how == "key" {
		join = Exact
	}
	return &Edge{From: by, Through: best.node, EventID: best.change.Event.ID, At: best.change.Event.Time, Join: join, How: "made"}
}

// end says why the log goes no further back.
func (g *Graph) end(u *Unit) string {
	a := u.Actor
	switch {
	case a == nil:
		return "its making is not in the log"
	case a.Provider != "":
		return "signed in through " + a.Provider + "; its sign-in log goes on from here"
	case a.Type == "AWSAccount":
		return "came from account " + a.Account + "; the log of that account goes on from here"
	case a.Type == "Root":
		return "the root user; see who signed in, and its mailbox"
	case u.Credential != "" && a.Type == "IAMUser" && a.Session == "" && a.Started.IsZero():
		return "the access key is older than the log; it was stolen, or its owner acted"
	case a.Type == "IAMUser":
		return "signed in to the console with a password that is older than the log"
	case a.Session != "":
		return "the session was opened before the log begins, or in a log that was not given"
	}
	return "its making is not in the log"
}

// Suspect tells whether a resource is a finding that has no explanation.
type Suspect func(node string) bool

// Suspects are the resources of findings that have none.
func Suspects(findings []finding.Finding) Suspect {
	bad := map[string]bool{}
	for i := range findings {
		f := &findings[i]
		bad[f.Key] = bad[f.Key] || f.Severity.Rank() > finding.Info.Rank() && f.Status != "attempted"
	}
	return func(node string) bool { return bad[node] }
}

// Whole is what follows from seeds and from those of their forebears that are the same intruder: who opened their sessions,
// and who made what they came out of, where that is a finding without an explanation, or where the maker did other things without one.
// A forebear counts from the first thing it did that is such a finding, or that led here.
func (g *Graph) Whole(seeds []Tainted, suspect Suspect) *Closure {
	var all []Tainted
	for _, s := range seeds {
		s.Since = g.first(s.Unit, s.Since, suspect)
		all = append(all, s)
	}
	for _, s := range seeds {
		for _, o := range g.Back(s.Unit) {
			if o.Edge == nil || o.Edge.From.Service {
				break
			}
			if o.Edge.Through != nil && !suspect(o.Edge.Through.Name()) && !g.suspicious(o.Edge.From, suspect, 0) {
				break
			}
			all = append(all, Tainted{Unit: o.Edge.From, Since: g.first(o.Edge.From, o.Edge.At, suspect)})
		}
	}
	return g.Forward(all)
}

// suspicious reports whether a unit did something without an explanation, or came out of one that did.
func (g *Graph) suspicious(u *Unit, suspect Suspect, depth int) bool {
	if u.Service || depth > 16 {
		return false
	}
	for _, d := range u.Deeds {
		if d.Change.Does != resource.Use && suspect(d.Node.Name()) {
			return true
		}
	}
	o := g.minted(u)
	return o.Edge != nil && (o.Edge.Through != nil && suspect(o.Edge.Through.Name()) || g.suspicious(o.Edge.From, suspect, depth+1))
}

// first is when a unit first did something without an explanation, or prepared it, or what led here.
func (g *Graph) first(u *Unit, led time.Time, suspect Suspect) time.Time {
	for _, d := range u.Deeds {
		if d.Time().Before(led) && d.Change.Does != resource.Use && (suspect(d.Node.Name()) || g.prepared(u)[d.Node.Name()]) {
			return d.Time()
		}
	}
	return led
}

// prepared lists what the resources that a unit touched refer to: a user that was made for a key, a role for a function.
func (g *Graph) prepared(u *Unit) map[string]bool {
	if p, ok := g.prepares[u]; ok {
		return p
	}
	p := map[string]bool{}
	for _, d := range u.Deeds {
		if d.Change.Does != resource.Create {
			continue
		}
		for _, v := range d.Node.Values {
			if r, ok := v.(resource.Ref); ok && r.Name != "" {
				if to, ok := g.State.Follow(r); ok {
					p[to.Name()] = true
				}
			}
		}
	}
	g.prepares[u] = p
	return p
}
