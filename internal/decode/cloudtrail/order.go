package cloudtrail

import "oust/internal/event"

// A field is a member of a record that its outline keeps.
type field byte

const (
	noField field = iota
	idField
	timeField
	serviceField
	nameField
	regionField
	accountField
	failureField
	addressField
	categoryField
	typeField
	principalField
	credentialField
	ownerField
	requestField
	responseField
	identityField
	listField // a list of records
)

var (
	topNames = []string{"eventID", "eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId", "errorCode", "sourceIPAddress",
		"eventCategory", "userIdentity", "requestParameters", "responseElements"}
	identityNames = []string{"type", "arn", "accessKeyId", "accountId"}
)

// topField names the members of a record, and the lists in which tools and services carry records.
func topField(key []byte) field {
	switch string(key) {
	case "eventID":
		return idField
	case "eventTime":
		return timeField
	case "eventSource":
		return serviceField
	case "eventName":
		return nameField
	case "awsRegion":
		return regionField
	case "recipientAccountId":
		return accountField
	case "errorCode":
		return failureField
	case "sourceIPAddress":
		return addressField
	case "eventCategory":
		return categoryField
	case "userIdentity":
		return identityField
	case "requestParameters":
		return requestField
	case "responseElements":
		return responseField
	case "Records", // delivered log files
		"Events",          // lookup-events
		"events",          // filter-log-events, get-log-events
		"logEvents",       // CloudWatch Logs subscription
		"QueryResultRows", // CloudTrail Lake
		"results":         // Logs Insights
		return listField
	}
	return noField
}

func identityMember(key []byte) field {
	switch string(key) {
	case "type":
		return typeField
	case "arn":
		return principalField
	case "accessKeyId":
		return credentialField
	case "accountId":
		return ownerField
	}
	return noField
}

// An order remembers which member followed which: the members of most records come in the same order,
// so the next key is compared with a guess before it is looked for.
type order struct {
	n    int
	keys [orderSize]struct {
		text string // with quotes and colon: "eventID":
		f    field
		next int
	}
}

// orderSize bounds what is remembered; 0 stands for the beginning of an object.
const orderSize = 64

func (o *order) field(k int) field { return o.keys[k].f }

// follow reads the key at b[i], which comes after key k, and returns its number and the index of its value.
func (o *order) follow(b []byte, i, k int, name func([]byte) field) (next, at int, what outcome) {
	if g := o.keys[k].next; g > 0 {
		if guess := o.keys[g].text; len(b)-i > len(guess) && string(b[i:i+len(guess)]) == guess {
			if at = i + len(guess); b[at] > ' ' {
				return g, at, whole
			}
		}
	}
	end := event.StringEnd(b, i+1)
	if end < 0 {
		return 0, i, incomplete
	}
	at = event.SkipSpace(b, end)
	if at >= len(b) {
		return 0, at, incomplete
	}
	if b[at] != ':' {
		return 0, at, broken
	}
	if at = event.SkipSpace(b, at+1); at >= len(b) {
		return 0, at, incomplete
	}
	next = o.number(b[i:end], name)
	o.keys[k].next = next
	return next, at, whole
}

// number finds or makes the number of a quoted key. The last place is shared by all that find none.
func (o *order) number(quoted []byte, name func([]byte) field) int {
	for k := 1; k <= o.n; k++ {
		if t := o.keys[k].text; len(t) == len(quoted)+1 && t[:len(quoted)] == string(quoted) {
			return k
		}
	}
	o.n = min(o.n+1, orderSize-1)
	o.keys[o.n].text, o.keys[o.n].f, o.keys[o.n].next = string(quoted)+":", name(quoted[1:len(quoted)-1]), 0
	return o.n
}
