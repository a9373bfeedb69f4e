package relate

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"oust/internal/event"
	"oust/internal/finding"
	"oust/internal/resource"
)

// Cases groups the findings that one intrusion left, and notes the case in each.
// Findings that are explained are background: they join no case.
func (g *Graph) Cases(findings []finding.Finding) []finding.Case {
	t := ties{g: g, parent: map[string]string{}, found: map[string]bool{}}
	var members []*finding.Finding
	for i := range findings {
		if f := &findings[i]; f.Severity.Rank() > finding.Info.Rank() {
			members = append(members, f)
			t.found[f.Key] = true
		}
	}
	for _, f := range members {
		t.tie(f)
	}
	byRoot := map[string][]*finding.Finding{}
	var roots []string
	for _, f := range members {
		root := t.find("finding " + f.ID)
		if byRoot[root] == nil {
			roots = append(roots, root)
		}
		byRoot[root] = append(byRoot[root], f)
	}
	out := []finding.Case{}
	for _, root := range roots {
		out = append(out, g.makeCase(byRoot[root]))
	}
	slices.SortStableFunc(out, func(a, b finding.Case) int {
		return cmp.Or(b.Severity.Rank()-a.Severity.Rank(), a.First.Compare(b.First.Time))
	})
	return out
}

// ties is a union of names: findings, units, resources.
type ties struct {
	g      *Graph
	parent map[string]string
	found  map[string]bool // resources with a finding
}

func (t *ties) find(name string) string {
	p, ok := t.parent[name]
	if !ok || p == name {
		t.parent[name] = name
		return name
	}
	root := t.find(p)
	t.parent[name] = root
	return root
}

func (t *ties) join(a, b string) {
	if a, b := t.find(a), t.find(b); a != b {
		t.parent[max(a, b)] = min(a, b)
	}
}

// tie joins a finding with the unit that made it and what that came out of, and with the findings that its resource refers to.
func (t *ties) tie(f *finding.Finding) {
	me := "finding " + f.ID
	t.find(me)
	n := t.g.Node(f.Key)
	if n == nil {
		return
	}
	if u := t.g.UnitOf(f); u != nil && !u.Service {
		t.join(me, "unit "+u.ID)
		t.chain(u)
	}
	if f.Resource.ID == "" {
		return
	}
	t.join(me, "resource "+n.Name())
	for _, v := range n.Values {
		if r, ok := v.(resource.Ref); ok && r.Name != "" {
			if to, ok := t.g.State.Follow(r); ok && t.found[to.Name()] {
				t.join(me, "resource "+to.Name())
			}
		}
	}
}

// chain joins a unit with those that it came out of: who opened it, or the finding that it came out of.
func (t *ties) chain(u *Unit) {
	for _, o := range t.g.Back(u) {
		switch {
		case o.Edge == nil || o.Edge.From.Service:
			return
		case o.Edge.Through == nil:
			t.join("unit "+o.Unit.ID, "unit "+o.Edge.From.ID)
		case t.found[o.Edge.Through.Name()]:
			t.join("unit "+o.Unit.ID, "resource "+o.Edge.Through.Name())
		case t.g.suspicious(o.Edge.From, func(node string) bool { return t.found[node] }, 0):
			t.join("unit "+o.Unit.ID, "unit "+o.Edge.From.ID)
		default:
			return
		}
	}
}

// UnitOf is the unit that a finding names as its actor, nil when nothing is known of it.
func (g *Graph) UnitOf(f *finding.Finding) *Unit {
	n := g.Node(f.Key)
	if n == nil {
		return nil
	}
	for i := len(n.Changes) - 1; i >= 0; i-- {
		if a := n.Changes[i].Event.Actor; isActor(a, f.Actor) {
			return g.unit(a)
		}
	}
	return nil
}

func isActor(a *event.Actor, f finding.Actor) bool {
	return a.Credential == f.Credential && a.Principal == f.Principal && a.Session == f.Session && a.Type == f.Type
}

func (g *Graph) makeCase(fs []*finding.Finding) finding.Case {
	slices.SortStableFunc(fs, func(a, b *finding.Finding) int {
		return cmp.Or(a.First.Compare(b.First.Time), cmp.Compare(a.ID, b.ID))
	})
	c := finding.Case{ID: caseID(fs), Severity: finding.Info, Account: fs[0].Account, First: fs[0].First, Findings: []string{}, Actors: []string{}}
	for _, f := range fs {
		f.Case = c.ID
		c.Findings = append(c.Findings, f.ID)
		if f.Severity.Rank() > c.Severity.Rank() {
			c.Severity = f.Severity
		}
		if f.Last.After(c.Last.Time) {
			c.Last = f.Last
		}
		if p := f.Actor.Principal; p != "" && !slices.Contains(c.Actors, p) {
			c.Actors = append(c.Actors, p)
		}
	}
	c.Story = g.story(fs)
	return c
}

// caseID is made of the first finding, so that a case keeps its name while more becomes known.
func caseID(fs []*finding.Finding) string {
	sum := sha256.Sum256([]byte(fs[0].ID))
	return base32.StdEncoding.EncodeToString(sum[:5])[:4]
}

// story tells a case in one paragraph: where it begins, what was done, what of it stands.
func (g *Graph) story(fs []*finding.Finding) string {
	var b strings.Builder
	if u := g.UnitOf(fs[0]); u != nil && !u.Service {
		steps := g.Back(u)
		last := steps[len(steps)-1]
		fmt.Fprintf(&b, "It begins with %s: %s. ", last.Unit.ID, last.End)
	}
	standing := 0
	for i, f := range fs {
		if i > 0 {
			b.WriteString("; ")
		}
		if !f.First.IsZero() {
			b.WriteString(f.First.Format("15:04") + " ")
		}
		b.WriteString(f.Sentence)
		if !finding.Over(f.State) {
			standing++
		}
	}
	fmt.Fprintf(&b, ". %d of %d not known to be gone.", standing, len(fs))
	return b.String()
}
