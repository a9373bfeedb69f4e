package cloudtrail

import (
	"bytes"

	"oust/internal/event"
)

// A Record is the outline of one CloudTrail record: where it is, and the few strings that every record is asked for.
// All slices point into the buffer that was scanned and are still escaped; they last until Emit returns.
type Record struct {
	Body       []byte
	ID         []byte // eventID
	Time       []byte // eventTime
	Service    []byte // eventSource
	Name       []byte // eventName
	Region     []byte
	Account    []byte // recipientAccountId
	Failure    []byte // errorCode
	Address    []byte // sourceIPAddress
	Category   []byte // eventCategory
	Request    []byte // requestParameters, as JSON
	Response   []byte // responseElements, as JSON
	Identity   []byte // userIdentity, as JSON
	Type       []byte // userIdentity.type
	Principal  []byte // userIdentity.arn
	Credential []byte // userIdentity.accessKeyId
	Owner      []byte // userIdentity.accountId
	Fold       bool   // keys were lower-cased on the way
}

// Value gives access to the whole record.
func (r *Record) Value() event.Value { return event.Wrap(r.Body, r.Fold) }

func (r *Record) isEvent() bool { return r.Name != nil && (r.Service != nil || r.ID != nil) }

// outcome of scanning one object
type outcome byte

const (
	whole      outcome = iota
	incomplete         // the buffer ends first
	broken             // not JSON
	container          // a member holds the list of records; the index is that of its '['
)

// An outliner scans objects into outlines. It learns the order of their members as it goes.
type outliner struct {
	Record
	top      order
	identity order
}

// scan reads the object that begins at b[i] into the record and returns the index behind it.
// Nested values are passed over by their outline, except userIdentity.
func (o *outliner) scan(b []byte, i int) (int, outcome) {
	start := i
	r := &o.Record
	*r = Record{}
	k := 0
	for i++; ; {
		i = event.SkipSpace(b, i)
		if i >= len(b) {
			return i, incomplete
		}
		switch b[i] {
		case '}':
			r.Body = b[start : i+1]
			return i + 1, whole
		case ',':
			i++
			continue
		case '"':
		default:
			return i, broken
		}
		next, at, what := o.top.follow(b, i, k, topField)
		if what != whole {
			return at, what
		}
		f := o.top.field(next)
		if f == listField && b[at] == '[' && r.Name == nil {
			return at, container
		}
		var end int
		if f == identityField && b[at] == '{' {
			end = o.scanIdentity(b, at)
		} else {
			end = event.ValueEnd(b, at)
		}
		if end < 0 {
			if c := b[at]; c == '}' || c == ']' || c == ',' || c == ':' {
				return at, broken
			}
			return at, incomplete
		}
		r.keep(f, b[at:end])
		i, k = end, next
	}
}

// scanIdentity reads userIdentity and returns the index behind it, -1 when the buffer ends first or it is broken.
func (o *outliner) scanIdentity(b []byte, i int) int {
	k := 0
	for i++; ; {
		i = event.SkipSpace(b, i)
		if i >= len(b) {
			return -1
		}
		switch b[i] {
		case '}':
			return i + 1
		case ',':
			i++
			continue
		case '"':
		default:
			return -1
		}
		next, at, what := o.identity.follow(b, i, k, identityMember)
		if what != whole {
			return -1
		}
		end := event.ValueEnd(b, at)
		if end < 0 {
			return -1
		}
		o.keep(o.identity.field(next), b[at:end])
		i, k = end, next
	}
}

func (r *Record) keep(f field, val []byte) {
	switch f {
	case idField:
		r.ID = text(val)
	case timeField:
		r.Time = text(val)
	case serviceField:
		r.Service = text(val)
	case nameField:
		r.Name = text(val)
	case regionField:
		r.Region = text(val)
	case accountField:
		r.Account = text(val)
	case failureField:
		r.Failure = text(val)
	case addressField:
		r.Address = text(val)
	case categoryField:
		r.Category = text(val)
	case typeField:
		r.Type = text(val)
	case principalField:
		r.Principal = text(val)
	case credentialField:
		r.Credential = text(val)
	case ownerField:
		r.Owner = text(val)
	case requestField:
		r.Request = val
	case responseField:
		r.Response = val
	case identityField:
		r.Identity = val
	}
}

// folded fills r from an object whose keys have lost their case.
func (r *Record) folded(b []byte) {
	*r = Record{Body: b, Fold: true}
	fold := func(v event.Value, names []string, of func([]byte) field) {
		v.Each(func(key []byte, val event.Value) bool {
			for _, name := range names {
				if bytes.EqualFold(key, []byte(name)) {
					r.keep(of([]byte(name)), val.Bytes())
				}
			}
			return true
		})
	}
	v := event.Wrap(b, true)
	fold(v, topNames, topField)
	fold(v.Get("userIdentity"), identityNames, identityMember)
}

// text strips the quotes of a JSON string and returns nil for anything else.
func text(v []byte) []byte {
	if len(v) >= 2 && v[0] == '"' {
		return v[1 : len(v)-1]
	}
	return nil
}
