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

// A place is where a value stood: names that do not tell belong to its account and region.
type place struct {
	account, region string
	holes           *holes // what is not known before deployment; nil for a log
}

// convert makes the value of a field out of what was picked.
// What does not fit the type is unknown, and says so.
func convert(t resource.Type, v any, at place) any {
	if t.Base == "list" {
		return convertList(t, v, at)
	}
	if raw, ok := v.(event.Value); ok && (t.Base == "policy" || t.Base == "trust") {
		return document(t, raw, at)
	}
	switch v := v.(type) {
	case resource.Unknown:
		return v
	case bool:
		if t.Base == "bool" {
			return v
		}
		return convert(t, strconv.FormatBool(v), at)
	case int64:
		switch t.Base {
		case "int":
			return v
		case "timestamp":
			return epoch(v)
		}
		return convert(t, strconv.FormatInt(v, 10), at)
	case event.Value:
		if k := v.Kind(); k == event.Object || k == event.Array {
			if k == event.Object && (t.Base == "pattern" || t.Base == "script") { // code may write it as a structure
				return convertText(t, string(v.Bytes()), at)
			}
			return mismatch(t, "a "+map[event.Kind]string{event.Object: "structure", event.Array: "list"}[k])
		}
		return convertText(t, v.Str(), at)
	case string:
		return convertText(t, v, at)
	}
	return mismatch(t, fmt.Sprintf("a %T", v))
}

// empty returns the value of a field that was left out on purpose; nil when the type has none.
func empty(t resource.Type) any {
	switch t.Base {
	case "string", "arn", "account", "url", "host", "principal", "pattern", "script":
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

func convertText(t resource.Type, s string, at place) any {
	if resource.HasHole(s) {
		var unknown *resource.Unknown
		if s, unknown = at.holes.settle(t, s); unknown != nil {
			return *unknown
		}
	}
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
		if at, ok := ParseTime(s); ok {
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
		return resource.Ref{Kind: t.Kind, Name: s, Account: at.account, Region: at.region}
	default:
		return s
	}
	return mismatch(t, strconv.Quote(s))
}

func document(t resource.Type, v event.Value, at place) any {
	if v.Kind() != event.String && resource.HasHole(string(v.Bytes())) {
		return parsed(policy.Decode(event.Wrap([]byte(at.holes.fill(t, string(v.Bytes()))), false)))
	}
	if v.Kind() == event.String {
		return convertText(t, v.Str(), at)
	}
	return parsed(policy.Decode(v))
}

func parsed(doc *policy.Document, err error) any {
	if err != nil {
		return resource.Unknown{Why: err.Error()}
	}
	return doc
}

func convertList(t resource.Type, v any, at place) any {
	if u := at.holes.whole(v); u != nil {
		if t.Elem.Base != "host" {
			return *u
		}
		if v = convert(*t.Elem, v, at); v == any(*u) {
			return *u
		}
	}
	out := []any{}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = append(out, convert(*t.Elem, e, at))
		}
	case event.Value:
		eachElement(v, func(e event.Value) { out = append(out, convert(*t.Elem, e, at)) })
	default:
		out = append(out, convert(*t.Elem, v, at))
	}
	for _, e := range out {
		if u, ok := e.(resource.Unknown); ok && at.holes == nil {
			return u
		}
	}
	return out
}

// timeForms are how AWS services spell times inside requests and responses.
var timeForms = []string{time.RFC3339Nano, "Jan 2, 2006 3:04:05 PM", "Jan 2, 2006, 3:04:05 PM", "2006-01-02T15:04:05.000-0700", "2006-01-02 15:04:05", time.RFC1123}

// ParseTime reads a time in the spellings of the services. Most answers of STS are in the first, which is read by hand.
func ParseTime(s string) (time.Time, bool) {
	if t, ok := parseEnglish(s); ok {
		return t, true
	}
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

// parseEnglish reads Jan 2, 2006, 3:04:05 PM, with or without the second comma.
func parseEnglish(s string) (t time.Time, ok bool) {
	if len(s) < 21 || s[3] != ' ' {
		return t, false
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[:3])
	rest := s[4:]
	var n [5]int // day year hour minute second
	for i, end := range []string{",", "", ":", ":", ""} {
		rest = strings.TrimLeft(rest, ", ")
		width := 0
		for width < len(rest) && rest[width] >= '0' && rest[width] <= '9' {
			n[i] = n[i]*10 + int(rest[width]-'0')
			width++
		}
		if width == 0 || width > 4 || !strings.HasPrefix(rest[width:], end) {
			return t, false
		}
		rest = rest[width+len(end):]
	}
	if month < 0 || month%3 != 0 || n[0] < 1 || n[0] > 31 || n[2] < 1 || n[2] > 12 || n[3] > 59 || n[4] > 59 {
		return t, false
	}
	switch rest {
	case " AM":
		n[2] %= 12
	case " PM":
		n[2] = n[2]%12 + 12
	default:
		return t, false
	}
	return time.Date(n[1], time.Month(month/3+1), n[0], n[2], n[3], n[4], 0, time.UTC), true
}

// Empty reports whether a value is a policy that says nothing.
func Empty(v any) bool {
	d, ok := v.(*policy.Document)
	return ok && len(d.Statements) == 0 && d.Open == ""
}
