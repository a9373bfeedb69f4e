package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"oust/internal/catalog"
)

// A Value is one setting of a configuration file, and where it stands.
type Value struct {
	Key  string // org.aws.accounts[0]
	Text string
	Line int

	col int
}

// values lists the leaves of a tree. An empty list or mapping is a leaf.
func values(n *yaml.Node, key string) (out []Value) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		for i := 0; i+1 < len(n.Content); i += 2 {
			out = append(out, values(n.Content[i+1], strings.TrimPrefix(key+"."+n.Content[i].Value, "."))...)
		}
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		for i, e := range n.Content {
			out = append(out, values(e, fmt.Sprintf("%s[%d]", key, i))...)
		}
	default:
		text := n.Value
		switch n.Kind {
		case yaml.SequenceNode:
			text = "[]"
		case yaml.MappingNode:
			text = "{}"
		}
		out = []Value{{Key: key, Text: text, Line: n.Line, col: n.Column}}
	}
	return out
}

var (
	index   = regexp.MustCompile(`\[\d+\]`)
	account = regexp.MustCompile(`^\d{12}$`)
	levels  = append(slices.Clone(catalog.Severities), "never")
)

// check refuses a value that could never match anything: it would silently switch off what it is meant to do.
func (v *Value) check() error {
	if v.Text == "" || v.Text == "[]" {
		return nil
	}
	switch index.ReplaceAllString(v.Key, "") {
	case "org.aws.accounts", "org.aws.vendors.account":
		if !account.MatchString(v.Text) {
			return fmt.Errorf("%q is no AWS account: want 12 digits, in quotes", v.Text)
		}
	case "org.networks":
		if _, err := netip.ParsePrefix(v.Text); err == nil {
			return nil
		}
		if _, err := netip.ParseAddr(v.Text); err != nil {
			return fmt.Errorf("%q is no network: want 192.0.2.0/24 or an address", v.Text)
		}
	case "fail_on":
		if !slices.Contains(levels, v.Text) {
			return fmt.Errorf("fail_on %q: want one of %s", v.Text, strings.Join(levels, ", "))
		}
	}
	return nil
}
