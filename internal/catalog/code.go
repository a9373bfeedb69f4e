package catalog

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"oust/internal/resource"
)

// A Planned is a type of resource in a language of planned infrastructure: terraform aws_iam_role.
type Planned struct{ Format, Type string }

// A CodeEntry says how one planned resource becomes a change: its right-hand sides see the resource as r.
type CodeEntry struct {
	Planned
	Removal bool  // it speaks of a resource that the plan deletes, and r is what stood
	Part    bool  // it says more of a resource that other code makes, and nothing alone
	Each    *Expr // one change for every element of this list, which is then called it
	If      *Expr // only when this holds
	Set     []SetField
}

// Formats lists the languages that a kind may have below code.
var Formats = []string{"terraform", "cloudformation", "kubernetes", "workflow"}

// Plans returns the kinds that a planned type maps onto.
func (c *Catalog) Plans(p Planned) []string { return c.planned[p] }

// PlannedTypes lists every planned type that some kind knows, sorted.
func (c *Catalog) PlannedTypes() []Planned {
	out := make([]Planned, 0, len(c.planned))
	for p := range c.planned {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Planned) int {
		return strings.Compare(a.Format+" "+a.Type, b.Format+" "+b.Type)
	})
	return out
}

// code reads the mappings of a kind: format, type, and one entry or a list of them.
func (d *document) code(k *Kind, n *yaml.Node) {
	d.pairs(n, func(format, types *yaml.Node) {
		p := Planned{Format: d.oneOf(format, Formats)}
		d.pairs(types, func(name, v *yaml.Node) {
			for _, p.Type = range typeNames(name.Value) {
				if v.Kind != yaml.SequenceNode { // the short form: only what is set
					k.Code = append(k.Code, CodeEntry{Planned: p, Set: d.set(k, v)})
					continue
				}
				d.each(v, func(e *yaml.Node) { k.Code = append(k.Code, d.codeEntry(k, p, e)) })
			}
		})
	})
}

func (d *document) codeEntry(k *Kind, p Planned, n *yaml.Node) CodeEntry {
	e := CodeEntry{Planned: p}
	d.members(n, map[string]func(*yaml.Node){
		"of": func(n *yaml.Node) {
			of := d.oneOf(n, []string{"plan", "removal", "part"})
			e.Removal, e.Part = of == "removal", of == "part"
		},
		"each": func(n *yaml.Node) { x := d.expr(n); e.Each = &x },
		"if":   func(n *yaml.Node) { x := d.expr(n); e.If = &x },
		"set":  func(n *yaml.Node) { e.Set = d.set(k, n) },
	})
	if !slices.ContainsFunc(e.Set, func(s SetField) bool { return s.Field == k.ID }) {
		d.fail(d.at(n), "", "an entry below code sets %s, which names the resource", k.Fields[max(0, k.ID)].Name)
	}
	return e
}

// section follows the lines of a kind file and knows whether they stand below code.
type section struct{ inside bool }

func (s *section) code(text []byte) bool {
	if len(text) > 0 && isWord(text[0]) {
		s.inside = bytes.HasPrefix(text, []byte("code:"))
	}
	return s.inside
}

// codeIndex takes the planned types that a kind file maps: two levels of keys, each on a line of its own.
func codeIndex(src []byte) (out []Planned) {
	in, format := section{}, ""
	for text := range bytes.Lines(src) {
		if !in.code(text) {
			continue
		}
		line := strings.TrimRight(string(stripComment(text)), " \r\n")
		name := strings.TrimLeft(line, " ")
		switch len(line) - len(name) {
		case 2:
			format = strings.TrimSuffix(name, ":")
		case 4:
			for _, name := range typeNames(keyOf(name)) {
				if p := (Planned{format, name}); name != "" && !slices.Contains(out, p) {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// typeNames are the types of a key, which several with the same attributes may share: aws_instance, aws_spot_instance_request.
func typeNames(key string) []string { return strings.Split(key, ", ") }

// keyOf is the key of a line, with or without quotes: aws_iam_role, "AWS::IAM::Role".
func keyOf(line string) string {
	if rest, ok := strings.CutPrefix(line, `"`); ok {
		name, _, _ := strings.Cut(rest, `"`)
		return name
	}
	if strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "#") {
		return ""
	}
	name, _, _ := strings.Cut(line, ":")
	return name
}

// Sets reports whether an entry gives a field its value.
func (e *CodeEntry) Sets(field int) bool {
	return slices.ContainsFunc(e.Set, func(s SetField) bool { return s.Field == field })
}

// Does is what a change of this entry does: it makes the resource as planned, or changes what stays behind a removal.
func (e *CodeEntry) Does() resource.Does {
	if e.Removal || e.Part {
		return resource.Modify
	}
	return resource.Create
}
