package relate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"oust/internal/expr"
	"oust/internal/policy"
	"oust/internal/resource"
	"oust/internal/state"
)

// Unit finds a unit of a closure, nil when it is not in it.
func (c *Closure) Unit(u *Unit) *Tainted { return c.byUnit[u] }

// Context is what an expression about a resource sees; was is what it is compared with.
func (g *Graph) Context(n *state.Node, was resource.Values) *expr.Context {
	return &expr.Context{Kind: n.Kind, Key: n.Key, Self: n.Values, Was: was, Org: g.Org, State: g.State, Gone: n.Gone}
}

// Blind lists the reasons why the log of some account may have a hole.
func (g *Graph) Blind() (out []string) {
	for _, holes := range g.blindness() {
		for _, h := range holes {
			out = append(out, h.why)
		}
	}
	if g.Coverage != nil {
		for _, s := range g.Coverage.Sources {
			for _, gap := range s.Gaps {
				out = append(out, "the log of account "+s.Account+" is silent from "+stamp(gap.From.Time))
			}
		}
	}
	slices.Sort(out)
	return out
}

// Principal is the user or role that a unit acts as: as the state has it, or, when nothing changed it, by its name alone.
// It is nil for outsiders, services and the root user.
func (g *Graph) Principal(u *Unit) *state.Node {
	a := u.Actor
	if u.Service || a == nil && u.Credential == "" {
		return nil
	}
	if a == nil {
		return g.ownerOf(u)
	}
	if !strings.HasPrefix(a.Principal, "arn:") || a.Type == "AWSAccount" || a.Type == "Root" || a.Type == "SAMLUser" || a.Type == "WebIdentityUser" {
		return nil
	}
	return g.principal(a.Principal, a.Account)
}

// ownerOf finds the user of a key that was never used, through what it came out of.
func (g *Graph) ownerOf(u *Unit) *state.Node {
	for _, o := range g.opens[way{"key", u.Credential}] {
		for _, field := range g.kinds[o.node.Kind.Name].Parent {
			if r, ok := at(o.node.Values, field).(resource.Ref); ok && r.Name != "" {
				if n, ok := g.State.Follow(r); ok {
					return n
				}
				if k, err := g.Catalog.Kind(r.Kind); err == nil && g.learn(r.Kind) == nil {
					return g.bare(&k.Kind, k.Kind.Key(r.Name, r.Account, r.Region))
				}
			}
		}
	}
	return nil
}

func (g *Graph) principal(arn, account string) *state.Node {
	if n, asked := g.byARN[arn]; asked {
		return n
	}
	n := g.findPrincipal(arn, account)
	g.byARN[arn] = n
	return n
}

func (g *Graph) findPrincipal(arn, account string) *state.Node {
	for _, name := range g.Catalog.KindNames() {
		if !strings.HasSuffix(name, ".user") && !strings.HasSuffix(name, ".role") {
			continue // principals that sessions carry the ARN of
		}
		k, err := g.Catalog.Kind(name)
		if err != nil || k.Place != resource.Principal || len(k.ARNs) == 0 {
			continue
		}
		key := k.Key(arn, account, "")
		if key.ID == arn {
			continue
		}
		if n := g.State.Node(key); n != nil {
			return n
		}
		if g.learn(name) == nil {
			return g.bare(&k.Kind, key)
		}
	}
	return nil
}

// keyKind is the kind of long-lived keys.
const keyKind = "aws.iam.access_key"

