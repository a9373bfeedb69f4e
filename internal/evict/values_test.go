package evict

import (
	"io/fs"
	"path"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	data "oust/catalog"
	"oust/internal/catalog"
	"oust/internal/catalogtest"
	"oust/internal/change"
	"oust/internal/decode"
	"oust/internal/decode/cloudtrail"
	"oust/internal/event"
	"oust/internal/expr"
	"oust/internal/org"
	"oust/internal/resource"
	"oust/internal/state"
)

// plain are expressions that cannot fail: a field, or a part of one.
var plain = regexp.MustCompile(`^(self|was)(\.[a-z_0-9]+)+$`)

// TestStepsHaveValues evaluates every step on every resource of the cases. What is not known is left to the responder;
// an expression that fails is a mistake.
func TestStepsHaveValues(t *testing.T) {
	cat, env := catalogtest.Open(t)
	n := 0
	told := map[string]bool{}
	for _, id := range cat.TechniqueIDs() {
		tech, err := cat.Technique(id)
		if err != nil {
			t.Fatal(err)
		}
		files, err := fs.Glob(data.Files, path.Join(tech.Dir, "cases", "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			st := stateOf(t, cat, env, file)
			for _, node := range st.Nodes() {
				if node.Values == nil {
					continue
				}
				n += evaluate(t, cat, env, st, node, told)
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d expressions were evaluated", n)
	}
}

func stateOf(t *testing.T, cat *catalog.Catalog, env *expr.Env, file string) *state.State {
	t.Helper()
	src, err := fs.ReadFile(data.Files, file)
	if err != nil {
		t.Fatal(err)
	}
	var changes []*resource.Change
	x := change.New(cat, env)
	var d cloudtrail.Decoder
	s := decode.Stream{Emit: func(r *cloudtrail.Record) {
		cs, err := x.Changes(d.Event(r, event.Origin{}))
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, cs...)
	}}
	for _, f := range txtar.Parse(src).Files {
		if f.Name == "events.jsonl" {
			s.Reset()
			s.Scan(f.Data, true)
		}
	}
	return state.New(changes)
}

func evaluate(t *testing.T, cat *catalog.Catalog, env *expr.Env, st *state.State, node *state.Node, told map[string]bool) (n int) {
	t.Helper()
	k, err := cat.Kind(node.Kind.Name)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := compileSteps(env, k)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range steps {
		ctx := &expr.Context{Kind: node.Kind, Key: node.Key, Self: node.Values, Was: node.Values, Org: &org.Org{}, State: st}
		if s.when != nil {
			if truth, _ := s.when.Test(ctx); truth != expr.True {
				continue
			}
		}
		check := func(text string, p *expr.Program) {
			n++
			if _, causes := p.Value(ctx); len(causes) > 0 && causes[0].Field == text && !plain.MatchString(text) && !told[text] {
				told[text] = true
				t.Errorf("%s %s, step %d: %s: %s", k.Name, node.Key.ID, i+1, text, causes[0].Why)
			}
		}
		for _, c := range []struct {
			def *catalog.Call
			run *call
		}{{&s.def.Call, &s.call}, {&s.def.Verify.Call, &s.verify}, {s.def.Undo, s.undo}, {s.def.Save, s.save}} {
			if c.def == nil {
				continue
			}
			for j, p := range c.def.With {
				check(p.Value.Text, c.run.with[j])
			}
		}
		for text, p := range s.texts {
			check(text, p)
		}
	}
	return n
}
