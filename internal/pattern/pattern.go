// Package pattern reads the event patterns of EventBridge, and says whether they take an event in.
//
// A pattern is a JSON object whose members are those of an event, with lists of what each may be:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
// The events that are asked about are known in part only. What is not known may be anything.
package pattern

import (
	"encoding/json"
	"net/netip"
	"strings"

	"oust/internal/org"
)

// An Event is what is known of an event: texts, and Events inside it. Members that are not there may be anything.
type Event map[string]any

// Identities reports whether a pattern takes in changes of identities, or sign-ins.
// So does one that cannot be read; the empty text, that of a rule with a schedule, does not.
func Identities(text string) bool {
	if text == "" {
		return false
	}
	var p map[string]any
	if json.Unmarshal([]byte(text), &p) != nil {
		return true
	}
	for _, call := range calls {
		for _, name := range call.names {
			if takes(p, call.event(name)) {
				return true
			}
		}
	}
	return false
}

// takes reports whether an object of a pattern may hold for an event.
func takes(p map[string]any, e Event) bool {
	for key, want := range p {
		if key == "$or" {
			if !anyTakes(want, e) {
				return false
			}
			continue
		}
		if have, known := e[key]; known && !holds(want, have) {
			return false
		}
	}
	return true
}

func anyTakes(list any, e Event) bool {
	alternatives, ok := list.([]any)
	for _, a := range alternatives {
		if p, isObject := a.(map[string]any); isObject && takes(p, e) {
			return true
		}
	}
	return !ok || len(alternatives) == 0
}

// holds reports whether one member of a pattern may hold for the value of an event.
func holds(want, have any) bool {
	switch want := want.(type) {
	case map[string]any:
		e, ok := have.(Event)
		return ok && takes(want, e)
	case []any:
		for _, w := range want {
			if one(w, have) {
				return true
			}
		}
		return false
	}
	return true // no pattern is written so; let nothing hide behind it
}

// one reports whether one entry of a list may hold for a value.
func one(want, have any) bool {
	text, ok := have.(string)
	if m, is := want.(map[string]any); is {
		for name, arg := range m {
			if !matcher(name, arg, text, ok) {
				return false
			}
		}
		return true
	}
	s, isText := want.(string)
	return ok && isText && s == text
}

func matcher(name string, arg any, text string, isText bool) bool {
	if name == "exists" {
		want, ok := arg.(bool)
		return !ok || want
	}
	if !isText {
		return false
	}
	switch name {
	case "prefix", "suffix", "equals-ignore-case", "wildcard":
		return compares(name, arg, text)
	case "anything-but":
		return !butMatches(arg, text)
	case "cidr":
		s, _ := arg.(string)
		net, err := netip.ParsePrefix(s)
		addr, err2 := netip.ParseAddr(text)
		return err == nil && err2 == nil && net.Contains(addr)
	case "numeric":
		return false
	}
	return true // a matcher that is newer than this
}

func compares(name string, arg any, text string) bool {
	if m, ok := arg.(map[string]any); ok { // {"prefix": {"equals-ignore-case": "x"}}
		s, _ := m["equals-ignore-case"].(string)
		return compares(name, strings.ToLower(s), strings.ToLower(text))
	}
	s, ok := arg.(string)
	switch {
	case !ok:
		return true
	case name == "prefix":
		return strings.HasPrefix(text, s)
	case name == "suffix":
		return strings.HasSuffix(text, s)
	case name == "wildcard":
		return org.Glob(strings.ReplaceAll(s, "?", "\x00"), text) // a question mark is only itself here
	}
	return strings.EqualFold(text, s)
}

// butMatches reports whether what anything-but shuts out is the text.
func butMatches(arg any, text string) bool {
	switch arg := arg.(type) {
	case string:
		return arg == text
	case []any:
		for _, a := range arg {
			if butMatches(a, text) {
				return true
			}
		}
	case map[string]any:
		for name, inner := range arg {
			for _, a := range listed(inner) {
				if compares(name, a, text) {
					return true
				}
			}
		}
	}
	return false
}

func listed(v any) []any {
	if l, ok := v.([]any); ok {
		return l
	}
	return []any{v}
}
