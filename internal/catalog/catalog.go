// Package catalog loads what oust knows: kinds of resources and techniques, which are data.
//
// Open indexes a tree of files; Kind and Techniques parse the files that are asked for, once.
// The package checks form and names; what an expression means is the business of expr.
package catalog

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
)

// A Catalog is a tree of kinds and techniques. It may be used by several goroutines.
type Catalog struct {
	files      fs.FS
	kinds      map[string]*lazy[*Kind]      // by name
	techniques map[string]*lazy[*Technique] // by id
	judges     map[string][]string          // kind -> ids of its techniques
	events     map[string][]Seen            // event name -> who sees it
	planned    map[Planned][]string         // planned type -> kinds that it maps onto
}

// Seen says that a kind sees an event of a service.
type Seen struct {
	Service string
	Kind    string
	From    From
}

// From limits an event to some callers, where most of its records would say nothing.
// It can be told from the outline of a record, before it is decoded.
type From string

// The limits. In the catalog they stand behind the event: sts.amazonaws.com/AssumeRole from outside.
const (
	Anyone  From = ""        // every caller
	Outside From = "outside" // callers of another account
	Callers From = "callers" // everyone but cloud services
)

// Takes reports whether a record counts, by the type and account of its caller and the account of its log.
func (f From) Takes(callerType, caller, account string) bool {
	switch f {
	case Outside:
		return callerType != "AWSService" && caller != "" && account != "" && caller != account
	case Callers:
		return callerType != "AWSService" && callerType != ""
	}
	return true
}

// ParseOn splits what a log entry says it is on.
func ParseOn(on string) (service, event string, from From, err error) {
	on, limit, limited := strings.Cut(on, " from ")
	service, event, ok := strings.Cut(strings.TrimSpace(on), "/")
	from = From(strings.TrimSpace(limit))
	if !ok || limited && from != Outside && from != Callers {
		return "", "", "", fmt.Errorf("on %q is not service/Event, or service/Event from outside, or … from callers", on)
	}
	return service, event, from, nil
}

// lazy parses a file at its first use.
type lazy[T any] struct {
	once  sync.Once
	load  func() (T, error)
	value T
	err   error
}

func (l *lazy[T]) get() (T, error) {
	l.once.Do(func() { l.value, l.err = l.load() })
	return l.value, l.err
}

// Open indexes the catalog in files and checks its field names against the dictionary.
func Open(files fs.FS, dict Dictionary) (*Catalog, error) {
	c := &Catalog{
		files: files, kinds: map[string]*lazy[*Kind]{}, techniques: map[string]*lazy[*Technique]{},
		judges: map[string][]string{}, events: map[string][]Seen{}, planned: map[Planned][]string{},
	}
	clouds, err := fs.Glob(files, "*/*")
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	for _, dir := range clouds {
		switch path.Dir(dir) {
		case "resources":
			err = c.indexKinds(dir, dict)
		case "techniques":
			err = c.indexTechniques(dir)
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Catalog) indexKinds(dir string, dict Dictionary) error {
	entries, err := fs.ReadDir(c.files, dir)
	if err != nil {
		return fmt.Errorf("open catalog: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".yml") {
			continue
		}
		file := path.Join(dir, e.Name())
		src, err := fs.ReadFile(c.files, file)
		if err != nil {
			return fmt.Errorf("open catalog: %w", err)
		}
		if err := checkFields(file, src, dict); err != nil {
			return err
		}
		name, events := kindIndex(src)
		if c.kinds[name] != nil {
			return fmt.Errorf("%s: kind %s is declared twice", file, name)
		}
		for _, p := range codeIndex(src) {
			c.planned[p] = append(c.planned[p], name)
		}
		c.kinds[name] = &lazy[*Kind]{load: func() (*Kind, error) { return parseKind(file, src) }}
		for _, on := range events {
			service, event, from, err := ParseOn(on)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			if s := (Seen{service, name, from}); !contains(c.events[event], s) {
				c.events[event] = append(c.events[event], s)
			}
		}
	}
	return nil
}

func contains(list []Seen, s Seen) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func (c *Catalog) indexTechniques(dir string) error {
	entries, err := fs.ReadDir(c.files, dir)
	if err != nil {
		return fmt.Errorf("open catalog: %w", err)
	}
	for _, e := range entries {
		file := path.Join(dir, e.Name(), "technique.yml")
		src, err := fs.ReadFile(c.files, file)
		if err != nil {
			return fmt.Errorf("open catalog: %w", err)
		}
		id := path.Join(path.Base(dir), e.Name())
		kind := techniqueIndex(src)
		if c.kinds[kind] == nil {
			return fmt.Errorf("%s: resource %q is no kind%s", file, kind, hint(suggest(kind, c.KindNames())))
		}
		c.techniques[id] = &lazy[*Technique]{load: func() (*Technique, error) { return parseTechnique(file, src) }}
		c.judges[kind] = append(c.judges[kind], id)
	}
	return nil
}

func hint(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// Sees returns the kinds that see events of that name.
func (c *Catalog) Sees(event string) []Seen { return c.events[event] }

// Events lists every event name that some kind sees, sorted.
func (c *Catalog) Events() []string { return sorted(c.events) }

// KindNames lists the kinds, sorted.
func (c *Catalog) KindNames() []string { return sorted(c.kinds) }

// TechniqueIDs lists the techniques, sorted.
func (c *Catalog) TechniqueIDs() []string { return sorted(c.techniques) }

// HasKind reports whether there is a kind of that name.
func (c *Catalog) HasKind(name string) bool { return c.kinds[name] != nil }

// Kind parses a kind.
func (c *Catalog) Kind(name string) (*Kind, error) {
	l := c.kinds[name]
	if l == nil {
		return nil, fmt.Errorf("no kind %q in the catalog%s", name, hint(suggest(name, c.KindNames())))
	}
	return l.get()
}

// Technique parses a technique.
func (c *Catalog) Technique(id string) (*Technique, error) {
	l := c.techniques[id]
	if l == nil {
		return nil, fmt.Errorf("no technique %q in the catalog%s", id, hint(suggest(id, c.TechniqueIDs())))
	}
	return l.get()
}

// Techniques parses the techniques that judge a kind.
func (c *Catalog) Techniques(kind string) ([]*Technique, error) {
	var out []*Technique
	for _, id := range c.judges[kind] {
		t, err := c.Technique(id)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// File reads a file of a technique's folder.
func (c *Catalog) File(t *Technique, name string) ([]byte, error) {
	return fs.ReadFile(c.files, path.Join(t.Dir, name))
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Cases lists the files of the cases that prove a technique, relative to its folder.
func (c *Catalog) Cases(t *Technique) ([]string, error) {
	files, err := fs.Glob(c.files, path.Join(t.Dir, "cases", "*.txtar"))
	if err != nil {
		return nil, fmt.Errorf("cases of %s: %w", t.ID, err)
	}
	for i := range files {
		files[i] = strings.TrimPrefix(files[i], t.Dir+"/")
	}
	return files, nil
}
