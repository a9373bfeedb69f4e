package event

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Value is one JSON value that is looked at only where it is asked for.
// The zero Value is an absent one; every method is safe on it.
// Values share the bytes they were made from: keep the bytes unchanged as long as the Value lives.
type Value struct {
	b    []byte
	fold bool // keys are compared without regard to case
}

// Kind is the JSON type of a Value.
type Kind byte

// The kinds of JSON values; Invalid is one that does not begin like any of the others.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Object
	Array
	Invalid
)

// Parse returns the first JSON value in b, without checking more of it than its outline.
// ok is false when b does not hold a whole value.
func Parse(b []byte) (v Value, ok bool) {
	i := skipSpace(b, 0)
	end := valueEnd(b, i)
	if end < 0 {
		return Value{}, false
	}
	return Value{b: b[i:end]}, true
}

// Wrap makes a Value of bytes that are known to hold exactly one.
// With fold, keys are found whatever their case, for records that passed through a warehouse.
func Wrap(b []byte, fold bool) Value { return Value{b: b, fold: fold} }

// Bytes returns the JSON text of v, nil when it is absent.
func (v Value) Bytes() []byte { return v.b }

// Kind tells what v is by its first byte.
func (v Value) Kind() Kind {
	if len(v.b) == 0 {
		return Absent
	}
	switch c := v.b[0]; {
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == '"':
		return String
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	case c == '-' || c >= '0' && c <= '9':
		return Number
	}
	return Invalid
}

// Present reports whether v is there and not null.
func (v Value) Present() bool { k := v.Kind(); return k != Absent && k != Null && k != Invalid }

// Get returns the member of that name, absent when v is no object or lacks it.
func (v Value) Get(key string) (found Value) {
	v.Each(func(k []byte, val Value) bool {
		if v.same(k, key) {
			found = val
			return false
		}
		return true
	})
	return found
}

// Path walks members by name.
func (v Value) Path(keys ...string) Value {
	for i, k := range keys {
		if i < len(keys)-1 {
			v = v.enter(k)
		} else {
			v = v.Get(k)
		}
		if v.b == nil {
			break
		}
	}
	return v
}

// enter is Get for an object on the way: where it ends is not looked for, so what follows it hangs on.
func (v Value) enter(key string) Value {
	b := v.b
	if len(b) == 0 || b[0] != '{' {
		return Value{}
	}
	for i := skipSpace(b, 1); i < len(b) && b[i] == '"'; {
		end := stringEnd(b, i+1)
		if end < 0 {
			return Value{}
		}
		name := b[i+1 : end-1]
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ':' {
			return Value{}
		}
		i = skipSpace(b, i+1)
		if v.same(name, key) {
			if i >= len(b) || b[i] != '{' {
				return Value{}
			}
			return Value{b[i:], v.fold}
		}
		if end = valueEnd(b, i); end < 0 {
			return Value{}
		}
		if i = skipSpace(b, end); i >= len(b) || b[i] != ',' {
			return Value{}
		}
		i = skipSpace(b, i+1)
	}
	return Value{}
}

func (v Value) same(k []byte, key string) bool {
	if string(k) == key {
		return true
	}
	if bytes.IndexByte(k, '\\') >= 0 {
		s, _ := unquote(k)
		return s == key || v.fold && strings.EqualFold(s, key)
	}
	return v.fold && len(k) == len(key) && strings.EqualFold(string(k), key)
}

// Each calls f for every member of an object, key still escaped, until f returns false.
// A broken object ends the walk.
func (v Value) Each(f func(key []byte, val Value) bool) {
	b := v.b
	if len(b) == 0 || b[0] != '{' {
		return
	}
	for i := skipSpace(b, 1); i < len(b) && b[i] == '"'; {
		end := stringEnd(b, i+1)
		if end < 0 {
			return
		}
		key := b[i+1 : end-1]
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ':' {
			return
		}
		i = skipSpace(b, i+1)
		end = valueEnd(b, i)
		if end < 0 || !f(key, Value{b[i:end], v.fold}) {
			return
		}
		i = skipSpace(b, end)
		if i >= len(b) || b[i] != ',' {
			return
		}
		i = skipSpace(b, i+1)
	}
}

// Elems calls f for every element of an array until f returns false.
func (v Value) Elems(f func(val Value) bool) {
	b := v.b
	if len(b) == 0 || b[0] != '[' {
		return
	}
	for i := skipSpace(b, 1); i < len(b) && b[i] != ']'; {
		end := valueEnd(b, i)
		if end < 0 || !f(Value{b[i:end], v.fold}) {
			return
		}
		i = skipSpace(b, end)
		if i < len(b) && b[i] == ',' {
			i = skipSpace(b, i+1)
		}
	}
}

// Str returns the text of a string, unescaped and valid UTF-8, and the literal text of a number or boolean.
// It is empty for everything else.
func (v Value) Str() string {
	switch v.Kind() {
	case String:
		s, _ := unquote(v.b[1:max(1, len(v.b)-1)])
		return s
	case Bool, Number:
		return string(v.b)
	}
	return ""
}

// Bool accepts true and "true", in any case; known is false for anything that is neither true nor false.
func (v Value) Bool() (value, known bool) {
	switch s := v.Str(); {
	case strings.EqualFold(s, "true"):
		return true, true
	case strings.EqualFold(s, "false"):
		return false, true
	}
	return false, false
}

// Int accepts whole numbers, also written as strings.
func (v Value) Int() (n int64, known bool) {
	s := v.Str()
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return int64(f), err == nil && f == float64(int64(f))
}

// unquote resolves the escapes of a string body and replaces what is not UTF-8.
func unquote(b []byte) (string, bool) {
	if bytes.IndexByte(b, '\\') < 0 {
		if utf8.Valid(b) {
			return string(b), true
		}
		return strings.ToValidUTF8(string(b), "\uFFFD"), true
	}
	quoted := make([]byte, 0, len(b)+2)
	quoted = append(append(append(quoted, '"'), b...), '"')
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD"), false
	}
	return s, true
}
