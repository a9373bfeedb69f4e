package cloudtrail

import (
	"bytes"
	"encoding/json"
	"strings"

	"oust/internal/event"
)

// Query engines print structures as {key=value, key={…}}.
// rowValue turns such a cell back into JSON; every other cell stays as it is.
func rowValue(v event.Value) []byte {
	if v.Kind() != event.String {
		return orNull(v)
	}
	s := strings.TrimSpace(v.Str())
	if len(s) < 2 || s[0] != '{' && s[0] != '[' {
		return v.Bytes()
	}
	if json.Valid([]byte(s)) {
		return []byte(s)
	}
	p := structText{s: s}
	var out bytes.Buffer
	if p.value(&out, 0) && p.i == len(s) {
		return out.Bytes()
	}
	return v.Bytes()
}

// structText parses the structure notation of Trino and Athena.
// Its strings are neither quoted nor escaped, so a value ends where the next "key=" or closing bracket begins.
type structText struct {
	s string
	i int
}

func (p *structText) value(out *bytes.Buffer, depth int) bool {
	if depth > 32 {
		return false
	}
	p.space()
	if p.i < len(p.s) {
		switch p.s[p.i] {
		case '{':
			if doc := p.document(); doc != "" { // a JSON text in place of a string
				return writeString(out, doc)
			}
			return p.members(out, depth)
		case '[':
			return p.elements(out, depth)
		}
	}
	return p.scalar(out)
}

// document takes a JSON object that stands unquoted as a value, such as a policy.
func (p *structText) document() string {
	dec := json.NewDecoder(strings.NewReader(p.s[p.i:]))
	var raw json.RawMessage
	if dec.Decode(&raw) != nil || len(raw) < 3 {
		return ""
	}
	p.i += int(dec.InputOffset())
	return string(raw)
}

func (p *structText) members(out *bytes.Buffer, depth int) bool {
	p.i++
	out.WriteByte('{')
	for first := true; ; first = false {
		p.space()
		if p.i < len(p.s) && p.s[p.i] == '}' {
			p.i++
			out.WriteByte('}')
			return true
		}
		eq := strings.IndexByte(p.s[p.i:], '=')
		if eq < 0 {
			return false
		}
		if !first {
			out.WriteByte(',')
		}
		writeString(out, strings.TrimSpace(p.s[p.i:p.i+eq]))
		out.WriteByte(':')
		p.i += eq + 1
		if !p.value(out, depth+1) || !p.comma('}') {
			return false
		}
	}
}

func (p *structText) elements(out *bytes.Buffer, depth int) bool {
	p.i++
	out.WriteByte('[')
	for first := true; ; first = false {
		p.space()
		if p.i < len(p.s) && p.s[p.i] == ']' {
			p.i++
			out.WriteByte(']')
			return true
		}
		if !first {
			out.WriteByte(',')
		}
		if !p.value(out, depth+1) || !p.comma(']') {
			return false
		}
	}
}

// comma steps over a comma; false when neither it nor the closing bracket comes.
func (p *structText) comma(closing byte) bool {
	p.space()
	if p.i >= len(p.s) {
		return false
	}
	if p.s[p.i] == ',' {
		p.i++
		return true
	}
	return p.s[p.i] == closing
}

func (p *structText) scalar(out *bytes.Buffer) bool {
	start := p.i
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		if c == '}' || c == ']' || c == ',' && p.memberFollows() {
			break
		}
	}
	text := strings.TrimSpace(p.s[start:p.i])
	if text == "null" {
		out.WriteString(text)
		return true
	}
	return writeString(out, text)
}

// memberFollows reports whether the comma at p.i separates members, and is not part of a value.
func (p *structText) memberFollows() bool {
	rest := strings.TrimLeft(p.s[p.i+1:], " ")
	end := strings.IndexAny(rest, "=,{}[]")
	return end > 0 && rest[end] == '=' && !strings.ContainsAny(rest[:end], " \"")
}

func (p *structText) space() {
	for p.i < len(p.s) && p.s[p.i] == ' ' {
		p.i++
	}
}

func writeString(out *bytes.Buffer, s string) bool {
	b, err := json.Marshal(s)
	out.Write(b)
	return err == nil
}
