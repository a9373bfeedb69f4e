package gate

import (
	"path"
	"strings"

	"oust/internal/change"
	"oust/internal/plan"
	"oust/internal/resource"
)

// names finds planned resources by the addresses that code gives them.
type names struct{ by map[string][]*named }

type named struct {
	of   *plan.Resource
	keys []change.Named
}

func newNames(resources []*plan.Resource) *names {
	n := &names{by: map[string][]*named{}}
	for _, r := range resources {
		one := &named{of: r}
		n.by[r.Address] = append(n.by[r.Address], one)
		if b := bare(r.Address); b != r.Address { // one of several instances
			n.by[b] = append(n.by[b], one)
		}
	}
	return n
}

// bare is an address without the index of its last part.
func bare(address string) string {
	if i := strings.LastIndexByte(address, '['); i > 0 && strings.HasSuffix(address, "]") {
		return address[:i]
	}
	return address
}

// add notes what a resource is called under its kinds.
func (n *names) add(r *plan.Resource, changes []*resource.Change) {
	for _, one := range n.by[r.Address] {
		if one.of != r || one.keys != nil {
			continue
		}
		for _, c := range changes {
			one.keys = append(one.keys, change.Named{Kind: c.Kind, Key: c.Key})
		}
	}
}

// Find implements change.Names. The nearest of several resources of an address is meant.
func (n *names) Find(address string, from *plan.Resource) ([]change.Named, bool) {
	var best *named
	near := -1
	list := n.by[address]
	if len(list) == 0 {
		list = n.by[bare(address)]
	}
	for _, one := range list {
		if d := closeness(one.of, from); d > near {
			best, near = one, d
		}
	}
	if best == nil {
		return nil, false
	}
	return best.keys, true
}

func closeness(a, b *plan.Resource) int {
	switch {
	case b == nil || a.Format != b.Format:
		return 0
	case a.At.File == b.At.File:
		return 3
	case path.Dir(a.At.File) == path.Dir(b.At.File):
		return 2
	}
	return 1
}
