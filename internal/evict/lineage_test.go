package evict_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/relate"
)

var origin = regexp.MustCompile(`"origin": "[^"]*"`)

// theirs is everything that the intruder of the fixture left.
var theirs = []string{
	"aws.events.rule relay-tick", "aws.events.target relay-tick 1", "aws.iam.access_key " + legacy, "aws.iam.access_key " + synced,
	"aws.iam.inline_policy role app extra", "aws.iam.login_profile sync", "aws.iam.role support", "aws.iam.user sync",
	"aws.lambda.function relay", "aws.lambda.permission relay tick", "aws.s3.bucket_policy ledger", "aws.sns.subscription",
}

func resources(c *relate.Closure) (out []string) {
	for _, t := range c.Touched {
		name := t.Node.Kind.Name + " " + t.Node.Key.ID
		if t.Node.Kind.Name == "aws.sns.subscription" {
			name = t.Node.Kind.Name
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func credentials(c *relate.Closure) (out []string) {
	for _, u := range c.Units {
		if u.Unit.Credential != "" {
			out = append(out, u.Unit.Credential)
		}
	}
	slices.Sort(out)
	return out
}

// TestClosure follows the intruder from every clue: all that they left is found, and nothing of others.
func TestClosure(t *testing.T) {
	l := &log{}
	l.innocent()
	l.intrusion()
	clues := map[string]string{
		"the stolen key": stolen, "a key they made": synced, "a session": ops, "a session in the second account": audit,
		"the function's session": relay, "the last key": legacy, "the outsider's session": support, "an event": "00000000-0000-4000-8000-000000000009",
	}
	for name, clue := range clues {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(4) {
				r := l.read(t, seed, clue, &org.Org{})
				_, c := r.follow(t, clue)
				if d := cmp.Diff(theirs, resources(c)); d != "" {
					t.Errorf("resources (-want +got):\n%s", d)
				}
				got := credentials(c)
				for _, want := range []string{stolen, synced, ops, audit, legacy, support} {
					if !slices.Contains(got, want) {
						t.Errorf("%s is not followed", want)
					}
				}
				for _, not := range []string{bobKey, bobOps, alice, nightly} {
					if slices.Contains(got, not) {
						t.Errorf("%s is innocent", not)
					}
				}
			}
		})
	}
}

// TestOrigin walks back from the last session to the stolen key.
func TestOrigin(t *testing.T) {
	l := &log{}
	l.innocent()
	l.intrusion()
	r := l.read(t, 1, "", &org.Org{})
	clue, err := r.graph.Clue(support, r.report)
	if err != nil {
		t.Fatal(err)
	}
	var walk []string
	for _, o := range r.graph.Back(clue.Units[0].Unit) {
		walk = append(walk, strings.Fields(o.Unit.ID)[0])
	}
	want := []string{support, legacy, "session", audit, ops, synced, stolen}
	if d := cmp.Diff(want, walk); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestOrderChangesNothing reads the same records in other orders, splits and repetitions.
func TestOrderChangesNothing(t *testing.T) {
	l := &log{}
	l.innocent()
	l.intrusion()
	said := func(seed uint64) string {
		r := l.read(t, seed, "", &org.Org{})
		p, c := r.plan(t, stolen)
		clue, _ := r.follow(t, stolen)
		tr := r.graph.Describe(clue, c, r.report.Findings)
		r.report.Coverage, tr.Coverage, p.Coverage = finding.Coverage{}, finding.Coverage{}, finding.Coverage{}
		b, err := json.MarshalIndent([]any{r.report, tr, p}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return origin.ReplaceAllString(string(b), `"origin": ""`)
	}
	first := said(0)
	for seed := range uint64(12) {
		if d := cmp.Diff(strings.Split(first, "\n"), strings.Split(said(seed+1), "\n")); d != "" {
			t.Fatalf("order %d (-first +this):\n%s", seed+1, d)
		}
	}
}

// TestOneCase ties all of the intruder's findings, and none of the others'.
func TestOneCase(t *testing.T) {
	l := &log{}
	l.innocent()
	l.intrusion()
	r := l.read(t, 3, "", &org.Org{})
	cases := map[string]bool{}
	for _, f := range r.report.Findings {
		if f.Severity.Rank() > finding.Low.Rank() {
			cases[f.Case] = true
			if f.Actor.Credential == bobOps || f.Actor.Credential == alice {
				t.Errorf("innocent: %s", f.Sentence)
			}
		}
	}
	if len(cases) != 1 {
		t.Errorf("%d cases: %v", len(cases), cases)
	}
}
