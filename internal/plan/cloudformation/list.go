package cloudformation

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"oust/internal/plan"
	"oust/internal/plan/document"
)

// split cuts a text. What is unknown in it is taken not to hold the separator.
func split(sep, v any) any {
	s, ok := plainText(sep)
	if !ok || s == "" {
		return spread("Fn::Split with a separator that is not known", v)
	}
	switch v := v.(type) {
	case plan.Secret:
		return plan.Secret{Value: split(sep, v.Value)}
	case plan.Unknown:
		if len(v.Parts) == 0 {
			return v
		}
		return splitParts(s, v.Parts)
	}
	text, ok := plainText(v)
	if !ok {
		return spread("Fn::Split of what is no text", v)
	}
	return splitParts(s, []any{text})
}

func splitParts(sep string, parts []any) any {
	out, last := []any{}, &pieces{}
	for _, p := range parts {
		text, ok := p.(string)
		if !ok {
			last.add(p)
			continue
		}
		for i, piece := range strings.Split(text, sep) {
			if i > 0 {
				out = append(out, last.done())
				last = &pieces{}
			}
			last.text(piece)
		}
	}
	return append(out, last.done())
}

func pickItem(index, v any) any {
	text, _ := plainText(index)
	n, err := strconv.Atoi(text)
	if s, ok := v.(plan.Secret); ok {
		return plan.Secret{Value: pickItem(index, s.Value)}
	}
	l, ok := v.([]any)
	switch {
	case !ok:
		return spread("", []any{v, plan.Unknown{Why: "an item of a list that is not known"}})
	case err != nil:
		return spread("Fn::Select with an index that is not known", v)
	case n < 0 || n >= len(l):
		return plan.Unknown{Why: "Fn::Select beyond the end of its list"}
	}
	return l[n]
}

// base64Of encodes a known text. Of one that is known in parts, the parts stay as they are, not encoded:
// what is known of a script is worth more than its encoding.
func base64Of(v any) any {
	if s, ok := v.(plan.Secret); ok {
		return plan.Secret{Value: base64Of(s.Value)}
	}
	text, ok := plainText(v)
	if !ok {
		return spreadParts("", v)
	}
	return base64.StdEncoding.EncodeToString([]byte(text))
}

func spreadParts(why string, v any) any {
	if u, ok := v.(plan.Unknown); ok {
		return u
	}
	return spread(why, v)
}

// toJSON writes a tree as JSON text; what is unknown in it stays as a part between quotes.
func toJSON(v any) any {
	var c pieces
	writeJSON(&c, v)
	return c.done()
}

func writeJSON(c *pieces, v any) {
	switch v := v.(type) {
	case map[string]any:
		c.text("{")
		for i, k := range document.Keys(v) {
			if i > 0 {
				c.text(",")
			}
			c.text(quoted(k) + ":")
			writeJSON(c, v[k])
		}
		c.text("}")
	case []any:
		c.text("[")
		for i, one := range v {
			if i > 0 {
				c.text(",")
			}
			writeJSON(c, one)
		}
		c.text("]")
	case plan.Unknown, plan.Secret:
		var inner pieces
		inner.add(v)
		inner.flush()
		c.hidden = c.hidden || inner.hidden
		c.text(`"`)
		for _, p := range inner.parts {
			if text, ok := p.(string); ok {
				p = strings.Trim(quoted(text), `"`)
			}
			c.add(p)
		}
		c.text(`"`)
	default:
		c.text(quoted(v))
	}
}

// quoted is the JSON of a scalar, without the escapes for web pages.
func quoted(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// cidr cuts a block into smaller ones: a block, how many, and the bits for hosts.
func cidr(args []any) any {
	unknown := plan.Unknown{Why: "blocks of an address range that is not known"}
	if len(args) < 2 {
		return unknown
	}
	block, _ := plainText(args[0])
	p, err := netip.ParsePrefix(block)
	count, bits := whole(args[1]), 8
	if len(args) > 2 {
		bits = whole(args[2])
	}
	if err != nil || !p.Addr().Is4() || count < 1 || count > 256 || bits < 1 || bits > 32-p.Bits() {
		return unknown
	}
	out, at := []any{}, p.Masked().Addr().As4()
	base := uint64(at[0])<<24 | uint64(at[1])<<16 | uint64(at[2])<<8 | uint64(at[3])
	for i := range count {
		n := base + uint64(i)<<bits
		a := netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		if !p.Contains(a) {
			return unknown
		}
		out = append(out, netip.PrefixFrom(a, 32-bits).String())
	}
	return out
}

func whole(v any) int {
	text, _ := plainText(v)
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}
