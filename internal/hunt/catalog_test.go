package hunt

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	data "oust/catalog"
	"oust/internal/catalog"
	"oust/internal/catalogtest"
	"oust/internal/change"
	"oust/internal/decode"
	"oust/internal/decode/cloudtrail"
	"oust/internal/event"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/source"
)

// A testCase is one file of a technique's cases folder:
// a header in YAML, the events, and what the technique must say of them.
type testCase struct {
	About string  `yaml:"about"`
	Org   org.Org `yaml:"org"`

	name   string
	events []byte
	inputs map[string][]byte // files to hunt through, digests checked, in place of events
	want   []want
}

// want is what is expected of one finding; fields that are left out are not compared.
type want struct {
	ID       string   `yaml:"id"`
	Severity string   `yaml:"severity"`
	Verdict  string   `yaml:"verdict"`
	Status   string   `yaml:"status"`
	State    string   `yaml:"state,omitempty"`
	Count    int      `yaml:"count,omitempty"`
	Unknown  []string `yaml:"unknown,omitempty"`
}

func readCases(t *testing.T, tech *catalog.Technique) (cases []testCase) {
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
		if bytes.Contains(src, []byte("\n-- code/")) {
			continue // proved by gate
		}
		ar := txtar.Parse(src)
		c := testCase{name: strings.TrimSuffix(path.Base(file), ".txtar")}
		catalogtest.Strict(t, file, ar.Comment, &c)
		for _, f := range ar.Files {
			switch f.Name {
			case "events.jsonl":
				c.events = f.Data
			case "want.yml":
				catalogtest.Strict(t, file, f.Data, &c.want)
			default:
				name, ok := strings.CutPrefix(f.Name, "input/")
				if !ok {
					t.Fatalf("%s: unknown section %s", file, f.Name)
				}
				if c.inputs == nil {
					c.inputs = map[string][]byte{}
				}
				c.inputs[name] = f.Data
			}
		}
		if c.About == "" || len(c.events)+len(c.inputs) == 0 {
			t.Fatalf("%s: a case has an about line, and events.jsonl or input files", file)
		}
		cases = append(cases, c)
	}
	return cases
}

