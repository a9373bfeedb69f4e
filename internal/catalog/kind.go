package catalog

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"oust/internal/resource"
)

// A Kind is a kind of resource with what the catalog knows about seeing it.
type Kind struct {
	resource.Kind
	Life
	Log  []LogEntry
	Code []CodeEntry
}

// A LogEntry says how one event becomes a change.
type LogEntry struct {
	On   []string // service/Name
	Does resource.Does
	Each *Expr // one change for every element of this list, which is then called it
	If   *Expr // only when this holds
	Set  []SetField
	resource.Entry
}

// A SetField says where the value of a field comes from: the first of its expressions that is there.
type SetField struct {
	Field int
	From  []Expr
}

func parseKind(file string, src []byte) (*Kind, error) {
	d := &document{file: file, src: src}
	root := d.root()
	k := &Kind{}
	k.Scope, k.Expires = resource.Account, -1
	var id *yaml.Node
	var log, code, aliases, needs *yaml.Node
	later := d.life(k) // these name fields, which may stand behind them
	var life []func()
	readers := map[string]func(*yaml.Node){
		"kind":    func(n *yaml.Node) { k.Name = d.text(n) },
		"title":   func(n *yaml.Node) { k.Title = d.text(n) },
		"is":      func(n *yaml.Node) { k.Place = resource.Place(d.oneOf(n, placeNames())) },
		"fields":  func(n *yaml.Node) { d.fields(k, n) },
		"id":      func(n *yaml.Node) { id = n },
		"scope":   func(n *yaml.Node) { k.Scope = resource.Scope(d.oneOf(n, []string{"account", "region", "global"})) },
		"arn":     func(n *yaml.Node) { k.ARNs = d.texts(n) },
		"aliases": func(n *yaml.Node) { aliases = n },
		"needs":   func(n *yaml.Node) { needs = n },
		"log":     func(n *yaml.Node) { log = n },
		"code":    func(n *yaml.Node) { code = n },
	}
	for key, read := range later {
		readers[key] = func(n *yaml.Node) { life = append(life, func() { read(n) }) }
	}
	d.members(root, readers)
	if d.err != nil {
		return nil, d.err
	}
	if err := k.Seal(); err != nil {
		return nil, d.fail(Pos{file, 1, 1}, "", "%v", err)
	}
	if id == nil || k.Name == "" || k.Title == "" || k.Place == "" {
		return nil, d.fail(Pos{file, 1, 1}, "", "a kind needs kind, title, is, fields and id")
	}
	k.ID = d.field(k, id)
	if aliases != nil {
		d.each(aliases, func(n *yaml.Node) { k.Alias = append(k.Alias, d.field(k, n)) })
	}
	if needs != nil {
		d.pairs(needs, func(key, v *yaml.Node) {
			if i := d.field(k, key); i >= 0 {
				k.Fields[i].Needs = d.text(v)
			}
		})
	}
	for _, read := range life {
		read()
	}
	if log != nil {
		d.each(log, func(n *yaml.Node) { k.Log = append(k.Log, d.logEntry(k, n)) })
	}
	if code != nil {
		d.code(k, code)
	}
	return k, d.err
}

func placeNames() (names []string) {
	for _, p := range resource.Places {
		names = append(names, string(p))
	}
	return names
}

func (d *document) fields(k *Kind, n *yaml.Node) {
	d.pairs(n, func(key, v *yaml.Node) {
		t, err := resource.ParseType(d.text(v))
		if err != nil {
			d.fail(d.at(v), "", "%v", err)
		}
		k.Fields = append(k.Fields, resource.Field{Name: key.Value, Type: t})
	})
}

// field resolves the name of a field of k.
func (d *document) field(k *Kind, n *yaml.Node) int {
	i := k.Field(n.Value)
	if i < 0 {
		names := make([]string, len(k.Fields))
		for j, f := range k.Fields {
			names[j] = f.Name
		}
		d.fail(d.at(n), suggest(n.Value, names), "%s has no field %q", k.Name, n.Value)
	}
	return i
}

func (d *document) logEntry(k *Kind, n *yaml.Node) (e LogEntry) {
	does := false
	d.members(n, map[string]func(*yaml.Node){
		"on": func(n *yaml.Node) { e.On = d.texts(n) },
		"does": func(n *yaml.Node) {
			e.Does, does = resource.Does(max(0, slices.Index(resource.Verbs, d.oneOf(n, resource.Verbs)))), true
		},
		"each":  func(n *yaml.Node) { x := d.expr(n); e.Each = &x },
		"if":    func(n *yaml.Node) { x := d.expr(n); e.If = &x },
		"soft":  func(n *yaml.Node) { e.Soft = d.oneOf(n, []string{"true", "false"}) == "true" },
		"shape": func(n *yaml.Node) { e.Documented = d.oneOf(n, []string{"recorded", "documented"}) == "documented" },
		"set":   func(n *yaml.Node) { e.Set = d.set(k, n) },
	})
	if len(e.On) == 0 || !does {
		d.fail(d.at(n), "", "a log entry needs on and does")
	}
	return e
}

func (d *document) set(k *Kind, n *yaml.Node) (out []SetField) {
	d.pairs(n, func(key, v *yaml.Node) {
		s := SetField{Field: d.field(k, key)}
		d.each(v, func(e *yaml.Node) { s.From = append(s.From, d.expr(e)) })
		if s.Field >= 0 {
			out = append(out, s)
		}
	})
	slices.SortFunc(out, func(a, b SetField) int { return a.Field - b.Field })
	return out
}
