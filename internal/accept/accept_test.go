package accept

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oust/internal/finding"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func foothold(id, value string) finding.Finding {
	return finding.Finding{
		ID: id, Technique: "aws/iam-role-trusts-outsider", Severity: finding.High, Verdict: "bad",
		Resource: finding.Resource{Kind: "aws.iam.role", ID: "ci"},
		Evidence: []finding.Evidence{{Field: "self.trust", Value: value, Why: "an account that is not ours may assume it"}, {EventID: "e-2"}},
	}
}

func entry(f finding.Finding, until string) Entry {
	return Entry{Finding: f.ID, Reason: "audit", Owner: "platform", Until: until, Content: Content(&f), File: "oust.yml", Line: 3}
}

func TestApply(t *testing.T) {
	was := foothold("a1", "444455556666")
	for _, test := range []struct {
		name   string
		entry  Entry
		is     finding.Finding
		state  string // of the finding; empty: it counts
		noted  string // in the coverage
		partly bool
	}{
		{"active", entry(was, "2026-12-31"), was, finding.Active, "", false},
		{"on its last day", entry(was, "2026-03-01"), was, finding.Expiring, finding.Expiring, false},
		{"soon over", entry(was, "2026-03-14"), was, finding.Expiring, finding.Expiring, false},
		{"not soon over", entry(was, "2026-03-16"), was, finding.Active, "", false},
		{"over", entry(was, "2026-02-28"), was, "", finding.Expired, false},
		{"changed", entry(was, "2026-12-31"), foothold("a1", "*"), "", finding.Void, false},
		{"gone", entry(was, "2026-12-31"), foothold("b2", "444455556666"), "", finding.Orphaned, false},
		{"not looked at", entry(was, "2026-12-31"), foothold("b2", "444455556666"), "", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &finding.Report{Findings: []finding.Finding{test.is}}
			Apply(r, []Entry{test.entry}, now, test.partly)
			state, noted := "", ""
			if a := r.Findings[0].Accepted; a != nil {
				state = a.State
				if a.Owner != "platform" || a.Reason != "audit" || a.Origin != "oust.yml:3" {
					t.Errorf("accepted as %+v", a)
				}
			}
			for _, a := range r.Coverage.Accepts {
				noted += a.State
			}
			if state != test.state || noted != test.noted {
				t.Errorf("state %q, noted %q, want %q, %q", state, noted, test.state, test.noted)
			}
			if code, _ := r.Exit(finding.Low); (code == finding.Found) != (test.state == "") {
				t.Errorf("exit code %d with state %q", code, test.state)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	good := entry(foothold("a1", "x"), "2027-03-01")
	with := func(change func(*Entry)) Entry { e := good; change(&e); return e }
	for want, e := range map[string]Entry{
		"": good,
		"oust.yml:3: accept: finding a1: no reason": with(func(e *Entry) { e.Reason = " " }),
		"no owner":                      with(func(e *Entry) { e.Owner = "" }),
		"no until":                      with(func(e *Entry) { e.Until = "" }),
		"no content":                    with(func(e *Entry) { e.Content = "" }),
		"names no finding":              with(func(e *Entry) { e.Finding = "" }),
		"want a day such as 2026-06-01": with(func(e *Entry) { e.Until = "next year" }),
		"more than a year away":         with(func(e *Entry) { e.Until = "2027-03-02" }),
	} {
		err := Check([]Entry{e}, now)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", e, err, want)
		}
	}
}

func TestContent(t *testing.T) {
	f := foothold("a1", "444455556666")
	same := f
	same.Evidence = []finding.Evidence{f.Evidence[1], {Field: "self.trust", Value: "444455556666", EventID: "other", Origin: "z:9", Why: "else"}}
	same.Severity, same.Count = finding.Low, 7
	if Content(&f) != Content(&same) {
		t.Error("the content depends on where and when it was seen")
	}
	other := foothold("a1", "777788889999")
	if Content(&f) == Content(&other) {
		t.Error("another value has the same content")
	}
	other = f
	other.Resource.ID = "cd"
	if Content(&f) == Content(&other) {
		t.Error("another resource has the same content")
	}
	if got := Content(&f); len(got) != 32 {
		t.Errorf("content %s has %d digits", got, len(got))
	}
}

func TestKnown(t *testing.T) {
	same, wider, lesser, fresh := foothold("a1", "x"), foothold("b2", "x"), foothold("c3", "x"), foothold("d4", "x")
	earlier := &finding.Report{Findings: []finding.Finding{same, foothold("b2", "before"), foothold("c3", "before")}}
	lesser.Severity = finding.Medium
	planned := foothold("e5", "x")
	planned.Baseline = finding.Unchanged
	again := foothold("a1", "x")
	again.Baseline = finding.Widened
	r := &finding.Report{Findings: []finding.Finding{same, wider, lesser, fresh, planned, again}}
	Known(r, earlier)
	got := []string{}
	for _, f := range r.Findings {
		got = append(got, f.Baseline)
	}
	want := []string{finding.Unchanged, finding.Widened, finding.Unchanged, finding.New, finding.Unchanged, finding.Unchanged}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAdd(t *testing.T) {
	e := Entry{Finding: "a1", Reason: "it's \"fine\": # really\n\u202e", Owner: "me", Until: "2026-12-31", Content: "c0"}
	other := "  - finding: \"b2\"\n    reason: old\n    owner: \"\\x1b\"\n    until: 2026-05-05\n    content: c1\n"
	mine := strings.ReplaceAll(other, "b2", "a1")
	for name, test := range map[string]struct {
		before string
		kept   string
		line   int
	}{
		"nothing":      {"", "", 2},
		"no list":      {"# who we are\norg:\n  domains: [example.com] # ours", "# ours", 5},
		"empty list":   {"accept: []\norg: {}\n", "org: {}\n", 2},
		"empty key":    {"accept: # none yet\nfail_on: low\n", "fail_on: low\n", 2},
		"a list":       {"fail_on: low\naccept:\n  # the first\n" + other + "org: {}\n", other, 4},
		"in the list":  {"accept:\n" + mine + "org: {}\n", "org: {}\n", 2},
		"flush left":   {"accept:\n" + strings.ReplaceAll(other, "\n  ", "\n")[2:] + "org: {}\n", "old", 2},
		"no line feed": {"fail_on: low", "fail_on: low\n", 3},
	} {
		after, line, err := Add([]byte(test.before), e)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if line != test.line || !strings.Contains(string(after), test.kept) {
			t.Errorf("%s: line %d, want %d, in\n%s", name, line, test.line, after)
		}
		if got := strings.Split(string(after), "\n")[line-1]; !strings.HasSuffix(got, `- finding: "a1"`) {
			t.Errorf("%s: line %d is %q", name, line, got)
		}
		if name == "in the list" && strings.Contains(string(after), "c1") {
			t.Errorf("the earlier entry is still there:\n%s", after)
		}
	}
	for _, before := range []string{"accept: [{finding: b2}]\n", "accept: 7\n", "[1]\n", "a: b\n...\n"} {
		if after, _, err := Add([]byte(before), e); err == nil {
			t.Errorf("%q was extended to %q", before, after)
		}
	}
}

func FuzzAdd(f *testing.F) {
	f.Add("accept:\n- finding: b2\n  reason: x\n", "a1", "why")
	f.Add("org: &a {domains: []}\naccept: *a\n", "b2", "\x00")
	f.Fuzz(func(t *testing.T, src, id, reason string) {
		e := Entry{Finding: id, Reason: reason, Owner: "me", Until: "2026-12-31", Content: "c0"}
		out, _, err := Add([]byte(src), e)
		if err != nil {
			return
		}
		if got, err := parts(out); err != nil || len(got.list) == 0 || got.list[0] != e {
			t.Errorf("%q became %q: %v", src, out, err)
		}
	})
}

func TestMarks(t *testing.T) {
	src := `# oust:accept aws/iam-role-trusts-outsider reason="audit by Example" owner=platform until=2026-12-31
# of the vendor

resource "aws_iam_role" "ci" {
  name = "ci"
  // oust:accept a1 reason=x owner=y until=2026-12-31
  policy = "# oust:accept a1 reason=in-a-string owner=y until=2026-12-31"
}
# oust:accepted is another word
#oust:accept a1 reason=two words owner=y
# oust:accept
# oust:accept a1 why=x
`
	got := Marks("main.tf", []byte(src))
	lines, below, faults := []int{}, []int{}, 0
	for _, m := range got {
		lines, below = append(lines, m.Line), append(below, m.Below)
		if m.Err != nil {
			faults++
		}
	}
	if d := cmp.Diff([]int{1, 6, 10, 11, 12}, lines) + cmp.Diff([]int{4, 7, 0, 0, 0}, below); d != "" || faults != 3 {
		t.Error(d, faults, got)
	}
	if m := got[0]; m.ID != "aws/iam-role-trusts-outsider" || m.Fields["reason"] != "audit by Example" || m.Fields["owner"] != "platform" {
		t.Errorf("%+v", m)
	}
}

func TestApplyMarks(t *testing.T) {
	at := &finding.Place{File: "main.tf", Line: 4, End: 8}
	mark := func(above string) string { return above + "\nresource {\n}\n" }
	good := "# oust:accept a1 reason=audit owner=platform until=2026-12-31"
	content := foothold("a1", "x")
	for name, test := range map[string]struct {
		src, noted string
		counts     bool
	}{
		"above":           {"\n\n" + mark(good), "", false},
		"far above":       {good + "\nx\n" + mark("#"), finding.Orphaned, true},
		"other finding":   {"\n\n" + mark(strings.Replace(good, "a1", "b2", 1)), finding.Orphaned, true},
		"technique":       {"\n\n" + mark(strings.Replace(good, "a1", "aws/iam-role-trusts-outsider", 1)), "", false},
		"no owner":        {"\n\n" + mark(strings.Replace(good, "owner=platform", "", 1)), finding.Faulty, true},
		"no reason":       {"\n\n" + mark(strings.Replace(good, "reason=audit", "reason=", 1)), finding.Faulty, true},
		"no end":          {"\n\n" + mark(strings.Replace(good, "until=2026-12-31", "", 1)), finding.Faulty, true},
		"too long":        {"\n\n" + mark(strings.Replace(good, "2026", "2028", 1)), finding.Faulty, true},
		"over":            {"\n\n" + mark(strings.Replace(good, "2026-12-31", "2026-01-31", 1)), finding.Expired, true},
		"bad form":        {"\n\n" + mark(good+" and more"), finding.Faulty, true},
		"same content":    {"\n\n" + mark(good+" content="+Content(&content)), "", false},
		"other content":   {"\n\n" + mark(good+" content=00"), finding.Void, true},
		"of another file": {"", "", true},
	} {
		f := foothold("a1", "x")
		f.Place = at
		r := &finding.Report{Findings: []finding.Finding{f}}
		ApplyMarks(r, Marks("main.tf", []byte(test.src)), now)
		noted := ""
		for _, a := range r.Coverage.Accepts {
			noted += a.State
			if !a.InSource {
				t.Errorf("%s: %+v is not in the source", name, a)
			}
		}
		if noted != test.noted || r.Findings[0].Counts() != test.counts {
			t.Errorf("%s: noted %q, counts %v", name, noted, r.Findings[0].Counts())
		}
	}
}

func FuzzMarks(f *testing.F) {
	f.Add([]byte("# oust:accept a1 reason=\"x y\" owner=z until=2026-12-31\nx"))
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, m := range Marks("f", src) {
			if m.Err == nil && m.ID == "" || m.Line == 0 || m.Below != 0 && m.Below <= m.Line {
				t.Errorf("%q: %+v", src, m)
			}
		}
	})
}
