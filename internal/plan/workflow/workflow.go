// Package workflow reads workflows of GitHub Actions: who can start a job, what it may ask for, and which roles of AWS it takes.
//
// A job leaves as a resource of type job with this tree; members that a job has not are not there:
//
//	workflow     name of the workflow
//	job          its key below jobs
//	triggers     events that start it, those of local workflows that call it included
//	dispatchable whether somebody may start it by hand, with inputs of their choice
//	outsiders    whether an event starts it that a stranger can cause, and that runs with the rights of the repository
//	id_token     whether it may ask for a token of GitHub's OIDC provider
//	permissions  what its token may do: scope to read, write or none; "*" for read-all and write-all
//	environment  name of its environment
//	runs_on      labels of its runner
//	self_hosted  whether its runner is not GitHub's
//	image        image of its container
//	uses         the reusable workflow that it calls
//	actions      actions of its steps, as they are named
//	roles        roles that it takes; an expression that only GitHub can evaluate is unknown
//	role_names   their names, as code in the same account knows them
//	untrusted    expressions that strangers write, inside its scripts
//	typed        expressions that whoever starts it by hand writes, inside its scripts
//	foreign_code whether it checks out the code of a pull request from elsewhere while it runs with the rights of the repository
//
// It does not judge, and it does not know what a role trusts: techniques join both.
package workflow

import (
	"bytes"
	"context"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// Reader reads workflows, and the actions of the same repository that they use. The zero value is ready.
type Reader struct{}

var (
	on      = regexp.MustCompile(`(?m)^["']?on["']?[ \t]*:`)
	jobs    = regexp.MustCompile(`(?m)^["']?jobs["']?[ \t]*:`)
	runs    = regexp.MustCompile(`(?m)^["']?runs["']?[ \t]*:`)
	using   = regexp.MustCompile(`(?m)^[ \t{]*["']?using["']?[ \t]*:`)
	formats = []string{".yml", ".yaml", ".json", ""}
)

// Takes tells a workflow by on and jobs, and a composite action by runs and using.
func (Reader) Takes(f *plan.File) bool {
	if !slices.Contains(formats, strings.ToLower(filepath.Ext(f.Path))) {
		return false
	}
	if document.IsObject(f.Body) {
		return bytes.Contains(f.Body, []byte(`"on"`)) && bytes.Contains(f.Body, []byte(`"jobs"`)) && bytes.Contains(f.Body, []byte(`"steps"`))
	}
	return on.Match(f.Body) && jobs.Match(f.Body) || runs.Match(f.Body) && using.Match(f.Body)
}

// Read reads workflows together, since they call each other.
func (Reader) Read(ctx context.Context, files []*plan.File) plan.Result {
	r := &reading{actions: map[string]map[string]any{}}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			r.problem(plan.Place{File: f.Path}, "workflows: "+err.Error(), "run again, and let it end")
			return r.out
		}
		r.load(f)
	}
	r.called()
	for _, w := range r.flows {
		for _, id := range document.Keys(w.jobs) {
			r.job(w, id)
		}
	}
	return r.out
}

type reading struct {
	flows   []*flow
	actions map[string]map[string]any // composite actions by folder
	out     plan.Result
}

// A flow is one workflow file.
type flow struct {
	path     string
	doc      *document.Document
	root     map[string]any
	jobs     map[string]any
	triggers map[string]bool
}

func (r *reading) problem(at plan.Place, what, needs string) {
	r.out.Problems = append(r.out.Problems, plan.Problem{At: at, What: what, Needs: needs})
}

func (r *reading) load(f *plan.File) {
	for _, d := range document.Parse(f.Body, document.Options{Depth: 2}) {
		at := plan.Place{File: f.Path, Line: d.Line, End: d.End}
		if d.Err != nil {
			at.End = at.Line
			r.problem(at, "workflow: "+d.Err.Error(), "mend its syntax")
			continue
		}
		for _, k := range d.Twice {
			r.problem(at, "key "+k+" is given twice, and only the last one was read", "give each key once")
		}
		m := d.Map()
		if steps, ok := m["runs"].(map[string]any); ok && m["jobs"] == nil {
			r.actions[path.Dir(slashed(f.Path))] = steps
			continue
		}
		jobs, ok := m["jobs"].(map[string]any)
		if !ok {
			r.problem(at, "workflow: its jobs are no mapping", "mend it")
			continue
		}
		r.flows = append(r.flows, &flow{path: f.Path, doc: d, root: m, jobs: jobs, triggers: triggers(m["on"])})
	}
}

func slashed(p string) string { return path.Clean(filepath.ToSlash(p)) }

// triggers gives the events that start a workflow: a name, a list, or a mapping.
func triggers(v any) map[string]bool {
	out := map[string]bool{}
	switch v := v.(type) {
	case string:
		out[v] = true
	case []any:
		for _, one := range v {
			if name, ok := one.(string); ok {
				out[name] = true
			}
		}
	case map[string]any:
		for name := range v {
			out[name] = true
		}
	}
	return out
}

// called hands the triggers of a workflow down to those of the same repository that it calls.
func (r *reading) called() {
	for range 10 { // GitHub allows four levels
		changed := false
		for _, w := range r.flows {
			for _, j := range w.jobs {
				m, _ := j.(map[string]any)
				if to := r.local(m["uses"]); to != nil {
					changed = adopt(to.triggers, w.triggers) || changed
				}
			}
		}
		if !changed {
			return
		}
	}
}

func adopt(to, from map[string]bool) (changed bool) {
	for t := range from {
		if !to[t] && t != "workflow_call" {
			to[t], changed = true, true
		}
	}
	return changed
}

// local finds a workflow that is called by its path in the repository: ./.github/workflows/deploy.yml.
func (r *reading) local(uses any) *flow {
	name, ok := uses.(string)
	if !ok || !strings.HasPrefix(name, "./") {
		return nil
	}
	for _, w := range r.flows {
		if under(slashed(w.path), path.Clean(name)) {
			return w
		}
	}
	return nil
}

// action finds a composite action of the same repository: ./.github/actions/login.
func (r *reading) action(uses string) map[string]any {
	if !strings.HasPrefix(uses, "./") {
		return nil
	}
	for _, dir := range document.Keys(r.actions) {
		if under(dir, path.Clean(uses)) {
			return r.actions[dir]
		}
	}
	return nil
}

// under tells whether a path ends with another one, of whole parts.
func under(full, end string) bool { return full == end || strings.HasSuffix(full, "/"+end) }
