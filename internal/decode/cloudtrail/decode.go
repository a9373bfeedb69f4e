package cloudtrail

import (
	"hash/maphash"
	"strings"
	"time"

	"oust/internal/event"
)

// A Decoder turns outlines into events. It shares actors between the events of one session,
// so it belongs to one goroutine.
type Decoder struct {
	seed    maphash.Seed
	actors  map[uint64]*event.Actor // by hash of everything that they are made of
	callers map[uint64]*event.Actor // the same, without user agents
	words   map[string]string       // escaped -> plain
}

// Event decodes a record. The event owns its strings, but its Raw still points into the record.
func (d *Decoder) Event(r *Record, origin event.Origin) *event.Event {
	raw := r.Value()
	e := &event.Event{
		Cloud:   "aws",
		Log:     "cloudtrail",
		ID:      str(r.ID),
		Time:    ParseTime(r.Time),
		Service: d.word(r.Service),
		Name:    Canonical(d.word(r.Name)),
		Account: d.word(r.Account),
		Region:  d.word(r.Region),
		Failure: str(r.Failure),
		Message: raw.Get("errorMessage").Str(),
		Body:    &event.Body{Raw: raw, Request: event.Wrap(r.Request, r.Fold), Answer: event.Wrap(r.Response, r.Fold)},
		Origin:  origin,
	}
	e.Actor = d.actor(r, raw)
	if e.Account == "" {
		e.Account = e.Actor.Account
	}
	if e.Failure == "" && failed(e, raw) {
		e.Failure = "Failed"
	}
	return e
}

// maxWords bounds the words that are kept once.
const maxWords = 1 << 14

// word is str for what many records say: one copy of it is kept.
func (d *Decoder) word(b []byte) string {
	if w, ok := d.words[string(b)]; ok {
		return w
	}
	if d.words == nil {
		d.words = map[string]string{}
	}
	w := str(b)
	if len(d.words) < maxWords {
		d.words[string(b)] = w
	}
	return w
}

// failed finds failures that are not given as an error code.
func failed(e *event.Event, raw event.Value) bool {
	resp := e.Answer
	return e.Message != "" ||
		e.Service == "signin.amazonaws.com" && (resp.Get(e.Name).Str() == "Failure" || raw.Path("additionalEventData", "success").Str() == "false") ||
		resp.Path("accountAssignmentCreationStatus", "status").Str() == "FAILED"
}

// Canonical removes the date and version that some services append to their event names:
// UpdateFunctionCode20150331v2, CreateDistribution2020_05_31.
func Canonical(name string) string {
	end := len(name)
	if i := strings.LastIndexByte(name, 'v'); i > 0 && i > len(name)-4 && digits(name[i+1:]) {
		end = i
	}
	for _, n := range []int{8, 10} { // 20150331, 2020_05_31
		if start := end - n; start > 0 && (name[start] == '1' || name[start] == '2') && date(name[start:end]) {
			return name[:start]
		}
	}
	return name
}

func date(s string) bool {
	if len(s) == 10 && s[4] == '_' && s[7] == '_' {
		s = s[:4] + s[5:7] + s[8:]
	}
	return len(s) == 8 && digits(s)
}

// CanonicalBytes is Canonical without a copy.
func CanonicalBytes(name []byte) []byte {
	if n := len(name); n > 8 && name[n-1] <= '9' && name[n-1] >= '0' {
		return name[:len(Canonical(string(name)))]
	}
	return name
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// timeForms are the spellings of times in CloudTrail and in what exports of it make of them.
var timeForms = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999 MST"}

// ParseTime reads eventTime; zero when it is missing or of no known form. Times without a zone are UTC.
func ParseTime(b []byte) time.Time {
	if t, ok := parseISO(b); ok {
		return t
	}
	s := strings.TrimSpace(string(b))
	for _, form := range timeForms {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// parseISO reads 2006-01-02T15:04:05Z, the form of all but exported records.
func parseISO(b []byte) (time.Time, bool) {
	if len(b) != 20 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[19] != 'Z' {
		return time.Time{}, false
	}
	var n [6]int
	for i, at := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		for _, c := range b[at[0]:at[1]] {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 60 {
		return time.Time{}, false
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC), true
}

// str copies a string body that is still escaped.
func str(b []byte) string {
	for _, c := range b {
		if c == '\\' || c >= 0x80 {
			quoted := append(append([]byte{'"'}, b...), '"')
			return event.Wrap(quoted, false).Str()
		}
	}
	return string(b)
}

// Seconds is ParseTime as seconds since 1970; ok is false when there is no time.
func Seconds(b []byte) (s int64, ok bool) {
	if t, ok := parseISO(b); ok {
		return t.Unix(), true
	}
	if t := ParseTime(b); !t.IsZero() {
		return t.Unix(), true
	}
	return 0, false
}
