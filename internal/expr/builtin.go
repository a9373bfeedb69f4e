package expr

import (
	"cmp"
	"strings"

	"cel.dev/cel-go/common/types"

	"oust/internal/org"
	"oust/internal/pattern"
	"oust/internal/policy"
	"oust/internal/resource"
	"oust/internal/script"
)

// The built-in classes. Their fields are the vocabulary of judgements; oust explain prints them.
type builtins struct {
	account, arn, url, policy, trust, entrant, saml, pattern, script, actor, org *class
}

// in pairs a value with the context that says what it is to us.
type in[T any] struct {
	v    T
	c    *Context
	path string // how the expression got here, for unknowns
}

var (
	tString = types.StringType
	tBool   = types.BoolType
	tInt    = types.IntType
	tTexts  = types.NewListType(types.StringType)
)

func newBuiltins() *builtins {
	b := &builtins{}
	b.account = accountClass()
	b.arn = arnClass()
	b.url = urlClass()
	b.policy = policyClass()
	b.entrant = entrantClass()
	b.trust = trustClass(b)
	b.saml = samlClass()
	b.pattern = patternClass()
	b.script = scriptClass()
	b.actor = actorClass(b)
	b.org = orgClass()
	return b
}

func (b *builtins) all() []*class {
	return []*class{b.account, b.arn, b.url, b.policy, b.trust, b.entrant, b.saml, b.pattern, b.script, b.actor, b.org}
}

func accountClass() *class {
	c := newClass("account")
	type T = in[string]
	add(c, "id", tString, func(a T) any { return a.v })
	add(c, "external", tBool, func(a T) any { return a.c.external(a.v, a.path) })
	add(c, "ours", tBool, func(a T) any { return not(a.c.external(a.v, a.path)) })
	add(c, "vendor", tString, func(a T) any { return a.c.Org.VendorName(a.v) })
	c.open(func(data any) (*Context, string, string) { a := data.(T); return a.c, a.path, a.v })
	return c
}

func arnClass() *class {
	c := newClass("arn")
	type T = in[string]
	part := func(i int) func(T) any {
		return func(a T) any {
			if parts := strings.SplitN(a.v, ":", 6); len(parts) == 6 {
				return a.c.told(a.path, parts[i])
			}
			return a.c.told(a.path, resource.OnlyHoles(a.v))
		}
	}
	add(c, "text", tString, func(a T) any {
		if a.c.Open {
			return a.c.told(a.path, a.v)
		}
		return a.v
	})
	add(c, "service", tString, part(2))
	add(c, "region", tString, part(3))
	add(c, "account", tString, part(4))
	add(c, "resource", tString, part(5))
	add(c, "name", tString, func(a T) any { return a.c.told(a.path, a.v[strings.LastIndexAny(a.v, "/:")+1:]) })
	add(c, "external", tBool, func(a T) any {
		account, ok := part(4)(a).(string)
		if !ok {
			return part(4)(a)
		}
		if account == "aws" { // owned by AWS itself, such as managed policies
			return false
		}
		return a.c.external(account, a.path)
	})
	add(c, "vendor", tString, func(a T) any {
		account, ok := part(4)(a).(string)
		if !ok {
			return part(4)(a)
		}
		return a.c.Org.VendorName(account)
	})
	return c
}

func urlClass() *class {
	c := newClass("url")
	type T = in[string]
	add(c, "text", tString, func(u T) any { return u.v })
	host := func(get func(T) any) func(T) any { // where the host is open, so is what it is to us
		return func(u T) any {
			if open := u.c.told(u.path, hostOf(u.v)); open != hostOf(u.v) {
				return open
			}
			return get(u)
		}
	}
	add(c, "host", tString, host(func(u T) any { return hostOf(u.v) }))
	add(c, "ours", tBool, host(func(u T) any { return u.c.Org.Host(hostOf(u.v)) }))
	add(c, "known_issuer", tBool, host(func(u T) any { return u.c.Org.Issuer(u.v) != nil }))
	return c
}

