package policy

import (
	"net/netip"
	"slices"
	"strings"

	"oust/internal/resource"
)

// ties is what the conditions of a statement tie a caller to.
type ties struct{ accounts, orgs []string }

// apply takes one condition that binds into account. Its key is in lower case.
func (t *ties) apply(e *Entrant, key string, values []string) {
	if open(key) && e.Issuer != "" {
		key = strings.ToLower(e.Issuer) + ":" + openClaim(key, values)
	}
	switch {
	case open(key), strings.HasSuffix(key, ":"):
		e.Unclear, e.Open = true, key
	case key == "sts:externalid":
		e.ExternalID = append(e.ExternalID, values...)
	case e.Issuer != "" && isClaim(key, e.Issuer, "sub"), e.Kind == "saml" && key == "saml:sub":
		e.Subject = append(e.Subject, specific(values)...)
	case e.Issuer == github && isRepository(key):
		e.Subject = append(e.Subject, repositories(key, values)...)
	case e.Issuer != "" && (isClaim(key, e.Issuer, "aud") || isClaim(key, e.Issuer, "app_id") || isClaim(key, e.Issuer, "client_id")), key == "saml:aud":
		e.Audience = append(e.Audience, specific(values)...)
	case key == "aws:principalorgid", key == "aws:sourceorgid", key == "aws:vpceorgid":
		t.orgs = append(t.orgs, values...)
	case key == "aws:principalorgpaths", key == "aws:sourceorgpaths":
		for _, v := range values {
			org, _, _ := strings.Cut(v, "/")
			t.orgs = append(t.orgs, org)
		}
	case key == "aws:principalaccount", key == "aws:sourceaccount", key == "kms:calleraccount", key == "aws:sourceowner",
		key == "s3:dataaccesspointaccount", key == "aws:vpceaccount":
		t.accounts = append(t.accounts, values...)
	case key == "aws:principalarn":
		t.accounts = append(t.accounts, arnAccounts(values)...)
	case key == "aws:sourcearn":
		t.accounts = append(t.accounts, arnAccounts(values)...)
		if all(values, uniqueName) {
			e.Narrowed = true
			e.Sources = append(e.Sources, values...)
		}
	case key == "aws:sourceip" && slices.ContainsFunc(values, resource.HasHole):
		e.Unclear, e.Open = true, strings.Join(values, " ")
	case key == "aws:sourceip" && singles(key, values):
		e.Narrowed = true
		e.Networks = append(e.Networks, values...)
	default:
		e.Narrowed = e.Narrowed || singles(key, values)
	}
}

// open reports whether a key of a planned policy is not known: code writes the host of an issuer that is still to be made
// as a reference.
func open(key string) bool { return strings.HasPrefix(key, "${") || resource.HasHole(key) }

// openClaim is the claim that such a key asks for, by its end, or else by what is asked for; empty when neither tells.
// A key of another issuer than the one that is trusted never holds, so that a wrong guess lets nobody in.
func openClaim(key string, values []string) string {
	if claim := key[strings.LastIndexByte(key, ':')+1:]; !open(claim) && !strings.HasSuffix(claim, "}") {
		return claim
	}
	switch {
	case all(values, func(v string) bool { return v == "sts.amazonaws.com" }):
		return "aud"
	case all(values, func(v string) bool {
		return strings.HasPrefix(v, "system:serviceaccount:") || strings.HasPrefix(v, "repo:")
	}):
		return "sub"
	}
	return ""
}

// singles reports whether a condition on a key lets in nobody but callers that its author knows.
func singles(key string, values []string) bool {
	switch key {
	case "aws:principalisawsservice", "elasticfilesystem:accessedviamounttarget":
		return all(values, func(v string) bool { return strings.EqualFold(v, "true") })
	case "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "lambda:eventsourcetoken":
		return all(values, literal)
	case "aws:userid":
		return all(values, func(v string) bool { return len(fixedPart(v)) >= 16 }) // a whole unique id
	case "aws:sourceip":
		return all(values, func(v string) bool { return !everywhere(v) })
	}
	return false
}

func all(values []string, is func(string) bool) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, func(v string) bool { return !is(v) })
}

