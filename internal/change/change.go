// Package change turns events into changes of resources, as the log entries of the catalog say.
//
// A raw event goes in, with its bytes; out come changes that no longer need them.
// What the record does not tell becomes unknown, never empty.
package change

import (
	"slices"
	"sync"

	"oust/internal/catalog"
	"oust/internal/event"
	"oust/internal/expr"
	"oust/internal/resource"
)

// An Extractor makes changes. It may be used by several goroutines.
type Extractor struct {
	cat   *catalog.Catalog
	env   *expr.Env
	kinds sync.Map // kind name -> *compiled

	// Watch, when set, hears which expression of a log entry gave a field its value, and with field -1 that the entry ran.
	Watch func(kind string, entry, field, from int)
}

// New makes an Extractor. Kinds are compiled when their first event comes.
func New(cat *catalog.Catalog, env *expr.Env) *Extractor {
	return &Extractor{cat: cat, env: env}
}

// compiled is a kind whose log entries are ready to run.
type compiled struct {
	once    sync.Once
	entries []*entry
	code    []*planned
	err     error
}

type entry struct {
	x    *Extractor
	n    int // its place in the kind
	kind *catalog.Kind
	def  *catalog.LogEntry
	on   map[string]catalog.From // service/Event
	pickers
}

// pickers are the compiled right-hand sides of an entry.
type pickers struct {
	each *expr.Picker
	cond *expr.Picker
	set  []setter
}

type setter struct {
	field int
	from  []*expr.Picker
}

// Changes returns what an event did, or tried to do. An error is a mistake in the catalog.
func (x *Extractor) Changes(ev *event.Event) ([]*resource.Change, error) {
	var out []*resource.Change
	sees := x.cat.Sees(ev.Name)
	for i, seen := range sees {
		if seen.Service != ev.Service || slices.ContainsFunc(sees[:i], func(s catalog.Seen) bool {
			return s.Kind == seen.Kind && s.Service == seen.Service // the kind has been asked: it may limit callers differently
		}) {
			continue
		}
		c, err := x.compiled(seen.Kind)
		if err != nil {
			return nil, err
		}
		for _, e := range c.entries {
			if from, ok := e.on[ev.Service+"/"+ev.Name]; ok && from.Takes(ev.Actor.Type, ev.Actor.Account, ev.Account) {
				out = e.changes(ev, out)
			}
		}
	}
	if len(out) > 0 {
		keep := *ev
		keep.Body = nil
		for i, c := range out {
			c.Event, c.Nth, c.Lead = &keep, i, out[0].Does
		}
	}
	return out, nil
}

func (x *Extractor) compiled(kind string) (*compiled, error) {
	v, ok := x.kinds.Load(kind)
	if !ok {
		v, _ = x.kinds.LoadOrStore(kind, &compiled{})
	}
	c := v.(*compiled)
	c.once.Do(func() { c.err = x.compile(kind, c) })
	return c, c.err
}

func (x *Extractor) compile(kind string, c *compiled) error {
	k, err := x.cat.Kind(kind)
	if err != nil {
		return err
	}
	for i := range k.Log {
		def := &k.Log[i]
		e := &entry{x: x, n: i, kind: k, def: def, on: map[string]catalog.From{}}
		for _, on := range def.On {
			service, event, from, err := catalog.ParseOn(on)
			if err != nil {
				return err
			}
			e.on[service+"/"+event] = from
		}
		if err := x.pickers(&e.pickers, def.Each, def.If, def.Set); err != nil {
			return err
		}
		c.entries = append(c.entries, e)
	}
	for i := range k.Code {
		def := &k.Code[i]
		p := &planned{n: i, kind: k, def: def}
		if err := x.pickers(&p.pickers, def.Each, def.If, def.Set); err != nil {
			return err
		}
		c.code = append(c.code, p)
	}
	return nil
}

// pickers compiles what an entry takes from a record or a planned resource.
func (x *Extractor) pickers(p *pickers, each, cond *catalog.Expr, set []catalog.SetField) (err error) {
	if p.each, err = x.optional(each); err != nil {
		return err
	}
	if p.cond, err = x.optional(cond); err != nil {
		return err
	}
	for _, s := range set {
		next := setter{field: s.Field}
		for _, f := range s.From {
			one, err := x.env.Pick(f)
			if err != nil {
				return err
			}
			next.from = append(next.from, one)
		}
		p.set = append(p.set, next)
	}
	return nil
}

func (x *Extractor) optional(f *catalog.Expr) (*expr.Picker, error) {
	if f == nil {
		return nil, nil
	}
	return x.env.Pick(*f)
}

