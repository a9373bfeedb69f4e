package hunt

import (
	"slices"

	"oust/internal/catalog"
	"oust/internal/change"
	"oust/internal/decode/cloudtrail"
	"oust/internal/relate"
)

// An interest is what is taken of the events of one name. One look-up of it decides what becomes of a record.
// A nil interest takes nothing.
type interest struct {
	from  []catalog.From // whose records are decoded
	short *shortEntry    // how one opens a session; nil: it opens none
}

// takes reports whether some kind sees a record.
func (in *interest) takes(r *cloudtrail.Record) bool {
	return in != nil && slices.ContainsFunc(in.from, func(from catalog.From) bool { return takes(from, r) })
}

// opens reports whether a record may open a session.
func (in *interest) opens(r *cloudtrail.Record) bool {
	return in != nil && in.short != nil && takes(in.short.from, r)
}

func takes(from catalog.From, r *cloudtrail.Record) bool {
	return from == catalog.Anyone || from.Takes(string(r.Type), string(r.Owner), string(r.Account))
}

// interestsIn lists what the kinds of a catalog see, by the name of the event.
func interestsIn(c *catalog.Catalog, x *change.Extractor) (map[string]*interest, error) {
	out := map[string]*interest{}
	for _, name := range c.Events() {
		in := &interest{}
		out[name] = in
		for _, s := range c.Sees(name) {
			if s.Kind != relate.SessionKind {
				in.from = append(in.from, s.From)
				continue
			}
			picks, err := x.Short(s.Kind, s.Service, name)
			if err != nil {
				return nil, err
			}
			in.short = &shortEntry{s.Service, s.From, picks}
		}
	}
	return out, nil
}
