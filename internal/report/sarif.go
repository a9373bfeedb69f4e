package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"oust/internal/finding"
)

// MaxSARIF bounds the results of a SARIF report: code scanning shows no more of one run.
const MaxSARIF = 5000

// maxTags bounds the tags of a rule, which code scanning limits as well.
const maxTags = 10

// The parts of SARIF 2.1.0 that we write; see https://docs.oasis-open.org/sarif/sarif/v2.1.0/.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        map[string]sarifDriver `json:"tool"`
		Invocations []sarifInvocation      `json:"invocations"`
		Results     []sarifResult          `json:"results"`
		ColumnKind  string                 `json:"columnKind"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID         string         `json:"id"`
		Short      sarifText      `json:"shortDescription"`
		Full       sarifText      `json:"fullDescription"`
		Help       sarifText      `json:"help"`
		Default    sarifLevel     `json:"defaultConfiguration"`
		Properties map[string]any `json:"properties"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifInvocation struct {
		Successful    bool          `json:"executionSuccessful"`
		Notifications []sarifNotice `json:"toolExecutionNotifications"`
	}
	sarifNotice struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions"`
		Baseline     string             `json:"baselineState,omitempty"`
		Properties   map[string]any     `json:"properties"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Start int `json:"startLine"`
		End   int `json:"endLine"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

// SARIF writes the findings as a SARIF 2.1.0 log: a rule for every technique, a result for every finding.
// Fingerprints are those of the findings, and do not move with lines.
func SARIF(w io.Writer, r *finding.Report) error {
	rules, index := sarifRules(r)
	run := sarifRun{
		Tool:        map[string]sarifDriver{"driver": {Name: "oust", Rules: rules}},
		Invocations: []sarifInvocation{sarifNotices(r)},
		Results:     []sarifResult{},
		ColumnKind:  "unicodeCodePoints",
	}
	compared := false
	for i := range r.Findings {
		compared = compared || r.Findings[i].Baseline != ""
	}
	list := worst(r)
	for _, f := range list[:min(len(list), MaxSARIF)] {
		run.Results = append(run.Results, sarifResultOf(r, f, index[f.Technique], compared))
	}
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	log := sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
	if err := enc.Encode(log); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return b.Flush()
}

func sarifRules(r *finding.Report) (rules []sarifRule, index map[string]int) {
	rules, index = []sarifRule{}, map[string]int{}
	for _, f := range worst(r) { // the first of a technique is its most severe one
		if _, ok := index[f.Technique]; ok {
			continue
		}
		index[f.Technique] = len(rules)
		tags := append(append([]string{"security"}, f.Attack...), f.Rows...)
		rules = append(rules, sarifRule{
			ID: f.Technique, Short: sarifText{titleOf(f)}, Full: sarifText{titleOf(f) + ". " + f.Summary},
			Help:    sarifText{"oust explain " + f.Technique + " says what to look at, and what to do."},
			Default: sarifLevel{levelOf(f.Severity)},
			Properties: map[string]any{
				"security-severity": scores[f.Severity], "precision": "high", "tags": tags[:min(len(tags), maxTags)],
			},
		})
	}
	return rules, index
}

// levelOf turns a severity into one of the three levels that SARIF and annotations know.
func levelOf(s finding.Severity) string {
	switch s {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	}
	return "note"
}

// scores are in the ranges that code scanning gives the same names.
var scores = map[finding.Severity]string{finding.Critical: "9.5", finding.High: "8.0", finding.Medium: "5.5", finding.Low: "3.0", finding.Info: "0.0"}

func sarifResultOf(r *finding.Report, f *finding.Finding, rule int, compared bool) sarifResult {
	res := sarifResult{
		RuleID: f.Technique, RuleIndex: rule, Level: levelOf(f.Severity), Message: sarifText{unlinked(message(r, f))},
		Locations:    []sarifLocation{{Logical: []sarifLogical{{Name: Visible(nameOf(f)), Kind: "resource"}}}},
		Fingerprints: map[string]string{"oust/v1": f.ID, "primaryLocationLineHash": f.ID + ":1"},
		Suppressions: []sarifSuppression{},
		Properties: map[string]any{
			"security-severity": scores[f.Severity], "verdict": f.Verdict, "outcome": r.Outcome(f), "status": f.Status, "account": Visible(f.Account),
		},
	}
	if p, ok := placeOf(r, f); ok {
		res.Locations[0].Physical = &sarifPhysical{Artifact: sarifArtifact{uri(p.File)}}
		if p.Line > 0 {
			res.Locations[0].Physical.Region = &sarifRegion{p.Line, max(p.Line, p.End)}
		}
	}
	if a := f.Accepted; a != nil {
		kind := "external"
		if a.InSource {
			kind = "inSource"
		}
		res.Suppressions = append(res.Suppressions, sarifSuppression{kind, "accepted", unlinked(Visible(acceptedBy(a)))})
	}
	if compared {
		res.Baseline = map[string]string{"": "new", finding.New: "new", finding.Widened: "updated", finding.Unchanged: "unchanged"}[f.Baseline]
	}
	return res
}

// unlinked takes apart what viewers of SARIF would draw as a link.
func unlinked(s string) string { return strings.ReplaceAll(s, "](", "] (") }

// sarifNotices tells what was not looked at, and what was cut.
func sarifNotices(r *finding.Report) sarifInvocation {
	inv := sarifInvocation{Successful: r.Coverage.Complete(), Notifications: []sarifNotice{}}
	if n := len(worst(r)); n > MaxSARIF {
		inv.Notifications = append(inv.Notifications, sarifNotice{"warning", sarifText{fmt.Sprintf("the %d most severe of %d findings; the others are in the other formats", MaxSARIF, n)}})
	}
	for _, m := range missing(r) {
		inv.Notifications = append(inv.Notifications, sarifNotice{"warning", sarifText{unlinked(m.text)}})
	}
	return inv
}

// uri makes a relative reference of a path, or a file URI of an absolute one.
func uri(path string) string {
	u := url.URL{Path: filepath.ToSlash(filepath.Clean(path))}
	if strings.HasPrefix(u.Path, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
