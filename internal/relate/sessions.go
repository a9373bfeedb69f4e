package relate

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"oust/internal/event"
)

// SessionKind is the kind whose changes are kept as Sessions: there may be millions of them.
const SessionKind = "aws.sts.session"

// Sessions says which credential opened which session. It is filled by one goroutine, in 64 bytes a session.
type Sessions struct {
	blocks [][]session // of blockSize each, so that growing copies nothing
	n      int
	texts  map[string]uint16
	names  []string // the texts, by number; 0 is none
	paths  []string
	odd    map[int]string // event ids that are no UUID
}

const blockSize = 1 << 12

type session struct {
	key                keyTail
	event              [16]byte
	by                 *event.Actor
	at, until          int32 // unix seconds
	path               uint32
	record             int32
	prefix, role, name uint16 // numbers of texts
}

// Opened is what a record says about a session that it opened. The bytes are not kept.
type Opened struct {
	Key, Role, Name, EventID []byte
	By                       *event.Actor
	At                       int64 // unix seconds
	Until                    time.Time
	Path                     string
	Record                   int
}

// A Session is how one temporary credential came about.
type Session struct {
	Key     string // access key id
	Role    string // ARN of the role
	Name    string // role session name; empty where a log has too many to keep
	By      *event.Actor
	At      time.Time
	Until   time.Time // zero when the record does not tell
	EventID string
	Origin  event.Origin
}

// Add keeps a session.
func (s *Sessions) Add(o Opened) {
	if len(o.Key) != 20 {
		return // no access key id
	}
	k := session{by: o.By, at: int32(o.At), until: seconds(o.Until), record: int32(o.Record)}
	copy(k.key[:], o.Key[4:])
	if !uuid(o.EventID, &k.event) {
		if s.odd == nil {
			s.odd = map[int]string{}
		}
		s.odd[s.n] = string(o.EventID)
	}
	k.prefix, k.role, k.name = s.number(o.Key[:4]), s.number(o.Role), s.number(o.Name)
	s.push(k, o.Path)
}

func (s *Sessions) push(k session, path string) {
	if n := len(s.paths); n == 0 || s.paths[n-1] != path {
		s.paths = append(s.paths, path)
	}
	k.path = uint32(len(s.paths) - 1)
	if s.n%blockSize == 0 {
		s.blocks = append(s.blocks, make([]session, 0, blockSize))
	}
	last := &s.blocks[len(s.blocks)-1]
	*last = append(*last, k)
	s.n++
}

// maxTexts bounds the texts that are kept: the session names of a log may all differ.
const maxTexts = 1 << 12

func (s *Sessions) number(b []byte) uint16 {
	if len(b) == 0 {
		return 0
	}
	if n, ok := s.texts[string(b)]; ok {
		return n
	}
	if s.texts == nil {
		s.texts, s.names = map[string]uint16{}, []string{""}
	}
	if len(s.names) >= maxTexts {
		return 0
	}
	n := uint16(len(s.names))
	s.names = append(s.names, string(b))
	s.texts[s.names[n]] = n
	return n
}

func seconds(t time.Time) int32 {
	if t.IsZero() {
		return 0
	}
	return int32(t.Unix())
}

// Len is the number of sessions.
func (s *Sessions) Len() int { return s.n }

// At returns one of them.
func (s *Sessions) At(i int) Session {
	k := s.raw(i)
	out := Session{Key: s.names[k.prefix] + string(k.key[:]), Role: s.names[k.role], Name: s.names[k.name], By: k.by, At: unix(k.at), Until: unix(k.until),
		EventID: s.odd[i], Origin: event.Origin{Path: s.paths[k.path], Record: int(k.record)}}
	if out.EventID == "" {
		out.EventID = text(k.event)
	}
	return out
}

func unix(s int32) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}

// uuid packs the usual form of an event id.
func uuid(s []byte, into *[16]byte) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	at := 0
	for i := 0; i < 36; i += 2 {
		if s[i] == '-' {
			i++
		}
		hi, lo := strings.IndexByte(hexDigits, s[i]), strings.IndexByte(hexDigits, s[i+1])
		if hi < 0 || lo < 0 {
			return false
		}
		into[at] = byte(hi<<4 | lo)
		at++
	}
	return true
}

const hexDigits = "0123456789abcdef"

func text(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (s *Sessions) raw(i int) *session { return &s.blocks[i/blockSize][i%blockSize] }

// keyTail is an access key id without its first four letters.
type keyTail [16]byte

func tailOf(key string) (t keyTail, ok bool) {
	if len(key) != 20 {
		return t, false
	}
	copy(t[:], key[4:])
	return t, true
}

// pick walks the sessions of some keys, in the order of their records' times.
func (s *Sessions) pick(keys map[keyTail]bool, f func(Session)) {
	var found []int
	for i := range s.n {
		if keys[s.raw(i).key] {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, s.compare)
	for _, i := range found {
		f(s.At(i))
	}
}

func (s *Sessions) key(i int) string {
	k := s.raw(i)
	return s.names[k.prefix] + string(k.key[:])
}

func (s *Sessions) role(i int) string { return s.names[s.raw(i).role] }

func (s *Sessions) by(i int) *event.Actor { return s.raw(i).by }

// compare orders sessions by access key id, then by time.
func (s *Sessions) compare(i, j int) int {
	a, b := s.raw(i), s.raw(j)
	return cmp.Or(strings.Compare(s.names[a.prefix], s.names[b.prefix]), bytes.Compare(a.key[:], b.key[:]), cmp.Compare(a.at, b.at), bytes.Compare(a.event[:], b.event[:]))
}

func (s *Sessions) byTime(i, j int) int {
	a, b := s.raw(i), s.raw(j)
	return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.event[:], b.event[:]))
}

// Merge adds the sessions of another worker.
func (s *Sessions) Merge(o *Sessions) {
	for i := range o.n {
		k := *o.raw(i)
		if odd, ok := o.odd[i]; ok {
			if s.odd == nil {
				s.odd = map[int]string{}
			}
			s.odd[s.n] = odd
		}
		k.prefix, k.role, k.name = s.number([]byte(o.names[k.prefix])), s.number([]byte(o.names[k.role])), s.number([]byte(o.names[k.name]))
		s.push(k, o.paths[k.path])
		if i%blockSize == blockSize-1 {
			o.blocks[i/blockSize] = nil // so that both never stand side by side
		}
	}
}
