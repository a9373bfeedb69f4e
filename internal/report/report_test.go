package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	stdflag "flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"oust/internal/finding"
)

var update = stdflag.Bool("update", false, "write the golden files anew")

// formats are all that this test holds to the same rules, by the golden file of each.
var formats = map[string]func(io.Writer, *finding.Report) error{
	"report.sarif": SARIF, "junit.xml": JUnit, "github.txt": GitHub, "gitlab.json": GitLab, "report.md": Markdown,
}

// secret stands in the evidence and the source lines of every finding.
const secret = "wJalrXUtnFEMI"

// sample is a report of a gate with every outcome.
func sample() *finding.Report {
	one := func(id, address string, s finding.Severity, verdict string) finding.Finding {
		return finding.Finding{
			ID: id, Technique: "aws/iam-role-trusts-outsider", Title: "Role trusts an outsider", Summary: "Anyone there can come back.",
			Rows: []string{"3-aws"}, Attack: []string{"T1098.003"}, Severity: s, Verdict: verdict, Status: "planned", Cloud: "aws", Account: "111122223333",
			Resource: finding.Resource{Kind: "aws.iam.role", ID: "ci", Name: "ci", Address: address},
			Sentence: "444455556666 may assume role ci",
			Evidence: []finding.Evidence{{Field: "self.trust", Value: secret, Why: "an account that is not ours may assume it", Origin: "infra/main.tf:12"}},
			Place:    &finding.Place{File: "infra/main.tf", Line: 12, End: 15, Lines: []string{secret}},
		}
	}
	bad, hidden, lived := one("a1", "aws_iam_role.ci", finding.High, "bad"), one("b2", "aws_iam_role.cd", finding.Medium, "unknown"), one("c3", "aws_iam_role.audit", finding.High, "bad")
	hidden.Unknown = []finding.Unknown{{Field: "self.trust", Needs: "a plan"}}
	lived.Accepted = &finding.Accepted{Finding: "c3", Reason: "yearly audit", Owner: "platform", Until: "2026-12-31", Origin: "oust.yml:3", State: finding.Active}
	there, fine, low := one("d4", "aws_iam_role.old", finding.High, "bad"), one("e5", "aws_iam_role.fine", finding.Info, "explained"), one("f6", "aws_iam_role.odd", finding.Low, "unexplained")
	there.Baseline = finding.Unchanged
	there.Place, there.Evidence[0].Origin = nil, "plan.json:0"
	low.Technique, low.Title = "aws/iam-role", ""
	bad.Baseline = finding.Widened
	return &finding.Report{
		Version: 1, Verb: "gate", Findings: []finding.Finding{bad, hidden, lived, there, fine, low},
		Coverage: finding.Coverage{
			Files:   finding.Files{Read: 2, Skipped: []finding.Skip{{Path: "x.tf", Reason: "line 3: no closing brace"}, {Path: "e.tf", Reason: "empty", Harmless: true}}},
			Unknown: []finding.Gap{{What: `module "vpc"`, Needs: "terraform plan"}},
			Accepts: []finding.Accepted{{Finding: "09", Owner: "ops", Until: "2026-01-31", Origin: "oust.yml:9", State: finding.Expired, Note: "the finding counts again"}},
		},
	}
}

