package expr

import (
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"

	"oust/internal/event"
)

// Value evaluates an expression to plain Go: string, bool, int64, float64, []any, map[string]any.
// An object of ours is its text. A part that could not be read makes all of it unknown, with the causes.
func (p *Program) Value(c *Context) (any, []Cause) {
	out := p.eval(c)
	if u, ok := out.(*types.Unknown); ok {
		return nil, c.causes(u)
	}
	if e, ok := out.(*types.Err); ok {
		return nil, []Cause{{Field: p.Text, Why: e.Error()}}
	}
	var causes []Cause
	v := plainValue(out, c, &causes)
	if len(causes) > 0 {
		return nil, causes
	}
	return v, nil
}

func plainValue(v any, c *Context, causes *[]Cause) any {
	switch v := v.(type) {
	case *types.Unknown:
		*causes = append(*causes, c.causes(v)...)
		return nil
	case types.String:
		return string(v)
	case types.Bool:
		return bool(v)
	case types.Int:
		return int64(v)
	case types.Uint:
		return int64(v)
	case types.Double:
		return float64(v)
	case types.Timestamp:
		return v.Time.UTC().Format(time.RFC3339)
	case types.Null:
		return nil
	case traits.Mapper:
		out := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			out[show(key)] = plainValue(v.Get(key), c, causes)
		}
		return out
	case traits.Lister:
		out := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			out = append(out, plainValue(it.Next(), c, causes))
		}
		return out
	}
	return show(v)
}

// PipelineOf reports whether a build system acted.
func (c *Context) PipelineOf(a *event.Actor) bool { return pipeline(c.Org, a) }
