package hcl

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"oust/internal/plan"
)

// A provider is what is known of where its resources are.
type provider struct {
	account, region string
	beside          bool // it has an alias: it is not the main one
}

// provider finds the provider of a resource: the one that it names, or the default one of its type.
func (s *scope) provider(b *block) *provider {
	name := ""
	if a := b.attrs["provider"]; a != nil {
		name = keyword(a.expr)
	}
	if name == "" {
		name = kindPrefix(b.label(0))
	}
	return s.named1(name)
}

func kindPrefix(kind string) string {
	for i := range kind {
		if kind[i] == '_' {
			return kind[:i]
		}
	}
	return kind
}

// named1 is the provider of a local name: passed by the caller, configured here, or inherited.
func (s *scope) named1(name string) *provider {
	if p := s.providers[name]; p != nil {
		return p
	}
	for _, b := range s.folder.providers {
		full := b.label(0)
		if a := b.attrs["alias"]; a != nil {
			full += "." + keyword(a.expr)
		}
		if full == name {
			p := &provider{plan.Here, plan.HereRegion, b.attrs["alias"] != nil}
			s.providers[name] = p // before it is evaluated: it may ask for a data source
			s.configure(p, b)
			return p
		}
	}
	if s.up != nil && kindPrefix(name) == name {
		return s.up.named1(name)
	}
	return &provider{account: plan.Here, region: plan.HereRegion}
}

// another reports whether a provider works in another name than the main one, as far as one argument or block tells.
func (s *scope) another(b *block, name string) bool {
	a := b.attrs[name]
	if a == nil {
		return len(b.nested(name)) > 0
	}
	for _, main := range s.folder.providers {
		if main.label(0) == b.label(0) && main.attrs["alias"] == nil && main.attrs[name] != nil {
			mine, ok := known([]cty.Value{s.eval(a, nil)}, 0)
			its, also := known([]cty.Value{s.eval(main.attrs[name], nil)}, 0)
			return !ok || !also || mine != its || s.r.tokens.in(mine)
		}
	}
	return true
}

// configure reads where a provider works, as far as it is written out.
func (s *scope) configure(p *provider, b *block) {
	if p.beside && slices.ContainsFunc(plan.ActsAs, func(name string) bool { return s.another(b, name) }) {
		p.account = plan.There
	}
	text := func(b *block, name string) string {
		if a := b.attrs[name]; a != nil {
			if t, ok := known([]cty.Value{s.eval(a, nil)}, 0); ok && !s.r.tokens.in(t) {
				return t
			}
		}
		return ""
	}
	if region := text(b, "region"); region != "" {
		p.region = region
	}
	if a := b.attrs["allowed_account_ids"]; a != nil { // the provider refuses every other account
		if v, _ := s.eval(a, nil).UnmarkDeep(); v.IsWhollyKnown() && !v.IsNull() && v.CanIterateElements() && v.LengthInt() == 1 {
			if id, ok := known(v.AsValueSlice(), 0); ok && accountOf("arn:aws:iam::"+id+":root") != "" {
				p.account = id
			}
		}
	}
	for _, n := range b.blocks {
		if n.kind != "assume_role" && n.kind != "assume_role_with_web_identity" {
			continue
		}
		if id := accountOf(text(n, "role_arn")); id != "" {
			p.account = id
		}
	}
	if a := b.attrs["assume_role"]; a != nil { // JSON
		for _, v := range inside(s.eval(a, nil)) {
			if role, ok := known([]cty.Value{v["role_arn"]}, 0); ok && accountOf(role) != "" {
				p.account = accountOf(role)
			}
		}
	}
}

// passed are the providers that a call hands to its module.
func (s *scope) passed(b *block) map[string]*provider {
	out := map[string]*provider{}
	a := b.attrs["providers"]
	if a == nil {
		return out
	}
	for to, from := range words(a.expr) {
		out[to] = s.named1(from)
	}
	return out
}
