package expr

import (
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"oust/internal/catalog"
	"oust/internal/event"
	"oust/internal/resource"
)

// A Picker takes something out of a raw event.
// Most are plain paths, which are walked without CEL.
type Picker struct {
	text string
	path []string // a plain path below event, r or it
	item bool     // the path begins at it
	prog cel.Program
	root string // requestParameters or responseElements, when the text begins its search there

	again func() (cel.Program, error) // the same, for plans of which something is kept as a text
}

// Absent is picked where the record does not have what was asked for.
type Absent struct{}

// Pick compiles an expression over event, the raw record, or r, the planned resource; and it, the element of a list.
func (e *Env) Pick(x catalog.Expr) (*Picker, error) {
	p := &Picker{text: x.Text}
	for _, root := range []string{"requestParameters", "responseElements"} {
		if strings.Contains(x.Text, "event."+root) {
			p.root = root
		}
	}
	if p.plain(x.Text) {
		return p, nil
	}
	program := func(kept bool) (cel.Program, error) {
		env, err := e.picking(kept)
		if err != nil {
			return nil, err
		}
		return compile(env, x, false)
	}
	p.again = sync.OnceValues(func() (cel.Program, error) { return program(true) })
	var err error
	p.prog, err = program(false)
	return p, err
}

// picking returns the environment of pickers, or of those that keep what is not known as a text.
func (e *Env) picking(kept bool) (*cel.Env, error) {
	name := "(pick)"
	if kept {
		name = "(pick texts)"
	}
	if env, ok := e.envs.Load(name); ok {
		return env.(*cel.Env), nil
	}
	env, err := e.base.Extend(
		cel.Variable("event", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("r", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("it", cel.DynType),
		cel.Function("text", cel.Overload("text_of", []*types.Type{types.DynType}, tString,
			cel.UnaryBinding(holeText), cel.OverloadIsNonStrict())),
		cel.Function("parsed", cel.Overload("parsed_of", []*types.Type{types.DynType}, types.DynType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return decode(v, kept) }), cel.OverloadIsNonStrict())))
	if err != nil {
		return nil, err
	}
	shared, _ := e.envs.LoadOrStore(name, env)
	return shared.(*cel.Env), nil
}

// Plain reports whether p is a path, which costs no more than walking it.
func (p *Picker) Plain() bool { return p.prog == nil }

func (p *Picker) plain(text string) bool {
	names := strings.Split(text, ".")
	if names[0] != "event" && names[0] != "r" && names[0] != "it" {
		return false
	}
	for _, n := range names[1:] {
		if n == "" || strings.Trim(n, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			return false
		}
	}
	p.path, p.item = names[1:], names[0] == "it"
	return true
}

// Value picks from a record: an event.Value, string, bool, int64, []any, Absent, or resource.Unknown.
func (p *Picker) Value(ev *event.Event, it any) any {
	if p.prog != nil {
		return p.eval(ev.Raw, it)
	}
	v, path := p.start(ev)
	if p.item {
		item, ok := it.(event.Value)
		if _, unknown := it.(resource.Unknown); unknown || !ok && len(p.path) == 0 {
			return it
		}
		if !ok {
			return Absent{}
		}
		v = item
	}
	from := v
	v = v.Path(path...)
	if v.Kind() == event.String && Redacted(v.Str()) {
		return resource.Unknown{Why: "the log removes it"}
	}
	if !v.Present() {
		if omittedBelow(from, path) {
			return resource.Unknown{Why: "the log leaves it out: too large"}
		}
		return p.absent(ev.Raw)
	}
	return v
}

// omittedBelow reports whether the log left out the content of something on a path.
func omittedBelow(v event.Value, path []string) bool {
	for _, name := range path {
		if Omitted(v) {
			return true
		}
		v = v.Get(name)
	}
	return false
}

// Text walks a plain path to a text, and returns it as it is escaped in the record; nil when there is none.
func (p *Picker) Text(ev *event.Event) []byte {
	v, path := p.start(ev)
	v = v.Path(path...)
	if v.Kind() != event.String {
		return nil
	}
	b := v.Bytes()
	return b[1 : len(b)-1]
}

// start returns where a path begins, and what of it is left: the two halves of a record are at hand.
func (p *Picker) start(ev *event.Event) (event.Value, []string) {
	if len(p.path) > 0 && !p.item {
		switch {
		case p.path[0] == "requestParameters" && ev.Request.Kind() != event.Absent:
			return ev.Request, p.path[1:]
		case p.path[0] == "responseElements" && ev.Answer.Kind() != event.Absent:
			return ev.Answer, p.path[1:]
		}
	}
	return ev.Raw, p.path
}

// absent tells a member that was not given from one that cannot be known, because the record lacks all of them.
func (p *Picker) absent(raw event.Value) any {
	if p.root != "" && raw.Get(p.root).Kind() != event.Object {
		return resource.Unknown{Why: "the record has no " + p.root}
	}
	return Absent{}
}

func (p *Picker) eval(raw event.Value, it any) any {
	vars := map[string]any{"event": record(raw), "it": it}
	if u, ok := it.(resource.Unknown); ok {
		vars["it"] = types.NewUnknown(3, types.NewAttributeTrail(u.Why))
	}
	out, _, err := p.prog.Eval(vars)
	if err != nil {
		if half := raw.Get(p.root); Omitted(half) || !half.Present() && raw.Get("errorCode").Present() {
			return resource.Unknown{Why: "the log leaves it out"}
		}
		return p.absent(raw)
	}
	return native(out, blanks{
		unknown: func(*types.Unknown) any { return resource.Unknown{Why: "the record does not show it"} },
		absent:  func() any { return p.absent(raw) },
	})
}

// blanks say what becomes of an outcome that gives nothing.
type blanks struct {
	unknown func(*types.Unknown) any // nil: a half of a record that is not there
	absent  func() any
}

// native turns an outcome into plain Go.
func native(v any, b blanks) any {
	switch v := v.(type) {
	case *types.Unknown:
		return b.unknown(v)
	case types.String:
		return string(v)
	case types.Bool:
		return bool(v)
	case types.Int:
		return int64(v)
	case types.Null, *types.Err:
		return b.absent()
	case rawObject:
		switch {
		case v.lacks != nothing:
			return b.unknown(nil)
		case !v.v.Present():
			return b.absent()
		}
		return v.v
	case traits.Lister:
		list := []any{}
		for i := v.Iterator(); i.HasNext() == types.True; {
			list = append(list, native(i.Next(), b))
		}
		return list
	}
	return v
}