// changes appends what one log entry makes of an event.
func (e *entry) changes(ev *event.Event, out []*resource.Change) []*resource.Change {
	if e.each == nil {
		return e.change(ev, nil, out)
	}
	switch list := e.each.Value(ev, nil).(type) {
	case resource.Unknown: // it did something, but to what is not known
		return e.change(ev, list, out)
	case event.Value:
		eachElement(list, func(v event.Value) { out = e.change(ev, v, out) })
	case []any:
		for _, it := range list {
			out = e.change(ev, it, out)
		}
	}
	return out
}

// eachElement walks a JSON array, the items wrapper that EC2 puts around one, or a single value in place of one.
func eachElement(v event.Value, f func(event.Value)) {
	if v.Kind() == event.Object {
		for _, wrapper := range []string{"items", "item", "member"} {
			if inner := v.Get(wrapper); inner.Kind() == event.Array {
				v = inner
				break
			}
		}
	}
	if v.Kind() != event.Array {
		if v.Present() {
			f(v)
		}
		return
	}
	v.Elems(func(e event.Value) bool { f(e); return true })
}

func (e *entry) change(ev *event.Event, it any, out []*resource.Change) []*resource.Change {
	switch e.holds(ev, it) {
	case expr.False:
		return out
	case expr.Unknown:
		return e.unclear(ev, out)
	}
	e.watch(-1, 0)
	c := &resource.Change{Kind: &e.kind.Kind, Does: e.def.Does, Entry: &e.def.Entry, Set: make([]resource.Setting, 0, len(e.set))}
	for _, s := range e.set {
		if v, ok := e.value(s, ev, it); ok {
			c.Set = append(c.Set, resource.Setting{Field: s.field, Value: v})
		}
	}
	if c.Does == resource.Create {
		c.Set = complete(c.Kind, c.Set, e.set)
	}
	c.Key = e.key(c, ev)
	return append(out, c)
}

// unclear makes the change of an event that the log emptied: something happened to the kind, or was tried,
// but not even the condition of the entry can be told. Several such entries of a kind make one change.
func (e *entry) unclear(ev *event.Event, out []*resource.Change) []*resource.Change {
	for _, c := range out {
		if c.Kind == &e.kind.Kind {
			return out
		}
	}
	c := &resource.Change{Kind: &e.kind.Kind, Does: resource.Modify, Entry: &e.def.Entry}
	for _, s := range e.set {
		c.Set = append(c.Set, resource.Setting{Field: s.field, Value: resource.Unknown{Why: "the log leaves it out"}})
	}
	c.Key = e.key(c, ev)
	return append(out, c)
}

func (e *entry) holds(ev *event.Event, it any) expr.Truth {
	if e.cond == nil {
		return expr.True
	}
	switch v := e.cond.Value(ev, it).(type) {
	case bool:
		if v {
			return expr.True
		}
	case event.Value:
		if b, _ := v.Bool(); b {
			return expr.True
		}
	case resource.Unknown:
		return expr.Unknown
	}
	return expr.False
}

// value picks the value of a field; ok is false when the change leaves it alone.
func (e *entry) value(s setter, ev *event.Event, it any) (v any, ok bool) {
	var unknown *resource.Unknown
	absent := false
	for i, p := range s.from {
		switch got := p.Value(ev, it).(type) {
		case expr.Absent:
			absent = true
		case resource.Unknown:
			if unknown == nil {
				unknown = &got
			}
		default:
			e.watch(s.field, i)
			return convert(e.kind.Fields[s.field].Type, got, place{account: ev.Account, region: ev.Region}), true
		}
	}
	if unknown != nil && !absent {
		return *unknown, true
	}
	return nil, false
}

func (e *entry) watch(field, from int) {
	if e.x.Watch != nil {
		e.x.Watch(e.kind.Name, e.n, field, from)
	}
}

// complete gives the fields that a creation could have set, and did not, their empty value.
func complete(k *resource.Kind, have []resource.Setting, could []setter) []resource.Setting {
	for _, s := range could {
		given := false
		for _, h := range have {
			given = given || h.Field == s.field
		}
		if !given {
			if v := empty(k.Fields[s.field].Type); v != nil {
				have = append(have, resource.Setting{Field: s.field, Value: v})
			}
		}
	}
	return have
}

// key names the resource of a change. Where the record does not tell, as for most refused calls,
// attempts are told apart by who made them.
func (e *entry) key(c *resource.Change, ev *event.Event) resource.Key {
	for _, s := range c.Set {
		if s.Field != c.Kind.ID {
			continue
		}
		switch v := s.Value.(type) {
		case string:
			if v != "" {
				return c.Kind.Key(v, ev.Account, ev.Region)
			}
		case resource.Ref:
			return c.Kind.Key(v.Name, ev.Account, ev.Region)
		}
	}
	return c.Kind.Key(resource.Nameless+ev.Actor.Principal, ev.Account, ev.Region)
}
