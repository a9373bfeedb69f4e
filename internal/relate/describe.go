package relate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"oust/internal/finding"
	"oust/internal/resource"
	"oust/internal/state"
)

// Describe turns what is known of a clue into the form of a report.
func (g *Graph) Describe(clue *Clue, c *Closure, findings []finding.Finding) *finding.Trace {
	t := &finding.Trace{
		Version: finding.Version, Verb: "trace", Clue: finding.Clue{Text: clue.Text, What: clue.What},
		Origin: []finding.Step{}, Units: []finding.Unit{}, Resources: []finding.Touched{}, Attempts: []finding.Deed{},
		Stops: []finding.Stop{}, Proposals: g.proposals(c),
	}
	if g.Coverage != nil {
		t.Coverage = *g.Coverage
	}
	seen := map[*Unit]bool{}
	latest := slices.Clone(clue.Units)
	slices.SortStableFunc(latest, func(a, b Tainted) int { return b.Since.Compare(a.Since) })
	for _, s := range latest {
		for _, o := range g.Back(s.Unit) {
			if seen[o.Unit] {
				break
			}
			seen[o.Unit] = true
			t.Origin = append(t.Origin, stepBack(o))
		}
	}
	for _, u := range c.Units {
		t.Units = append(t.Units, unitOf(u))
	}
	about := map[string][]string{}
	for i := range findings {
		about[findings[i].Key] = append(about[findings[i].Key], findings[i].ID)
	}
	for _, n := range c.Touched {
		t.Resources = append(t.Resources, g.touched(n, about[n.Node.Name()]))
	}
	t.Attempts = append(t.Attempts, g.attempts(c)...)
	t.Stops = append(t.Stops, c.Stops...)
	return t
}

func stepBack(o Origin) finding.Step {
	s := finding.Step{Unit: o.Unit.ID, End: o.End}
	if o.Edge != nil {
		s.How, s.From, s.Join, s.EventID, s.Time = o.Edge.How, o.Edge.From.ID, string(o.Edge.Join), o.Edge.EventID, finding.Time{Time: o.Edge.At}
		s.Through = title(o.Edge.Through)
	}
	return s
}

func title(n *state.Node) string {
	if n == nil {
		return ""
	}
	return named(n.Kind, n.Key)
}

func named(k *resource.Kind, key resource.Key) string {
	if strings.HasPrefix(key.ID, resource.Nameless) {
		return k.Title + " (not named)"
	}
	return k.Title + " " + key.ID
}

func unitOf(t *Tainted) finding.Unit {
	u := finding.Unit{ID: t.Unit.ID, Credential: t.Unit.Credential, Since: finding.Time{Time: t.Since}}
	if a := t.Unit.Actor; a != nil {
		u.Principal, u.Session, u.Account = a.Principal, a.Session, a.Account
	}
	if t.Session != nil {
		u.Until = finding.Time{Time: t.Session.Until}
	}
	if e := t.Via; e != nil {
		u.From, u.Through, u.Join, u.EventID = e.From.ID, title(e.Through), string(e.Join), e.EventID
	}
	return u
}

func (g *Graph) touched(t *Touched, findings []string) finding.Touched {
	n := t.Node
	is, why := g.Standing(n, t.Deeds)
	out := finding.Touched{
		Key: n.Name(), Kind: n.Kind.Name, Title: n.Kind.Title, ID: n.Key.ID, Account: cmp.Or(n.Key.Account, t.Deeds[0].Change.Event.Account),
		Region: t.Deeds[0].Change.Event.Region, Made: t.Made(), State: string(is), Why: why, Findings: append([]string{}, findings...),
	}
	out.Name = n.Kind.FullName(n.Key, out.Region)
	for _, d := range t.Deeds {
		out.Deeds = append(out.Deeds, deed(d.Unit, d.Change))
	}
	return out
}

func deed(u *Unit, c *resource.Change) finding.Deed {
	e := c.Event
	return finding.Deed{
		Unit: u.ID, Does: c.Does.String(), Service: e.Service, Event: e.Name, EventID: e.ID, Time: finding.Time{Time: e.Time},
		Origin: e.Origin.String(), Target: named(c.Kind, c.Key), Failure: e.Failure,
	}
}

// attempts lists what the units tried and were refused, each record once.
func (g *Graph) attempts(c *Closure) (out []finding.Deed) {
	seen := map[string]bool{}
	for _, n := range g.State.Nodes() {
		for _, ch := range n.Changes {
			if !ch.Event.Failed() || seen[ch.Event.ID] {
				continue
			}
			u := g.unit(ch.Event.Actor)
			if t := c.byUnit[u]; t != nil && !ch.Event.Time.Before(t.Since) {
				seen[ch.Event.ID] = true
				out = append(out, deed(u, ch))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b finding.Deed) int {
		return cmp.Or(a.Time.Compare(b.Time.Time), cmp.Compare(a.EventID, b.EventID))
	})
	return out
}

// proposals lists units that used an address of the closure. An address belongs to nobody: a person decides.
func (g *Graph) proposals(c *Closure) []finding.Proposal {
	addresses := map[string]bool{}
	for _, t := range c.Touched {
		for _, d := range t.Deeds {
			if a := d.Change.Event.Actor; a.Service == "" && a.Address != "" {
				addresses[a.Address] = true
			}
		}
	}
	deeds, via := map[*Unit]int{}, map[*Unit]string{}
	first := map[*Unit]time.Time{}
	for _, u := range g.ordered {
		if c.byUnit[u] != nil || u.Service {
			continue
		}
		for _, d := range u.Deeds {
			if a := d.Change.Event.Actor.Address; addresses[a] {
				if deeds[u]++; via[u] == "" {
					via[u], first[u] = a, d.Time()
				}
			}
		}
	}
	out := []finding.Proposal{}
	for u, n := range deeds {
		out = append(out, finding.Proposal{Unit: u.ID, Deeds: n, Why: fmt.Sprintf("it came from %s too, first at %s", via[u], stamp(first[u]))})
	}
	slices.SortFunc(out, func(a, b finding.Proposal) int { return cmp.Compare(a.Unit, b.Unit) })
	return out
}
