package relate

import (
	"slices"
	"strings"

	"oust/internal/policy"
	"oust/internal/resource"
	"oust/internal/state"
)

// A way leads from a resource to the units that come out of it, see catalog.Ways.
type way struct{ how, name string }

// opened is a change that gave a resource its way.
type opened struct {
	node   *state.Node
	change *resource.Change
}

// exact ways name the one credential; through the others many sessions may come, and a hub stops there.
func (w way) exact() bool { return w.how == "key" || w.how == "console" }

// noteOpenings notes the ways that a resource opened, at each of its changes.
func (g *Graph) noteOpenings(n *state.Node) {
	k := g.kinds[n.Kind.Name]
	if len(k.Opens) == 0 {
		return
	}
	var values resource.Values
	for _, c := range n.Changes {
		if c.Event.Failed() || c.Does == resource.Delete {
			continue
		}
		values = values.Apply(c)
		g.waysAt[c] = g.ways(n, k, values)
		for _, w := range g.waysAt[c] {
			g.opens[w] = append(g.opens[w], opened{n, c})
		}
	}
}

// ways lists what a resource opens in one form of it.
func (g *Graph) ways(n *state.Node, k *kind, values resource.Values) (out []way) {
	for how, field := range k.Opens {
		if how == "role" || field >= len(values) {
			continue
		}
		name := resource.NameOf(values[field])
		switch how {
		case "principal":
			if !strings.HasPrefix(name, "arn:") {
				name = n.Kind.FullName(n.Key, "")
			}
		case "console":
			name = n.Key.Account + "/" + name
		case "workload":
			name = g.workload(n, k, values, name)
		case "outsiders":
			name = n.Kind.FullName(n.Key, "")
		}
		if name != "" {
			out = append(out, way{how, name})
		}
	}
	slices.SortFunc(out, func(a, b way) int { return strings.Compare(a.how+a.name, b.how+b.name) })
	return out
}

// workload names the sessions of a workload: by the account, the role where it is known, and the name that they carry.
func (g *Graph) workload(n *state.Node, k *kind, values resource.Values, name string) string {
	if name == "" {
		return ""
	}
	role := ""
	if i, ok := k.Opens["role"]; ok && i < len(values) {
		role = lastPart(resource.NameOf(values[i]))
	}
	return n.Key.Account + "/" + role + "/" + name
}

func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, "/:")+1:] }

// waysOf lists the ways by which a unit may have come.
func (g *Graph) waysOf(u *Unit) (out []way) {
	a := u.Actor
	if a == nil || u.Service {
		return nil
	}
	if u.Credential != "" {
		out = append(out, way{"key", u.Credential})
	}
	if a.Session != "" {
		out = append(out, way{"workload", a.Account + "/" + a.Name + "/" + a.Session}, way{"workload", a.Account + "//" + a.Session})
	}
	if a.Type == "IAMUser" && !strings.HasPrefix(a.Credential, "AKIA") {
		out = append(out, way{"console", a.Account + "/" + a.Name})
	}
	if a.Provider != "" {
		out = append(out, way{"provider", a.Provider})
	}
	if a.Principal != "" && a.Type != "AWSAccount" {
		out = append(out, way{"principal", a.Principal})
	}
	return out
}

func (g *Graph) noteMembers() {
	for _, u := range g.ordered {
		for _, w := range g.waysOf(u) {
			g.members[w] = append(g.members[w], u)
		}
	}
}

// makers notes which sessions every unit opened. A closure needs it, a hunt does not.
func (g *Graph) makers() map[*Unit][]int32 {
	if g.byMaker != nil {
		return g.byMaker
	}
	g.byMaker, g.byRole = map[*Unit][]int32{}, map[string][]int32{}
	order := make([]int32, g.Sessions.Len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return g.Sessions.byTime(int(a), int(b)) })
	for _, i := range order {
		by := g.Sessions.by(int(i))
		u := g.unit(by)
		g.byMaker[u] = append(g.byMaker[u], i)
		role := g.Sessions.role(int(i))
		g.byRole[role] = append(g.byRole[role], i)
	}
	return g.byMaker
}

// foreign reports whether a session of a role was opened from another account.
func foreign(s Session) bool { return s.By.Account != "" && s.By.Account != policy.ARNAccount(s.Role) }
