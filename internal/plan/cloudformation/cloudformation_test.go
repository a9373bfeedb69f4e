package cloudformation

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"oust/internal/plan"
	"oust/internal/plan/plantest"
)

func TestRead(t *testing.T) { plantest.Run(t, Reader{}) }

func read(body string) plan.Result {
	return Reader{}.Read(context.Background(), []*plan.File{{Path: "t.yaml", Body: []byte(body)}})
}

func TestTakes(t *testing.T) {
	for name, c := range map[string]struct {
		path, body string
		want       bool
	}{
		"yaml":               {"t.yml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n", true},
		"json":               {"t.json", `{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}`, true},
		"by content":         {"no-extension", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n", true},
		"terraform plan":     {"plan.json", `{"format_version":"1.2","resource_changes":[]}`, false},
		"heredoc":            {"main.tf", "resource \"aws_cloudformation_stack\" \"a\" {\n template_body = <<E\nResources:\n  A: {Type: AWS::S3::Bucket}\nE\n}", false},
		"kubernetes":         {"k.yml", "apiVersion: v1\nkind: Pod\n", false},
		"not CloudFormation": {"x.yml", "Resources:\n  - none\n", false},
	} {
		if got := (Reader{}).Takes(&plan.File{Path: c.path, Body: []byte(c.body)}); got != c.want {
			t.Errorf("%s: takes is %v", name, got)
		}
	}
}

// TestEndsWithAReason holds that what is broken, endless or enormous ends, and says why.
func TestEndsWithAReason(t *testing.T) {
	deep := strings.Repeat("[", 300) + strings.Repeat("]", 300)
	for name, c := range map[string]struct{ body, want string }{
		"cut":        {`{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Prop`, "template: line 1: unexpected EOF"},
		"junk":       {"Resources:\n  A:\n Type: [AWS::S3::Bucket\n", "template: line"},
		"no map":     {"Resources: \"AWS::\"\n", "resources that are no mapping"},
		"deep":       {`{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"X": ` + deep + `}}}}`, "more than 200 levels deep"},
		"bomb":       {"x: &a [AWS::, AWS::]\n" + bomb() + "Resources: {A: {Type: AWS::S3::Bucket, Properties: *z}}\n", "grows beyond"},
		"alias loop": {"Resources: &a\n  A: {Type: AWS::S3::Bucket, Properties: *a}\n", "an alias of itself"},
		"ref loop":   {"Resources:\n  A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub 'x-${B}'}}\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}\n", "do not come to an end"},
		"conditions": {"Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\nResources:\n  X: {Type: AWS::S3::Bucket, Condition: A}\n", "do not come to an end"},
		"worlds":     {manyConditions(12), "more combinations of conditions"},
		"twice":      {"Resources:\n  A: {Type: AWS::S3::Bucket}\n  A: {Type: AWS::SQS::Queue}\n", "key A is given twice"},
		"no type":    {"Resources:\n  A: {Properties: {B: AWS::}}\n", "resource A: no type"},
		"module":     {"Resources:\n  A: {Type: My::S3::Bucket::MODULE}\n", "module My::S3::Bucket::MODULE of A"},
		"macro":      {"Transform: [Mine]\nResources:\n  A: {Type: AWS::S3::Bucket}\n", "what macro Mine makes"},
		"loop":       {"Resources:\n  Fn::ForEach::A: [N, !Ref Nothing, {'B${N}': {Type: AWS::S3::Bucket}}]\n", "its list is not known"},
	} {
		r := read(c.body)
		if got := plantest.Print(plan.Result{Problems: r.Problems}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q does not say %q", name, got, c.want)
		}
	}
}

func bomb() string {
	var b strings.Builder
	for c := 'b'; c <= 'z'; c++ {
		fmt.Fprintf(&b, "%c: &%c [*%c, *%c]\n", c, c, c-1, c-1)
	}
	return "a1: 1\n" + b.String()
}

// doubling names each bucket after two of the next.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  B%d: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub '${B%d}${B%d}'}}\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "  B%d: {Type: AWS::S3::Bucket, Properties: {BucketName: a}}\n", n)
	return b.String()
}

func manyConditions(n int) string {
	var b, c strings.Builder
	for i := range n {
		fmt.Fprintf(&c, "  C%d: !Equals [!Ref AWS::Region, r%d]\n", i, i)
		fmt.Fprintf(&b, "      T%d: !If [C%d, a, b]\n", i, i)
	}
	return "Conditions:\n" + c.String() + "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n" + b.String()
}

// TestEveryAnswerIsTried holds that a branch cannot be hidden behind many others.
func TestEveryAnswerIsTried(t *testing.T) {
	r := read(strings.ReplaceAll(manyConditions(12), "!If [C11, a, b]", "!If [C11, a, hidden]"))
	if got := plantest.Print(r); !strings.Contains(got, `"T11":"hidden"`) {
		t.Error("no world takes the last condition as false")
	}
}

func TestTextsThatDouble(t *testing.T) {
	got := plantest.Print(read(doubling(40)))
	if !strings.Contains(got, "a text of more than 1 MB") {
		t.Errorf("%.300s", got)
	}
}

func TestNestedCycle(t *testing.T) {
	one := "Resources:\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: %s}}\n  A: {Type: AWS::S3::Bucket}\n"
	r := Reader{}.Read(context.Background(), []*plan.File{
		{Path: "d/a.yaml", Body: fmt.Appendf(nil, one, "b.yaml")}, {Path: "d/b.yaml", Body: fmt.Appendf(nil, one, "./a.yaml")}})
	got := plantest.Print(r)
	for _, want := range []string{"AWS::S3::Bucket A", "AWS::S3::Bucket N/A", "it nests itself"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s does not say %q", got, want)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := Reader{}.Read(ctx, []*plan.File{{Path: "t.yaml", Body: []byte("Resources:\n  A: {Type: AWS::S3::Bucket}\n")}})
	if len(r.Problems) != 1 {
		t.Error(r.Problems)
	}
}

func FuzzRead(f *testing.F) {
	plantest.Fuzz(f, Reader{}, "t", func(p *plan.Resource) bool {
		return p.Type != "" && p.Address != "" && (p.After != nil || p.Action == plan.Delete)
	}, doubling(8), manyConditions(4))
}
