package org

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Relation is what something is to us.
type Relation byte

// Unknown is for what cannot be told, such as an account when none is known to be ours.
const (
	Unknown Relation = iota
	Ours
	AVendor
	External
)

// Account tells what an AWS account is to us.
// Without configured accounts, ours are those whose logs were given.
func (o *Org) Account(id string) Relation {
	switch {
	case id == "", id == o.Away:
		return Unknown
	case id == o.Home:
		return Ours
	case o.Assumed() && o.Seen[id]:
		return Ours
	case has(o.AWS.Accounts, id):
		return Ours
	case o.vendor(id) != nil:
		return AVendor
	case o.Assumed() && len(o.Seen) == 0:
		return Unknown
	}
	return External
}

// Assumed reports whether our AWS accounts are a guess from the input, not configured.
func (o *Org) Assumed() bool { return len(o.AWS.Accounts) == 0 }

// Learn notes an account whose log was given.
func (o *Org) Learn(account string) {
	if account == "" {
		return
	}
	if o.Seen == nil {
		o.Seen = map[string]bool{}
	}
	o.Seen[account] = true
}

func (o *Org) vendor(account string) *Vendor {
	for i := range o.AWS.Vendors {
		if o.AWS.Vendors[i].Account == account {
			return &o.AWS.Vendors[i]
		}
	}
	return nil
}

// VendorName returns what we call the vendor of an account, empty when it is none.
func (o *Org) VendorName(account string) string {
	if v := o.vendor(account); v != nil {
		return v.Name
	}
	return ""
}

// VendorID returns the external id agreed with the vendor of an account; ok is false when there is no such vendor.
func (o *Org) VendorID(account string) (id string, ok bool) {
	if v := o.vendor(account); v != nil {
		return v.ExternalID, true
	}
	return "", false
}

// Organization tells what an AWS organization id is to us.
func (o *Org) Organization(id string) Relation {
	switch {
	case o.AWS.Organization == "":
		return Unknown
	case o.AWS.Organization == id:
		return Ours
	}
	return External
}

// Pipeline reports whether a principal is one of the configured pipelines.
func (o *Org) Pipeline(principal string) bool { return GlobAny(o.AWS.Pipelines, principal) }

// BreakGlass reports whether a principal, given by its ARN or name, is kept for emergencies.
func (o *Org) BreakGlass(principal string) bool {
	return slices.ContainsFunc(o.AWS.BreakGlass, func(p string) bool { return named(p, principal) })
}

// Issuer returns the configured issuer of that URL or host, nil when it is none of ours.
func (o *Org) Issuer(url string) *Issuer {
	for i := range o.Issuers {
		if trimScheme(o.Issuers[i].Issuer) == trimScheme(url) {
			return &o.Issuers[i]
		}
	}
	return nil
}

// KnownSAML reports whether a SAML provider is ours: its entity id is, and every certificate is one of those listed for it.
// The entity id alone proves nothing, because whoever writes the metadata chooses it.
func (o *Org) KnownSAML(entity string, certificates []string) bool {
	for _, s := range o.SAML {
		if s.EntityID != entity || len(certificates) == 0 {
			continue
		}
		known := true
		for _, c := range certificates {
			known = known && has(s.Certificates, c)
		}
		return known
	}
	return false
}

// Host reports whether a host name is ours: a configured host or domain, or below one.
func (o *Org) Host(name string) bool {
	return under(name, o.Domains) || under(name, o.Hosts) || under(name, o.DNS.Zones)
}

// Zone reports whether a DNS zone is ours.
func (o *Org) Zone(name string) bool { return under(name, o.DNS.Zones) }

// Target reports whether a DNS record may point to a name.
func (o *Org) Target(name string) bool { return under(name, o.DNS.Targets) || o.Host(name) }

// Credential reports whether a user may have long-lived credentials: it is listed, and its time is not over.
func (o *Org) Credential(user string) bool {
	today := time.Now().UTC().Format(time.DateOnly)
	for _, c := range o.AWS.Credentials {
		if named(c.User, user) && (c.Until == "" || c.Until >= today) {
			return true
		}
	}
	return false
}

// named reports whether a pattern, which may be a name or an ARN, means a user or role.
func named(pattern, name string) bool {
	return name != "" && (Glob(pattern, name) || Glob(pattern[strings.LastIndexByte(pattern, '/')+1:], name))
}

// Ranges reports whether ranges of addresses, or single ones, are all in our networks. Of none, it is not.
func (o *Org) Ranges(cidrs []string) bool {
	for _, cidr := range cidrs {
		within, err := netip.ParsePrefix(cidr)
		if err != nil && !o.Network(cidr) || err == nil && !o.holds(within) {
			return false
		}
	}
	return len(cidrs) > 0
}

func (o *Org) holds(within netip.Prefix) bool {
	return slices.ContainsFunc(o.Networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return n == within.String() || err == nil && p.Bits() <= within.Bits() && p.Contains(within.Addr())
	})
}

// Network reports whether an address is in one of our networks.
func (o *Org) Network(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, n := range o.Networks {
		if p, err := netip.ParsePrefix(n); err == nil && p.Contains(ip) {
			return true
		}
		if n == address {
			return true
		}
	}
	return false
}

// Image reports whether machine images of an owner (account, or alias such as amazon) or with an id are approved.
func (o *Org) Image(ownerOrID string) bool { return GlobAny(o.AWS.Images, ownerOrID) }

// Registry reports whether a container image comes from one of our registries.
func (o *Org) Registry(image string) bool {
	for _, r := range o.Registries {
		if image == r || strings.HasPrefix(image, strings.TrimSuffix(r, "/")+"/") {
			return true
		}
	}
	return false
}

// Repository reports whether a source repository is ours.
func (o *Org) Repository(url string) bool {
	for _, r := range o.Repositories {
		r, url := trimScheme(r), strings.TrimSuffix(trimScheme(url), ".git")
		if url == r || strings.HasPrefix(url, strings.TrimSuffix(r, "/")+"/") || Glob(r, url) {
			return true
		}
	}
	return false
}

// Protected reports whether a bucket must keep what it holds.
func (o *Org) Protected(bucket string) bool { return GlobAny(o.Storage.Protected, bucket) }

// GlobAny reports whether s matches one of the patterns.
func GlobAny(patterns []string, s string) bool {
	for _, p := range patterns {
		if Glob(p, s) {
			return true
		}
	}
	return false
}

// Glob matches with * for any run of characters and ? for one, as IAM policies do.
func Glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

func has(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func under(name string, domains []string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, d := range domains {
		d = strings.ToLower(strings.TrimPrefix(strings.TrimSuffix(d, "."), "*."))
		if name == d || strings.HasSuffix(name, "."+d) {
			return true
		}
	}
	return false
}

func trimScheme(url string) string {
	url = strings.TrimSuffix(url, "/")
	url = strings.TrimPrefix(url, "https://")
	return strings.ToLower(strings.TrimPrefix(url, "http://"))
}
