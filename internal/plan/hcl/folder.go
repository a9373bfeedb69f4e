package hcl

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"oust/internal/plan"
)

// A folder is the code of one module.
type folder struct {
	dir       string
	variables map[string]*block
	locals    map[string]*attr
	outputs   map[string]*block
	resources []*block
	data      []*block
	calls     []*block
	providers []*block
	byName    map[string]*block // resources, and data sources as data.TYPE.NAME; the first of several
}

// folder reads the module of a folder: the given files, and what stands beside them on the disk.
func (r *run) folder(dir string) *folder {
	if f := r.folders[dir]; f != nil {
		return f
	}
	f := &folder{dir: dir, variables: map[string]*block{}, locals: map[string]*attr{}, outputs: map[string]*block{}, byName: map[string]*block{}}
	r.folders[dir] = f
	var plainFiles, overrides []*block
	for _, name := range r.files(dir, func(n string) bool { return isConfig(n) || n == strings.ToLower(dir) }) {
		body, err := r.load(name)
		if err != nil {
			r.problem(plan.Place{File: name}, "file: could not be read", "make it readable")
			continue
		}
		b := r.parse(name, body)
		if base := strings.ToLower(path.Base(name)); override(base) {
			overrides = append(overrides, b)
		} else {
			plainFiles = append(plainFiles, b)
		}
	}
	for _, b := range overrides {
		plainFiles = merged(plainFiles, b)
	}
	for _, b := range plainFiles {
		f.add(r, b)
	}
	return f
}

func override(base string) bool {
	name, _, _ := strings.Cut(base, ".")
	return name == "override" || strings.HasSuffix(name, "_override")
}

// merged lays a file of overrides over the blocks of a module.
func merged(files []*block, over *block) []*block {
	rest := &block{at: over.at}
	for _, o := range over.blocks {
		base := find(files, o)
		if base == nil {
			rest.blocks = append(rest.blocks, o)
			continue
		}
		for _, name := range o.order {
			base.set(name, o.attrs[name])
		}
		for _, n := range o.blocks { // nested blocks of a kind are replaced altogether
			base.blocks = slices.DeleteFunc(base.blocks, func(b *block) bool { return b.kind == n.kind && !slices.Contains(o.blocks, b) })
		}
		base.blocks = append(base.blocks, o.blocks...)
	}
	return append(files, rest)
}

func find(files []*block, like *block) *block {
	for _, f := range files {
		for _, b := range f.blocks {
			if b.kind == like.kind && slices.Equal(b.labels, like.labels) && b.kind != "locals" && b.kind != "terraform" {
				return b
			}
		}
	}
	return nil
}

// files are the names of the files of a module, in order.
func (r *run) files(dir string, want func(name string) bool) (names []string) {
	for _, n := range r.byDir[dir] {
		if want(strings.ToLower(n)) {
			names = append(names, n)
		}
	}
	if r.given[dir] == nil {
		on, _ := r.disk.ReadDir(dir) // no folder: no files
		for _, n := range on {
			if full := path.Join(dir, n); want(strings.ToLower(full)) && !slices.Contains(names, full) {
				names = append(names, full)
			}
		}
	}
	slices.Sort(names)
	return names
}

// add takes the blocks of a file into the module.
func (f *folder) add(r *run, file *block) {
	for _, b := range file.blocks {
		r.prepare(b)
		switch b.kind {
		case "variable":
			first(f.variables, b.label(0), b)
		case "output":
			first(f.outputs, b.label(0), b)
		case "locals":
			for name, a := range b.attrs {
				first(f.locals, name, a)
			}
		case "provider":
			f.providers = append(f.providers, b)
		case "module":
			f.calls = append(f.calls, b)
		case "resource":
			f.resources = append(f.resources, b)
			first(f.byName, b.label(0)+"."+b.label(1), b)
		case "data":
			f.data = append(f.data, b)
			first(f.byName, "data."+b.label(0)+"."+b.label(1), b)
		}
	}
}

func first[T any](m map[string]T, name string, v T) {
	if _, ok := m[name]; !ok {
		m[name] = v
	}
}

// bare are arguments that hold words of the language, not values.
func bare(b *block, name string) bool {
	switch b.kind {
	case "variable":
		return name == "type"
	case "module":
		return name == "providers" || name == "source" || name == "version" || name == "depends_on"
	case "resource", "data":
		return name == "provider" || name == "depends_on"
	case "provisioner":
		return name == "when" || name == "on_failure"
	case "dynamic":
		return name == "iterator" || name == "labels"
	case "provider":
		return name == "alias"
	}
	return false
}

// prepare puts nodes into all expressions of a block.
func (r *run) prepare(b *block) {
	switch b.kind {
	case "moved", "removed", "import", "check", "terraform", "lifecycle":
		return
	}
	for name, a := range b.attrs {
		if bare(b, name) {
			continue
		}
		a.expr = r.rewrite(a.expr, false)
		a.refs = a.expr.Variables()
	}
	for _, n := range b.blocks {
		r.prepare(n)
	}
}

// targets are the folders that a module calls by their path.
func (f *folder) targets() (dirs []string) {
	for _, c := range f.calls {
		if source, ok := c.literal("source"); ok && isLocal(source) {
			dirs = append(dirs, path.Join(f.dir, source))
		}
	}
	return dirs
}

func isLocal(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || path.IsAbs(source)
}

// modules reads where terraform init has put modules from elsewhere.
func (r *run) modules(dir string) map[string]string {
	out := map[string]string{}
	body, err := r.load(path.Join(dir, ".terraform/modules/modules.json"))
	if err != nil {
		return out
	}
	var list struct {
		Modules []struct{ Key, Dir string }
	}
	if json.Unmarshal(body, &list) != nil {
		return out
	}
	for _, m := range list.Modules {
		if m.Key != "" {
			out[m.Key] = path.Join(dir, strings.ReplaceAll(m.Dir, `\`, "/"))
		}
	}
	return out
}

// empty reports whether a folder holds no code at all.
func (f *folder) empty() bool {
	return len(f.variables)+len(f.locals)+len(f.outputs)+len(f.resources)+len(f.data)+len(f.calls)+len(f.providers) == 0
}
