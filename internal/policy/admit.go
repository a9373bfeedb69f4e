package policy

import (
	"slices"
	"strings"
)

// An Entrant is someone whom a trust or resource policy lets in.
type Entrant struct {
	Kind       string // anyone account role user session service saml oidc canonical unique organization
	ID         string // as written
	Account    string // the AWS account it belongs to, where the entry tells
	Org        string // the AWS organization, for kind organization
	Issuer     string // host of the token issuer, for kind oidc
	Anyone     bool   // a wildcard, or everyone but a few
	Narrowed   bool   // a condition limits it to callers that are named
	ExternalID []string
	Subject    []string // token subjects that are accepted; empty when every subject is
	Audience   []string
	Conditions []Condition
	Actions    []string
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
	return entrant(Principal{kind, id})
}

// entrant classifies one principal, before conditions.
func entrant(p Principal) Entrant {
	e := Entrant{ID: p.ID}
	switch {
	case p.ID == "*" && !strings.EqualFold(p.Type, "Service"):
		e.Kind, e.Anyone = "anyone", true
	case strings.EqualFold(p.Type, "Service"):
		e.Kind = "service"
	case strings.EqualFold(p.Type, "CanonicalUser"):
		e.Kind = "canonical"
	case strings.EqualFold(p.Type, "Federated"):
		e.Kind, e.Account = "saml", arnAccount(p.ID)
		if _, host, ok := strings.Cut(p.ID, ":oidc-provider/"); ok {
			e.Kind, e.Issuer = "oidc", host
		} else if !strings.Contains(p.ID, ":saml-provider/") {
			e.Kind, e.Issuer = "oidc", p.ID // a built-in provider, such as accounts.google.com
		}
	case isAccount(p.ID):
		e.Kind, e.Account = "account", p.ID
	case strings.HasPrefix(p.ID, "arn:"):
		e.Kind, e.Account = arnKind(p.ID), arnAccount(p.ID)
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

func arnAccount(arn string) string {
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
// A wildcard that a condition ties to accounts becomes those accounts.
func narrow(e Entrant, s Statement) []Entrant {
	e.Conditions, e.Actions = s.Conditions, s.Actions
	var accounts, orgs []string
	for _, c := range s.Conditions {
		key := strings.ToLower(c.Key)
		if !c.binds() {
			continue
		}
		switch {
		case key == "sts:externalid":
			e.ExternalID = append(e.ExternalID, c.Values...)
		case e.Issuer != "" && isClaim(key, e.Issuer, "sub"):
			e.Subject = append(e.Subject, specific(c.Values)...)
		case e.Issuer != "" && (isClaim(key, e.Issuer, "aud") || isClaim(key, e.Issuer, "app_id") || isClaim(key, e.Issuer, "client_id")):
			e.Audience = append(e.Audience, specific(c.Values)...)
		case key == "saml:aud":
			e.Audience = append(e.Audience, specific(c.Values)...)
		case e.Kind == "saml" && key == "saml:sub":
			e.Subject = append(e.Subject, specific(c.Values)...)
		case key == "aws:principalorgid":
			orgs = append(orgs, c.Values...)
		case key == "aws:principalorgpaths":
			for _, v := range c.Values {
				org, _, _ := strings.Cut(v, "/")
				orgs = append(orgs, org)
			}
		case key == "aws:principalaccount", key == "aws:sourceaccount", key == "kms:calleraccount", key == "aws:sourceowner":
			accounts = append(accounts, c.Values...)
		case key == "aws:principalarn", key == "aws:sourcearn":
			if found := arnAccounts(c.Values); found != nil {
				accounts = append(accounts, found...)
			}
			e.Narrowed = e.Narrowed || named(c.Values)
		case strings.HasPrefix(key, "aws:sourcevpc"), key == "aws:userid", key == "aws:username", key == "aws:principalisawsservice",
			key == "aws:sourceorgid", key == "lambda:eventsourcetoken",
			key == "aws:sourceip" && !slices.ContainsFunc(c.Values, everywhere):
			e.Narrowed = true
		}
	}
	if e.Kind == "oidc" || e.Kind == "saml" {
		e.Narrowed = len(e.Subject) > 0
	}
	return split(e, accounts, orgs)
}

// split replaces a wildcard by what the conditions tie it to.
func split(e Entrant, accounts, orgs []string) []Entrant {
	if len(accounts)+len(orgs) == 0 {
		return []Entrant{e}
	}
	if !e.Anyone {
		e.Narrowed = true
		return []Entrant{e}
	}
	var out []Entrant
	for _, a := range accounts {
		n := e
		n.Kind, n.Account, n.Anyone, n.Narrowed = "account", a, !isAccount(a), isAccount(a)
		out = append(out, n)
	}
	if len(accounts) > 0 {
		return out
	}
	for _, o := range orgs {
		n := e
		n.Kind, n.Org, n.Anyone, n.Narrowed = "organization", o, strings.Contains(o, "*"), !strings.Contains(o, "*")
		out = append(out, n)
	}
	return out
}

// binds reports whether a condition can only hold when its key is there and has one of the values.
func (c Condition) binds() bool {
	op := strings.ToLower(c.Operator)
	if strings.HasPrefix(op, "forallvalues:") || strings.HasSuffix(op, "ifexists") {
		return false
	}
	op = strings.TrimPrefix(op, "foranyvalue:")
	switch op {
	case "stringequals", "stringequalsignorecase", "arnequals", "ipaddress", "bool":
		return len(c.Values) > 0
	case "stringlike", "arnlike":
		return len(specific(c.Values)) == len(c.Values) && len(c.Values) > 0
	}
	return false
}

// negates reports whether a condition holds for everything but its values.
func (c Condition) negates() bool {
	op := strings.ToLower(c.Operator)
	return strings.Contains(op, "notequals") || strings.Contains(op, "notlike")
}

// specific drops patterns that match everything that matters: a bare wildcard,
// or the form in which a token service names every repository or project.
func specific(values []string) (out []string) {
	for _, v := range values {
		if strings.Trim(v, "*?") != "" && !openSubject(v) {
			out = append(out, v)
		}
	}
	return out
}

// openSubject reports whether a subject pattern names a kind of subject but no owner of one.
func openSubject(v string) bool {
	kind, rest, ok := strings.Cut(v, ":")
	if !ok || !strings.Contains(rest, "*") {
		return false
	}
	switch kind {
	case "repo", "project_path", "organization", "system", "pool", "workspace":
		owner, _, _ := strings.Cut(strings.TrimPrefix(rest, "serviceaccount:"), "/")
		owner, _, _ = strings.Cut(owner, ":")
		return strings.Trim(owner, "*?") == "" || strings.HasPrefix(owner, "*")
	}
	return false
}

func isClaim(key, issuer, claim string) bool {
	return key == strings.ToLower(issuer)+":"+claim
}

// arnAccounts returns the accounts of ARN patterns; nil when one of them does not tell.
func arnAccounts(values []string) (out []string) {
	for _, v := range values {
		a := arnAccount(v)
		if !isAccount(a) {
			return nil
		}
		out = append(out, a)
	}
	return out
}

// named reports whether every ARN pattern names at least a service and a resource.
func named(values []string) bool {
	for _, v := range values {
		_, rest, ok := cutARN(v)
		if !ok || strings.Trim(rest, "*?/:") == "" {
			return false
		}
	}
	return len(values) > 0
}

func everywhere(cidr string) bool {
	return strings.HasSuffix(cidr, "/0") || cidr == "*"
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
	if !d.ofRole() {
		return d.Admit()
	}
	seen := map[string]bool{}
	for _, a := range []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"} {
		for _, e := range d.Admit(a) {
			if id := e.Kind + e.ID + e.Account; !seen[id] {
				seen[id] = true
				in = append(in, e)
			}
		}
	}
	return in
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
