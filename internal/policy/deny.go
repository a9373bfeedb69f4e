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
		switch {
		case len(s.Conditions) > 0:
			in = s.shutOut(in)
		case s.Except:
			in = s.only(in)
		default:
			in = slices.DeleteFunc(in, s.hits)
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
func (s Statement) hits(e Entrant) bool { return s.everyone() || s.lists(e) }

// lists reports whether the statement names an entrant, or the whole account of one.
func (s Statement) lists(e Entrant) bool {
	return slices.ContainsFunc(s.Principals, func(p Principal) bool {
		n := entrant(p)
		return p.ID == e.ID || n.Kind == "account" && n.Account == e.Account && e.Kind != "service"
	})
}

// only applies "deny everyone but": of those let in, the ones that are listed stay, and a wildcard becomes them.
func (s Statement) only(in []Entrant) (out []Entrant) {
	for _, e := range in {
		switch {
		case s.lists(e) || e.Kind == "service":
			out = append(out, e)
		case e.Anyone:
			for _, p := range s.Principals {
				n := entrant(p)
				n.Conditions, n.Actions = e.Conditions, e.Actions
				out = append(out, n)
			}
		}
	}
	return out
}

// shutOut applies "deny everyone unless": who fulfils one of the conditions, turned around, may stay.
// All conditions of a statement have to hold for it to deny, so failing one is enough to stay.
func (s Statement) shutOut(in []Entrant) []Entrant {
	if !s.everyone() {
		return in
	}
	var out []Entrant
	for _, c := range s.Conditions {
		within, ok := c.turned()
		if !ok || !within.binds() {
			return in // somebody else may stay as well, and it cannot be told who
		}
		for _, e := range in {
			out = append(out, stay(e, within)...)
		}
	}
	return out
}

// stay returns what is left of an entrant that has to fulfil a condition.
func stay(e Entrant, c Condition) []Entrant {
	key := strings.ToLower(c.Key)
	if !e.Anyone && key == "aws:principalaccount" && isAccount(e.Account) && e.Kind != "service" && !slices.Contains(c.Values, e.Account) {
		return nil
	}
	if key == "aws:principalisawsservice" && !e.Anyone && e.Kind != "service" {
		return nil
	}
	out := narrow(e, Statement{Conditions: []Condition{c}})
	for i := range out {
		out[i].Conditions, out[i].Actions = e.Conditions, e.Actions
	}
	return out
}
