// Package hcl reads Terraform and OpenTofu source: *.tf, *.tofu, their JSON forms, and variable files.
//
// It evaluates what can be told without a provider, a network or a state: variables, locals, functions, modules on the disk,
// for_each and count, dynamic blocks, policy documents. What cannot be told stays in the tree as plan.Unknown, with the text around it.
//
// A value that is not known is a cty unknown with marks that say where it comes from (origin).
// Inside a text it is a token (tokens), so that functions on texts keep what stands around it.
package hcl

import (
	"context"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"

	"oust/internal/plan"
)

// A Reader reads HCL. Without a Disk it sees only the files that it is given.
type Reader struct {
	Disk Disk
}

// A Disk holds what the code refers to beside the files that were named: modules, templates, policies.
type Disk interface {
	// ReadFile returns a regular file.
	ReadFile(name string) ([]byte, error)
	// ReadDir returns the names of the regular files in a folder.
	ReadDir(name string) ([]string, error)
	// Fence returns the folder that a root module's functions may read from.
	Fence(dir string) string
}

// declares tells HCL where the name of a file does not.
var declares = regexp.MustCompile(`(?m)^[ \t]*(?:(?:resource|data)[ \t]+"[a-z][a-z0-9_]*"[ \t]+"[^"\n]+"|module[ \t]+"[^"\n]+")[ \t]*\{`)

// Takes implements plan.Reader.
func (Reader) Takes(f *plan.File) bool {
	name := strings.ToLower(f.Path)
	switch {
	case isConfig(name), isVars(name):
		return true
	case slices.Contains([]string{"", ".", ".txt", ".hcl"}, path.Ext(name)) && path.Base(name) != ".terraform.lock.hcl":
		return declares.Match(f.Body[:min(len(f.Body), 1<<20)])
	}
	return false
}

func isConfig(name string) bool {
	return slices.ContainsFunc([]string{".tf", ".tofu", ".tf.json", ".tofu.json"}, func(s string) bool { return strings.HasSuffix(name, s) })
}

func isVars(name string) bool {
	return strings.HasSuffix(name, ".tfvars") || strings.HasSuffix(name, ".tfvars.json")
}

// Read implements plan.Reader.
func (rd Reader) Read(ctx context.Context, files []*plan.File) plan.Result {
	r := newRun(ctx, rd.Disk)
	dirs := r.take(files)
	for _, dir := range r.roots(dirs) {
		r.guard(dir, func() { r.root(dir) })
	}
	if err := ctx.Err(); err != nil {
		r.problem(plan.Place{}, "the rest of the code: "+err.Error(), "more time")
	}
	return r.out
}

// errBudget ends an evaluation that would not end by itself in useful time.
var errBudget = errors.New("evaluation takes too long")

// guard keeps a hostile module from taking the others with it.
func (r *run) guard(dir string, read func()) {
	defer func() {
		if e := recover(); e != nil {
			r.depth = 0
			why := "it could not be evaluated"
			if err, ok := e.(error); ok && errors.Is(err, errBudget) {
				why = err.Error()
			}
			r.problem(plan.Place{File: dir}, "the rest of the module: "+why, "run terraform plan, and give oust the plan")
		}
	}()
	read()
}
