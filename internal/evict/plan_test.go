package evict_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/report"
)

func intrusion() *log {
	l := &log{}
	l.innocent()
	l.intrusion()
	return l
}

// TestPlanCoversTheCase: every finding of the case has a step or an explanation, and no step is for anything else.
func TestPlanCoversTheCase(t *testing.T) {
	r := intrusion().read(t, 5, "", &org.Org{})
	for i, k := range r.report.Cases {
		p, c := r.plan(t, k.ID)
		told := map[string]bool{}
		for _, s := range p.Steps {
			for _, f := range s.Findings {
				told[f] = true
			}
		}
		for _, s := range p.Explained {
			for _, f := range s.Findings {
				told[f] = true
			}
		}
		for _, f := range k.Findings {
			if !told[f] {
				t.Errorf("case %d: finding %s has neither step nor explanation", i+1, f)
			}
		}
		touched := map[string]bool{}
		for _, n := range c.Touched {
			touched[n.Node.Kind.Name+" "+n.Node.Key.ID] = true
		}
		for _, u := range c.Units {
			if n := r.graph.Principal(u.Unit); n != nil {
				touched[n.Kind.Name+" "+n.Key.ID] = true
			}
			if n := r.graph.LongKey(u.Unit); n != nil {
				touched[n.Kind.Name+" "+n.Key.ID] = true
			}
		}
		for _, s := range p.Steps {
			if s.Call != nil && !touched[s.Target.Kind+" "+s.Target.ID] {
				t.Errorf("step %s is for %s %s, which is not the intruder's", s.ID, s.Target.Kind, s.Target.ID)
			}
		}
	}
}

// TestOrderOfSteps: phases in order, every step after what it depends on, nothing cut off before the containment holds.
func TestOrderOfSteps(t *testing.T) {
	p, _ := intrusion().read(t, 6, "", &org.Org{}).plan(t, stolen)
	place := map[string]int{}
	for i, s := range p.Steps {
		place[s.ID] = i
		if i > 0 && p.Steps[i-1].Phase > s.Phase {
			t.Errorf("%s stands behind %s", s.ID, p.Steps[i-1].ID)
		}
	}
	settle := slices.IndexFunc(p.Steps, func(s finding.EvictStep) bool { return s.PhaseName == "settle" })
	if settle < 0 {
		t.Fatal("nothing waits for the containment")
	}
	for i, s := range p.Steps {
		for _, d := range s.DependsOn {
			if at, ok := place[d]; !ok || at >= i {
				t.Errorf("%s depends on %s, which does not stand before it", s.ID, d)
			}
		}
		if s.Phase > p.Steps[settle].Phase && s.Call != nil && !slices.Contains(s.DependsOn, p.Steps[settle].ID) {
			t.Errorf("%s does not wait for the containment", s.ID)
		}
		if s.Call != nil && len(s.Why) == 0 {
			t.Errorf("%s cites no event", s.ID)
		}
	}
}

func step(p *finding.Eviction, phase, target string) *finding.EvictStep {
	for i := range p.Steps {
		if p.Steps[i].PhaseName == phase && p.Steps[i].Target.ID == target {
			return &p.Steps[i]
		}
	}
	return nil
}

// TestDelta: of a document that others wrote too, only what the intruder added goes.
func TestDelta(t *testing.T) {
	p, _ := intrusion().read(t, 7, "", &org.Org{}).plan(t, stolen)
	s := step(p, "restore", "ledger")
	if s == nil {
		t.Fatal("the bucket policy is not put back")
	}
	text, _ := s.Call.Params["Policy"].(string)
	if !strings.Contains(text, `"own"`) || strings.Contains(text, outside) {
		t.Errorf("policy that is put back: %v, missing %v", s.Call.Params, s.Missing)
	}
	if s.Undo == nil || s.Reversibility != "full" {
		t.Error("putting a policy back can be undone")
	}
}

// TestStolenKeyIsRenewed: a key that was there before is switched off, not deleted.
func TestStolenKeyIsRenewed(t *testing.T) {
	p, _ := intrusion().read(t, 8, "", &org.Org{}).plan(t, audit)
	if step(p, "disable", stolen) == nil {
		t.Error("the stolen key stays on")
	}
	if step(p, "delete", stolen) != nil {
		t.Error("the stolen key is its owner's")
	}
	if step(p, "delete", synced) == nil || step(p, "delete", "sync") == nil {
		t.Error("what the intruder made stays")
	}
}

// TestLeftAlone: those who put out the fire, and what nobody may change.
func TestLeftAlone(t *testing.T) {
	l := intrusion()
	o := &org.Org{}
	o.AWS.BreakGlass = []string{"arn:aws:iam::*:role/support"}
	p, _ := l.read(t, 9, "", o).plan(t, stolen, "arn:aws:iam::"+home+":user/ci-bot")
	for _, s := range p.Steps {
		if s.Call != nil && (s.Target.ID == "ci-bot" || s.Target.ID == "support") {
			t.Errorf("%s %s touches %s", s.ID, s.Call.Operation, s.Target.ID)
		}
	}
	if len(p.LeftAlone) != 2 {
		t.Errorf("left alone: %+v", p.LeftAlone)
	}
}

// TestFreeze: roles that can open sessions of each other are held at once.
func TestFreeze(t *testing.T) {
	l := intrusion()
	a, b := "ASIAJUGGLEJUGGLE0021", "ASIAJUGGLEJUGGLE0022"
	l.assume(60, session(home, "ops", "sync", ops, 10), home, "build", "sync", a)
	l.assume(70, session(home, "build", "sync", a, 60), home, "ops", "sync2", b)
	p, _ := l.read(t, 10, "", &org.Org{}).plan(t, stolen)
	x, y, z := step(p, "contain", "ops"), step(p, "contain", "build"), step(p, "contain", "audit")
	if x == nil || y == nil || z == nil || x.Group == "" || x.Group != y.Group || z.Group != "" {
		t.Errorf("ops %+v build %+v audit %+v", x, y, z)
	}
}

// TestScript: it is bash, it does nothing unless told to, and hostile names stay words.
func TestScript(t *testing.T) {
	l := intrusion()
	evil := "a'b\";touch " + filepath.Join(t.TempDir(), "owned") + ";$(touch x)`touch y`\n# <CUTOFF>\x1b[2J"
	l.add(80, user(home, "sync", synced), "events", "PutRule", home, object{"name": evil, "scheduleExpression": "rate(1 day)", "state": "ENABLED"}, object{"ruleArn": "arn:aws:events:us-east-1:" + home + ":rule/" + evil})
	p, _ := l.read(t, 11, "", &org.Org{}).plan(t, stolen)
	var script bytes.Buffer
	if err := report.Script(&script, p); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "plan.sh")
	if err := os.WriteFile(file, script.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(script.Bytes(), []byte("\x1b")) {
		t.Error("the script can drive the terminal of who reads it")
	}
	// An aws that would say that it ran.
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte("#!/bin/sh\ntouch "+dir+"/ran\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", file)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("delete-user")) {
		t.Errorf("%v\n%s", err, out)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("the script left something behind: %v %v", left, err)
	}
}
