package policy

import (
	"slices"
	"strings"
)

// withoutDenied applies Deny statements to those let in.
// Only denials that surely hold count: a denial under a condition that is not understood changes nothing.
func (d *Document) withoutDenied(in []Entrant, actions []string) []Entrant {
	for _, s := range d.Statements {
		if !s.Deny || !s.coversAll(actions) {
			continue
		}
		if len(s.Conditions) == 0 {
			in = slices.DeleteFunc(in, s.hits)
			continue
		}
		if s.everyone() && len(s.Conditions) == 1 && s.Conditions[0].negates() {
			in = keepWithin(in, s.Conditions[0])
		}
	}
	return in
}

// coversAll reports whether the denial takes away everything that was asked about.
func (s Statement) coversAll(actions []string) bool {
	if len(actions) == 0 {
		return !s.NotAction && slices.ContainsFunc(s.Actions, func(a string) bool { return a == "*" || strings.HasSuffix(a, ":*") })
	}
	for _, a := range actions {
		if matchAction(s.Actions, a) == s.NotAction {
			return false
		}
	}
	return true
}

func (s Statement) everyone() bool {
	return !s.Except && slices.ContainsFunc(s.Principals, func(p Principal) bool { return p.ID == "*" })
}

// hits reports whether an unconditional denial shuts out an entrant.
func (s Statement) hits(e Entrant) bool {
	if s.everyone() {
		return true
	}
	listed := slices.ContainsFunc(s.Principals, func(p Principal) bool {
		return p.ID == e.ID || e.Account != "" && e.Kind != "service" && entrant(p).Kind == "account" && entrant(p).Account == e.Account
	})
	if s.Except {
		return !listed && !e.Anyone
	}
	return listed
}

// keepWithin applies "deny everyone outside": only callers with one of the values stay.
func keepWithin(in []Entrant, c Condition) []Entrant {
	if strings.HasSuffix(strings.ToLower(c.Operator), "ifexists") {
		return in // does not hold for callers without the key
	}
	within := Statement{Conditions: []Condition{{Operator: "StringEquals", Key: c.Key, Values: c.Values}}}
	var out []Entrant
	for _, e := range in {
		switch key := strings.ToLower(c.Key); {
		case e.Anyone:
			n := narrow(e, within)
			for i := range n {
				n[i].Conditions, n[i].Actions = e.Conditions, e.Actions
			}
			out = append(out, n...)
		case key == "aws:principalaccount" && isAccount(e.Account) && !slices.Contains(c.Values, e.Account):
			// shut out
		default:
			out = append(out, e)
		}
	}
	return out
}
