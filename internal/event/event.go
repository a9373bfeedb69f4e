// Package event holds the noun that every log is turned into: one decoded audit record.
//
// It is not for reading bytes (source), finding records in them (decode) or judging them (judge).
// It imports nothing but the standard library.
package event

import (
	"strconv"
	"time"
)

// An Event is one audit-log record.
// The fields are those that every stage needs; everything else stays in its Body, as it was sent.
type Event struct {
	Cloud   string    // aws, azure, gcp
	Log     string    // the log it came from, such as cloudtrail
	ID      string    // the record's own id: eventID in CloudTrail
	Time    time.Time // UTC; zero when the record has none
	Service string    // who was called, such as iam.amazonaws.com
	Name    string    // what was called, in its canonical form, without a date suffix
	Account string    // whose log it is in
	Region  string
	Failure string // error code; empty when the call succeeded
	Message string // error message
	Actor   *Actor // never nil; shared by the events of one session
	Origin  Origin
	*Body   // nil once the event is kept for longer than its record
}

// A Body is the record itself, as it was sent.
type Body struct {
	Raw     Value
	Request Value // what was asked for, a part of Raw that is asked for often
	Answer  Value // what was answered
}

// Failed reports whether the call was refused or went wrong: an attempt, never a foothold.
func (e *Event) Failed() bool { return e.Failure != "" }

// An Origin says where a record was read.
type Origin struct {
	Path   string // file, object or API, as the user named it
	Record int    // 1 for the first record of that path, or for its first line where it is code; 0 when there is none
}

func (o Origin) String() string {
	if o.Record == 0 {
		return o.Path
	}
	return o.Path + ":" + strconv.Itoa(o.Record)
}

// An Actor is who did it, as far as the record itself says.
type Actor struct {
	Type       string // the log's own word: IAMUser AssumedRole Root AWSService FederatedUser SAMLUser WebIdentityUser AWSAccount …
	Principal  string // canonical id of the user or role behind the call, never of a session
	Unique     string // immutable id of that principal (AIDA…, AROA…); empty when not given
	Name       string // short name of that principal
	Account    string // the account the principal belongs to
	Credential string // access key id; empty for a service
	Session    string // role session name
	Started    time.Time
	MFA        bool
	Address    string // source address, or the service name that stands in its place
	Agent      string // user agent: set by the caller, so evidence only
	Service    string // the cloud service that made the call, or made it on behalf of the actor
	Provider   string // federation provider that vouched for the session
	Source     string // source identity, which survives role chaining
	Console    bool   // the session came from the console
	Person     string // identity-centre user behind a role session
}
