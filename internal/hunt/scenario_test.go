package hunt

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"oust/internal/catalogtest"
	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/source"
	"oust/scenarios"
)

// TestStolenKey holds the scenario that ships with the program against what it must find.
func TestStolenKey(t *testing.T) {
	cat, env := catalogtest.Open(t)
	r, err := Run(context.Background(), []source.Source{source.Tree{FS: scenarios.Files, Dir: "stolen-key/logs"}},
		Options{Catalog: cat, Env: env, Org: &org.Org{}})
	if err != nil {
		t.Fatal(err)
	}
	type found struct{ Technique, Severity, Verdict, Status, State string }
	var want, got []found
	src, err := scenarios.Files.ReadFile("stolen-key/want.yml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(src, &want); err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, f := range r.Findings {
		if f.Severity != finding.Info && f.Status != "attempted" {
			got = append(got, found{f.Technique, string(f.Severity), f.Verdict, f.Status, f.State})
			ids = append(ids, f.ID)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("findings (-want +got):\n%s", d)
	}
	if len(r.Cases) != 1 || cmp.Diff(ids, r.Cases[0].Findings) != "" {
		t.Errorf("want one case with every finding, got %+v", r.Cases)
	}
}
