package hcl

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"oust/internal/plan"
)

// Bounds of what is evaluated. Code beyond them ends in a named reason.
const (
	maxFile      = 16 << 20 // bytes of one file
	maxFiles     = 20000    // files read from the disk
	maxInstances = 10000    // of one resource, block or call
	maxResources = 200000
	maxScopes    = 20000   // instances of modules
	maxSteps     = 2000000 // calls, operators and rounds of loops per root module
	maxDepth     = 500     // expressions that refer to each other
	maxNodes     = 200000  // parts of one value
	maxText      = 4 << 20 // bytes of one text
	maxNames     = 2000    // attributes that are asked of whole resources
)

// A run is one Read.
type run struct {
	ctx       context.Context
	disk      Disk
	out       plan.Result
	told      map[plan.Problem]bool
	given     map[string]*plan.File
	named     map[string]bool // files whose own resources are wanted
	folders   map[string]*folder
	byDir     map[string][]string // files that were given, by folder
	read      int                 // files read from the disk
	names     map[string]bool     // attributes that any expression asks for
	tokens    tokens
	steps     int
	depth     int
	scopes    int
	templates int
	top       *top // the root module that is being evaluated
	calls     map[string]call
}

// A top is a root module.
type top struct {
	dir      string
	fence    string
	vendored map[string]string // key of a call, a.b -> folder
}

func newRun(ctx context.Context, disk Disk) *run {
	if disk == nil {
		disk = noDisk{}
	}
	return &run{
		ctx: ctx, disk: disk, told: map[plan.Problem]bool{}, given: map[string]*plan.File{}, named: map[string]bool{},
		folders: map[string]*folder{}, byDir: map[string][]string{}, names: map[string]bool{}, tokens: newTokens(), calls: functions(),
	}
}

// problem notes once what could not be looked at.
func (r *run) problem(at plan.Place, what, needs string) {
	p := plan.Problem{At: at, What: what, Needs: needs}
	if !r.told[p] {
		r.told[p] = true
		r.out.Problems = append(r.out.Problems, p)
	}
}

// step counts work, and ends what would never end.
func (r *run) step() {
	if r.steps++; r.steps > maxSteps {
		panic(fmt.Errorf("%w: more than %d steps", errBudget, maxSteps))
	}
	if r.steps%1024 == 0 && r.ctx.Err() != nil {
		panic(fmt.Errorf("%w: %w", errBudget, r.ctx.Err()))
	}
}

// take sorts the given files into folders, and returns the folders.
func (r *run) take(files []*plan.File) (dirs []string) {
	for _, f := range files {
		name := path.Clean(f.Path)
		r.given[name], r.named[name] = f, true
		dir := path.Dir(name)
		if lower := strings.ToLower(name); !isConfig(lower) && !isVars(lower) {
			dir = name // a stream, or a file of another name, is a module by itself
		}
		r.byDir[dir] = append(r.byDir[dir], name)
		if !isVars(name) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// roots are the folders that no other folder calls. Of folders that call each other in a circle, the first is taken.
func (r *run) roots(dirs []string) (roots []string) {
	called, reached := map[string]bool{}, map[string]bool{}
	for _, d := range dirs {
		for _, to := range r.folder(d).targets() {
			if to != d {
				called[to] = true
			}
		}
	}
	for _, pass := range []bool{false, true} {
		for _, d := range dirs {
			if pass && !reached[d] || !called[d] && !pass && !vendored(d) {
				roots = append(roots, d)
				r.reach(d, reached)
			}
		}
	}
	return slices.DeleteFunc(roots, vendored)
}

// vendored reports whether a folder is a copy that terraform init made.
func vendored(dir string) bool {
	return slices.Contains(strings.Split(dir, "/"), ".terraform")
}

func (r *run) reach(dir string, reached map[string]bool) {
	if reached[dir] {
		return
	}
	reached[dir] = true
	for _, to := range r.folder(dir).targets() {
		r.reach(to, reached)
	}
}

// root evaluates a root module and what it calls.
func (r *run) root(dir string) {
	r.steps = 0
	r.top = &top{dir: dir, fence: r.disk.Fence(dir), vendored: r.modules(dir)}
	f := r.folder(dir)
	s := r.scope(f, nil, "", "")
	s.inputs = r.inputs(f, s)
	s.give(func(b *block) bool { return r.named[b.at.File] })
}
