// Package cloudformation reads templates of CloudFormation and SAM, what CDK makes of an app, and change sets.
//
// It knows what a deployment would make of a template: conditions, intrinsic functions, loops, nested stacks, the
// expansion of SAM. It does not judge, fetches nothing, and runs no macro. Where a value hangs on a condition that
// nobody can decide before deployment, a resource is given once per distinct value, with Branch naming the condition.
package cloudformation

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// Reader reads CloudFormation. The zero value is ready.
type Reader struct{}

var (
	section = regexp.MustCompile(`(?m)^["']?(Resources|Fn::ForEach::\w+)["']?[ \t]*:`)
	other   = []string{".tf", ".hcl", ".tfvars", ".md", ".go", ".py", ".js", ".ts", ".sh", ".html", ".txtar"}
)

// Takes tells a template, a change set, or the manifest of a CDK app by its content.
func (Reader) Takes(f *plan.File) bool {
	if slices.Contains(other, strings.ToLower(filepath.Ext(f.Path))) {
		return false
	}
	if document.IsObject(f.Body) {
		return takesJSON(f.Body)
	}
	return section.Match(f.Body) && named(f.Body)
}

func takesJSON(body []byte) bool {
	switch {
	case bytes.Contains(body, []byte(`"Resources"`)):
		return named(body)
	case bytes.Contains(body, []byte(`"ResourceChange"`)):
		return true
	case bytes.Contains(body, []byte(`"ChangeSetId"`)):
		return bytes.Contains(body, []byte(`"Changes"`))
	}
	return bytes.Contains(body, []byte(`"aws:cloudformation:stack"`))
}

// named tells whether a text with resources names a type of CloudFormation, or its format.
func named(body []byte) bool {
	for _, s := range []string{"AWSTemplateFormatVersion", "AWS::", "Custom::", "Alexa::", "::MODULE"} {
		if bytes.Contains(body, []byte(s)) {
			return true
		}
	}
	return false
}

// Read reads templates together, since they nest each other.
func (Reader) Read(ctx context.Context, files []*plan.File) plan.Result {
	r := &reading{ctx: ctx, templates: map[string]*template{}, names: map[string]settledName{}, targets: map[string]target{}, told: map[string]bool{}}
	for _, f := range files {
		if ctx.Err() != nil {
			break
		}
		r.load(f)
	}
	r.stacks()
	if err := ctx.Err(); err != nil {
		r.problem(plan.Place{}, "templates: "+err.Error(), "run again, and let it end")
	}
	return r.out
}

// reading is the state of one Read.
type reading struct {
	ctx       context.Context
	templates map[string]*template // by clean path
	order     []*template
	targets   map[string]target    // by path of the template: where a CDK app deploys it
	exported  map[string]*exported // nil for a name that two templates export
	told      map[string]bool
	names     map[string]settledName // of resources
	made      int                    // resources given so far
	steps     int                    // values evaluated so far
	out       plan.Result
}

// maxResources bounds what nested stacks and loops can grow to. One stack holds at most 500.
const (
	maxResources = 100_000
	maxTotal     = 50_000_000 // steps
)

// A template is one file, parsed.
type template struct {
	path string
	doc  *document.Document
	root map[string]any
	seen bool // read, as a stack or within one
}

func (r *reading) load(f *plan.File) {
	for _, d := range document.Parse(f.Body, document.Options{Depth: 2, Tag: function}) {
		at := plan.Place{File: f.Path, Line: d.Line, End: d.End}
		if d.Err != nil {
			at.End = at.Line
			r.problem(at, "template: "+d.Err.Error(), "mend its syntax")
			continue
		}
		r.twice(at, d)
		m := d.Map()
		switch {
		case m["Resources"] != nil:
			t := &template{path: f.Path, doc: d, root: m}
			r.templates[filepath.Clean(f.Path)] = t
			r.order = append(r.order, t)
		case m["Changes"] != nil:
			r.changeSet(f, m)
		case m["artifacts"] != nil:
			r.manifest(f, m)
		default:
			r.problem(at, "no template: it has no Resources", "name the template, or leave the file out")
		}
	}
}

func (r *reading) twice(at plan.Place, d *document.Document) {
	for _, k := range d.Twice {
		r.problem(at, "key "+k+" is given twice, and only the last one was read", "give each key once")
	}
}

// problem notes once what could not be read.
func (r *reading) problem(at plan.Place, what, needs string) {
	key := at.File + "\x00" + what
	if r.told[key] {
		return
	}
	r.told[key] = true
	r.out.Problems = append(r.out.Problems, plan.Problem{At: at, What: what, Needs: needs})
}

// function gives the long form of a short tag.
func function(tag string, v any) any {
	switch tag {
	case "Ref", "Condition":
		return map[string]any{tag: v}
	case "GetAtt":
		if s, ok := v.(string); ok {
			id, attr, _ := strings.Cut(s, ".")
			v = []any{id, attr}
		}
	}
	return map[string]any{"Fn::" + tag: v}
}
