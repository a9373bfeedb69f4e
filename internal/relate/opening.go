package relate

import (
	"bytes"
	"slices"

	"oust/internal/event"
)

// openings says how the keys of those who changed something were issued, and the keys that issued them, and so on.
// They are found in a few passes over all sessions, of which a hunt needs a handful; only a trace has them sorted.
type openings struct {
	asked map[keyID]bool
	found map[string]Session
}

func (g *Graph) findOpenings(actors []*event.Actor) {
	o := openings{asked: map[keyID]bool{}, found: map[string]Session{}}
	next := map[keyID]bool{}
	ask := func(a *event.Actor) {
		if id, ok := idOf(a.Credential); ok && !o.asked[id] {
			o.asked[id], next[id] = true, true
		}
	}
	for _, a := range actors {
		ask(a)
	}
	for len(next) > 0 {
		pending := next
		next = map[keyID]bool{}
		g.Sessions.pick(pending, func(s Session) {
			o.found[s.Key] = closer(o.found[s.Key], s)
			ask(s.By)
		})
	}
	g.openings = o
}

// closer is that of two records of an opening which counts: of the copies of two accounts, the one that names the caller.
func closer(have, s Session) Session {
	if have.By == nil || have.By.Type == "AWSAccount" {
		return s
	}
	return have
}

// opening finds how a temporary key was issued.
func (g *Graph) opening(key string) (s Session, ok bool) {
	id, ok := idOf(key)
	if !ok {
		return s, false
	}
	if g.openings.asked[id] {
		s, ok = g.openings.found[key]
		return s, ok
	}
	sorted := g.sortedSessions()
	i, _ := slices.BinarySearchFunc(sorted, id, func(i int32, id keyID) int {
		is := g.Sessions.key(int(i))
		return bytes.Compare(is[:], id[:])
	})
	for ; i < len(sorted) && g.Sessions.key(int(sorted[i])) == id; i++ {
		s = closer(s, g.Sessions.At(int(sorted[i])))
	}
	return s, s.By != nil
}

// sortedSessions are all sessions, by access key id.
func (g *Graph) sortedSessions() []int32 {
	if g.byKey == nil {
		g.byKey = make([]int32, g.Sessions.Len())
		for i := range g.byKey {
			g.byKey[i] = int32(i)
		}
		slices.SortFunc(g.byKey, func(a, b int32) int { return g.Sessions.compare(int(a), int(b)) })
	}
	return g.byKey
}
