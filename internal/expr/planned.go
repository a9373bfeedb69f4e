package expr

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

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
		return Absent{}
	}
	return plannedNative(out)
}

// orAbsent is an element that is no structure: itself, or nothing where a member of it is asked for.
func orAbsent(it any, whole bool) any {
	s, text := it.(string)
	if _, unknown := resource.OneHole(s); whole || text && unknown {
		return it
	}
	return Absent{}
}

func plannedNative(v ref.Val) any {
	switch v := v.(type) {
	case *types.Unknown:
		for _, id := range v.IDs() {
			if id >= holeID {
				return resource.Hole(int(id - holeID))
			}
		}
		return Absent{}
	case types.String:
		return string(v)
	case types.Bool:
		return bool(v)
	case types.Int:
		return int64(v)
	case types.Null, *types.Err:
		return Absent{}
	case rawObject:
		if !v.v.Present() {
			return Absent{}
		}
		return v.v
	case traits.Lister:
		list := []any{}
		for i := v.Iterator(); i.HasNext() == types.True; {
			list = append(list, plannedNative(i.Next()))
		}
		return list
	}
	return v
}
