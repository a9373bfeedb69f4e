package evict

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"oust/internal/catalog"
	"oust/internal/catalogtest"
	"oust/internal/report"
)

// A line is what tools/aws_calls.py checks.
type line struct {
	At    string            `json:"at"`
	Call  string            `json:"call"`
	With  []string          `json:"with"`
	Query string            `json:"query"`
	CLI   string            `json:"cli"`
	Flags map[string]string `json:"flags"`
}

// TestCallsExist holds every call of the catalog against the service models of the AWS CLI.
func TestCallsExist(t *testing.T) {
	cat, _ := catalogtest.Open(t)
	var in bytes.Buffer
	add := func(kind, phase, query string, c *catalog.Call) {
		if c == nil {
			return
		}
		_, op, _ := strings.Cut(c.Name.Text, ":")
		l := line{At: kind + " " + phase, Call: c.Name.Text, Query: braces.ReplaceAllString(query, "x"), CLI: report.Dashed(op), Flags: map[string]string{}}
		for _, p := range c.With {
			l.With = append(l.With, p.Name)
			l.Flags[p.Name] = report.Dashed(p.Name)
		}
		if err := json.NewEncoder(&in).Encode(l); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, name := range cat.KindNames() {
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range k.End {
			s := &k.End[i]
			n++
			add(name, s.Phase, s.Query, &s.Call)
			add(name, s.Phase+" undo", "", s.Undo)
			add(name, s.Phase+" save", "", s.Save)
			add(name, s.Phase+" verify", s.Verify.Query, &s.Verify.Call)
		}
	}
	if n == 0 {
		t.Fatal("no kind says how it is removed")
	}
	cmd := exec.Command("../../.venv/bin/python", "../../tools/aws_calls.py")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestStepsCompile compiles every expression of every step.
func TestStepsCompile(t *testing.T) {
	cat, env := catalogtest.Open(t)
	for _, name := range cat.KindNames() {
		k, err := cat.Kind(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := compileSteps(env, k); err != nil {
			t.Error(err)
		}
		if k.Disabled != nil {
			if _, err := env.Judge(*k.Disabled, k.Name, true); err != nil {
				t.Error(err)
			}
		}
	}
}
