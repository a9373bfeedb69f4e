package kubernetes

import (
	"context"
	"strings"
	"testing"

	"oust/internal/plan"
	"oust/internal/plan/plantest"
)

func TestRead(t *testing.T) { plantest.Run(t, Reader{}) }

func TestTakes(t *testing.T) {
	for body, want := range map[string]bool{
		"apiVersion: v1\nkind: Pod\n":               true,
		`{"kind": "Pod", "apiVersion": "v1"}`:       true,
		"on: push\njobs: {}\n":                      false,
		"Resources:\n  A: {Type: AWS::S3::Bucket}":  false,
		"spec:\n  apiVersion: v1\n  kind: nested\n": false,
	} {
		if got := (Reader{}).Takes(&plan.File{Path: "f", Body: []byte(body)}); got != want {
			t.Errorf("%q: takes is %v", body, got)
		}
	}
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{"AssumeRolePolicy": "assume_role_policy", "SAMLProvider": "saml_provider", "OpenIDConnectProvider": "openid_connect_provider",
		"EIP": "eip", "KeyPair": "key_pair", "roleArn": "role_arn", "clientIDs": "client_ids"} {
		if got := snake(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// TestEndsWithAReason holds that what is broken or enormous ends, and says why.
func TestEndsWithAReason(t *testing.T) {
	const head = "apiVersion: v1\nkind: ServiceAccount\n"
	for body, want := range map[string]string{
		head + "metadata: {":       "object: ",
		head + "metadata: &a [*a]": "an alias of itself",
		head + "a: " + strings.Repeat("[", 500) + strings.Repeat("]", 500): "more than 200 levels deep",
		head + "kind: ConfigMap\n":                  "key kind is given twice",
		`{"apiVersion": "v1", "kind": "List", "ite`: "unexpected EOF",
	} {
		r := Reader{}.Read(context.Background(), []*plan.File{{Path: "f", Body: []byte(body)}})
		if got := plantest.Print(plan.Result{Problems: r.Problems}); !strings.Contains(got, want) {
			t.Errorf("%.60q: %q does not say %q", body, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	plantest.Fuzz(f, Reader{}, "t", func(p *plan.Resource) bool { return p.Type != "" && p.Address != "" && p.After != nil })
}
