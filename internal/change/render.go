package change

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"oust/internal/event"
	"oust/internal/plan"
	"oust/internal/resource"
)

// render writes a tree as JSON, so that it is read like a record of a log. Leaves that are not known become holes.
func (p *Planner) render(tree any) event.Value {
	var b bytes.Buffer
	p.write(&b, tree, 0)
	return event.Wrap(b.Bytes(), false)
}

// maxDepth bounds how deep a tree is looked into; readers bound their own input.
const maxDepth = 200

func (p *Planner) write(b *bytes.Buffer, v any, depth int) {
	if depth > maxDepth {
		v = plan.Unknown{Why: "nested too deeply"}
	}
	switch v := v.(type) {
	case plan.Secret:
		p.write(b, v.Value, depth+1)
	case plan.Unknown:
		writeText(b, p.text(v))
	case string:
		writeText(b, resource.Plain(v))
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case float64:
		b.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
	case int:
		b.WriteString(strconv.Itoa(v))
	case map[string]any:
		p.object(b, v, depth)
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			p.write(b, e, depth+1)
		}
		b.WriteByte(']')
	default:
		b.WriteString("null")
	}
}

func (p *Planner) object(b *bytes.Buffer, m map[string]any, depth int) {
	names := make([]string, 0, len(m))
	for name, v := range m {
		if list, ok := v.([]any); v != nil && !(ok && len(list) == 0) { // as plans write what was left out
			names = append(names, name)
		}
	}
	slices.Sort(names)
	b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		writeText(b, resource.Plain(name))
		b.WriteByte(':')
		p.write(b, m[name], depth+1)
	}
	b.WriteByte('}')
}

// text is an unknown as a text: one hole, or what is known of it with holes between.
func (p *Planner) text(u plan.Unknown) string {
	if len(u.Parts) == 0 {
		return p.holes.add(u)
	}
	var s strings.Builder
	for _, part := range u.Parts {
		switch part := part.(type) {
		case string:
			s.WriteString(resource.Plain(part))
		case plan.Unknown:
			s.WriteString(p.text(part))
		case plan.Secret:
			if v, ok := part.Value.(string); ok {
				s.WriteString(resource.Plain(v))
			}
		default:
			s.WriteString(p.holes.add(plan.Unknown{Why: u.Why}))
		}
	}
	return s.String()
}

func writeText(b *bytes.Buffer, s string) {
	text, err := json.Marshal(strings.ToValidUTF8(s, "\uFFFD"))
	if err != nil {
		text = []byte(`""`)
	}
	b.Write(text)
}
