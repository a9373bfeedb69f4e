package relate

import (
	"fmt"
	"reflect"

	"oust/internal/policy"
	"oust/internal/resource"
)

// Restored is a resource with the deeds of some units taken back: what it would be without them, later changes of others kept.
// left lists the fields in which that differs from how it stands: what remains of the deeds.
func (g *Graph) Restored(t *Touched) (values resource.Values, left []int) {
	theirs := map[*resource.Change]bool{}
	for _, d := range t.Deeds {
		theirs[d.Change] = true
	}
	n := t.Node
	values = make(resource.Values, len(n.Kind.Fields))
	for i := range n.Kind.Fields {
		r := restorer{field: i, theirs: theirs, before: at(n.Before, i)}
		for _, c := range n.Changes {
			if !c.Event.Failed() {
				r.apply(c)
			}
		}
		values[i] = r.restored()
		if r.now != nil && !same(values[i], r.now) {
			left = append(left, i)
		}
	}
	return values, left
}

func at(v resource.Values, i int) any {
	if i >= len(v) {
		return nil
	}
	return v[i]
}

// restorer follows one field through the changes of its resource.
type restorer struct {
	field  int
	theirs map[*resource.Change]bool
	before any // nil: not known

	now   any  // as it stands
	clean any  // with their changes taken back; nil: not known
	dirty bool // something of theirs may be in now
}

func (r *restorer) apply(c *resource.Change) {
	v, set := c.Value(r.field)
	if !set {
		if c.Does == resource.Create {
			r.now, r.clean = nil, nil
		}
		return
	}
	prior := r.now
	r.now = v
	if !r.theirs[c] {
		r.others(prior, v)
		return
	}
	if !r.dirty {
		r.clean = prior
	}
	r.dirty = true
}

// others takes a change of somebody else in: a document may still hold what was added to it, a plain value does not.
func (r *restorer) others(prior, v any) {
	theirs, ok1 := prior.(*policy.Document)
	ours, ok2 := v.(*policy.Document)
	base, ok3 := asDocument(r.clean)
	if r.dirty && ok1 && ok2 && ok3 && base != nil {
		if d, ok := policy.Without(base, theirs, ours); ok {
			r.clean, r.dirty = d, d != ours
			return
		}
	}
	r.clean, r.dirty = v, false
}

func asDocument(v any) (*policy.Document, bool) {
	if v == nil {
		return nil, false
	}
	d, ok := v.(*policy.Document)
	return d, ok
}

func (r *restorer) restored() any {
	if !r.dirty {
		return r.now
	}
	if r.clean == nil {
		return resource.Unknown{Why: "what it was before is not in the log"}
	}
	return r.clean
}

// same compares values; documents by their normal form, so that order and spelling do not count.
func same(a, b any) bool {
	x, ok1 := a.(*policy.Document)
	y, ok2 := b.(*policy.Document)
	if ok1 && ok2 && x != nil && y != nil {
		return x.Normal() == y.Normal()
	}
	if _, unknown := a.(resource.Unknown); unknown {
		return false
	}
	return reflect.DeepEqual(a, b) || fmt.Sprint(a) == fmt.Sprint(b)
}
