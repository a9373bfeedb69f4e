package change

import (
	"strings"

	"oust/internal/event"
	"oust/internal/plan"
	"oust/internal/resource"
)

// Names tells how resources of the same code are called.
type Names interface {
	// Find returns the keys of a planned resource, by kind, as an address that stands in another resource means it.
	// known is false for an address that is not in the code.
	Find(address string, from *plan.Resource) (keys []Named, known bool)
}

// Named is a planned resource under one of its kinds.
type Named struct {
	Kind *resource.Kind
	Key  resource.Key
}

// holes are the unknown leaves of all planned resources. In texts they are written as resource.Hole.
type holes struct {
	list  []plan.Unknown
	names Names // nil while names are being collected
	from  *plan.Resource
}

func (h *holes) add(u plan.Unknown) string {
	h.list = append(h.list, u)
	return resource.Hole(len(h.list) - 1)
}

// Why tells why a hole is not known.
func (h *holes) why(n int) string {
	if h == nil || n < 0 || n >= len(h.list) || h.list[n].Why == "" {
		return "known after apply"
	}
	return h.list[n].Why
}

// whole returns the reason when a value is one hole.
func (h *holes) whole(v any) *resource.Unknown {
	if h == nil {
		return nil
	}
	s, ok := v.(string)
	if raw, isRaw := v.(event.Value); isRaw {
		s, ok = raw.Str(), true
	}
	if n, one := resource.OneHole(s); ok && one {
		return &resource.Unknown{Why: h.why(n)}
	}
	return nil
}

// settle fills what can be filled in a text for a field of type t. What stays open altogether is unknown,
// and so is a text whose form cannot be read with a hole in it.
func (h *holes) settle(t resource.Type, s string) (string, *resource.Unknown) {
	if u := h.whole(s); u != nil && (t.Base == "policy" || t.Base == "trust") {
		return "", u
	}
	if t.Base == "policy" || t.Base == "trust" {
		return h.fill(t, resource.QuoteHoles(s)), nil
	}
	s = h.fill(t, s)
	if u := h.whole(s); u != nil {
		return "", u
	}
	switch t.Base {
	case "bool", "int", "timestamp", "saml", "ref":
		if resource.HasHole(s) {
			return "", &resource.Unknown{Why: h.first(s)}
		}
	}
	return s, nil
}

func (h *holes) first(s string) (why string) {
	resource.FillHoles(s, func(n int) string {
		if why == "" {
			why = h.why(n)
		}
		return ""
	})
	return why
}

// fill names the resources of the same code that a text speaks of.
func (h *holes) fill(t resource.Type, s string) string {
	return resource.FillHoles(s, func(n int) string {
		if n >= 0 && n < len(h.list) && h.names != nil {
			if name, ok := h.name(t, h.list[n]); ok {
				return name
			}
		}
		return resource.Hole(n)
	})
}

// nameable reports whether a name may be found for an unknown value.
func nameable(u plan.Unknown) bool {
	return len(u.Refs) > 0 || strings.HasPrefix(u.Attr, ownStack)
}

// ownStack begins the names of what CloudFormation tells a stack about itself.
const ownStack = "AWS::"

// name is what an unknown attribute of another planned resource will be, as far as its names go.
// An id that the cloud will give stands as the address of its resource.
func (h *holes) name(t resource.Type, u plan.Unknown) (string, bool) {
	if t.Base == "script" && strings.HasPrefix(u.Attr, ownStack) { // the name of a stack: it cannot hold a command
		return strings.ToLower(u.Attr[len(ownStack):]), true
	}
	given := t.Base == "host" || t.Base == "url" || t.Base == "script" // whatever it will be, the cloud gives it
	if len(u.Refs) == 0 || len(u.Parts) > 0 || len(u.Refs) > 1 && !given {
		return "", false
	}
	var keys []Named
	for i := len(u.Refs) - 1; i >= 0; i-- {
		found, known := h.names.Find(u.Refs[i], h.from)
		if !known {
			return "", false
		}
		keys = found
	}
	switch t.Base {
	case "host", "script":
		return strings.ToLower(u.Refs[0] + "." + plan.Domain), true
	case "url":
		return "https://" + strings.ToLower(u.Refs[0]+"."+plan.Domain), true
	}
	if t.Base == "ref" {
		for _, k := range keys {
			if t.Kind == k.Kind.Name {
				return k.Key.ID, true
			}
		}
		return arnOf(keys, u.Refs[0]), true
	}
	text := t.Base == "string" || t.Base == "account"
	switch attr := strings.ToLower(u.Attr); {
	case attr == "arn" || strings.HasSuffix(attr, "_arn"), attr == "" && !text:
		return arnOf(keys, u.Refs[0]), true
	case attr == "latest_version" || attr == "default_version" || attr == "latestversionnumber" || attr == "defaultversionnumber":
		return u.Refs[0] + "." + u.Attr, true // a number, whichever
	case (attr == "id" || attr == "name" || attr == "ref") && len(keys) > 0:
		return nameOf(keys), true
	}
	return "", false
}

// nameOf is what a planned resource is called: by its own name, not by that of a permission that it holds as well.
func nameOf(keys []Named) string {
	for _, k := range keys {
		if k.Kind.Place != resource.Grant {
			return k.Key.ID
		}
	}
	return keys[0].Key.ID
}

// arnOf is the ARN of a planned resource; of one that no kind knows, an ARN in its account.
func arnOf(keys []Named, address string) string {
	for _, k := range keys {
		if len(k.Kind.ARNs) > 0 && strings.HasPrefix(k.Kind.ARNs[0], "arn:") {
			region := k.Key.Region
			if region == "" {
				region = plan.HereRegion
			}
			return k.Kind.FullName(k.Key, region)
		}
	}
	return "arn:aws:planned:" + plan.HereRegion + ":" + plan.Here + ":" + address
}
