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

// scan reads the object that begins at b[i] into r and returns the index behind it.
// Nested values are skipped by their outline, except userIdentity.
func (r *Record) scan(b []byte, i int) (int, outcome) {
	start := i
	*r = Record{}
	i++
	for {
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
		keyEnd := event.StringEnd(b, i+1)
		if keyEnd < 0 {
			return i, incomplete
		}
		key := b[i+1 : keyEnd-1]
		i = event.SkipSpace(b, keyEnd)
		if i >= len(b) {
			return i, incomplete
		}
		if b[i] != ':' {
			return i, broken
		}
		i = event.SkipSpace(b, i+1)
		if i >= len(b) {
			return i, incomplete
		}
		if b[i] == '[' && r.Name == nil && isContainer(key) {
			return i, container
		}
		end := event.ValueEnd(b, i)
		if end < 0 {
			if c := b[i]; c == '}' || c == ']' || c == ',' || c == ':' {
				return i, broken
			}
			return i, incomplete
		}
		r.keep(key, b[i:end])
		i = end
	}
}

func (r *Record) keep(key, val []byte) {
	switch string(key) {
	case "eventID":
		r.ID = text(val)
	case "eventTime":
		r.Time = text(val)
	case "eventSource":
		r.Service = text(val)
	case "eventName":
		r.Name = text(val)
	case "awsRegion":
		r.Region = text(val)
	case "recipientAccountId":
		r.Account = text(val)
	case "errorCode":
		r.Failure = text(val)
	case "sourceIPAddress":
		r.Address = text(val)
	case "eventCategory":
		r.Category = text(val)
	case "userIdentity":
		r.identity(val)
	case "requestParameters":
		r.Request = val
	case "responseElements":
		r.Response = val
	}
}

// identity reads the members of userIdentity that are asked for often.
func (r *Record) identity(b []byte) {
	r.Identity = b
	event.Wrap(b, r.Fold).Each(func(key []byte, v event.Value) bool {
		switch string(key) {
		case "type":
			r.Type = text(v.Bytes())
		case "arn":
			r.Principal = text(v.Bytes())
		case "accessKeyId":
			r.Credential = text(v.Bytes())
		case "accountId":
			r.Owner = text(v.Bytes())
		case "sessionContext":
			return false // nothing behind it is asked for
		}
		return true
	})
}

// folded fills r from an object whose keys have lost their case.
func (r *Record) folded(b []byte) {
	v := event.Wrap(b, true)
	*r = Record{Body: b, Fold: true}
	v.Each(func(key []byte, val event.Value) bool {
		for _, want := range recordKeys {
			if bytes.EqualFold(key, want) {
				r.keep(want, val.Bytes())
			}
		}
		return true
	})
	id := v.Get("userIdentity")
	r.Identity = id.Bytes()
	r.Type, r.Principal = text(id.Get("type").Bytes()), text(id.Get("arn").Bytes())
	r.Credential, r.Owner = text(id.Get("accessKeyId").Bytes()), text(id.Get("accountId").Bytes())
}

var recordKeys = [][]byte{
	[]byte("eventID"), []byte("eventTime"), []byte("eventSource"), []byte("eventName"), []byte("awsRegion"),
	[]byte("recipientAccountId"), []byte("errorCode"), []byte("sourceIPAddress"), []byte("eventCategory"),
	[]byte("requestParameters"), []byte("responseElements"),
}

// isContainer names the members under which tools and services list records.
func isContainer(key []byte) bool {
	switch string(key) {
	case "Records", // delivered log files
		"Events",          // lookup-events
		"events",          // filter-log-events, get-log-events
		"logEvents",       // CloudWatch Logs subscription
		"QueryResultRows", // CloudTrail Lake
		"results":         // Logs Insights
		return true
	}
	return false
}

// text strips the quotes of a JSON string and returns nil for anything else.
func text(v []byte) []byte {
	if len(v) >= 2 && v[0] == '"' {
		return v[1 : len(v)-1]
	}
	return nil
}
