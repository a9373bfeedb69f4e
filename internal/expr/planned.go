package expr

import (
	"encoding/json"
	"errors"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"go.yaml.in/yaml/v3"

	"oust/internal/event"
	"oust/internal/resource"
)

// holeID sets the unknowns of a plan apart from those of a log.
const holeID = 1 << 20

// Planned picks from a planned resource, given as JSON with holes: an event.Value, string, bool, int64, []any, Absent,
// or a string that is one hole, where what was asked for is not known before deployment.
func (p *Picker) Planned(tree event.Value, it any) any {
	if p.prog == nil {
		v := tree
		if p.item {
			item, ok := it.(event.Value)
			if !ok {
				return orAbsent(it, len(p.path) == 0)
			}
			v = item
		}
		for _, name := range p.path {
			if _, unknown := resource.OneHole(v.Str()); unknown {
				break
			}
			v = v.Get(name)
		}
		if !v.Present() {
			return Absent{}
		}
		return v
	}
	vars := map[string]any{"r": rawObject{v: tree}, "it": it}
	if s, ok := it.(string); ok {
		if n, unknown := resource.OneHole(s); unknown {
			vars["it"] = types.NewUnknown(holeID+int64(n), types.NewAttributeTrail(s))
		}
	}
	out, _, err := p.prog.Eval(vars)
	if err != nil {
		out, err = p.kept(tree, it)
	}
	if err != nil {
		return Absent{}
	}
	return native(out, blanks{unknown: hole, absent: func() any { return Absent{} }})
}

// kept evaluates once more with what is not known kept as texts, for functions that work on texts alone, such as join.
func (p *Picker) kept(tree event.Value, it any) (ref.Val, error) {
	if !resource.HasHole(string(tree.Bytes())) {
		return nil, errWhole
	}
	prog, err := p.again()
	if err != nil {
		return nil, err
	}
	if v, ok := it.(event.Value); ok {
		it = rawValue(v, true)
	}
	out, _, err := prog.Eval(map[string]any{"r": rawObject{v: tree, kept: true}, "it": it})
	return out, err
}

var errWhole = errors.New("nothing is unknown")

// orAbsent is an element that is no structure: itself, or nothing where a member of it is asked for.
func orAbsent(it any, whole bool) any {
	s, text := it.(string)
	if _, unknown := resource.OneHole(s); whole || text && unknown {
		return it
	}
	return Absent{}
}

// holeText is a value as a text. What is not known before deployment stands in it as a hole, so that the rest of a longer text is kept.
func holeText(v ref.Val) ref.Val {
	if u, ok := v.(*types.Unknown); ok {
		if s, ok := hole(u).(string); ok {
			return types.String(s)
		}
		return u
	}
	if o, ok := v.(rawObject); ok {
		return types.String(o.v.Bytes())
	}
	return v.ConvertToType(types.StringType)
}

// decode is the value that a text holds as JSON or YAML. What is a value already stays as it is; what is neither is nothing.
func decode(v ref.Val, kept bool) ref.Val {
	text, ok := v.(types.String)
	if !ok {
		return v
	}
	s := resource.QuoteHoles(string(text))
	if json.Valid([]byte(s)) {
		return rawValue(event.Wrap([]byte(s), false), kept)
	}
	var tree any
	if yaml.Unmarshal([]byte(s), &tree) == nil {
		if b, err := json.Marshal(tree); err == nil && (b[0] == '{' || b[0] == '[') {
			return rawValue(event.Wrap(b, false), kept)
		}
	}
	open := -1
	resource.FillHoles(s, func(n int) string { open = n; return "" })
	if open >= 0 {
		return types.NewUnknown(holeID+int64(open), types.NewAttributeTrail(s))
	}
	return rawObject{}
}

// hole is the hole that an outcome hangs on; without one, nothing is there.
func hole(u *types.Unknown) any {
	if u != nil {
		for _, id := range u.IDs() {
			if id >= holeID {
				return resource.Hole(int(id - holeID))
			}
		}
	}
	return Absent{}
}
