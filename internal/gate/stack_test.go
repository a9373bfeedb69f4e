package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"oust/internal/plan"
)

func TestStacks(t *testing.T) {
	of := func(name string, before, after map[string]any) *plan.Resource {
		r := &plan.Resource{Format: plan.Terraform, Type: "aws_cloudformation_stack", Address: "aws_cloudformation_stack." + name, At: plan.Place{File: "main.tf", Line: 3}}
		if before != nil {
			r.Before, r.HasBefore = before, true
		}
		if after != nil {
			r.After = after
		}
		return r
	}
	user := func(names ...string) map[string]any {
		body := "Resources:\n"
		for _, n := range names {
			body += "  " + n + ": {Type: AWS::IAM::User}\n"
		}
		return map[string]any{"template_body": body}
	}
	half := map[string]any{"template_body": plan.Unknown{Parts: []any{"Resources: {A: {Type: AWS::IAM::User, Properties: {UserName: '", plan.Unknown{Why: "later"}, "'}}}"}}}
	for name, c := range map[string]struct {
		r       *plan.Resource
		want    []string
		problem string
	}{
		"new":       {of("s", nil, user("A")), []string{"s/A new"}, ""},
		"changed":   {of("s", user("A", "B"), user("B", "C")), []string{"s/B stood", "s/C new", "s/A gone"}, ""},
		"removed":   {of("s", user("A"), nil), []string{"s/A gone"}, ""},
		"secret":    {of("s", nil, map[string]any{"template_body": plan.Secret{Value: user("A")["template_body"]}}), []string{"s/A new"}, ""},
		"in parts":  {of("s", nil, half), []string{"s/A new"}, ""},
		"elsewhere": {of("s", nil, map[string]any{"template_url": "https://example.com/t.yml"}), nil, "the template of aws_cloudformation_stack.s, which is not in the code"},
		"later":     {of("s", nil, map[string]any{"template_body": plan.Unknown{Why: "later"}}), nil, "the template of aws_cloudformation_stack.s, which is not in the code"},
		"no form":   {of("s", nil, map[string]any{"template_body": "hello"}), nil, "the template of aws_cloudformation_stack.s, which is none that is known"},
		"another":   {&plan.Resource{Format: plan.Terraform, Type: "aws_s3_bucket", After: map[string]any{}}, nil, ""},
	} {
		got := stacks(t.Context(), []*plan.Resource{c.r})
		var names []string
		for _, r := range got.Resources {
			state := map[bool]string{true: "stood", false: "new"}[r.HasBefore]
			if r.After == nil {
				state = "gone"
			}
			names = append(names, r.Address[len("aws_cloudformation_stack."):]+" "+state)
		}
		if diff := cmp.Diff(c.want, names); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if said := append(got.Problems, plan.Problem{})[0].What; said != c.problem {
			t.Errorf("%s: problem %q, not %q", name, said, c.problem)
		}
	}
}
