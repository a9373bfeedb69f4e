package expr

import (
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"oust/internal/event"
)

// adapter turns Go values into CEL values; JSON values are read only where an expression looks.
type adapter struct{ *types.Registry }

func (a adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case event.Value:
		return rawValue(v)
	case ref.Val:
		return v
	}
	return a.Registry.NativeToValue(v)
}

// rawValue wraps a JSON value. Text that stands in place of a value that the log removed is unknown.
func rawValue(v event.Value) ref.Val {
	switch v.Kind() {
	case event.String:
		s := v.Str()
		if Redacted(s) {
			return types.NewUnknown(1, types.NewAttributeTrail("removed by the log"))
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
		return rawObject{v: v}
	case event.Array:
		return rawList(v)
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

func rawList(v event.Value) ref.Val {
	var elems []ref.Val
	v.Elems(func(e event.Value) bool {
		elems = append(elems, rawValue(e))
		return true
	})
	return types.NewRefValList(types.DefaultTypeAdapter, elems)
}

// rawObject is a JSON object as a CEL map.
// Asking for a member that is not there gives an empty object, which equals nothing:
// so a path may be walked without asking for every step whether it is there.
type rawObject struct {
	v      event.Value
	whole  bool // the record itself
	failed bool // of a refused call: what it lacks was not shown, which is not the same as not given
}

// record wraps a whole record.
func record(v event.Value) rawObject { return rawObject{v, true, v.Get("errorCode").Present()} }

// withheld reports whether a record does not show one of its two halves:
// a refused call need not show what it asked for, and many calls do not show what they answered.
func (o rawObject) withheld(name string) bool {
	return o.whole && (o.failed && name == "requestParameters" || name == "responseElements")
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

// Get returns a member. Every member of an omitted object is unknown.
func (o rawObject) Get(key ref.Val) ref.Val {
	name, ok := key.(types.String)
	if !ok {
		return types.NewErr("no such key: %v", key)
	}
	member := o.v.Get(string(name))
	switch {
	case member.Present():
		return rawValue(member)
	case Omitted(o.v), o.withheld(string(name)):
		return types.NewUnknown(2, types.NewAttributeTrail("left out by the log"))
	}
	return rawObject{}
}

// IsSet answers has(). Whether an omitted object holds something cannot be said, which is an error in CEL.
func (o rawObject) IsSet(key ref.Val) ref.Val {
	name, ok := key.(types.String)
	switch {
	case ok && o.v.Get(string(name)).Present():
		return types.True
	case Omitted(o.v), o.failed && o.withheld(string(name)):
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