func draw(t *testing.T, name string, r *finding.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := formats[name](&b, r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name := range formats {
		got := draw(t, name, sample())
		if strings.HasPrefix(got, "{") || strings.HasPrefix(got, "[") {
			var b bytes.Buffer
			if err := json.Indent(&b, []byte(got), "", "  "); err != nil {
				t.Fatal(err)
			}
			got = b.String()
		}
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// sarifSchema is the one that OASIS published.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out, err := exec.Command("../../.venv/bin/python", "../../tools/schema.py", "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema").Output()
	if err != nil {
		t.Fatalf("%v; run make test, which installs the schema", err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSARIFIsValid(t *testing.T) {
	schema := sarifSchema(t)
	many := &finding.Report{Verb: "gate"}
	for i := range MaxSARIF + 3 {
		f := sample().Findings[0]
		f.ID, f.Severity = fmt.Sprint(i), finding.Severities[1+i%4]
		many.Findings = append(many.Findings, f)
	}
	hunted := sample()
	hunted.Verb = "hunt"
	for i := range hunted.Findings {
		hunted.Findings[i].Place = nil
	}
	for name, r := range map[string]*finding.Report{"sample": sample(), "hostile": hostileReport(), "empty": {}, "many": many, "hunted": hunted} {
		text := draw(t, "report.sarif", r)
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if name == "many" {
			if n := strings.Count(text, `"ruleIndex"`); n != MaxSARIF || !strings.Contains(text, "the 5000 most severe of 5003 findings") {
				t.Errorf("%d results", n)
			}
		}
		if name == "hunted" && strings.Contains(text, "physicalLocation") {
			t.Error("a record of a log is given as a line of code")
		}
	}
}

// nasty is what an intruder could write into a name.
const nasty = "\x1b[31m\r\n::error::x%0A\x00\ufffe]]><!--|`` ` ```<img src=x onerror=alert(1)>[a](javascript:x) @all #1 \u202e,line=9:\xff"

func hostileReport() *finding.Report {
	r := sample()
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Sentence, f.Account, f.Resource.Address, f.Resource.Name, f.Evidence[0].Why = nasty, nasty, nasty, nasty, nasty
		if f.Place != nil {
			f.Place.File = nasty
		}
		if f.Accepted != nil {
			f.Accepted.Reason, f.Accepted.Owner = nasty, nasty
		}
	}
	r.Coverage.Files.Skipped[0] = finding.Skip{Path: nasty, Reason: nasty}
	r.Coverage.Unknown[0] = finding.Gap{What: nasty, Needs: nasty}
	r.Coverage.Accepts[0].Owner, r.Coverage.Accepts[0].Note = nasty, nasty
	return r
}

// TestHostile draws text that would drive a terminal, a runner, a parser or a page.
func TestHostile(t *testing.T) {
	for name := range formats {
		text := draw(t, name, hostileReport())
		if !utf8.ValidString(text) {
			t.Errorf("%s is not UTF-8", name)
		}
		for _, r := range text {
			if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
				t.Errorf("%s contains %U", name, r)
				break
			}
		}
		if name == "report.sarif" && regexp.MustCompile(`"(text|justification)":"[^"]*\]\(`).MatchString(text) {
			t.Error("a message holds a link")
		}
		if strings.Contains(text, secret) {
			t.Errorf("%s contains the value of evidence", name)
		}
	}
	for line := range strings.Lines(draw(t, "github.txt", hostileReport())) {
		if !regexp.MustCompile(`^::(error|warning|notice)( (file=[^:,]*,line=12,endLine=15,)?title=[^:,]*)?::[^\r\n]*\n$`).MatchString(line) {
			t.Errorf("annotation %q", line)
		}
	}
	var suites junitSuites
	if err := xml.Unmarshal([]byte(draw(t, "junit.xml", hostileReport())), &suites); err != nil {
		t.Error(err)
	}
	if suites.Tests != 9 || suites.Failures != 2 || suites.Errors != 2 || suites.Skipped != 4 {
		t.Errorf("%+v", suites)
	}
}

// TestMarkdownSpans holds that nothing of an input stands outside a code span, and that every row keeps its cells.
func TestMarkdownSpans(t *testing.T) {
	for line := range strings.Lines(draw(t, "report.md", hostileReport())) {
		if strings.HasPrefix(line, "| high") || strings.HasPrefix(line, "| medium") || strings.HasPrefix(line, "| low") {
			if n := strings.Count(line, "|"); n != 5 {
				t.Errorf("%d bars in %q", n, line)
			}
		}
		if rest := outsideSpans(line); strings.ContainsAny(rest, "<>[]@#`") && !strings.HasPrefix(line, "###") {
			t.Errorf("outside of code: %q", rest)
		}
	}
}

// outsideSpans removes code spans as CommonMark finds them: a run of backticks up to the next run of the same length.
func outsideSpans(s string) (rest string) {
	run := regexp.MustCompile("`+")
	for {
		open := run.FindStringIndex(s)
		if open == nil {
			return rest + s
		}
		fence, after, closed := s[open[0]:open[1]], s[open[1]:], false
		for _, c := range run.FindAllStringIndex(after, -1) {
			if c[1]-c[0] == len(fence) {
				rest, s, closed = rest+s[:open[0]], after[c[1]:], true
				break
			}
		}
		if !closed {
			rest, s = rest+s[:open[1]], after
		}
	}
}

func TestAnnotationsAreBounded(t *testing.T) {
	r := sample()
	for i := range 25 {
		f := r.Findings[0]
		f.ID = fmt.Sprint("x", i)
		r.Findings = append(r.Findings, f)
	}
	text := draw(t, "github.txt", r)
	if n := strings.Count(text, "::error"); n != MaxAnnotations {
		t.Errorf("%d errors", n)
	}
	if !strings.Contains(text, "::error::17 more of this level") {
		t.Errorf("no summary in\n%s", text)
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := JSON(&again, got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(b.String(), again.String()); d != "" {
		t.Error(d)
	}
	for _, text := range []string{"", "{}", `{"version":2,"findings":[]}`, `[]`, `{"version":1}`, `{"version":1,"findings":[]} x`, `{"version":1,"findings":[{"id":""}]}`} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q was taken for a report", text)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version":1,"findings":[{"id":"a1","first":"2026-03-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := Read(bytes.NewReader(src))
		if err != nil {
			return
		}
		for name, write := range formats {
			if err := write(io.Discard, r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
