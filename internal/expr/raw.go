package expr

import (
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"oust/internal/event"
	"oust/internal/resource"
)

// adapter turns Go values into CEL values; JSON values are read only where an expression looks.
type adapter struct{ *types.Registry }

func (a adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case event.Value:
		return rawValue(v, false)
	case ref.Val:
		return v
	}
	return a.Registry.NativeToValue(v)
}

// rawValue wraps a JSON value. Text that stands in place of a value that the log removed is unknown,
// and so is what is not known before deployment, unless it is to be kept as a text.
func rawValue(v event.Value, kept bool) ref.Val {
	switch v.Kind() {
	case event.String:
		s := v.Str()
		if Redacted(s) {
			return types.NewUnknown(1, types.NewAttributeTrail("removed by the log"))
		}
		if n, ok := resource.OneHole(s); ok && !kept {
			return types.NewUnknown(holeID+int64(n), types.NewAttributeTrail(s))
		}
		return types.String(s)
	case event.Bool:
		b, _ := v.Bool()
		return types.Bool(b)
	case event.Number:
		if n, ok := v.Int(); ok {
			return types.Int(n)
		}
		return types.String(v.Str())
	case event.Object:
		return rawObject{v: v, kept: kept}
	case event.Array:
		return rawList(v, kept)
	}
	return types.NullValue
}

// Redacted reports whether a text stands for one that the log service took out.
func Redacted(s string) bool {
	switch s {
	case "<sensitiveDataRemoved>", "HIDDEN_DUE_TO_SECURITY_REASONS", "***", "****", "**********", "<sensitive>":
		return true
	}
	return false
}

// Omitted reports whether the log service left out the content of an object because of its size.
func Omitted(v event.Value) bool {
	omitted, _ := v.Get("omitted").Bool()
	return omitted && strings.Contains(v.Get("reason").Str(), "too large")
}

func rawList(v event.Value, kept bool) ref.Val {
	var elems []ref.Val
	v.Elems(func(e event.Value) bool {
		elems = append(elems, rawValue(e, kept))
		return true
	})
	return types.NewRefValList(types.DefaultTypeAdapter, elems)
}

// rawObject is a JSON object as a CEL map.
// Asking for a member that is not there gives an empty object, which equals nothing:
// so a path may be walked without asking for every step whether it is there.
type rawObject struct {
	v     event.Value
	whole bool // the record itself
	kept  bool // what is not known before deployment is kept as a text
	lacks lack
}

// lack tells why an object that should be there is not.
type lack byte

const (
	nothing  lack = iota
	answered      // many calls do not show what they answered: there may have been more
	asked         // a refused call need not show what it asked for
)

// record wraps a whole record.
func record(v event.Value) rawObject { return rawObject{v: v, whole: true} }

// half returns one of the two halves of a record that it does not show.
func (o rawObject) half(name string) rawObject {
	switch {
	case o.whole && name == "requestParameters" && o.v.Get("errorCode").Present():
		return rawObject{lacks: asked}
	case o.whole && name == "responseElements":
		return rawObject{lacks: answered}
	}
	return rawObject{}
}

func (o rawObject) ConvertToNative(t reflect.Type) (any, error) {
	return nil, fmt.Errorf("a JSON object cannot become a %s", t)
}

func (o rawObject) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.MapType:
		return o
	case types.TypeType:
		return types.MapType
	}
	return types.NewErr("a JSON object cannot become a %s", t.TypeName())
}

func (o rawObject) Equal(other ref.Val) ref.Val {
	p, ok := other.(rawObject)
	return types.Bool(ok && string(o.v.Bytes()) == string(p.v.Bytes()))
}

func (o rawObject) Type() ref.Type { return types.MapType }
func (o rawObject) Value() any     { return o.v }

// Get returns a member. Every member of an object that is left out is unknown.
func (o rawObject) Get(key ref.Val) ref.Val {
	name, ok := key.(types.String)
	if !ok {
		return o.element(key)
	}
	member := o.v.Get(string(name))
	switch {
	case member.Present():
		return rawValue(member, o.kept)
	case Omitted(o.v), o.lacks != nothing:
		return types.NewUnknown(2, types.NewAttributeTrail("left out by the log"))
	}
	return o.half(string(name))
}

// element is what an object is as a list: itself, as a list of one is often written, and nothing behind that.
func (o rawObject) element(index ref.Val) ref.Val {
	switch {
	case index == types.Int(0):
		return o
	case index.Type() == types.IntType:
		return rawObject{}
	}
	return types.NewErr("no such key: %v", index)
}

// IsSet answers has(). Whether something was asked for cannot be said where the log leaves it out, which is an error in CEL.
func (o rawObject) IsSet(key ref.Val) ref.Val {
	name, ok := key.(types.String)
	switch {
	case ok && o.v.Get(string(name)).Present():
		return types.True
	case Omitted(o.v), o.lacks == asked:
		return types.NewErr("left out by the log: %s", name)
	}
	return types.False
}

func (o rawObject) Contains(key ref.Val) ref.Val { return o.IsSet(key) }

func (o rawObject) keys() (keys []ref.Val) {
	o.v.Each(func(key []byte, _ event.Value) bool {
		keys = append(keys, types.String(key))
		return true
	})
	return keys
}

func (o rawObject) Size() ref.Val { return types.Int(len(o.keys())) }

func (o rawObject) Iterator() traits.Iterator {
	return types.NewRefValList(types.DefaultTypeAdapter, o.keys()).Iterator()
}
