// Package policy is the one decoder and the one evaluator of AWS policy documents.
//
// A document comes as an object, a JSON string, a URL-encoded string, or a string in a string;
// it leaves as statements, as what a trust or resource policy lets in (Admit),
// or as what an identity policy allows (Allows, Admin).
// It reads no logs and knows nothing of techniques.
package policy

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"sort"
	"strings"

	"oust/internal/event"
	"oust/internal/resource"
)

// A Document is a decoded policy.
type Document struct {
	Text       string // compact JSON, as it was sent
	Statements []Statement
	Open       string // a part of the statements that is not known before deployment; empty when there is none
}

// A Statement is one rule of a policy.
type Statement struct {
	Sid         string
	Deny        bool
	Principals  []Principal // what Principal or NotPrincipal names
	Except      bool        // the principals are those of NotPrincipal
	Actions     []string
	NotAction   bool
	Resources   []string
	NotResource bool
	Conditions  []Condition
}

// A Principal is one entry of a Principal element: its type (AWS, Service, Federated, CanonicalUser, *) and its value.
type Principal struct{ Type, ID string }

// A Condition is one key of a Condition element under one operator.
type Condition struct {
	Operator string
	Key      string
	Values   []string
}

// maxText bounds a document; IAM allows 10,240 characters, other services up to 300 KB.
const maxText = 2 << 20

// Decode reads a policy in any of the encodings that logs and code use.
func Decode(v event.Value) (*Document, error) {
	if v.Kind() == event.String {
		return DecodeText(v.Str())
	}
	return Parse(string(v.Bytes()))
}

// DecodeText reads a policy that was carried as a string.
func DecodeText(s string) (*Document, error) {
	text, err := unwrap(s)
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// unwrap undoes the encodings around a document that is sent as a string.
func unwrap(s string) (string, error) {
	for range 4 {
		s = strings.TrimSpace(s)
		switch {
		case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
			return s, nil
		case strings.HasPrefix(s, `"`):
			if err := json.Unmarshal([]byte(s), &s); err != nil {
				return "", fmt.Errorf("decode policy string: %w", err)
			}
		case strings.HasPrefix(s, "%"):
			plain, err := url.QueryUnescape(s)
			if err != nil {
				return "", fmt.Errorf("decode policy: %w", err)
			}
			s = plain
		default:
			return "", fmt.Errorf("decode policy: not a JSON document: %.40q", s)
		}
	}
	return "", fmt.Errorf("decode policy: encoded too many times")
}

// Parse reads the JSON text of a policy.
func Parse(text string) (*Document, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("parse policy: %d bytes long", len(text))
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("parse policy: not valid JSON")
	}
	root := event.Wrap([]byte(text), true)
	if root.Kind() != event.Object {
		return nil, fmt.Errorf("parse policy: not an object")
	}
	doc := &Document{Text: text}
	statements := root.Get("Statement")
	if root.Get("Effect").Present() { // one statement, as lambda:AddPermission answers
		statements = root
	}
	each(statements, func(s event.Value) {
		switch effect := s.Get("Effect").Str(); {
		case resource.HasHole(effect): // it may allow, or deny
			doc.hide(effect)
		case s.Kind() == event.Object:
			read := statement(s)
			doc.Statements = append(doc.Statements, read)
			doc.hide(read.open())
		default:
			doc.hide(s.Str())
		}
	})
	return doc, nil
}

// hide notes a part of a document that is not known.
func (d *Document) hide(part string) {
	if resource.HasHole(part) {
		d.Open = part
	}
}

// open is an action that a statement allows, or what it allows a way back in on, where that is not known before deployment.
// It is empty when all that is known.
func (s Statement) open() string {
	if s.Deny {
		return ""
	}
	if i := slices.IndexFunc(s.Actions, openAction); i >= 0 {
		return s.Actions[i]
	}
	i := slices.IndexFunc(s.Resources, func(r string) bool { return resource.HasHole(r) && !strings.HasPrefix(r, "arn:") })
	if i >= 0 && !s.NotResource && slices.ContainsFunc(Return, s.says) {
		return s.Resources[i]
	}
	return ""
}

// openAction reports whether an action that is not known may be one that matters for a way back in.
func openAction(action string) bool {
	if !resource.HasHole(action) {
		return false
	}
	service, _, told := strings.Cut(action, ":")
	return !told || resource.HasHole(service) || slices.ContainsFunc(Return, func(r string) bool { return strings.HasPrefix(r, strings.ToLower(service)+":") })
}

func statement(v event.Value) Statement {
	s := Statement{
		Sid:       v.Get("Sid").Str(),
		Deny:      strings.EqualFold(v.Get("Effect").Str(), "Deny"),
		Actions:   list(v.Get("Action")),
		Resources: list(v.Get("Resource")),
	}
	if n := v.Get("NotAction"); n.Present() {
		s.Actions, s.NotAction = list(n), true
	}
	if n := v.Get("NotResource"); n.Present() {
		s.Resources, s.NotResource = list(n), true
	}
	s.Principals = principals(v.Get("Principal"))
	if n := v.Get("NotPrincipal"); n.Present() {
		s.Principals, s.Except = principals(n), true
	}
	conditions := v.Get("Condition")
	if resource.HasHole(conditions.Str()) {
		s.Conditions = append(s.Conditions, Condition{Key: conditions.Str()})
	}
	conditions.Each(func(op []byte, keys event.Value) bool {
		if resource.HasHole(keys.Str()) {
			s.Conditions = append(s.Conditions, Condition{Operator: string(op), Key: keys.Str()})
		}
		keys.Each(func(key []byte, val event.Value) bool {
			s.Conditions = append(s.Conditions, Condition{string(op), string(key), list(val)})
			return true
		})
		return true
	})
	return s
}

func principals(v event.Value) (ps []Principal) {
	if v.Kind() == event.String {
		return []Principal{{v.Str(), v.Str()}} // "*"
	}
	v.Each(func(kind []byte, val event.Value) bool {
		for _, id := range list(val) {
			ps = append(ps, Principal{string(kind), id})
		}
		return true
	})
	return ps
}

// each calls f for the elements of an array, or for a single value that stands in place of one.
func each(v event.Value, f func(event.Value)) {
	if v.Kind() != event.Array {
		if v.Present() {
			f(v)
		}
		return
	}
	v.Elems(func(e event.Value) bool { f(e); return true })
}

func list(v event.Value) (out []string) {
	each(v, func(e event.Value) {
		if s := e.Str(); s != "" {
			out = append(out, s)
		}
	})
	return out
}

// Normal returns the document in one canonical text, so that two spellings of the same rules compare equal:
// white space, member order, and lists of one element do not count.
func (d *Document) Normal() string {
	var any any
	if json.Unmarshal([]byte(d.Text), &any) != nil {
		return d.Text
	}
	b, err := json.Marshal(normal(any))
	if err != nil {
		return d.Text
	}
	return string(b)
}

func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = normal(e)
		}
		return v
	case []any:
		for i, e := range v {
			v[i] = normal(e)
		}
		if len(v) == 1 {
			return v[0]
		}
		sort.SliceStable(v, func(i, j int) bool { return text(v[i]) < text(v[j]) })
		return v
	}
	return v
}

func text(v any) string {
	b, _ := json.Marshal(v) // of decoded JSON: cannot fail
	return string(b)
}
