package change

import (
	"cmp"
	"fmt"
	"slices"

	"oust/internal/catalog"
	"oust/internal/event"
	"oust/internal/expr"
	"oust/internal/plan"
	"oust/internal/resource"
)

// planned is an entry below code that is ready to run.
type planned struct {
	n    int
	kind *catalog.Kind
	def  *catalog.CodeEntry
	pickers
}

// A Planner makes changes of planned resources. It must not be used by two goroutines at once.
type Planner struct {
	x     *Extractor
	holes holes

	// Watch, when set, hears which expression of an entry below code gave a field its value, and with field -1 that the entry ran.
	Watch func(kind string, entry, field, from int)
}

// NewPlanner makes a Planner.
func NewPlanner(cat *catalog.Catalog, env *expr.Env) *Planner { return &Planner{x: New(cat, env)} }

// Why tells why a hole in a text is not known.
func (p *Planner) Why(hole int) string { return p.holes.why(hole) }

// Resolve sets who names the resources that unknown values refer to.
func (p *Planner) Resolve(n Names) { p.holes.names = n }

// A Tree is what code says of one resource, before or after its deployment.
type Tree struct {
	*plan.Resource
	Gone  bool // the plan deletes it, and this is what stood
	Open  bool // it refers to other resources of the code: its changes depend on what those are called
	json  event.Value
	Event *event.Event // where it is declared
}

// Tree prepares one of the trees of a resource.
func (p *Planner) Tree(r *plan.Resource, tree any, gone bool) *Tree {
	known := len(p.holes.list)
	json := p.render(tree)
	return &Tree{
		Resource: r, Gone: gone, json: json, Open: slices.ContainsFunc(p.holes.list[known:], nameable),
		Event: &event.Event{
			Log: string(r.Format), Name: r.Type, Account: cmp.Or(r.Account, plan.Here), Region: cmp.Or(r.Region, plan.HereRegion),
			Actor: &event.Actor{}, Message: r.Branch, Origin: event.Origin{Path: r.At.File, Record: r.At.Line},
		},
	}
}

// Changes returns the resources of our kinds that a tree makes. An error is a mistake in the catalog.
func (p *Planner) Changes(t *Tree) (out []*resource.Change, err error) {
	p.holes.from = t.Resource
	for _, kind := range p.x.cat.Plans(catalog.Planned{Format: string(t.Format), Type: t.Type}) {
		c, err := p.x.compiled(kind)
		if err != nil {
			return nil, err
		}
		for _, e := range c.code {
			if e.def.Type == t.Type && e.def.Format == string(t.Format) && e.def.Removal == t.Gone {
				out = p.entry(e, t, out)
			}
		}
	}
	return out, nil
}

func (p *Planner) entry(e *planned, t *Tree, out []*resource.Change) []*resource.Change {
	if e.each == nil {
		return p.change(e, t, nil, out)
	}
	switch list := e.each.Planned(t.json, nil).(type) {
	case event.Value:
		if list.Kind() == event.String {
			return p.change(e, t, list.Str(), out)
		}
		eachElement(list, func(v event.Value) { out = p.change(e, t, v, out) })
	case string: // which elements it has is not known
		return p.change(e, t, list, out)
	case []any:
		for _, it := range list {
			out = p.change(e, t, it, out)
		}
	}
	return out
}

func (p *Planner) change(e *planned, t *Tree, it any, out []*resource.Change) []*resource.Change {
	unclear := p.unclear(e, t, it)
	if unclear == nil && !p.holds(e, t, it) {
		return out
	}
	p.watch(e, -1, 0)
	c := &resource.Change{Kind: &e.kind.Kind, Does: e.def.Does(), Event: t.Event, Entry: &resource.Entry{Part: e.def.Part}, Address: t.Address}
	for _, s := range e.set {
		if unclear != nil && s.field != e.kind.ID {
			c.Set = append(c.Set, resource.Setting{Field: s.field, Value: *unclear})
		} else if v, ok := p.value(e, s, t, it); ok {
			c.Set = append(c.Set, resource.Setting{Field: s.field, Value: v})
		}
	}
	if c.Does == resource.Create {
		c.Set = complete(c.Kind, c.Set, e.set)
	}
	c.Key = p.key(c, t, out)
	return append(out, c)
}

// unclear is the reason why it cannot be told whether an entry holds at all; nil when it can.
func (p *Planner) unclear(e *planned, t *Tree, it any) *resource.Unknown {
	if e.cond == nil {
		return nil
	}
	return p.holes.whole(e.cond.Planned(t.json, it))
}

func (p *Planner) holds(e *planned, t *Tree, it any) bool {
	if e.cond == nil {
		return true
	}
	switch v := e.cond.Planned(t.json, it).(type) {
	case bool:
		return v
	case event.Value:
		b, _ := v.Bool()
		return b
	}
	return false
}

func (p *Planner) value(e *planned, s setter, t *Tree, it any) (any, bool) {
	at := place{account: t.Event.Account, region: t.Event.Region, holes: &p.holes}
	for i, from := range s.from {
		got := from.Planned(t.json, it)
		if _, absent := got.(expr.Absent); absent {
			continue
		}
		p.watch(e, s.field, i)
		return convert(e.kind.Fields[s.field].Type, got, at), true
	}
	return nil, false
}

func (p *Planner) watch(e *planned, field, from int) {
	if p.Watch != nil {
		p.Watch(e.kind.Name, e.n, field, from)
	}
}

// key names the resource of a change: by its id where code tells it, else by its address.
func (p *Planner) key(c *resource.Change, t *Tree, before []*resource.Change) resource.Key {
	id, _ := c.Value(c.Kind.ID)
	if name := resource.NameOf(id); name != "" && !resource.HasHole(name) {
		return c.Kind.Key(name, t.Event.Account, t.Event.Region)
	}
	n := 0
	for _, o := range before {
		if o.Kind == c.Kind {
			n++
		}
	}
	address := t.Address
	if n > 0 {
		address = fmt.Sprintf("%s (%d)", address, n+1)
	}
	return c.Kind.Key(address, t.Event.Account, t.Event.Region)
}
