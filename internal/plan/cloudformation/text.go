package cloudformation

import (
	"slices"
	"strconv"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// maxText bounds a text that functions put together; a template may be 1 MB.
const (
	maxText  = 1 << 20
	maxParts = 5000
)

// plainText gives a known scalar as the text that CloudFormation would make of it.
func plainText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// concat puts a text together. What is unknown stays in it as a part, and a secret makes all of it a secret.
func concat(items ...any) any {
	var c pieces
	for _, v := range items {
		c.add(v)
	}
	return c.done()
}

// pieces are the parts of a text, with neighbouring literals in one.
type pieces struct {
	parts  []any
	last   []byte // literal text after the parts
	size   int
	hidden bool
	over   bool
}

func (c *pieces) add(v any) {
	if text, ok := plainText(v); ok {
		c.text(text)
		return
	}
	switch v := v.(type) {
	case plan.Secret:
		c.hidden = true
		c.add(v.Value)
	case plan.Unknown:
		if len(v.Parts) == 0 {
			c.unknown(v)
			return
		}
		for _, p := range v.Parts {
			c.add(p)
		}
	case nil, noValue:
	default:
		c.unknown(spread("a list or mapping inside a text", v))
	}
}

func (c *pieces) unknown(u plan.Unknown) {
	c.flush()
	if len(c.parts) > maxParts {
		c.over = true
		return
	}
	c.parts = append(c.parts, u)
}

func (c *pieces) text(s string) {
	if c.size += len(s); c.size > maxText {
		c.over = true
		return
	}
	c.last = append(c.last, s...)
}

func (c *pieces) flush() {
	if len(c.last) > 0 {
		c.parts = append(c.parts, string(c.last))
		c.last = c.last[:0]
	}
}

func (c *pieces) done() any {
	c.flush()
	var out any
	switch {
	case c.over:
		out = plan.Unknown{Why: "a text of more than 1 MB, or of too many parts"}
	case len(c.parts) == 0:
		out = ""
	case len(c.parts) == 1:
		out = c.parts[0]
	default:
		out = composed(c.parts)
	}
	if c.hidden {
		return plan.Secret{Value: out}
	}
	return out
}

// composed is a text of several parts, at least one of which is unknown.
func composed(parts []any) plan.Unknown {
	u := spread("", parts)
	u.Parts = parts
	return u
}

// spread makes an unknown that gathers the reasons and references of the unknown parts of v.
func spread(why string, v any) plan.Unknown {
	u := plan.Unknown{Why: why}
	gather(&u, v)
	return u
}

func gather(u *plan.Unknown, v any) {
	switch v := v.(type) {
	case plan.Unknown:
		if u.Why == "" {
			u.Why = v.Why
		}
		for _, r := range v.Refs {
			if len(u.Refs) < 100 && !slices.Contains(u.Refs, r) {
				u.Refs = append(u.Refs, r)
			}
		}
		gather(u, v.Parts)
	case plan.Secret:
		gather(u, v.Value)
	case []any:
		for _, one := range v {
			gather(u, one)
		}
	case map[string]any:
		for _, k := range document.Keys(v) {
			gather(u, v[k])
		}
	}
}

func (e eval) joined(sep, items any) any {
	s, ok := plainText(e.value(sep))
	if !ok {
		return plan.Unknown{Why: "Fn::Join with a separator that is not known"}
	}
	v := e.value(items)
	l, ok := v.([]any)
	if !ok {
		return concat(v) // a list that is not known: its parts stay what they are
	}
	return e.join(s, l)
}

func (e eval) join(sep string, l []any) any {
	var c pieces
	for i, one := range l {
		if i > 0 {
			c.text(sep)
		}
		c.add(one)
	}
	return c.done()
}
