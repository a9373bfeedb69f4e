package evict_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"oust/internal/finding"
	"oust/internal/org"
)

// An account is a simulated account: what the operations of a plan set and take away, by name.
type account map[string]string

// effects tell what an operation does: the name of what it is about, made of parameters, and the parameter whose value it sets.
// An empty value takes it away.
var effects = map[string]struct {
	name  []string
	value string
}{
	"iam:PutUserPolicy":                {[]string{"user", "UserName", "PolicyName"}, "PolicyDocument"},
	"iam:DeleteUserPolicy":             {[]string{"user", "UserName", "PolicyName"}, ""},
	"iam:PutRolePolicy":                {[]string{"role", "RoleName", "PolicyName"}, "PolicyDocument"},
	"iam:DeleteRolePolicy":             {[]string{"role", "RoleName", "PolicyName"}, ""},
	"iam:UpdateAccessKey":              {[]string{"key", "AccessKeyId"}, "Status"},
	"iam:UpdateAssumeRolePolicy":       {[]string{"trust", "RoleName"}, "PolicyDocument"},
	"s3api:PutBucketPolicy":            {[]string{"bucket", "Bucket"}, "Policy"},
	"s3api:DeleteBucketPolicy":         {[]string{"bucket", "Bucket"}, ""},
	"events:DisableRule":               {[]string{"rule", "Name"}, "=DISABLED"},
	"events:EnableRule":                {[]string{"rule", "Name"}, "=ENABLED"},
	"lambda:PutFunctionConcurrency":    {[]string{"concurrency", "FunctionName"}, "ReservedConcurrentExecutions"},
	"lambda:DeleteFunctionConcurrency": {[]string{"concurrency", "FunctionName"}, ""},
	"events:RemoveTargets":             {[]string{"targets", "Rule"}, ""},
	"events:PutTargets":                {[]string{"targets", "Rule"}, "Targets"},
	"sns:Subscribe":                    {[]string{"subscription", "TopicArn"}, "Endpoint"},
	"sns:Unsubscribe":                  {[]string{"subscription", "SubscriptionArn"}, ""},
	"lambda:AddPermission":             {[]string{"permission", "FunctionName", "StatementId"}, "Principal"},
	"lambda:RemovePermission":          {[]string{"permission", "FunctionName", "StatementId"}, ""},
	"organizations:CreatePolicy":       {[]string{"scp", "Name"}, "Content"},
	"organizations:AttachPolicy":       {[]string{"attached", "PolicyId", "TargetId"}, "TargetId"},
	"organizations:DetachPolicy":       {[]string{"attached", "PolicyId", "TargetId"}, ""},
	"organizations:DeletePolicy":       {[]string{"scp", "PolicyId"}, ""},
	"iam:DeletePolicy":                 {[]string{"policy", "PolicyArn"}, ""},
}

func (a account) do(t *testing.T, c *finding.Call, ids map[string]string) {
	t.Helper()
	e, ok := effects[c.Operation]
	if !ok {
		t.Fatalf("the simulation does not know %s", c.Operation)
	}
	parts := []string{e.name[0]}
	for _, p := range e.name[1:] {
		v := fmt.Sprint(c.Params[p])
		if name, given := ids[v]; given {
			v = name // what an earlier answer gave
		}
		parts = append(parts, v)
	}
	name := strings.Join(parts, " ")
	switch {
	case e.value == "":
		delete(a, name)
	case strings.HasPrefix(e.value, "="):
		a[name] = e.value[1:]
	default:
		a[name] = fmt.Sprint(c.Params[e.value])
	}
}

// TestUndo does every step of a plan that can be wholly undone, undoes them in reverse, and has the account as it was.
func TestUndo(t *testing.T) {
	r := intrusion().read(t, 12, "", &org.Org{})
	p, _ := r.plan(t, stolen)
	ids := map[string]string{}
	var steps []finding.EvictStep
	for _, s := range p.Steps {
		if s.Call == nil || s.Undo == nil || len(s.Missing) > 0 {
			continue
		}
		if s.Out != "" {
			ids["<"+s.Out+">"] = fmt.Sprint(s.Call.Params["Name"])
		}
		steps = append(steps, s)
	}
	if len(steps) < 15 {
		t.Fatalf("only %d steps can be undone", len(steps))
	}
	now := account{}
	for i := len(steps) - 1; i >= 0; i-- { // what stands is what undoing would put back
		now.do(t, steps[i].Undo, ids)
	}
	for name, want := range map[string]string{"rule relay-tick": "ENABLED", "key " + synced: "Active", "key " + stolen: "Active", "bucket ledger": outside, "concurrency relay": "", "user sync oust-contain": ""} {
		if is := now[name]; want == "" && is != "" || !strings.Contains(is, want) {
			t.Errorf("undoing makes %s %q, which was %q", name, is, want)
		}
	}
	before := maps.Clone(now)
	for _, s := range steps {
		now.do(t, s.Call, ids)
	}
	if cmp.Equal(before, now) {
		t.Fatal("the plan changed nothing")
	}
	for i := len(steps) - 1; i >= 0; i-- {
		now.do(t, steps[i].Undo, ids)
	}
	if d := cmp.Diff(before, now); d != "" {
		t.Errorf("the account after plan and undo (-before +after):\n%s", d)
	}
}
