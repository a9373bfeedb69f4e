package judge

import (
	"strconv"
	"strings"
	"time"

	"oust/internal/event"
	"oust/internal/finding"
	"oust/internal/resource"
	"oust/internal/state"
)

// A summary is what the changes of one resource come to.
type summary struct {
	first, last time.Time
	count       int
	done, used  bool // something succeeded; somebody used it
	events      []*event.Event
	seen        map[string]bool
}

func (s *summary) add(c *resource.Change) {
	t := c.Event.Time
	if s.count == 0 || t.Before(s.first) && !t.IsZero() {
		s.first = t
	}
	if l := c.Latest(); l.After(s.last) {
		s.last = l
	}
	s.count += 1 + c.Again
	if !c.Event.Failed() {
		s.done = s.done || c.Does != resource.Delete
		s.used = s.used || c.Does == resource.Use
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	if !s.seen[c.Event.ID] && len(s.events) < finding.MaxEvidence {
		s.seen[c.Event.ID] = true
		s.events = append(s.events, c.Event)
	}
}

func (j *Judge) finding(n *state.Node, r *rule, o *opinion, s *summary) finding.Finding {
	a := o.change.Event.Actor
	id := n.Key.ID
	if strings.HasPrefix(id, resource.Nameless) {
		id = ""
	}
	f := finding.Finding{
		ID:        finding.ID(r.ID, n.Kind.Name, fingerprint(n), n.Key.Account+n.Key.Region),
		Technique: r.ID,
		Title:     r.Title,
		Summary:   r.Summary,
		Rows:      notNil(r.Rows),
		Attack:    notNil(r.Attack),
		Severity:  o.severity,
		Verdict:   o.verdict,
		Cloud:     n.Kind.Cloud(),
		Account:   n.Key.Account,
		Region:    o.change.Event.Region,
		Resource:  finding.Resource{Kind: n.Kind.Name, ID: id, Name: n.Kind.FullName(n.Key, o.change.Event.Region)},
		Actor:     Actor(a),
		First:     finding.Time{Time: s.first},
		Last:      finding.Time{Time: s.last},
		Count:     s.count,
		Sentence:  o.sentence,
		Unknown:   notNil(o.unknown),
		Key:       n.Name(),
	}
	if f.Account == "" {
		f.Account = o.change.Event.Account
	}
	if id == "" {
		f.Resource.Name = ""
	}
	f.Status, f.State, f.Why = j.status(n, s, &f)
	f.Evidence = j.evidence(o, s)
	return f
}

// fingerprint is the ID of a resource; one that was made again under an old name is another.
func fingerprint(n *state.Node) string {
	if n.Life == 0 {
		return n.Key.ID
	}
	return n.Key.ID + "#" + strconv.Itoa(n.Life+1)
}

// Actor is the report's form of an actor.
func Actor(a *event.Actor) finding.Actor {
	return finding.Actor{
		Principal: a.Principal, Credential: a.Credential, Session: a.Session, Address: a.Address,
		UserAgent: a.Agent, Type: a.Type, Chain: []string{},
	}
}

// status says how far the foothold came, and whether it stands.
func (j *Judge) status(n *state.Node, s *summary, f *finding.Finding) (status, is, why string) {
	switch {
	case !s.done:
		return "attempted", "ended", "every attempt was refused"
	case n.Gone:
		return "removed", "ended", "it was removed later"
	}
	is, why = "standing", "nothing removed it in what was given"
	if j.uses != nil && n.Kind.Place == resource.Credential {
		if u, ok := j.uses.Use(n.Key.ID); ok {
			f.Last = u.Last
			return "used", is, why
		}
	}
	if s.used {
		return "used", is, why
	}
	return "planted", is, why
}

// evidence lists the fields that decided, then the other events of the resource.
func (j *Judge) evidence(o *opinion, s *summary) []finding.Evidence {
	out := o.shown
	for _, e := range s.events {
		if len(out) >= finding.MaxEvidence {
			break
		}
		if e.ID != o.change.Event.ID {
			why := e.Name
			if e.Failed() {
				why += " refused: " + e.Failure
			}
			out = append(out, evidence(e, "", "", why))
		}
	}
	return out
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
