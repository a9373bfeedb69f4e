package catalog

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"oust/internal/resource"
)

// Life is what the lineage needs to know of a kind: what comes out of a resource, when it ends, and how it is taken away.
type Life struct {
	Opens    map[string]int // way -> field; see Ways
	Parent   []int          // fields that refer to what it cannot outlive
	Disabled *Expr          // over self: it is there, and does nothing
	Blind    *Expr          // over self: while this holds, the log of the account has a hole
	Expires  int            // field with the time at which it ends by itself; -1: never
	End      []Step
}

// Ways lists how sessions come out of a resource, and what the field names.
//
//	key        the access key id of the session, or of the requests
//	principal  the ARN of the user or role that the sessions are of
//	console    the user who signs in with it
//	workload   the name that the sessions of the workload carry; with role, the role that they are of
//	role       (see workload)
//	provider   the ARN of the identity provider that vouches for the sessions
//	outsiders  the trust, whose outsiders may open sessions of the role
var Ways = []string{"key", "principal", "console", "workload", "role", "provider", "outsiders"}

// Phases lists the phases of an eviction that steps of the catalog belong to, in their order.
var Phases = []string{"guard", "contain", "revoke", "disable", "cut", "detach", "restore", "delete", "rotate"}

// A Step is one act of an eviction.
type Step struct {
	Phase  string
	After  []resource.Does // what the intruder did to the resource that this answers; none: create, change and restore
	If     *Expr           // only when this holds, over self (as it stands) and was (with the intruder's changes taken back)
	Call   Call
	Out    string // name of what later steps take from the answer, written <NAME>
	Query  string // where in the answer it is, in JMESPath
	Undo   *Call  // nil: Back says why
	Back   string // none, reissue, or window:30d, when Undo is nil
	Save   *Call  // what to read and keep before
	Verify *Check
	Note   string // what the responder must know
}

// A Call is an operation with its parameters. Its name is the command of the AWS CLI and the operation: s3api:PutBucketPolicy.
type Call struct {
	Name Expr
	With []Param
}

// A Param is one parameter of a call; its value is CEL over self and was.
type Param struct {
	Name  string
	Value Expr
}

// A Check is a call and what it must answer.
type Check struct {
	Call
	Query string // JMESPath
	Is    string // what the query must give
	Error string // or the error that the call must give
}

// life is the reader of the keys of Life.
func (d *document) life(k *Kind) map[string]func(*yaml.Node) {
	return map[string]func(*yaml.Node){
		"opens": func(n *yaml.Node) {
			k.Opens = map[string]int{}
			d.pairs(n, func(key, v *yaml.Node) { k.Opens[d.oneOf(key, Ways)] = d.field(k, v) })
		},
		"parent": func(n *yaml.Node) {
			d.each(n, func(e *yaml.Node) {
				i := d.field(k, e)
				if i >= 0 && k.Fields[i].Type.Base != "ref" {
					d.fail(d.at(e), "", "parent %q is no ref", e.Value)
				}
				k.Parent = append(k.Parent, i)
			})
		},
		"disabled": func(n *yaml.Node) { x := d.expr(n); k.Disabled = &x },
		"blind":    func(n *yaml.Node) { x := d.expr(n); k.Blind = &x },
		"expires":  func(n *yaml.Node) { k.Expires = d.field(k, n) },
		"end":      func(n *yaml.Node) { d.each(n, func(e *yaml.Node) { k.End = append(k.End, d.step(e)) }) },
	}
}

func (d *document) step(n *yaml.Node) (s Step) {
	readers := d.call(&s.Call)
	for key, read := range map[string]func(*yaml.Node){
		"phase": func(n *yaml.Node) { s.Phase = d.oneOf(n, Phases) },
		"after": func(n *yaml.Node) {
			d.each(n, func(e *yaml.Node) {
				s.After = append(s.After, resource.Does(max(0, slices.Index(resource.Verbs, d.oneOf(e, resource.Verbs)))))
			})
		},
		"if":     func(n *yaml.Node) { x := d.expr(n); s.If = &x },
		"out":    func(n *yaml.Node) { s.Out = d.text(n) },
		"query":  func(n *yaml.Node) { s.Query = d.text(n) },
		"undo":   func(n *yaml.Node) { d.undo(&s, n) },
		"save":   func(n *yaml.Node) { s.Save = &Call{}; d.members(n, d.call(s.Save)) },
		"verify": func(n *yaml.Node) { s.Verify = d.check(n) },
		"note":   func(n *yaml.Node) { s.Note = d.text(n) },
	} {
		readers[key] = read
	}
	d.members(n, readers)
	if s.Phase == "" || s.Call.Name.Text == "" || s.Undo == nil && s.Back == "" || s.Verify == nil {
		d.fail(d.at(n), "", "a step needs phase, call, undo and verify")
	}
	return s
}

// undo reads a call, or the word that says why there is none.
func (d *document) undo(s *Step, n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		s.Undo = &Call{}
		d.members(n, d.call(s.Undo))
		return
	}
	s.Back = d.text(n)
	if s.Back != "none" && s.Back != "reissue" && !strings.HasPrefix(s.Back, "window:") {
		d.fail(d.at(n), "none, reissue, window:30d, or call and with", "undo %q is not known", s.Back)
	}
}

func (d *document) check(n *yaml.Node) *Check {
	c := &Check{}
	readers := d.call(&c.Call)
	readers["query"] = func(n *yaml.Node) { c.Query = d.text(n) }
	readers["is"] = func(n *yaml.Node) { c.Is = d.text(n) }
	readers["error"] = func(n *yaml.Node) { c.Error = d.text(n) }
	d.members(n, readers)
	if (c.Error == "") == (c.Query == "" || c.Is == "") {
		d.fail(d.at(n), "", "verify needs error, or query and is")
	}
	return c
}

func (d *document) call(c *Call) map[string]func(*yaml.Node) {
	return map[string]func(*yaml.Node){
		"call": func(n *yaml.Node) {
			c.Name = d.expr(n)
			if service, op, ok := strings.Cut(c.Name.Text, ":"); !ok || service == "" || op == "" {
				d.fail(d.at(n), "such as iam:DeleteUser", "call %q is not service:Operation", c.Name.Text)
			}
		},
		"with": func(n *yaml.Node) {
			d.pairs(n, func(key, v *yaml.Node) { c.With = append(c.With, Param{Name: key.Value, Value: d.expr(v)}) })
		},
	}
}
