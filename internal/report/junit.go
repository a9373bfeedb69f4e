package report

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"

	"oust/internal/finding"
)

type (
	junitSuites struct {
		XMLName  xml.Name      `xml:"testsuites"`
		Name     string        `xml:"name,attr"`
		Tests    int           `xml:"tests,attr"`
		Failures int           `xml:"failures,attr"`
		Errors   int           `xml:"errors,attr"`
		Skipped  int           `xml:"skipped,attr"`
		Suites   []*junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		File    string       `xml:"file,attr,omitempty"`
		Line    int          `xml:"line,attr,omitempty"`
		Failure *junitReason `xml:"failure"`
		Error   *junitReason `xml:"error"`
		Skipped *junitReason `xml:"skipped"`
	}
	junitReason struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the findings as tests: a suite for every technique, a case for every resource.
// A violation fails, what could not be determined is an error, what is accepted or was there before is skipped.
// What could not be looked at makes a suite of its own, so that it never looks like a pass.
func JUnit(w io.Writer, r *finding.Report) error {
	all := &junitSuites{Name: "oust " + r.Verb}
	suites := map[string]*junitSuite{}
	suite := func(name string) *junitSuite {
		if suites[name] == nil {
			suites[name] = &junitSuite{Name: name}
			all.Suites = append(all.Suites, suites[name])
		}
		return suites[name]
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		all.add(suite(f.Technique), junitCaseOf(r, f))
	}
	for i, m := range missing(r) {
		c := junitCase{Name: fmt.Sprintf("coverage %d", i+1), Class: "coverage"}
		if m.hard {
			c.Error = &junitReason{Message: m.text, Type: "incomplete"}
		} else {
			c.Skipped = &junitReason{Message: m.text}
		}
		all.add(suite("coverage"), c)
	}
	b := bufio.NewWriter(w)
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(b)
	enc.Indent("", " ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	b.WriteByte('\n')
	return b.Flush()
}

func (all *junitSuites) add(s *junitSuite, c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	all.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
		all.Failures++
	case c.Error != nil:
		s.Errors++
		all.Errors++
	case c.Skipped != nil:
		s.Skipped++
		all.Skipped++
	}
}

func junitCaseOf(r *finding.Report, f *finding.Finding) junitCase {
	c := junitCase{Name: Visible(nameOf(f)), Class: f.Technique}
	if p, ok := placeOf(r, f); ok {
		c.File, c.Line = Visible(p.File), p.Line
	}
	reason := &junitReason{Message: message(r, f)}
	switch r.Outcome(f) {
	case finding.Violation:
		reason.Type, reason.Text = string(f.Severity), "oust explain "+f.Technique
		c.Failure = reason
	case finding.Undetermined:
		reason.Type = "undetermined"
		c.Error = reason
	case finding.IsAccepted:
		reason.Message = Visible(acceptedBy(f.Accepted))
		c.Skipped = reason
	case finding.WasThere:
		c.Skipped = reason
	}
	return c
}