func literal(v string) bool { return !strings.ContainsAny(v, "*?") }

// fixedPart is what stands before the first wildcard.
func fixedPart(v string) string {
	if i := strings.IndexAny(v, "*?"); i >= 0 {
		return v[:i]
	}
	return v
}

// everywhere reports whether a range of addresses is too wide to name anybody.
func everywhere(cidr string) bool {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		_, err := netip.ParseAddr(cidr)
		return err != nil
	}
	return p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16
}

// open reports whether it is not known before deployment what a condition asks for at all.
func (c Condition) open() bool {
	return c.Values == nil && resource.HasHole(c.Key) || resource.HasHole(c.Operator)
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
		return all(c.Values, func(v string) bool { return strings.Trim(v, "*?") != "" })
	}
	return false
}

// turned makes of a condition that shuts out the one that those who may stay fulfil.
// ok is false when it does not shut out everybody but them.
func (c Condition) turned() (within Condition, ok bool) {
	op := strings.ToLower(c.Operator)
	if strings.HasSuffix(op, "ifexists") {
		return c, false // does not hold for callers without the key
	}
	switch {
	case op == "bool" && strings.EqualFold(c.Key, "aws:PrincipalIsAWSService") && all(c.Values, func(v string) bool { return strings.EqualFold(v, "false") }):
		return Condition{"Bool", c.Key, []string{"true"}}, true
	case strings.Contains(op, "notequals"), strings.Contains(op, "notlike"), op == "notipaddress":
		return Condition{strings.NewReplacer("notequals", "equals", "notlike", "like", "notip", "ip").Replace(op), c.Key, c.Values}, true
	}
	return c, false
}

// specific returns the values of a condition, or none when one of them matches everything that matters:
// a bare wildcard, or a token subject whose owner is not written out. Fulfilling one value is enough.
func specific(values []string) []string {
	if !all(values, func(v string) bool { return literal(v) || owned(v) }) {
		return nil
	}
	return values
}

// owned reports whether a subject pattern fixes the owner: repo:acme/*, project_path:acme/app:*, system:serviceaccount:ns:*.
func owned(v string) bool {
	fixed := fixedPart(v)
	rest, ok := strings.CutPrefix(fixed, "system:serviceaccount:")
	if !ok {
		if _, rest, ok = strings.Cut(fixed, ":"); !ok {
			return false
		}
	}
	return strings.IndexAny(rest, "/:") > 0
}

// github names its repositories in claims of their own as well.
const github = "token.actions.githubusercontent.com"

func isRepository(key string) bool {
	claim := strings.TrimPrefix(key, github+":")
	return slices.Contains([]string{"repository", "repository_owner", "repository_id", "repository_owner_id", "enterprise_id"}, claim)
}

// repositories turns the values of such a claim into subjects; none when one of them is open.
func repositories(key string, values []string) (out []string) {
	for _, v := range values {
		owner, _, _ := strings.Cut(v, "/")
		if owner == "" || !literal(owner) {
			return nil
		}
		switch strings.TrimPrefix(key, github+":") {
		case "repository":
			out = append(out, "repo:"+v+":*")
		case "repository_owner":
			out = append(out, "repo:"+v+"/*")
		default:
			out = append(out, strings.TrimPrefix(key, github+":")+":"+v)
		}
	}
	return out
}

func isClaim(key, issuer, claim string) bool { return key == strings.ToLower(issuer)+":"+claim }

// arnAccounts returns the accounts of ARN patterns; none when one of them does not tell.
func arnAccounts(values []string) (out []string) {
	for _, v := range values {
		a := ARNAccount(v)
		switch {
		case isAccount(a):
		case resource.HasHole(a), !strings.HasPrefix(v, "arn:") && resource.HasHole(v):
			a = resource.OnlyHoles(v)
		default:
			return nil
		}
		out = append(out, a)
	}
	return out
}

// uniqueName reports whether an ARN names something by a name that only one account in the world can have.
func uniqueName(arn string) bool {
	name, ok := strings.CutPrefix(arn, "arn:aws:s3:")
	return ok && literal(name[strings.LastIndexByte(name, ':')+1:]) && !strings.HasSuffix(name, ":")
}
