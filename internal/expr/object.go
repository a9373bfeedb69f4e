package expr

import (
	"fmt"
	"hash/fnv"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"oust/internal/resource"
)

// A class is a structure that expressions can look into: a kind of resource, or one of the built-in ones.
type class struct {
	name   string
	typ    *types.Type
	fields map[string]*member
	kind   *resource.Kind // nil for the built-in ones
}

// A member is one field of a class. get returns a plain Go value, an object, a list of either, or an unknown.
type member struct {
	typ *types.Type
	get func(data any) any
}

func newClass(name string) *class {
	return &class{name: name, typ: types.NewObjectType(name), fields: map[string]*member{}}
}

// add declares a field whose data is of type T.
func add[T any](c *class, name string, typ *types.Type, get func(T) any) {
	c.fields[name] = &member{typ, func(data any) any { return get(data.(T)) }}
}

// open makes the members of a class unknown where what they would be read from is not known before deployment.
func (c *class) open(of func(data any) (ctx *Context, path, text string)) {
	for name, m := range c.fields {
		if name == "id" || name == "text" || name == "external" {
			continue // shown, or told apart further
		}
		get := m.get
		m.get = func(data any) any {
			if ctx, path, text := of(data); resource.HasHole(text) {
				return ctx.unknown(path, ctx.whyOpen(text), "")
			}
			return get(data)
		}
	}
}

// told is a part of a longer text: unknown when there is a hole in it.
func (c *Context) told(path, part string) any {
	if resource.HasHole(part) {
		return c.unknown(path, c.whyOpen(part), "")
	}
	return part
}

// whyOpen is the reason for the first hole in a text.
func (c *Context) whyOpen(text string) (why string) {
	resource.FillHoles(text, func(n int) string {
		if why == "" && c.Why != nil {
			why = c.Why(n)
		}
		return ""
	})
	if why == "" {
		why = "known after apply"
	}
	return why
}

// An object is a value of a class.
type object struct {
	class *class
	data  any
}

func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a %s has no native form", o.class.name)
}

func (o *object) ConvertToType(t ref.Type) ref.Val {
	if t == types.TypeType {
		return o.class.typ
	}
	return types.NewErr("a %s cannot become a %s", o.class.name, t.TypeName())
}

func (o *object) Equal(other ref.Val) ref.Val {
	p, ok := other.(*object)
	return types.Bool(ok && p.class == o.class && show(o) == show(p))
}

func (o *object) Type() ref.Type { return o.class.typ }
func (o *object) Value() any     { return o }

// field reads a member; what is unknown stays unknown all the way down.
func (m *member) field(obj any) (any, error) {
	switch o := obj.(type) {
	case *object:
		return m.get(o.data), nil
	case *types.Unknown:
		return o, nil
	}
	return nil, fmt.Errorf("no such field on %T", obj)
}

func (m *member) isSet(obj any) bool {
	v, err := m.field(obj)
	if err != nil {
		return false
	}
	switch v := v.(type) {
	case *types.Unknown:
		return true // it may be there: let its value say that it is unknown
	case nil:
		return false
	case string:
		return v != ""
	case bool:
		return v
	}
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice {
		return rv.Len() > 0
	}
	return true
}

// unknown makes the value of a field that could not be read, and remembers why and what would help.
func (c *Context) unknown(path, why, needs string) *types.Unknown {
	return c.unseen(path, why, needs, false)
}

func (c *Context) unseen(path, why, needs string, unseen bool) *types.Unknown {
	if c.why == nil {
		c.why = map[string]Cause{}
	}
	c.why[path] = Cause{path, why, needs, unseen}
	h := fnv.New64a()
	h.Write([]byte(path))
	return types.NewUnknown(int64(h.Sum64()>>1), types.NewAttributeTrail(path))
}

// provider tells the type checker about the classes.
type provider struct {
	*types.Registry
	find func(name string) *class // nil when there is none
}

func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if c := p.find(name); c != nil {
		return types.NewTypeTypeWithParam(c.typ), true
	}
	return p.Registry.FindStructType(name)
}

func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	c := p.find(name)
	if c == nil {
		return p.Registry.FindStructFieldNames(name)
	}
	names := make([]string, 0, len(c.fields))
	for f := range c.fields {
		names = append(names, f)
	}
	return names, true
}

func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	c := p.find(name)
	if c == nil {
		return p.Registry.FindStructFieldType(name, field)
	}
	m := c.fields[field]
	if m == nil {
		return nil, false
	}
	return &types.FieldType{Type: m.typ, IsSet: m.isSet, GetFrom: m.field}, true
}
