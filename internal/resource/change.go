package resource

import (
	"time"

	"oust/internal/event"
)

// Does is what a change does to its resource.
type Does byte

// The order is that of a life: it decides between changes of the same second.
const (
	Create Does = iota
	Modify
	Use
	Restore
	Delete
)

// Verbs names every Does, in the words of the catalog.
var Verbs = []string{Create: "create", Modify: "change", Use: "use", Restore: "restore", Delete: "delete"}

func (d Does) String() string { return Verbs[d] }

// A Change is one thing that was done, or tried, to one resource.
type Change struct {
	Kind  *Kind
	Key   Key
	Does  Does
	Event *event.Event // shared by the changes of one record; its Raw is gone
	Set   []Setting    // in field order
	Entry *Entry       // the log entry that saw it; nil for other origins
	Nth   int          // its place among the changes of its event
	Lead  Does         // what the first change of its event does

	Address string // of the planned resource that it was read from; empty for a log

	// A use changes nothing, so the uses of one resource by one principal are kept as one: its first event, and these.
	Again int       // how many more there were
	Last  time.Time // when the last one was; zero when there was one only
}

// Latest is when it was done last.
func (c *Change) Latest() time.Time {
	if c.Last.After(c.Event.Time) {
		return c.Last
	}
	return c.Event.Time
}

// Value is what the change gives to a field; ok is false when it leaves the field alone.
func (c *Change) Value(field int) (v any, ok bool) {
	for _, s := range c.Set {
		if s.Field == field {
			return s.Value, true
		}
	}
	return nil, false
}

// A Setting is the value that a change gives to a field.
type Setting struct {
	Field int
	Value any // string bool int64 time.Time *policy.Document []any Ref Unknown, after the type of the field
}

// An Entry is the static part of how a change was seen.
type Entry struct {
	Documented bool // the shape of the record is taken from documentation, not from a record
	Soft       bool // a delete that can still be taken back by anyone who may
	Part       bool // it adds to what other code makes, and says nothing alone
}

// A Ref names another resource, as it was written.
type Ref struct {
	Kind    string
	Name    string
	Account string // where the reference stood, for names that do not tell
	Region  string
}

// NameOf is the name in a text or a reference; empty for every other value.
func NameOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case Ref:
		return v.Name
	}
	return ""
}

// Unknown stands for a value that could not be read. It is never the same as an empty one.
type Unknown struct {
	Why    string // such as: the log removes it
	Unseen bool   // nothing withheld it: it was never in what was given
}

// Values are the fields of a resource at one moment; nil means never seen.
type Values []any

// Apply returns the values after a change. The receiver is not modified.
func (v Values) Apply(c *Change) Values {
	next := make(Values, len(c.Kind.Fields))
	if c.Does != Create {
		copy(next, v)
	}
	for _, s := range c.Set {
		next[s.Field] = s.Value
	}
	return next
}
