package policy

import (
	"encoding/json"
	"slices"
)

// Without takes a change back: it is ours without the statements that theirs added to base, and with those that theirs dropped.
// When nothing of what theirs added is left, ours stays as it is. ok is false when one of the documents has no statements to compare.
func Without(base, theirs, ours *Document) (d *Document, ok bool) {
	b, ok1 := base.parts()
	t, ok2 := theirs.parts()
	o, ok3 := ours.parts()
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	added, dropped := minus(t.statements, b.statements), minus(b.statements, t.statements)
	left := minus(o.statements, added)
	if len(left) == len(o.statements) && (len(added) > 0 || len(minus(dropped, o.statements)) == 0) {
		return ours, true
	}
	o.statements = append(left, minus(dropped, left)...)
	return o.document()
}

// parts is a document as its members and its statements, each in its normal form.
type parts struct {
	members    map[string]json.RawMessage
	statements []string
}

// parts of a document that is not there are none.
func (d *Document) parts() (p parts, ok bool) {
	p.members = map[string]json.RawMessage{}
	if d == nil || d.Text == "" {
		return p, true
	}
	if json.Unmarshal([]byte(d.Text), &p.members) != nil {
		return p, false
	}
	var list []json.RawMessage
	one := p.members["Statement"]
	if json.Unmarshal(one, &list) != nil {
		list = []json.RawMessage{one}
	}
	for _, s := range list {
		var v any
		if json.Unmarshal(s, &v) != nil {
			return p, false
		}
		text, err := json.Marshal(v) // sorts the members
		if err != nil {
			return p, false
		}
		p.statements = append(p.statements, string(text))
	}
	return p, true
}

func (p parts) document() (*Document, bool) {
	if len(p.statements) == 0 {
		return &Document{}, true
	}
	list := make([]json.RawMessage, len(p.statements))
	for i, s := range p.statements {
		list[i] = json.RawMessage(s)
	}
	var err error
	if p.members["Statement"], err = json.Marshal(list); err != nil {
		return nil, false
	}
	text, err := json.Marshal(p.members)
	if err != nil {
		return nil, false
	}
	d, err := Parse(string(text))
	return d, err == nil
}

func minus(a, b []string) (out []string) {
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}
