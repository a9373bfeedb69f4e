// Package resource holds the nouns of what is judged: kinds of resources, their fields, and changes to them.
//
// A change says the same thing whether it was read from a log, a plan or a live account.
// The package imports nothing of ours but event, and decides nothing.
package resource

import (
	"fmt"
	"strings"
)

// Place is where a kind stands in the lineage of an intrusion.
type Place string

// The places. An actor uses a credential to open a session as a principal,
// which makes grants and resources and switches controls off.
const (
	Actor      Place = "actor"
	Credential Place = "credential"
	Session    Place = "session"
	Principal  Place = "principal"
	Grant      Place = "grant"
	Resource   Place = "resource"
	Control    Place = "control"
)

// Places lists every valid place.
var Places = []Place{Actor, Credential, Session, Principal, Grant, Resource, Control}

// A Kind is one kind of resource, such as aws.iam.role.
type Kind struct {
	Name   string // dotted, cloud first
	Title  string // what a person calls it: IAM role
	Place  Place
	Fields []Field
	ID     int      // index of the field that names a resource within its scope
	Scope  Scope    // how far an ID is unique
	ARNs   []string // templates of its long names, the full one first: arn:*:iam:{region}:{account}:role/{id}
	Alias  []int    // fields that name a resource as well, such as its unique id

	arns   []template
	fields map[string]int
}

// Scope says within what an ID is unique.
type Scope string

// The scopes. Without a log of the whole cloud, Global ids are unique everywhere.
const (
	Account Scope = "account"
	Region  Scope = "region"
	Global  Scope = "global"
)

// A Field is one property of a kind.
type Field struct {
	Name  string
	Type  Type
	Needs string // what to ask for when a log does not tell: a permission, or a log source
}

// A Type is the type of a field: a base name, what a list holds, or which kind a reference points at.
type Type struct {
	Base string // one of Bases
	Elem *Type  // for list
	Kind string // for ref
}

// Bases lists the base types.
//
//	string bool int timestamp   plain values
//	arn                         an ARN, taken apart; says whose it is
//	account                     an AWS account id; says whose it is
//	url                         an address on the network; says whose host it is
//	host                        a host name or address, as plain text; the future name of a planned resource ends with .planned, and is ours
//	policy                      an identity policy, decoded
//	trust                       a trust or resource policy, or one statement of it, evaluated
//	principal                   one principal, as a policy would name it, evaluated
//	saml                        the metadata of a SAML identity provider
//	pattern                     a pattern of events, as EventBridge takes it
//	script                      what a machine is told to run, with its wrappings taken off
//	list(T)                     any of the others, several times
//	ref(kind)                   another resource, by name, ARN or unique id
var Bases = []string{"string", "bool", "int", "timestamp", "arn", "account", "url", "host", "policy", "trust", "principal", "saml", "pattern", "script"}

// ParseType reads the notation of a type.
func ParseType(s string) (Type, error) {
	s = strings.TrimSpace(s)
	if inner, ok := wrapped(s, "list"); ok {
		elem, err := ParseType(inner)
		if err != nil {
			return Type{}, err
		}
		return Type{Base: "list", Elem: &elem}, nil
	}
	if inner, ok := wrapped(s, "ref"); ok && inner != "" {
		return Type{Base: "ref", Kind: inner}, nil
	}
	for _, b := range Bases {
		if s == b {
			return Type{Base: b}, nil
		}
	}
	return Type{}, fmt.Errorf("unknown type %q; there are %s, list(T) and ref(kind)", s, strings.Join(Bases, ", "))
}

func wrapped(s, name string) (string, bool) {
	inner, ok := strings.CutPrefix(s, name+"(")
	if !ok || !strings.HasSuffix(inner, ")") {
		return "", false
	}
	return strings.TrimSuffix(inner, ")"), true
}

func (t Type) String() string {
	switch t.Base {
	case "list":
		return "list(" + t.Elem.String() + ")"
	case "ref":
		return "ref(" + t.Kind + ")"
	}
	return t.Base
}

// Seal checks a kind that has been filled and prepares its look-ups.
func (k *Kind) Seal() error {
	k.fields = make(map[string]int, len(k.Fields))
	for i, f := range k.Fields {
		if _, twice := k.fields[f.Name]; twice {
			return fmt.Errorf("field %s is declared twice", f.Name)
		}
		k.fields[f.Name] = i
	}
	k.arns = nil
	for _, s := range k.ARNs {
		t, err := parseTemplate(s)
		if err != nil {
			return err
		}
		k.arns = append(k.arns, t)
	}
	return nil
}

// Field returns the index of a field, -1 when the kind has none of that name.
func (k *Kind) Field(name string) int {
	if i, ok := k.fields[name]; ok {
		return i
	}
	return -1
}

// Cloud returns the cloud of a kind.
func (k *Kind) Cloud() string {
	cloud, _, _ := strings.Cut(k.Name, ".")
	return cloud
}
