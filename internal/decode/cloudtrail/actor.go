package cloudtrail

import (
	"hash/maphash"
	"strings"

	"oust/internal/event"
)

// actor decodes userIdentity and what stands beside it; equal ones are decoded once.
func (d *Decoder) actor(r *Record, raw event.Value) *event.Actor {
	if d.actors == nil {
		d.actors = map[uint64]*event.Actor{}
	}
	agent, console := raw.Get("userAgent"), raw.Get("sessionCredentialFromConsole")
	var h maphash.Hash
	h.SetSeed(d.hashSeed())
	for _, part := range [][]byte{r.Identity, r.Address, agent.Bytes(), console.Bytes()} {
		h.Write(part)
		h.WriteByte(0)
	}
	key := h.Sum64()
	if a := d.actors[key]; a != nil {
		return a
	}
	a := decodeActor(event.Wrap(r.Identity, r.Fold))
	a.Address, a.Agent = str(r.Address), agent.Str()
	a.Console, _ = console.Bool()
	if a.Service == "" && strings.HasSuffix(a.Address, ".amazonaws.com") {
		a.Service = a.Address // the service took the place of the caller's address
	}
	if a.Service == "signin.amazonaws.com" { // how older records say that it was done in the console
		a.Service, a.Console = "", true
	}
	d.actors[key] = a
	return a
}

// Caller is the actor of a record without its user agent. It is quick.
func (d *Decoder) Caller(r *Record) *event.Actor {
	if d.callers == nil {
		d.callers = map[uint64]*event.Actor{}
	}
	key := maphash.Bytes(d.hashSeed(), r.Identity) ^ maphash.Bytes(d.hashSeed(), r.Address)<<1
	if a := d.callers[key]; a != nil {
		return a
	}
	a := decodeActor(event.Wrap(r.Identity, r.Fold))
	a.Address = str(r.Address)
	d.callers[key] = a
	return a
}

func (d *Decoder) hashSeed() maphash.Seed {
	if d.seed == (maphash.Seed{}) {
		d.seed = maphash.MakeSeed()
	}
	return d.seed
}

func decodeActor(v event.Value) *event.Actor {
	text := func(path ...string) string { return v.Path(path...).Str() }
	a := &event.Actor{
		Type:       text("type"),
		Principal:  text("arn"),
		Unique:     text("principalId"),
		Name:       text("userName"),
		Account:    text("accountId"),
		Credential: text("accessKeyId"),
		Service:    text("invokedBy"),
		Provider:   text("sessionContext", "webIdFederationData", "federatedProvider"),
		Source:     text("sessionContext", "sourceIdentity"),
		Person:     text("onBehalfOf", "userId"),
	}
	if a.Account == "" {
		a.Account = part(a.Principal, 4)
	}
	a.Started = ParseTime([]byte(text("sessionContext", "attributes", "creationDate")))
	a.MFA, _ = v.Path("sessionContext", "attributes", "mfaAuthenticated").Bool()
	switch a.Type {
	case "AssumedRole", "FederatedUser":
		session(a, v.Path("sessionContext", "sessionIssuer"))
	case "SAMLUser", "WebIdentityUser":
		a.Provider = text("identityProvider")
	case "AWSAccount":
		a.Name = text("principalId")
	case "IdentityCenterUser":
		a.Name = text("onBehalfOf", "userId")
		a.Credential = text("credentialId")
	}
	if a.Name == "" {
		a.Name = a.Principal[strings.LastIndexAny(a.Principal, "/:")+1:]
	}
	return a
}

// session replaces a session by the role or user behind it; the session keeps its name.
func session(a *event.Actor, issuer event.Value) {
	_, name, _ := strings.Cut(part(a.Principal, 5), "/") // assumed-role/role/session
	role, session, _ := strings.Cut(name, "/")
	a.Session = session
	if id, s, ok := strings.Cut(a.Unique, ":"); ok {
		a.Unique = id
		if a.Session == "" {
			a.Session = s
		}
	}
	if arn := issuer.Get("arn").Str(); arn != "" {
		a.Principal = arn
		a.Name = issuer.Get("userName").Str()
		if id := issuer.Get("principalId").Str(); id != "" {
			a.Unique = id
		}
	} else if a.Type == "AssumedRole" && role != "" {
		a.Principal = "arn:" + part(a.Principal, 1) + ":iam::" + a.Account + ":role/" + role
		a.Name = role
	}
}

// part returns a section of an ARN, counted from 0.
func part(arn string, i int) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[i]
}
