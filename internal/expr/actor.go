package expr

import (
	"strings"

	"oust/internal/event"
	"oust/internal/org"
)

// ciIssuers are the token services of build systems: a session that one of them vouched for runs in a pipeline.
// Which pipeline, and whether it is ours, only the configuration can say.
var ciIssuers = []string{
	"token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io", "oidc.circleci.com", "api.bitbucket.org", "vstoken.dev.azure.com", "agent.buildkite.com", "app.spacelift.io",
}

func actorClass(b *builtins) *class {
	c := newClass("actor")
	type T = in[*event.Actor]
	text := func(name string, get func(*event.Actor) string) {
		add(c, name, tString, func(a T) any { return get(a.v) })
	}
	text("type", func(a *event.Actor) string { return a.Type })
	text("principal", func(a *event.Actor) string { return a.Principal })
	text("unique", func(a *event.Actor) string { return a.Unique })
	text("name", func(a *event.Actor) string { return a.Name })
	text("credential", func(a *event.Actor) string { return a.Credential })
	text("session", func(a *event.Actor) string { return a.Session })
	text("address", func(a *event.Actor) string { return a.Address })
	text("via", func(a *event.Actor) string { return a.Service })
	text("provider", func(a *event.Actor) string { return a.Provider })
	add(c, "account", b.account.typ, func(a T) any {
		return &object{b.account, in[string]{a.v.Account, a.c, "by.account"}}
	})
	flag := func(name string, get func(T) bool) { add(c, name, tBool, func(a T) any { return get(a) }) }
	flag("root", func(a T) bool { return a.v.Type == "Root" })
	flag("mfa", func(a T) bool { return a.v.MFA })
	flag("user", func(a T) bool { return a.v.Type == "IAMUser" })
	flag("sso", func(a T) bool { return strings.HasPrefix(a.v.Name, "AWSReservedSSO_") })
	flag("instance", func(a T) bool { return a.v.Type == "AssumedRole" && strings.HasPrefix(a.v.Session, "i-") })
	flag("service", func(a T) bool { return service(a.v) })
	flag("pipeline", func(a T) bool { return pipeline(a.c.Org, a.v) })
	flag("break_glass", func(a T) bool { return a.c.Org.BreakGlass(a.v.Principal) })
	flag("hand", func(a T) bool { return a.v.Service == "" && !service(a.v) && !pipeline(a.c.Org, a.v) })
	return c
}

// service reports whether a cloud service acted on its own account.
func service(a *event.Actor) bool {
	return a.Type == "AWSService" || a.Type == "" && a.Service != "" ||
		strings.Contains(a.Principal, ":role/aws-service-role/")
}

// pipeline reports whether a build system acted: one that is configured, or, where none is,
// a session for which the token service of a build system vouched.
func pipeline(o *org.Org, a *event.Actor) bool {
	if len(o.AWS.Pipelines) > 0 {
		return o.Pipeline(a.Principal)
	}
	_, issuer, ok := strings.Cut(a.Provider, ":oidc-provider/")
	if !ok {
		return false
	}
	for _, ci := range ciIssuers {
		if issuer == ci || strings.HasPrefix(issuer, ci+"/") {
			return true
		}
	}
	return false
}
