package expr

import (
	"strings"
	"time"

	"cel.dev/cel-go/common/types"

	"oust/internal/policy"
	"oust/internal/resource"
)

// A subject is a resource as an expression sees it.
type subject struct {
	c      *Context
	kind   *resource.Kind
	key    resource.Key
	values resource.Values
	path   string // self, was, or self.rule
	name   string // how a reference wrote it
	gone   bool
}

// kindClass makes the class of a kind: its fields, and what every resource has.
func (e *Env) kindClass(k *resource.Kind) *class {
	c := newClass(k.Name)
	c.kind = k
	add(c, "account", e.b.account.typ, func(s *subject) any {
		return &object{e.b.account, in[string]{s.key.Account, s.c, s.path + ".account"}}
	})
	add(c, "region", tString, func(s *subject) any { return s.key.Region })
	add(c, "created", tBool, func(s *subject) any { return s.path == "self" && s.c.Created })
	add(c, "used", tBool, func(s *subject) any { return s.path == "self" && s.c.Used })
	add(c, "planned", tBool, func(s *subject) any { return s.path == "self" && s.c.Planned })
	add(c, "seen", tBool, func(s *subject) any { return s.values != nil })
	add(c, "gone", tBool, func(s *subject) any { return s.gone })
	for i, f := range k.Fields {
		m := &member{typ: e.celType(f.Type)}
		m.get = func(data any) any {
			s := data.(*subject)
			return e.wrap(s.c, f, f.Type, s.at(i), s.path+"."+f.Name)
		}
		c.fields[f.Name] = m
	}
	return c
}

// at returns a field of the resource, unknown with a reason when it was never seen.
// What names the resource is given in its canonical form, however it was written.
func (s *subject) at(i int) any {
	named := !strings.HasPrefix(s.key.ID, resource.Nameless)
	switch {
	case i == s.kind.ID && s.key.ID == "" && s.values == nil:
		return "" // a reference to nothing
	case i == s.kind.ID && named && (s.kind.Fields[i].Type.Base == "string" || i >= len(s.values) || s.values[i] == nil):
		return s.key.ID
	case i >= len(s.values) || s.values[i] == nil:
		if f := s.kind.Fields[i]; f.Name == "arn" && f.Type.Base == "arn" && strings.HasPrefix(s.name, "arn:") {
			return s.name // never seen, but named in full
		}
		return resource.Unknown{Why: "not seen in what was given", Unseen: true}
	}
	return s.values[i]
}

// celType maps a field type to the type that expressions are checked against.
func (e *Env) celType(t resource.Type) *types.Type {
	switch t.Base {
	case "bool":
		return tBool
	case "int":
		return tInt
	case "timestamp":
		return types.TimestampType
	case "arn":
		return e.b.arn.typ
	case "account":
		return e.b.account.typ
	case "url":
		return e.b.url.typ
	case "policy":
		return e.b.policy.typ
	case "trust":
		return e.b.trust.typ
	case "principal":
		return e.b.entrant.typ
	case "saml":
		return e.b.saml.typ
	case "pattern":
		return e.b.pattern.typ
	case "script":
		return e.b.script.typ
	case "list":
		return types.NewListType(e.celType(*t.Elem))
	case "ref":
		return types.NewObjectType(t.Kind)
	}
	return tString
}

// wrap turns the value of a field into what expressions work on.
func (e *Env) wrap(c *Context, f resource.Field, t resource.Type, v any, path string) any {
	switch v := v.(type) {
	case resource.Unknown:
		if c.telling && v.Unseen {
			if nothing, ok := e.nothing(c, f, t, path); ok {
				return nothing
			}
		}
		return c.unseen(path, v.Why, f.Needs, v.Unseen)
	case string:
		if c.Open && resource.HasHole(v) && t.Base != "arn" { // of an ARN, whose it is may be known all the same
			return c.unknown(path, c.whyOpen(v), "")
		}
		switch t.Base {
		case "arn":
			return &object{e.b.arn, in[string]{v, c, path}}
		case "account":
			return &object{e.b.account, in[string]{v, c, path}}
		case "url":
			return &object{e.b.url, in[string]{v, c, path}}
		case "pattern":
			return &object{e.b.pattern, in[string]{v, c, path}}
		case "script":
			return &object{e.b.script, in[string]{v, c, path}}
		case "principal":
			return &object{e.b.entrant, in[policy.Entrant]{policy.Single(v), c, path}}
		}
	case time.Time:
		return types.Timestamp{Time: v}
	case *policy.Document:
		if t.Base == "trust" {
			return &object{e.b.trust, in[*policy.Document]{v, c, path}}
		}
		return &object{e.b.policy, in[*policy.Document]{v, c, path}}
	case *policy.SAML:
		return &object{e.b.saml, in[*policy.SAML]{v, c, path}}
	case resource.Ref:
		return e.follow(c, v, path)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = e.wrap(c, f, *t.Elem, x, path)
		}
		return out
	}
	return v
}

// nothing is the empty value of a field that code does not give, for types that have one.
func (e *Env) nothing(c *Context, f resource.Field, t resource.Type, path string) (any, bool) {
	switch t.Base {
	case "bool":
		return false, true
	case "list":
		return []any{}, true
	case "string", "host", "arn", "account", "url", "principal":
		return e.wrap(c, f, t, "", path), true
	case "ref":
		return e.follow(c, resource.Ref{Kind: t.Kind}, path), true
	}
	return nil, false
}

// follow looks up what a reference points at. What was never seen is there, with every field but its id unknown.
func (e *Env) follow(c *Context, r resource.Ref, path string) any {
	class := e.class(r.Kind)
	if class == nil {
		return c.unknown(path, "the catalog has no kind "+r.Kind, "")
	}
	s := &subject{c: c, kind: class.kind, key: class.kind.Key(r.Name, r.Account, r.Region), path: path, name: r.Name}
	if c.State != nil {
		if found, ok := c.State.Find(s.key); ok {
			s.key, s.values, s.gone = found.Key, found.Values, found.Gone
			c.Followed = append(c.Followed, found.Key)
		}
	}
	return &object{class, s}
}
