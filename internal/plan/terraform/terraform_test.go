package terraform

import (
	"fmt"
	"strings"
	"testing"

	"oust/internal/plan"
	"oust/internal/plan/plantest"
)

func TestRead(t *testing.T) { plantest.Run(t, Reader{}) }

func TestTakes(t *testing.T) {
	for name, c := range map[string]struct {
		path, body string
		want       bool
	}{
		"plan":            {"any", ` {"format_version":"1.2","resource_changes":[]}`, true},
		"saved plan":      {"p", "PK\x03\x04......tfplan", true},
		"messages":        {"log", `{"@level":"info","@message":"Terraform 1.9.0","terraform":"1.9.0"}`, true},
		"another archive": {"p.zip", "PK\x03\x04......main.py", false},
		"template":        {"t.json", `{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}`, false},
		"source":          {"main.tf", `resource "aws_s3_bucket" "a" {}`, false},
		"JSON source":     {"main.tf.json", `{"resource":{"aws_s3_bucket":{"a":{}}}}`, false},
	} {
		if got := (Reader{}).Takes(&plan.File{Path: c.path, Body: []byte(c.body)}); got != c.want {
			t.Errorf("%s: takes is %v", name, got)
		}
	}
}

// TestEndsWithAReason holds that what is no plan, or none that is complete, is said to be one that could not be read.
func TestEndsWithAReason(t *testing.T) {
	whole := `{"format_version":"1.2","resource_changes":[{"address":"aws_s3_bucket.a","mode":"managed","type":"aws_s3_bucket","name":"a","change":{"actions":["create"],"before":null,"after":{"bucket":"a"}}}]}`
	for name, c := range map[string]struct {
		body, want string
		resources  int
	}{
		"cut":               {whole[:len(whole)-40], "the file is cut off", 0},
		"cut behind one":    {whole + whole[:80], "the file is cut off", 1},
		"not JSON":          {`{"format_version":"1.2","resource_changes":[}`, "read plan: invalid character", 0},
		"other types":       {`{"format_version":"1.2","resource_changes":{"a":1}}`, "read plan: json: cannot unmarshal object", 0},
		"foreign version":   {strings.Replace(whole, `"1.2"`, `"2.0"`, 1), `format version "2.0" is not one that is known`, 0},
		"no version":        {strings.Replace(whole, `"1.2"`, `""`, 1), `format version "" is not one that is known`, 0},
		"state":             {`{"format_version":"1.0","terraform_version":"1.9.0","values":{"root_module":{}}}`, "a state, not a plan", 0},
		"no changes":        {`{"format_version":"1.2","terraform_version":"1.9.0"}`, "no resource_changes in it", 0},
		"values alone":      {`{"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"aws_s3_bucket.a"}]}}}`, "no resource_changes in it", 0},
		"failed":            {strings.Replace(whole, `{"f`, `{"errored":true,"f`, 1), "the plan failed", 0},
		"saved":             {"PK\x03\x04......tfplan", "a saved plan", 0},
		"messages":          {`{"@level":"info","@message":"Terraform 1.9.0","terraform":"1.9.0"}`, "the messages of terraform plan -json", 0},
		"outputs alone":     {`{"format_version":"1.2","planned_values":{"outputs":{},"root_module":{}}}`, "", 0},
		"two, as a stack's": {whole + "\n" + whole, "", 2},
	} {
		r := Reader{}.Read(t.Context(), []*plan.File{{Path: "plan.json", Body: []byte(c.body)}})
		said := plantest.Print(plan.Result{Problems: r.Problems})
		if len(r.Resources) != c.resources || (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
			t.Errorf("%s: %d resources and %q, not %d and %q", name, len(r.Resources), said, c.resources, c.want)
		}
	}
}

// TestReferencesEnd holds that variables and outputs that lead in a circle, which only forged plans have, come to an end.
func TestReferencesEnd(t *testing.T) {
	circle := `"module_calls":{"m":{"expressions":{"a":{"references":["module.m.b"]}},"module":{"outputs":{"b":{"expression":{"references":["var.a"]}}},
		"resources":[{"address":"aws_s3_bucket.a","expressions":{"bucket":{"references":["var.a"]}}}]}}}`
	body := fmt.Sprintf(`{"format_version":"1.2","resource_changes":[{"address":"module.m.aws_s3_bucket.a","module_address":"module.m","mode":"managed","type":"aws_s3_bucket","name":"a",
		"change":{"actions":["create"],"after":{},"after_unknown":{"bucket":true}}}],"configuration":{"root_module":{%s}}}`, circle)
	r := Reader{}.Read(t.Context(), []*plan.File{{Path: "plan.json", Body: []byte(body)}})
	if got := plantest.Print(r); !strings.Contains(got, `"bucket":{"<unknown>":"known after apply`) {
		t.Error(got)
	}
}

func FuzzRead(f *testing.F) {
	plantest.Fuzz(f, Reader{}, "plan.json", func(p *plan.Resource) bool {
		return p.Type != "" && p.Address != "" && (p.After != nil || p.HasBefore)
	})
}
