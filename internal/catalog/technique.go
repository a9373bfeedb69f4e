package catalog

import (
	"path"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Severities, Verdicts: the words a clause may use, the least first.
var (
	Severities = []string{"info", "low", "medium", "high", "critical"}
	Verdicts   = []string{"explained", "unknown", "unexplained", "bad"}
)

// A Technique says when a kind of resource is a foothold.
type Technique struct {
	ID       string // its path below techniques, such as aws/iam-access-key
	Title    string
	Summary  string
	Resource string   // name of the kind
	Rows     []string // rows of the reference table
	Attack   []string
	Judge    []Clause
	Say      Expr
	Show     []Expr
	Unknown  string // severity when what would decide could not be read; empty: that of the clause that holds
	Seen     []string
	Benign   string
	Guard    string
	Dir      string
}

// A Clause is one step of a judgement: the first whose condition holds decides.
type Clause struct {
	Severity string
	Verdict  string
	When     *Expr // nil: always
	Because  Expr
}

func parseTechnique(file string, src []byte) (*Technique, error) {
	d := &document{file: file, src: src}
	dir := path.Dir(file)
	t := &Technique{ID: strings.TrimPrefix(dir, "techniques/"), Dir: dir}
	root := d.root()
	d.members(root, map[string]func(*yaml.Node){
		"title":    func(n *yaml.Node) { t.Title = d.text(n) },
		"summary":  func(n *yaml.Node) { t.Summary = d.text(n) },
		"resource": func(n *yaml.Node) { t.Resource = d.text(n) },
		"rows":     func(n *yaml.Node) { t.Rows = d.rows(n) },
		"attack":   func(n *yaml.Node) { t.Attack = d.attack(n) },
		"judge":    func(n *yaml.Node) { d.each(n, func(c *yaml.Node) { t.Judge = append(t.Judge, d.clause(c)) }) },
		"say":      func(n *yaml.Node) { t.Say = d.expr(n) },
		"show":     func(n *yaml.Node) { d.each(n, func(e *yaml.Node) { t.Show = append(t.Show, d.expr(e)) }) },
		"unknown":  func(n *yaml.Node) { t.Unknown = d.oneOf(n, Severities) },
		"seen":     func(n *yaml.Node) { t.Seen = d.texts(n) },
		"benign":   func(n *yaml.Node) { t.Benign = d.text(n) },
		"guard":    func(n *yaml.Node) { t.Guard = d.text(n) },
	})
	if d.err != nil {
		return nil, d.err
	}
	for name, value := range map[string]string{
		"title": t.Title, "summary": t.Summary, "resource": t.Resource, "say": t.Say.Text, "benign": t.Benign,
	} {
		if value == "" {
			return nil, d.fail(Pos{file, 1, 1}, "", "a technique needs %s", name)
		}
	}
	switch n := len(t.Judge); {
	case n == 0 || t.Judge[n-1].When != nil:
		d.fail(Pos{file, 1, 1}, "", "the last clause of a judgement has no condition, so that nothing goes unrecorded")
	case len(t.Attack) == 0 || len(t.Seen) == 0:
		d.fail(Pos{file, 1, 1}, "", "a technique needs attack and seen")
	}
	return t, d.err
}

func (d *document) rows(n *yaml.Node) (rows []string) {
	d.each(n, func(e *yaml.Node) {
		number, cloud, ok := strings.Cut(e.Value, "-")
		i, err := strconv.Atoi(number)
		if !ok || err != nil || i < 1 || i > 15 || cloud != "aws" && cloud != "azure" && cloud != "gcp" {
			d.fail(d.at(e), "such as 3-aws", "%q is not a row of the reference table", e.Value)
		}
		rows = append(rows, e.Value)
	})
	return rows
}

func (d *document) attack(n *yaml.Node) (ids []string) {
	d.each(n, func(e *yaml.Node) {
		id := e.Value
		if len(id) < 5 || id[0] != 'T' || strings.Trim(id[1:], "0123456789.") != "" {
			d.fail(d.at(e), "such as T1098.001", "%q is not an ATT&CK technique", id)
		}
		ids = append(ids, id)
	})
	return ids
}

func (d *document) clause(n *yaml.Node) (c Clause) {
	d.members(n, map[string]func(*yaml.Node){
		"severity": func(n *yaml.Node) { c.Severity = d.oneOf(n, Severities) },
		"verdict":  func(n *yaml.Node) { c.Verdict = d.oneOf(n, Verdicts) },
		"when":     func(n *yaml.Node) { x := d.expr(n); c.When = &x },
		"because":  func(n *yaml.Node) { c.Because = d.expr(n) },
	})
	if c.Severity == "" || c.Verdict == "" {
		d.fail(d.at(n), "", "a clause needs severity and verdict")
	}
	if c.When != nil && c.Because.Text == "" {
		d.fail(d.at(n), "", "a clause with a condition says because")
	}
	return c
}
