package gate

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	data "oust/catalog"
	"oust/internal/catalog"
	"oust/internal/catalogtest"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/plan"
)

// A testCase is one file of a technique's cases folder that holds code in place of events.
type testCase struct {
	About string  `yaml:"about"`
	Org   org.Org `yaml:"org"`

	name  string
	files []*plan.File
	want  []want
}

// want is what is expected of one finding; those that are explained are not listed. Fields that are left out are not compared.
type want struct {
	Address  string   `yaml:"address"`
	Severity string   `yaml:"severity"`
	Verdict  string   `yaml:"verdict"`
	Baseline string   `yaml:"baseline,omitempty"`
	Unknown  []string `yaml:"unknown,omitempty"`
}

// readCases reads the cases of a technique that have sections named code/….
func readCases(t testing.TB, tech *catalog.Technique) (cases []testCase) {
	t.Helper()
	files, err := fs.Glob(data.Files, path.Join(tech.Dir, "cases", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := fs.ReadFile(data.Files, file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(src, []byte("\n-- code/")) {
			continue
		}
		ar := txtar.Parse(src)
		c := testCase{name: strings.TrimSuffix(path.Base(file), ".txtar")}
		catalogtest.Strict(t, file, ar.Comment, &c)
		for _, f := range ar.Files {
			if name, ok := strings.CutPrefix(f.Name, "code/"); ok {
				c.files = append(c.files, &plan.File{Path: name, Body: f.Data})
			} else if f.Name == "want.yml" {
				catalogtest.Strict(t, file, f.Data, &c.want)
			} else {
				t.Fatalf("%s: unknown section %s", file, f.Name)
			}
		}
		if c.About == "" {
			t.Fatalf("%s: a case has an about line", file)
		}
		cases = append(cases, c)
	}
	return cases
}

func (c testCase) run(t testing.TB, o Options) *finding.Report {
	t.Helper()
	us := c.Org
	o.Org = &us
	r, err := Run(context.Background(), &Input{Files: c.files, Named: map[string]bool{}}, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Coverage.Files.Skipped {
		t.Errorf("case %s: %s: %s", c.name, s.Path, s.Reason)
	}
	return r
}

func got(r *finding.Report, technique string, ws []want) (out []want) {
	for _, f := range r.Findings {
		if f.Technique != technique || f.Verdict == "explained" {
			continue
		}
		w := want{Address: f.Resource.Address, Severity: string(f.Severity), Verdict: f.Verdict, Baseline: f.Baseline}
		for _, u := range f.Unknown {
			w.Unknown = append(w.Unknown, u.Field)
		}
		if i := len(out); i < len(ws) {
			if ws[i].Baseline == "" {
				w.Baseline = ""
			}
			if ws[i].Unknown == nil {
				w.Unknown = nil
			}
		}
		out = append(out, w)
	}
	return out
}

// TestCode proves techniques by the code among their cases.
func TestCode(t *testing.T) {
	cat, env := catalogtest.Open(t)
	for _, id := range cat.TechniqueIDs() {
		tech, err := cat.Technique(id)
		if err != nil {
			t.Fatal(err)
		}
		if cases := readCases(t, tech); len(cases) > 0 || planned(tech) {
			t.Run(id, func(t *testing.T) { prove(t, cat, env, tech, cases) })
		}
	}
}

// planned reports whether a technique has a clause that only code can fulfil.
func planned(tech *catalog.Technique) bool {
	for _, c := range tech.Judge {
		if c.When != nil && strings.Contains(c.When.Text, "self.planned") {
			return true
		}
	}
	return false
}

func prove(t *testing.T, cat *catalog.Catalog, env *expr.Env, tech *catalog.Technique, cases []testCase) {
	kind, err := cat.Kind(tech.Resource)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]map[expr.Truth]bool, len(tech.Judge))
	for i := range seen {
		seen[i] = map[expr.Truth]bool{}
	}
	o := Options{Catalog: cat, Env: env, Watch: func(id string, clause int, truth expr.Truth) {
		if id == tech.ID {
			seen[clause][truth] = true
		}
	}}
	bad, fine := false, false
	for _, c := range cases {
		r := c.run(t, o)
		if diff := cmp.Diff(c.want, got(r, tech.ID, c.want), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("case %s (-want +got):\n%s", c.name, diff)
		}
		for _, w := range c.want {
			bad = bad || w.Verdict != "unknown"
		}
		for _, f := range r.Findings {
			fine = fine || f.Technique == tech.ID && (f.Verdict == "explained" || f.Baseline == finding.Unchanged)
		}
	}
	if !bad || !fine {
		t.Errorf("the cases with code hold nothing wrong (%v), or nothing that is fine (%v)", bad, fine)
	}
	for i, c := range tech.Judge { // the cases with events prove the other clauses
		only := c.When != nil && (len(kind.Log) == 0 || strings.Contains(c.When.Text, "self.planned"))
		if only && !(seen[i][expr.True] && seen[i][expr.False]) {
			t.Errorf("clause %d (%s) was never both true and false: %v", i+1, c.When.Text, seen[i])
		}
	}
}

// TestMappings fails for an entry below code that no case runs, and for an expression that gives no field its value:
// the name of an attribute that was never met may be wrong.
func TestMappings(t *testing.T) {
	cat, env := catalogtest.Open(t)
	walked := map[string]bool{}
	o := Options{Catalog: cat, Env: env, Walked: func(kind string, entry, field, from int) { walked[catalogtest.Step(kind, entry, field, from)] = true }}
	for _, id := range cat.TechniqueIDs() {
		tech, err := cat.Technique(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range readCases(t, tech) {
			c.run(t, o)
		}
	}
	for _, name := range cat.KindNames() {
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range k.Code {
			if !walked[catalogtest.Step(name, i, -1, 0)] {
				t.Errorf("%s: no case runs entry %d of %s", name, i+1, e.Type)
				continue
			}
			for _, set := range e.Set {
				for j, from := range set.From {
					if !walked[catalogtest.Step(name, i, set.Field, j)] {
						t.Errorf("%s: %s: no case gives %s a value from %s", name, e.Type, k.Fields[set.Field].Name, from.Text)
					}
				}
			}
		}
	}
}

// TestIndex holds the line-based index of planned types against the full parse of every file.
func TestIndex(t *testing.T) {
	cat, _ := catalogtest.Open(t)
	indexed, parsed := map[string]bool{}, map[string]bool{}
	for _, p := range cat.PlannedTypes() {
		for _, k := range cat.Plans(p) {
			indexed[fmt.Sprint(p, k)] = true
		}
	}
	for _, name := range cat.KindNames() {
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range k.Code {
			parsed[fmt.Sprint(e.Planned, name)] = true
		}
	}
	if diff := cmp.Diff(parsed, indexed); diff != "" {
		t.Errorf("planned types (-parsed +indexed):\n%s", diff)
	}
}
