package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// whole is every key of the configuration.
const whole = `fail_on: medium
org:
  domains: [example.com]
  networks: [192.0.2.0/24, 198.51.100.7]
  issuers: [{ issuer: https://token.actions.githubusercontent.com, subjects: ["repo:acme/*"], audiences: [sts.amazonaws.com], condition: c }]
  saml: [{ entity_id: https://idp.example.com, certificates: [ab] }]
  dns: { zones: [example.com], targets: [cdn.example.net] }
  hosts: [hooks.example.com]
  registries: [registry.example.com/acme]
  repositories: [github.com/acme]
  storage: { protected: [audit-*], retention_days: 365 }
  limits: { secret_days: 1, key_days: 2, refresh_token_days: 3, signing_certificate_years: 4 }
  aws:
    organization: o-a1b2c3d4e5
    accounts: ["111122223333"]
    vendors: [{ name: Watchdog, account: "444455556666", external_id: e-1 }]
    pipelines: ["arn:aws:iam::111122223333:role/deploy"]
    break_glass: ["arn:aws:iam::111122223333:user/glass"]
    images: [amazon]
    boundary: arn:aws:iam::111122223333:policy/boundary
    regions: [eu-central-1]
    credentials: [{ user: backup, owner: ops, until: 2026-12-31 }]
  azure:
    tenant: t
    subscriptions: [s]
    partners: [{ name: p, tenant: t }]
    pipelines: [p]
    break_glass: [b]
    galleries: [g]
    admin_groups: [a]
    applications: [a]
    conditional_access: { max_sign_in_frequency_hours: 12, block_device_code: true }
  gcp:
    organization: "123"
    customer: C01
    projects: [{ id: acme-prod, number: "42" }]
    pipelines: [p]
    break_glass: [b]
    images: [i]
    oauth_clients: [o]
    session_seconds: 3600
accept:
  - { finding: a1, technique: aws/x, resource: r, account: a, reason: r, owner: o, until: 2026-12-31, content: c0 }
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "oust.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEveryKey reads a file that sets every key, and finds none of them empty.
func TestEveryKey(t *testing.T) {
	path := write(t, whole)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	empty(t, reflect.ValueOf(*c), "")
	if a := c.Accept[0]; a.Line != strings.Count(whole, "\n") || a.File != path || a.Until != "2026-12-31" {
		t.Errorf("the entry stands at %s:%d until %s", a.File, a.Line, a.Until)
	}
}

func empty(t *testing.T, v reflect.Value, at string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("yaml") != "-" {
				empty(t, v.Field(i), at+"."+f.Name)
			}
		}
	case reflect.Slice:
		if v.Len() == 0 {
			t.Errorf("%s was not read", at)
			return
		}
		empty(t, v.Index(0), at+"[0]")
	default:
		if v.IsZero() {
			t.Errorf("%s was not read", at)
		}
	}
}

func TestValues(t *testing.T) {
	c, err := Load(write(t, "# ours\norg:\n  aws: { accounts: ['111122223333',\n    '222233334444'] }\n  domains: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, v := range c.Values {
		got += fmt.Sprintf("%d %s=%s\n", v.Line, v.Key, v.Text)
	}
	want := "3 org.aws.accounts[0]=111122223333\n4 org.aws.accounts[1]=222233334444\n5 org.domains=[]\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"orgs: {}":                                       `:1:1: unknown key "orgs" (did you mean org?)`,
		"org:\n  aws:\n    acounts: []":                  `:3:5: unknown key "acounts" (did you mean accounts?)`,
		"org:\n  issuers:\n  - isuer: x":                 `:3:5: unknown key "isuer" (did you mean issuer?)`,
		"org: &a\n  azure: { tennant: x }\n":             `:2:12: unknown key "tennant" (did you mean tenant?)`,
		"org: { gcp: &g { x: y } }":                      `:1:18: unknown key "x"`,
		"accept: [{ untill: 2026-12-31 }]":               `unknown key "untill" (did you mean until?)`,
		"org: { aws: { accounts: ['1234'] } }":           `:1:26: "1234" is no AWS account`,
		"org: { aws: { vendors: [{ account: acme }] } }": `"acme" is no AWS account`,
		"org: { networks: [10.0.0.0/33] }":               `"10.0.0.0/33" is no network`,
		"fail_on: severe":                                `fail_on "severe"`,
		"org: [x]":                                       "cannot unmarshal",
		"org: { domains: &a [*a] }":                      "oust.yml",
		"a: b: c":                                        "oust.yml",
	} {
		_, err := Load(write(t, text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("org: &o { domains: [*o] }"))
	f.Fuzz(func(t *testing.T, src []byte) {
		var c Config
		root, err := strict("oust.yml", src, &c)
		if err != nil || root == nil {
			return
		}
		for _, v := range values(root, "") {
			if v.Line < 1 {
				t.Errorf("%q: %+v", src, v)
			}
		}
	})
}