// run hunts through the events of a case.
func (c testCase) run(t *testing.T, cat *catalog.Catalog, env *expr.Env, watch func(string, int, expr.Truth)) *finding.Report {
	t.Helper()
	o := c.Org
	opts := Options{Catalog: cat, Env: env, Org: &o, Jobs: 1, Watch: watch, Verify: c.inputs != nil}
	var from source.Source = source.Stdin{Reader: bytes.NewReader(c.events)}
	if c.inputs != nil {
		dir := fstest.MapFS{}
		for name, content := range c.inputs {
			dir[name] = &fstest.MapFile{Data: content}
		}
		from = source.Tree{FS: dir, Dir: "."}
	}
	r, err := Run(context.Background(), []source.Source{from}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.Coverage.Events.Undecodable + r.Coverage.Events.Unsupported; n > 0 {
		t.Errorf("%d lines are no CloudTrail records", n)
	}
	if c.inputs != nil {
		return r
	}
	if lines := bytes.Count(bytes.TrimSpace(c.events), []byte("\n")) + 1; r.Coverage.Events.Total != lines {
		t.Errorf("%d different events in %d lines", r.Coverage.Events.Total, lines)
	}
	return r
}

func got(r *finding.Report, technique string) (out []want) {
	for _, f := range r.Findings {
		if f.Technique != technique {
			continue
		}
		w := want{ID: f.Resource.ID, Severity: string(f.Severity), Verdict: f.Verdict, Status: f.Status, State: f.State, Count: f.Count}
		for _, u := range f.Unknown {
			w.Unknown = append(w.Unknown, u.Field)
		}
		out = append(out, w)
	}
	return out
}

// like copies into g only the fields that w asks for.
func like(g, w want) want {
	if w.State == "" {
		g.State = ""
	}
	if w.Count == 0 {
		g.Count = 0
	}
	if w.Unknown == nil {
		g.Unknown = nil
	}
	return g
}

// TestTechniques proves every technique by its own cases.
func TestTechniques(t *testing.T) {
	cat, env := catalogtest.Open(t)
	for _, id := range cat.TechniqueIDs() {
		t.Run(id, func(t *testing.T) {
			tech, err := cat.Technique(id)
			if err != nil {
				t.Fatal(err)
			}
			proveTechnique(t, cat, env, tech)
		})
	}
}

func proveTechnique(t *testing.T, cat *catalog.Catalog, env *expr.Env, tech *catalog.Technique) {
	if readme, err := cat.File(tech, "README.md"); err != nil || len(bytes.TrimSpace(readme)) < 200 {
		t.Errorf("README.md is missing or says nothing")
	}
	kind, err := cat.Kind(tech.Resource)
	if err != nil {
		t.Fatal(err)
	}
	if len(kind.Log) == 0 && len(kind.Code) > 0 {
		return // seen in code only
	}
	seen := make([]map[expr.Truth]bool, len(tech.Judge))
	for i := range seen {
		seen[i] = map[expr.Truth]bool{}
	}
	watch := func(id string, clause int, truth expr.Truth) {
		if id == tech.ID {
			seen[clause][truth] = true
		}
	}
	kinds := map[string]bool{}
	for _, c := range readCases(t, tech) {
		r := c.run(t, cat, env, locked(watch))
		found := got(r, tech.ID)
		for i := range found {
			if i < len(c.want) {
				found[i] = like(found[i], c.want[i])
			}
		}
		if diff := cmp.Diff(c.want, found, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("case %s (-want +got):\n%s", c.name, diff)
		}
		for _, k := range kindsOf(c.want) {
			kinds[k] = true
		}
	}
	need := []string{"malicious", "near miss", "denied", "unknown"}
	if kind, err := cat.Kind(tech.Resource); err == nil && len(kind.Log) == 0 {
		need = need[:2] // seen by no event: nothing can be refused, or left out
	}
	for _, k := range need {
		if !kinds[k] {
			t.Errorf("no %s case", k)
		}
	}
	for i, c := range tech.Judge {
		if c.When != nil && !strings.Contains(c.When.Text, "self.planned") && !(seen[i][expr.True] && seen[i][expr.False]) {
			t.Errorf("clause %d (%s) was never both true and false: %v", i+1, c.When.Text, seen[i])
		}
	}
}

func locked(f func(string, int, expr.Truth)) func(string, int, expr.Truth) {
	var mu sync.Mutex
	return func(id string, i int, truth expr.Truth) {
		mu.Lock()
		defer mu.Unlock()
		f(id, i, truth)
	}
}

// kindsOf tells what a case proves, by what it expects.
func kindsOf(ws []want) (kinds []string) {
	near := true
	for _, w := range ws {
		near = near && w.Severity == "info" && w.Verdict == "explained"
		switch {
		case w.Status == "attempted":
			kinds = append(kinds, "denied")
		case w.Verdict == "unknown":
			kinds = append(kinds, "unknown")
		case w.Verdict == "bad" || w.Verdict == "unexplained":
			kinds = append(kinds, "malicious")
		}
	}
	if near {
		kinds = append(kinds, "near miss")
	}
	return kinds
}

// TestIndex holds the line-based index against the full parse of every file.
func TestIndex(t *testing.T) {
	cat, _ := catalogtest.Open(t)
	indexed, parsed := map[string]bool{}, map[string]bool{}
	for _, name := range cat.Events() {
		for _, s := range cat.Sees(name) {
			indexed[fmt.Sprint(s.Service, "/", name, s.From, " ", s.Kind)] = true
		}
	}
	for _, name := range cat.KindNames() {
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range k.Log {
			for _, on := range e.On {
				service, event, from, err := catalog.ParseOn(on)
				if err != nil {
					t.Error(err)
				}
				parsed[fmt.Sprint(service, "/", event, from, " ", k.Name)] = true
			}
		}
	}
	if diff := cmp.Diff(parsed, indexed); diff != "" {
		t.Errorf("events (-parsed +indexed):\n%s", diff)
	}
	for _, id := range cat.TechniqueIDs() {
		tech, err := cat.Technique(id)
		if err != nil {
			t.Fatal(err)
		}
		byKind, err := cat.Techniques(tech.Resource)
		if err != nil || !slices.ContainsFunc(byKind, func(o *catalog.Technique) bool { return o.ID == id }) {
			t.Errorf("%s is not found by its resource: %v", id, err)
		}
	}
}

// TestLogEntriesAreSeen fails for a log entry that no case runs, and for an expression that gives no field its value:
// a path that was never walked may be wrong.
func TestLogEntriesAreSeen(t *testing.T) {
	cat, env := catalogtest.Open(t)
	walked := map[string]bool{}
	x := change.New(cat, env)
	x.Watch = func(kind string, entry, field, from int) { walked[catalogtest.Step(kind, entry, field, from)] = true }
	names := map[string]bool{}
	var d cloudtrail.Decoder
	s := decode.Stream{Emit: func(r *cloudtrail.Record) {
		ev := d.Event(r, event.Origin{})
		names[ev.Service+"/"+ev.Name] = true
		if _, err := x.Changes(ev); err != nil {
			t.Fatal(err)
		}
	}}
	for _, id := range cat.TechniqueIDs() {
		tech, err := cat.Technique(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range readCases(t, tech) {
			s.Reset()
			s.Scan(c.events, true)
		}
	}
	for _, name := range cat.KindNames() {
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range k.Log {
			for _, on := range e.On {
				if on, _, _ := strings.Cut(on, " from "); !names[on] {
					t.Errorf("%s: no case has %s", name, on)
				}
			}
			if !walked[catalogtest.Step(name, i, -1, 0)] {
				t.Errorf("%s: no case runs log entry %d (%s)", name, i+1, strings.Join(e.On, " "))
				continue
			}
			for _, set := range e.Set {
				for j, from := range set.From {
					if !walked[catalogtest.Step(name, i, set.Field, j)] {
						t.Errorf("%s: %s: no case gives %s a value from %s", name, strings.Join(e.On, " "), k.Fields[set.Field].Name, from.Text)
					}
				}
			}
		}
	}
}