func hostOf(url string) string {
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	url, _, _ = strings.Cut(url, "/")
	if at := strings.LastIndexByte(url, '@'); at >= 0 { // an address, or a user name
		url = url[at+1:]
	}
	host, _, _ := strings.Cut(url, ":")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func policyClass() *class {
	c := newClass("policy")
	type T = in[*policy.Document]
	add(c, "text", tString, func(p T) any { return p.v.Text })
	add(c, "admin", tBool, func(p T) any {
		if !p.v.Admin() && p.v.Open != "" {
			return p.c.unknown(p.path+".admin", p.c.whyOpen(p.v.Open), "")
		}
		return p.v.Admin()
	})
	add(c, "returns", tTexts, func(p T) any {
		if out := p.v.Returns(); len(out) > 0 || p.v.Open == "" {
			return out
		}
		return p.c.unknown(p.path+".returns", p.c.whyOpen(p.v.Open), "")
	})
	add(c, "actions", tTexts, func(p T) any { return p.v.Actions() })
	return c
}

func trustClass(b *builtins) *class {
	c := newClass("trust")
	type T = in[*policy.Document]
	add(c, "text", tString, func(t T) any { return t.v.Text })
	add(c, "principals", types.NewListType(b.entrant.typ), func(t T) any {
		var out []any
		for _, e := range t.v.Trust() {
			out = append(out, &object{b.entrant, in[policy.Entrant]{e, t.c, t.path + ".principals"}})
		}
		return out
	})
	add(c, "outsiders", tTexts, func(t T) any { return t.c.outsiders(t.v) })
	add(c, "changed", tBool, func(t T) any { return t.c.changed(t.v, t.path) })
	return c
}

func entrantClass() *class {
	c := newClass("principal")
	type T = in[policy.Entrant]
	add(c, "id", tString, func(e T) any { return e.v.ID })
	add(c, "kind", tString, func(e T) any { return e.v.Kind })
	add(c, "account", tString, func(e T) any { return e.v.Account })
	add(c, "anyone", tBool, func(e T) any { return e.v.Anyone })
	add(c, "narrowed", tBool, func(e T) any { return unclear(e, "narrowed", e.v.Narrowed, e.v.Narrowed) })
	add(c, "service", tBool, func(e T) any { return e.v.Kind == "service" })
	add(c, "saml", tBool, func(e T) any { return e.v.Kind == "saml" })
	add(c, "oidc", tBool, func(e T) any { return e.v.Kind == "oidc" })
	add(c, "unique", tBool, func(e T) any { return e.v.Kind == "unique" })
	add(c, "issuer", tString, func(e T) any { return e.v.Issuer })
	add(c, "known_issuer", tBool, func(e T) any { return e.c.Org.Issuer(e.v.Issuer) != nil })
	add(c, "known_subject", tBool, func(e T) any { return e.c.knownSubject(e.v) })
	add(c, "subjects", tTexts, func(e T) any { return unclear(e, "subjects", len(e.v.Subject) > 0, e.v.Subject) })
	add(c, "audiences", tTexts, func(e T) any { return unclear(e, "audiences", len(e.v.Audience) > 0, e.v.Audience) })
	add(c, "external_id", tBool, func(e T) any { return len(e.v.ExternalID) > 0 })
	add(c, "actions", tTexts, func(e T) any { return e.v.Actions })
	add(c, "external", tBool, func(e T) any { return e.c.externalEntrant(e.v, e.path) })
	add(c, "vendor", tBool, func(e T) any { return e.c.vendor(e.v) })
	c.open(func(data any) (*Context, string, string) {
		e := data.(T)
		if !e.v.Hidden {
			return e.c, e.path, ""
		}
		return e.c, e.path, cmp.Or(resource.OnlyHoles(e.v.Open), resource.Hole(-1))
	})
	return c
}

// unclear is what the conditions of an entrant ask for: unknown where nothing was found, and a condition could not be read.
func unclear(e in[policy.Entrant], name string, found bool, v any) any {
	if e.v.Unclear && !found {
		return e.c.unclear(e.v, e.path+"."+name)
	}
	return v
}

// unclear is the unknown behind a condition that is not known as a whole.
func (c *Context) unclear(e policy.Entrant, path string) any {
	if resource.HasHole(e.Open) {
		return c.unknown(path, c.whyOpen(e.Open), "")
	}
	return c.unknown(path, "a condition whose key is known after deployment", "")
}

func samlClass() *class {
	c := newClass("saml")
	type T = in[*policy.SAML]
	add(c, "entity_id", tString, func(s T) any { return s.v.EntityID })
	add(c, "certificates", tTexts, func(s T) any { return s.v.Certificates })
	add(c, "known", tBool, func(s T) any { return s.c.Org.KnownSAML(s.v.EntityID, s.v.Certificates) })
	return c
}

func patternClass() *class {
	c := newClass("pattern")
	type T = in[string]
	add(c, "text", tString, func(p T) any { return p.v })
	add(c, "identities", tBool, func(p T) any { return pattern.Identities(p.v) })
	return c
}

func scriptClass() *class {
	c := newClass("script")
	type T = in[string]
	add(c, "text", tString, func(s T) any { return s.v })
	add(c, "plain", tString, func(s T) any { return script.Read(s.v).Plain })
	for name, is := range map[string]func(*script.Script) bool{
		"connects": (*script.Script).Connects, "fetches": (*script.Script).Fetches, "hides": (*script.Script).Hides, "admits": (*script.Script).Admits,
		"steals": (*script.Script).Steals, "repeats": (*script.Script).Repeats, "mints": (*script.Script).Mints,
	} {
		add(c, name, tBool, func(s T) any { return is(script.Read(s.v)) })
	}
	return c
}

func orgClass() *class {
	c := newClass("org")
	type T = *org.Org
	add(c, "boundary", tString, func(o T) any { return o.AWS.Boundary })
	add(c, "regions", tTexts, func(o T) any { return o.AWS.Regions })
	add(c, "organization", tString, func(o T) any { return o.AWS.Organization })
	add(c, "retention_days", tInt, func(o T) any { return o.Storage.RetentionDays })
	add(c, "key_days", tInt, func(o T) any { return o.Limits.KeyDays })
	add(c, "refresh_token_days", tInt, func(o T) any { return o.Limits.RefreshTokenDays })
	return c
}

func not(v any) any {
	if b, ok := v.(bool); ok {
		return !b
	}
	return v
}

// external tells whether an AWS account is not ours; unknown when none is known to be ours.
func (c *Context) external(account, path string) any {
	if resource.HasHole(account) {
		return c.unknown(path+".external", c.whyOpen(account), "")
	}
	switch c.Org.Account(account) {
	case org.Ours:
		return false
	case org.External, org.AVendor:
		return true
	}
	if account == c.Org.Away && account != "" {
		if account == c.Key.Account { // where the resource is itself
			return false
		}
		return c.unknown(path+".external", "the account of a provider, which the code does not name", "")
	}
	if account == "" {
		return c.unknown(path+".external", "it does not say whose account it is", "")
	}
	return c.unknown(path+".external", "no account is known to be ours", "org.aws.accounts in the configuration")
}

// externalEntrant tells whether somebody whom a policy lets in does not belong to us.
func (c *Context) externalEntrant(e policy.Entrant, path string) any {
	if e.Hidden {
		return c.unknown(path, c.whyOpen(e.Open), "")
	}
	path += ".external"
	switch {
	case e.Kind == "oidc", e.Kind == "service" && e.Account == "" && e.Org == "":
		return false // judged by their conditions, not by an account
	case e.Org != "":
		return c.externalOrg(e.Org, path)
	case len(e.Within) > 0:
		return c.externalOrg(e.Within[0], path)
	case e.Anyone && e.Unclear:
		return c.unclear(e, path)
	case e.Anyone && (c.ownBuckets(e.Sources) || c.Org.Ranges(e.Networks)):
		return false
	case e.Anyone && len(e.Networks) > 0:
		return c.unknown(path, "whose addresses "+strings.Join(e.Networks, ", ")+" are", "org.networks in the configuration")
	case e.Anyone && e.Narrowed:
		return c.unknown(path, "whom the condition lets in", "")
	case e.Anyone:
		return true
	case e.Account == "":
		return c.unknown(path, "whose "+e.ID+" is", "")
	}
	return c.external(e.Account, strings.TrimSuffix(path, ".external"))
}

// ownBuckets reports whether what a service does is done for buckets of the same code.
func (c *Context) ownBuckets(arns []string) bool {
	if !c.Planned || c.State == nil {
		return false
	}
	for _, arn := range arns {
		name := arn[strings.LastIndexByte(arn, ':')+1:]
		if _, ours := c.State.Find(resource.Key{Kind: "aws.s3.bucket", ID: name}); !ours {
			return false
		}
	}
	return len(arns) > 0
}

func (c *Context) externalOrg(id, path string) any {
	if resource.HasHole(id) {
		return c.unknown(path, c.whyOpen(id), "")
	}
	switch c.Org.Organization(id) {
	case org.Ours:
		return false
	case org.External:
		return true
	}
	return c.unknown(path, "whether "+id+" is ours", "org.aws.organization in the configuration")
}

// vendor tells whether an entrant is a third party that we let in, in the agreed way.
func (c *Context) vendor(e policy.Entrant) bool {
	id, ok := c.Org.VendorID(e.Account)
	if !ok {
		return false
	}
	if id == "" || e.Alone {
		return true
	}
	for _, have := range e.ExternalID {
		if have != id {
			return false
		}
	}
	return len(e.ExternalID) > 0
}

// knownSubject tells whether every token subject that is accepted is one of the configured ones.
func (c *Context) knownSubject(e policy.Entrant) any {
	issuer := c.Org.Issuer(e.Issuer)
	if issuer == nil || len(e.Subject) == 0 {
		return false
	}
	if all := strings.Join(e.Subject, " "); resource.HasHole(all) {
		return c.unknown("self.trust.principals.known_subject", c.whyOpen(all), "")
	}
	for _, s := range e.Subject {
		if !org.GlobAny(issuer.Subjects, s) {
			return false
		}
	}
	return true
}

// outsiders lists, for people, whom a policy lets in that is not ours.
func (c *Context) outsiders(d *policy.Document) (out []string) {
	for _, e := range d.Trust() {
		external, known := c.externalEntrant(e, "").(bool)
		if known && !external && !(e.Kind == "oidc" && !e.Narrowed) {
			continue
		}
		switch {
		case e.Kind == "organization":
			out = append(out, "organization "+e.Org)
		case e.Anyone && e.ID == "*":
			out = append(out, "anyone")
		case e.Account != "" && (e.Kind == "account" || e.Kind == "service"):
			out = append(out, "account "+e.Account)
		default:
			out = append(out, e.ID)
		}
	}
	return out
}

// changed tells whether a policy differs from the one before; one never seen before counts as changed.
func (c *Context) changed(d *policy.Document, path string) any {
	i := c.Kind.Field(strings.TrimPrefix(path, "self."))
	if i < 0 || i >= len(c.Was) {
		return true
	}
	before, ok := c.Was[i].(*policy.Document)
	return !ok || before.Normal() != d.Normal()
}
