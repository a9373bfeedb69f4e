package policy

import (
	"cmp"
	"slices"
	"strings"

	"oust/internal/resource"
)

// An Entrant is someone whom a trust or resource policy lets in.
type Entrant struct {
	Kind       string   // anyone account role user session service saml oidc canonical unique organization
	ID         string   // as written
	Account    string   // the AWS account it belongs to, where the entry tells
	Org        string   // the AWS organization, for kind organization
	Issuer     string   // host of the token issuer, for kind oidc
	Anyone     bool     // a wildcard, or everyone but a few
	Narrowed   bool     // a condition limits it to callers that are named
	Within     []string // organizations that it has to belong to as well
	ExternalID []string
	Subject    []string // token subjects that are accepted; empty when every subject is
	Audience   []string
	Conditions []Condition
	Actions    []string
	Hidden     bool     // who it is is not known before deployment
	Unclear    bool     // it has a condition of which something that matters is not known before deployment
	Open       string   // what is not known of it, or of its conditions
	Sources    []string // buckets, the only ones that a service may act for
	Networks   []string // addresses, the only ones that it may come from
	Alone      bool     // named where no external id can be asked for: outside the trust of a role
}

// Admit returns whom the document lets in, with Deny statements and conditions taken into account.
// Only statements that allow one of the actions count; with none given, all do.
func (d *Document) Admit(actions ...string) (in []Entrant) {
	for _, s := range d.Statements {
		if s.Deny || len(s.Principals) == 0 && !s.Except || !s.covers(actions) {
			continue
		}
		if s.Except {
			in = append(in, narrow(Entrant{Kind: "anyone", ID: "everyone but " + names(s.Principals), Anyone: true}, s)...)
			continue
		}
		for _, p := range s.Principals {
			in = append(in, narrow(entrant(p), s)...)
		}
	}
	return d.withoutDenied(in, actions)
}

func names(ps []Principal) string {
	ids := make([]string, len(ps))
	for i, p := range ps {
		ids[i] = p.ID
	}
	return strings.Join(ids, ", ")
}

// Single evaluates one principal that stands alone, such as the grantee of a KMS grant.
func Single(id string) Entrant {
	kind := "AWS"
	if strings.HasSuffix(id, ".amazonaws.com") {
		kind = "Service"
	}
	e := entrant(Principal{kind, id})
	e.Alone = true
	return e
}

// entrant classifies one principal, before conditions.
func entrant(p Principal) Entrant {
	e := Entrant{ID: p.ID}
	switch {
	case resource.HasHole(p.ID):
		e.Kind, e.Hidden, e.Open = "unknown", true, p.ID
		if account := ARNAccount(p.ID); isAccount(account) && !strings.EqualFold(p.Type, "Federated") { // only its name is open
			e.Kind, e.Account, e.Hidden = arnKind(p.ID), account, false
		}
	case p.ID == "*" && !strings.EqualFold(p.Type, "Service"):
		e.Kind, e.Anyone = "anyone", true
	case strings.EqualFold(p.Type, "Service"):
		e.Kind = "service"
	case strings.EqualFold(p.Type, "CanonicalUser"):
		e.Kind = "canonical"
	case strings.EqualFold(p.Type, "Federated"):
		e.Kind, e.Account = "saml", ARNAccount(p.ID)
		if _, host, ok := strings.Cut(p.ID, ":oidc-provider/"); ok {
			e.Kind, e.Issuer = "oidc", host
		} else if !strings.Contains(p.ID, ":saml-provider/") {
			e.Kind, e.Issuer = "oidc", p.ID // a built-in provider, such as accounts.google.com
		}
	case isAccount(p.ID):
		e.Kind, e.Account = "account", p.ID
	case strings.HasPrefix(p.ID, "arn:"):
		e.Kind, e.Account = arnKind(p.ID), ARNAccount(p.ID)
		if e.Account == "*" {
			e.Kind, e.Account, e.Anyone = "anyone", "", true
		}
	default:
		e.Kind = "unique" // AROA…, AIDA…: the id of a principal that may no longer exist
	}
	return e
}

