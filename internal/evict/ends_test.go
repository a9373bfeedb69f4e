package evict_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"oust/internal/catalogtest"
	"oust/internal/org"
	"oust/internal/resource"
)

// endless are the kinds for which no call ends what was done, with the reason. Each file says it as well.
var endless = map[string]string{
	"aws.cloudshell.environment": "the CLI has no command for it",
	"aws.cloudtrail.log_file":    "what was deleted does not come back",
	"aws.ec2.pushed_key":         "it lasts a minute",
	"aws.signin.session":         "held by its principal",
	"aws.sso.device_token":       "console only",
	"aws.sso.identity_source":    "console only",
	"aws.sso.mfa":                "console only",
	"aws.sso.scim_tenant":        "console only",
	"aws.sts.federation_token":   "held by its user",
	"aws.sts.root_session":       "lasts a quarter of an hour",
	"aws.sts.saml_sign_in":       "held by its role",
	"aws.sts.session_token":      "held by its user",
}

// byHand are the kinds that are found, and that a responder still takes away by hand: their steps are not written yet.
var byHand = []string{
	"aws.appstream.image_share",
	"aws.appstream.machine",
	"aws.appstream.user",
	"aws.bedrock.action_group",
	"aws.chatbot.channel",
	"aws.datapipeline.pipeline",
	"aws.datastore.user",
	"aws.dlm.policy",
	"aws.ds.password",
	"aws.ds.share",
	"aws.ds.trust",
	"aws.ec2.network_acl_entry",
	"aws.events.archive",
	"aws.grafana.key",
	"aws.iam.delegation",
	"aws.iam.outbound_federation",
	"aws.quicksight.user",
	"aws.s3.access_grant",
	"aws.service.policy",
	"aws.servicecatalog.share",
	"aws.signer.permission",
	"aws.synthetics.canary",
}

// TestJudgedKindsEnd: what a technique finds can be taken away, or it is said why not.
func TestJudgedKindsEnd(t *testing.T) {
	cat, _ := catalogtest.Open(t)
	unused := maps.Clone(endless)
	for _, name := range cat.KindNames() {
		if !strings.HasPrefix(name, "aws.") {
			continue // what stands in a repository is changed there
		}
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		judges, err := cat.Techniques(name)
		if err != nil {
			t.Fatal(err)
		}
		_, explained := endless[name]
		if slices.Contains(byHand, name) {
			if len(k.End) > 0 {
				t.Errorf("%s has an end by now: take it off the list", name)
			}
			continue
		}
		delete(unused, name)
		switch {
		case len(k.End) > 0 && explained:
			t.Errorf("%s has an end, and an explanation why not", name)
		case len(k.End) == 0 && !explained && len(judges) > 0 && len(k.Log) > 0: // what only code shows is fixed in the code
			t.Errorf("%s is judged by %s, and nothing says how it is taken away", name, judges[0].ID)
		}
	}
	if len(unused) > 0 {
		t.Errorf("explained, and no kind: %v", slices.Sorted(maps.Keys(unused)))
	}
}

// TestEndsAnswerTheLog: a step answers a deed that the log of its kind can show.
func TestEndsAnswerTheLog(t *testing.T) {
	cat, _ := catalogtest.Open(t)
	for _, name := range cat.KindNames() {
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[resource.Does]bool{}
		for _, e := range k.Log {
			seen[e.Does] = true
		}
		for i, s := range k.End {
			if slices.Contains([]string{"guard", "contain", "revoke"}, s.Phase) && k.Place == resource.Principal {
				continue // these stand for whoever acted
			}
			if len(s.After) > 0 && !slices.ContainsFunc(s.After, func(d resource.Does) bool { return seen[d] }) {
				t.Errorf("%s: step %d (%s) answers what no entry of its log does", name, i+1, s.Phase)
			}
		}
	}
}

// TestRobbed: what the intruder removed and somebody else had made is put back, unless it was made again.
func TestRobbed(t *testing.T) {
	ci, admin := user(home, "ci-bot", stolen), session(home, "AWSReservedSSO_Admin_0011223344556677", "alice", alice, 1)
	const deny = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`
	put := func(l *log, minute int, who object) {
		l.add(minute, who, "iam", "PutRolePolicy", home, object{"roleName": "app", "policyName": "fence", "policyDocument": deny}, nil)
	}
	remove := func(l *log, minute int, who object) {
		l.add(minute, who, "iam", "DeleteRolePolicy", home, object{"roleName": "app", "policyName": "fence"}, nil)
	}
	for _, c := range []struct {
		name string
		back bool
		log  func(l *log)
	}{
		{"theirs was removed", true, func(l *log) { put(l, 1, admin); remove(l, 5, ci) }},
		{"made again", false, func(l *log) { put(l, 1, admin); remove(l, 5, ci); put(l, 9, admin) }},
		{"removed what they had made", false, func(l *log) { put(l, 4, ci); remove(l, 5, ci) }},
		{"removed by its owner later", false, func(l *log) { put(l, 1, admin); put(l, 5, ci); remove(l, 9, admin) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &log{}
			c.log(l)
			p, _ := l.read(t, 3, "", &org.Org{}).plan(t, stolen)
			s := step(p, "restore", "role app fence")
			if (s != nil) != c.back {
				t.Fatalf("put back: %v, want %v", s != nil, c.back)
			}
			if s == nil {
				return
			}
			text, _ := s.Call.Params["PolicyDocument"].(string)
			if s.Call.Operation != "iam:PutRolePolicy" || s.Call.Params["RoleName"] != "app" || !json.Valid([]byte(text)) || !strings.Contains(text, "Deny") {
				t.Errorf("%s %v, missing %v", s.Call.Operation, s.Call.Params, s.Missing)
			}
		})
	}
}

// TestHidden: what the log never shows is put back as well; the responder reads it first.
func TestHidden(t *testing.T) {
	ci := user(home, "ci-bot", stolen)
	l := &log{}
	l.add(5, ci, "ssm", "PutParameter", home, object{"name": "/app/db", "type": "SecureString", "overwrite": true}, object{"version": 3})
	p, _ := l.read(t, 3, "", &org.Org{}).plan(t, stolen)
	s := step(p, "restore", "app/db")
	if s == nil || s.Call.Operation != "ssm:PutParameter" {
		t.Fatal("the parameter is not put back")
	}
	if len(s.Missing) != 1 || s.Missing[0].Param != "Value" || s.Missing[0].Read == nil || s.Missing[0].Read.Operation != "ssm:GetParameterHistory" {
		t.Errorf("missing: %+v", s.Missing)
	}
}