// LongKey is the long-lived key that a unit is, as a resource: as the state has it or, when it is older than the log, by its name and owner.
// It is nil for temporary ones.
func (g *Graph) LongKey(u *Unit) *state.Node {
	if !strings.HasPrefix(u.Credential, "AKIA") || u.Actor == nil || u.Actor.Type != "IAMUser" {
		return nil
	}
	k, err := g.Catalog.Kind(keyKind)
	if err != nil || g.learn(keyKind) != nil {
		return nil
	}
	key := k.Key(u.Credential, u.Actor.Account, "")
	if n := g.State.Node(key); n != nil {
		return n
	}
	n := g.bare(&k.Kind, key)
	for field, v := range map[string]any{
		"user": resource.Ref{Kind: k.Fields[k.Parent[0]].Type.Kind, Name: u.Actor.Name, Account: u.Actor.Account}, "owner": u.Actor.Name, "active": true,
	} {
		if i := k.Field(field); i >= 0 {
			n.Values[i] = v
		}
	}
	return n
}

// bare is a resource of which only the name is known.
func (g *Graph) bare(k *resource.Kind, key resource.Key) *state.Node {
	if n := g.bares[key]; n != nil {
		return n
	}
	n := &state.Node{Kind: k, Key: key, Values: make(resource.Values, len(k.Fields))}
	n.Values[k.ID] = key.ID
	g.bares[key] = n
	return n
}

// Other is somebody who uses a principal and does not belong to the intruder.
type Other struct {
	Who  string
	Last time.Time
}

// Others lists who else used a principal: units that changed something with it, and those who opened sessions of it.
func (g *Graph) Others(n *state.Node, c *Closure) (out []Other) {
	g.makers()
	last := map[string]time.Time{}
	note := func(who string, at time.Time) {
		if at.After(last[who]) {
			last[who] = at
		}
	}
	arn := n.Kind.FullName(n.Key, "")
	for _, u := range g.ordered {
		if u.Actor == nil || u.Service || u.Actor.Principal != arn || c.byUnit[u] != nil {
			continue
		}
		for _, d := range u.Deeds {
			note(u.ID, d.Time())
		}
	}
	for _, i := range g.byRole[arn] {
		s := g.Sessions.At(int(i))
		if by := g.unit(s.By); c.byUnit[by] == nil {
			note(by.ID, s.At)
		}
	}
	for who, at := range last {
		out = append(out, Other{who, at})
	}
	slices.SortFunc(out, func(a, b Other) int { return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Who, b.Who)) })
	return out
}

// Assumes lists which role a principal of the closure opened sessions of, by ARN, and which it may: from the trusts that are known.
func (g *Graph) Assumes(c *Closure) map[string][]string {
	edges := map[string][]string{}
	add := func(from, to string) {
		if from != "" && to != "" && !slices.Contains(edges[from], to) {
			edges[from] = append(edges[from], to)
		}
	}
	for _, t := range c.Units {
		if s := t.Session; s != nil {
			add(s.By.Principal, s.Role)
		}
	}
	var principals []*state.Node
	for _, t := range c.Units {
		if n := g.Principal(t.Unit); n != nil && !slices.Contains(principals, n) {
			principals = append(principals, n)
		}
	}
	for _, n := range principals {
		from := n.Kind.FullName(n.Key, "")
		for _, m := range principals {
			if g.trusts(m, from) {
				add(from, m.Kind.FullName(m.Key, ""))
			}
		}
	}
	return edges
}

// trusts reports whether a role, as far as its trust is known, names a principal.
func (g *Graph) trusts(role *state.Node, arn string) bool {
	for _, v := range role.Values {
		if d, ok := v.(*policy.Document); ok && d != nil {
			for _, e := range d.Trust() {
				if e.ID == arn {
					return true
				}
			}
		}
	}
	return false
}

// Parents lists what a resource cannot outlive, as far as it is known.
func (g *Graph) Parents(n *state.Node) (out []*state.Node) {
	k := g.kinds[n.Kind.Name]
	if k == nil {
		return nil
	}
	for _, field := range k.Parent {
		if r, ok := at(n.Values, field).(resource.Ref); ok && r.Name != "" {
			if parent, ok := g.State.Follow(r); ok {
				out = append(out, parent)
			}
		}
	}
	return out
}
