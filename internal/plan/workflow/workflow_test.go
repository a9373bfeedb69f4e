package workflow

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
		"on: push\njobs: {}\n":                                true,
		"'on': push\njobs:\n  a: {}\n":                        true,
		"runs:\n  using: composite\n":                         true,
		"stages: [a]\njobs: {}\n":                             false,
		"apiVersion: v1\nkind: Pod\n":                         false,
		"Resources:\n  on: 1\n  A: {Type: AWS::S3::Bucket}\n": false,
	} {
		if got := (Reader{}).Takes(&plan.File{Path: "f.yml", Body: []byte(body)}); got != want {
			t.Errorf("%q: takes is %v", body, got)
		}
	}
	if (Reader{}).Takes(&plan.File{Path: "README.md", Body: []byte("on: push\njobs: {}\n")}) {
		t.Error("a README is taken")
	}
}

func TestEndsWithAReason(t *testing.T) {
	for body, want := range map[string]string{
		"on: push\njobs: {":                                          "workflow: ",
		"on: push\njobs: [a]":                                        "its jobs are no mapping",
		"on: push\njobs: {a: 1}":                                     "job f.yml#a: no mapping",
		"on: push\njobs: {a: {steps: 1}}":                            "no list",
		"on: push\njobs: {a: {steps: [1]}}":                          "a step of f.yml#a: no mapping",
		"on: push\non: fork\njobs: {}":                               "key on is given twice",
		"on: push\njobs: &a {a: *a}":                                 "an alias of itself",
		"on: push\njobs: {a: {permissions: write-all, uses: x/y@z}}": "reusable workflow x/y@z",
	} {
		r := Reader{}.Read(context.Background(), []*plan.File{{Path: "f.yml", Body: []byte(body)}})
		if got := plantest.Print(plan.Result{Problems: r.Problems}); !strings.Contains(got, want) {
			t.Errorf("%q: %q does not say %q", body, got, want)
		}
	}
}

// TestActionThatUsesItself holds that a circle of actions ends.
func TestActionThatUsesItself(t *testing.T) {
	r := Reader{}.Read(context.Background(), []*plan.File{
		{Path: ".github/workflows/w.yml", Body: []byte("on: push\njobs: {a: {steps: [{uses: ./me}]}}")},
		{Path: "me/action.yml", Body: []byte("runs: {using: composite, steps: [{uses: ./me}]}")},
	})
	if got := plantest.Print(r); !strings.Contains(got, "actions cannot use themselves") {
		t.Error(got)
	}
}

// TestValuesThatMultiply holds that values made of each other stay small.
func TestValuesThatMultiply(t *testing.T) {
	body := "on: push\nenv: {A: '" + strings.Repeat("${{ env.A }}", 200) + "'}\njobs: {a: {container: '${{ env.A }}'}}"
	r := Reader{}.Read(context.Background(), []*plan.File{{Path: "w.yml", Body: []byte(body)}})
	if got := plantest.Print(r); len(got) > 1<<20 || !strings.Contains(got, "expression env.A") {
		t.Error(len(got))
	}
}

func FuzzRead(f *testing.F) {
	plantest.Fuzz(f, Reader{}, "t.yml", func(p *plan.Resource) bool { return p.Type == "job" && p.Address != "" && p.After != nil })
}
