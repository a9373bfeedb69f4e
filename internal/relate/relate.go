// Package relate ties findings into cases: who made what with which credential.
package relate

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"oust/internal/finding"
	"oust/internal/resource"
	"oust/internal/state"
)

// Cases groups the findings that one intrusion left, and notes the case in each.
// Findings that are explained are background: they join no case.
func Cases(findings []finding.Finding, s *state.State) []finding.Case {
	g := groups{parent: map[string]string{}, nodes: map[string]*state.Node{}}
	for _, n := range s.Nodes() {
		g.nodes[n.Name()] = n
	}
	var members []*finding.Finding
	for i := range findings {
		if f := &findings[i]; f.Severity.Rank() > finding.Info.Rank() {
			members = append(members, f)
			g.tie(f, s)
		}
	}
	byRoot := map[string][]*finding.Finding{}
	var roots []string
	for _, f := range members {
		root := g.find("finding " + f.ID)
		if byRoot[root] == nil {
			roots = append(roots, root)
		}
		byRoot[root] = append(byRoot[root], f)
	}
	out := []finding.Case{}
	for _, root := range roots {
		out = append(out, makeCase(byRoot[root]))
	}
	slices.SortStableFunc(out, func(a, b finding.Case) int {
		return cmp.Or(b.Severity.Rank()-a.Severity.Rank(), a.First.Compare(b.First.Time))
	})
	return out
}

// groups is a union of names: findings, credentials, sessions, resources.
type groups struct {
	parent map[string]string
	nodes  map[string]*state.Node
}

func (g *groups) find(name string) string {
	p, ok := g.parent[name]
	if !ok || p == name {
		g.parent[name] = name
		return name
	}
	root := g.find(p)
	g.parent[name] = root
	return root
}

func (g *groups) join(a, b string) {
	if a, b := g.find(a), g.find(b); a != b {
		g.parent[max(a, b)] = min(a, b)
	}
}

// tie joins a finding with the credential that made it, the resource it is about, and what that refers to.
func (g *groups) tie(f *finding.Finding, s *state.State) {
	me := "finding " + f.ID
	g.find(me)
	if f.Actor.Credential != "" {
		g.join(me, "credential "+f.Actor.Credential)
	} else if f.Actor.Principal != "" {
		g.join(me, "principal "+f.Actor.Principal)
	}
	n := g.nodes[f.Key]
	if n == nil || f.Resource.ID == "" {
		return
	}
	g.join(me, "resource "+n.Name())
	if n.Kind.Place == resource.Credential {
		g.join(me, "credential "+n.Key.ID)
	}
	for _, v := range n.Values {
		if r, ok := v.(resource.Ref); ok && r.Name != "" {
			if to, ok := s.Follow(r); ok {
				g.join(me, "resource "+to.Name())
			}
		}
	}
}

func makeCase(fs []*finding.Finding) finding.Case {
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
	c.Story = story(fs)
	return c
}

// caseID is made of the first finding, so that a case keeps its name while more becomes known.
func caseID(fs []*finding.Finding) string {
	sum := sha256.Sum256([]byte(fs[0].ID))
	return base32.StdEncoding.EncodeToString(sum[:5])[:4]
}

func story(fs []*finding.Finding) string {
	var parts []string
	for _, f := range fs {
		when := ""
		if !f.First.IsZero() {
			when = f.First.Format("15:04") + " "
		}
		parts = append(parts, when+f.Sentence)
	}
	return fmt.Sprintf("%s.", strings.Join(parts, "; "))
}
