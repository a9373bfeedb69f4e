package change

import (
	"fmt"

	"oust/internal/event"
	"oust/internal/expr"
)

// A Short picks single texts out of an event by the first log entry of a kind that is on it, without making a change.
type Short struct {
	fields map[string]*expr.Picker
}

// Short makes a Short. The entry may set its fields by plain paths only.
func (x *Extractor) Short(kind, service, name string) (*Short, error) {
	c, err := x.compiled(kind)
	if err != nil {
		return nil, err
	}
	for _, e := range c.entries {
		if _, ok := e.on[service+"/"+name]; !ok {
			continue
		}
		s := &Short{fields: map[string]*expr.Picker{}}
		for _, set := range e.set {
			if len(set.from) != 1 || !set.from[0].Plain() {
				return nil, fmt.Errorf("%s is kept in short form: its fields are set by one plain path each", kind)
			}
			s.fields[e.kind.Fields[set.field].Name] = set.from[0]
		}
		return s, nil
	}
	return nil, fmt.Errorf("%s has no log entry on %s/%s", kind, service, name)
}

// Text returns the text of a field, still escaped; nil when the event does not have it. The bytes are those of the event.
func (s *Short) Text(ev *event.Event, field string) []byte {
	p := s.fields[field]
	if p == nil {
		return nil
	}
	return p.Text(ev)
}
