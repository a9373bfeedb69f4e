package change

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"oust/internal/event"
	"oust/internal/policy"
	"oust/internal/resource"
)

// convert makes the value of a field out of what was picked.
// What does not fit the type is unknown, and says so.
func convert(t resource.Type, v any, ev *event.Event) any {
	if t.Base == "list" {
		return convertList(t, v, ev)
	}
	if raw, ok := v.(event.Value); ok && (t.Base == "policy" || t.Base == "trust") {
		return document(raw)
	}
	switch v := v.(type) {
	case resource.Unknown:
		return v
	case bool:
		if t.Base == "bool" {
			return v
		}
		return convert(t, strconv.FormatBool(v), ev)
	case int64:
		switch t.Base {
		case "int":
			return v
		case "timestamp":
			return epoch(v)
		}
		return convert(t, strconv.FormatInt(v, 10), ev)
	case event.Value:
		if k := v.Kind(); k == event.Object || k == event.Array {
			return mismatch(t, "a "+map[event.Kind]string{event.Object: "structure", event.Array: "list"}[k])
		}
		return convertText(t, v.Str(), ev)
	case string:
		return convertText(t, v, ev)
	}
	return mismatch(t, fmt.Sprintf("a %T", v))
}

// empty returns the value of a field that was left out on purpose; nil when the type has none.
func empty(t resource.Type) any {
	switch t.Base {
	case "string", "arn", "account", "url", "principal":
		return ""
	case "bool":
		return false
	case "int":
		return int64(0)
	case "list":
		return []any{}
	case "policy", "trust":
		return &policy.Document{Text: "{}"}
	case "ref":
		return resource.Ref{Kind: t.Kind}
	}
	return nil
}

func mismatch(t resource.Type, is string) resource.Unknown {
	return resource.Unknown{Why: "the record has " + is + " where a " + t.String() + " was expected"}
}

func convertText(t resource.Type, s string, ev *event.Event) any {
	switch t.Base {
	case "bool":
		if b, err := strconv.ParseBool(strings.ToLower(s)); err == nil {
			return b
		}
	case "int":
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
	case "timestamp":
		if at, ok := parseTime(s); ok {
			return at
		}
	case "policy", "trust":
		return parsed(policy.DecodeText(s))
	case "saml":
		meta, err := policy.DecodeSAML(s)
		if err != nil {
			return resource.Unknown{Why: err.Error()}
		}
		return meta
	case "ref":
		return resource.Ref{Kind: t.Kind, Name: s, Account: ev.Account, Region: ev.Region}
	default:
		return s
	}
	return mismatch(t, strconv.Quote(s))
}

func document(v event.Value) any { return parsed(policy.Decode(v)) }

func parsed(doc *policy.Document, err error) any {
	if err != nil {
		return resource.Unknown{Why: err.Error()}
	}
	return doc
}

func convertList(t resource.Type, v any, ev *event.Event) any {
	out := []any{}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = append(out, convert(*t.Elem, e, ev))
		}
	case event.Value:
		eachElement(v, func(e event.Value) { out = append(out, convert(*t.Elem, e, ev)) })
	default:
		out = append(out, convert(*t.Elem, v, ev))
	}
	for _, e := range out {
		if u, ok := e.(resource.Unknown); ok {
			return u
		}
	}
	return out
}

// timeForms are how AWS services spell times inside requests and responses.
var timeForms = []string{time.RFC3339Nano, "Jan 2, 2006 3:04:05 PM", "Jan 2, 2006, 3:04:05 PM", "2006-01-02T15:04:05.000-0700", "2006-01-02 15:04:05", time.RFC1123}

func parseTime(s string) (time.Time, bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return epoch(int64(n)), true
	}
	s = strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(s) // some services put narrow spaces before AM and PM
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// epoch reads seconds or milliseconds since 1970.
func epoch(n int64) time.Time {
	if n > 1<<36 {
		return time.UnixMilli(n).UTC()
	}
	return time.Unix(n, 0).UTC()
}