func arnKind(arn string) string {
	_, rest, _ := cutARN(arn)
	switch kind, _, _ := strings.Cut(rest, "/"); kind {
	case "root":
		return "account"
	case "role":
		return "role"
	case "assumed-role", "federated-user":
		return "session"
	}
	return "user"
}

// ARNAccount is the account in an ARN, empty when there is none.
func ARNAccount(arn string) string {
	account, _, _ := cutARN(arn)
	return account
}

// cutARN splits off the account and what follows it.
func cutARN(arn string) (account, rest string, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return "", "", false
	}
	return parts[4], parts[5], true
}

func isAccount(s string) bool {
	if len(s) != 12 {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}

// narrow applies the conditions of a statement to an entrant.
// A wildcard that a condition ties to accounts or organizations becomes those.
func narrow(e Entrant, s Statement) []Entrant {
	e.Conditions, e.Actions = s.Conditions, s.Actions
	var t ties
	for _, c := range s.Conditions {
		switch {
		case c.open():
			e.Unclear, e.Open = true, cmp.Or(e.Open, c.Key, c.Operator)
		case c.binds():
			t.apply(&e, strings.ToLower(c.Key), c.Values)
		}
	}
	if e.Kind == "oidc" || e.Kind == "saml" {
		e.Narrowed = len(e.Subject) > 0
	}
	return t.split(e)
}

// split replaces a wildcard, or a service that acts for somebody, by what the conditions tie it to.
func (t ties) split(e Entrant) []Entrant {
	if len(t.accounts)+len(t.orgs) == 0 {
		return []Entrant{e}
	}
	if !e.Anyone && e.Kind != "service" {
		e.Narrowed = true
		e.Within = append(e.Within, t.orgs...)
		return []Entrant{e}
	}
	var out []Entrant
	for _, a := range t.accounts {
		n := e
		n.Account, n.Narrowed = a, isAccount(a)
		if resource.HasHole(a) {
			n.Kind, n.Account, n.Anyone, n.Hidden, n.Open = "unknown", "", false, true, a
		} else if e.Anyone {
			n.Kind, n.Anyone = "account", !isAccount(a)
		}
		out = append(out, n)
	}
	if len(t.accounts) > 0 {
		return out
	}
	for _, o := range t.orgs {
		n := e
		if literal(o) {
			n.Org, n.Narrowed = o, true
			if e.Anyone {
				n.Kind, n.Anyone = "organization", false
			}
		}
		out = append(out, n)
	}
	return out
}

// covers reports whether the statement speaks of one of the actions.
func (s Statement) covers(actions []string) bool {
	if len(actions) == 0 {
		return true
	}
	return slices.ContainsFunc(actions, func(a string) bool { return matchAction(s.Actions, a) != s.NotAction })
}

// Trust returns whom a document lets in, whether it is the trust policy of a role or the policy of a resource.
func (d *Document) Trust() (in []Entrant) {
	if in = d.trust(); d.Open != "" {
		in = append(in, Entrant{Kind: "unknown", ID: "a statement that is not known", Hidden: true, Open: d.Open})
	}
	return in
}

func (d *Document) trust() (in []Entrant) {
	if !d.ofRole() {
		in = d.Admit()
		for i := range in {
			in[i].Alone = true
		}
		return in
	}
	for _, a := range []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"} {
		for _, e := range d.Admit(a) {
			if opens(a, e.Kind) {
				in = append(in, e)
			}
		}
	}
	return in
}

// opens reports whether a principal of that kind can use that call to become a role.
func opens(action, kind string) bool {
	switch kind {
	case "saml":
		return action == "sts:AssumeRoleWithSAML"
	case "oidc":
		return action == "sts:AssumeRoleWithWebIdentity"
	case "unknown":
		return true
	}
	return action == "sts:AssumeRole"
}

// ofRole reports whether every action that is named is one of the token service.
func (d *Document) ofRole() bool {
	for _, s := range d.Statements {
		for _, a := range s.Actions {
			if !strings.HasPrefix(strings.ToLower(a), "sts:") {
				return false
			}
		}
	}
	return len(d.Statements) > 0
}
