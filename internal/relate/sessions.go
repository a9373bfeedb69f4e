package relate

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"

	"oust/internal/event"
)

// SessionKind is the kind whose changes are kept as Sessions: there may be millions of them.
const SessionKind = "aws.sts.session"

// Sessions says which credential opened which session, in 64 bytes a session, none of which the collector has to look at.
type Sessions struct {
	shelves []*shelf // one for everybody who filled one
	n       int
}

// A shelf is filled by one goroutine.
type shelf struct {
	blocks [][]session // of blockSize each, so that growing copies nothing
	n      int
	roles  words
	names  words // session names, which may all differ: the first maxNames
	paths  []string
	odd    map[int]string // event ids that are no UUID
	actors []*event.Actor
	known  map[*event.Actor]uint32 // their numbers
}

const (
	blockSize = 1 << 12
	maxNames  = 1 << 12
)

type session struct {
	key       keyID
	event     [16]byte
	at, until int32 // unix seconds
	path      uint32
	record    int32
	by        uint32 // number of the actor
	role      uint32 // numbers of texts
	name      uint16
}

// words numbers texts; 0 is none.
type words struct {
	number map[string]uint32
	text   []string
}

func (w *words) add(b []byte, most int) uint32 {
	if len(b) == 0 {
		return 0
	}
	if n, ok := w.number[string(b)]; ok {
		return n
	}
	if w.number == nil {
		w.number, w.text = map[string]uint32{}, []string{""}
	}
	if len(w.text) >= most {
		return 0
	}
	n := uint32(len(w.text))
	w.text = append(w.text, string(b))
	w.number[w.text[n]] = n
	return n
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
	if len(o.Key) != len(keyID{}) {
		return // no access key id
	}
	if len(s.shelves) == 0 {
		s.shelves = []*shelf{{}}
	}
	s.shelves[0].add(o)
	s.n++
}

func (sh *shelf) add(o Opened) {
	k := session{by: sh.actor(o.By), at: int32(o.At), until: seconds(o.Until), record: int32(o.Record)}
	copy(k.key[:], o.Key)
	if !uuid(o.EventID, &k.event) {
		if sh.odd == nil {
			sh.odd = map[int]string{}
		}
		sh.odd[sh.n] = string(o.EventID)
	}
	k.role, k.name = sh.roles.add(o.Role, math.MaxUint32), uint16(sh.names.add(o.Name, maxNames))
	if n := len(sh.paths); n == 0 || sh.paths[n-1] != o.Path {
		sh.paths = append(sh.paths, o.Path)
	}
	k.path = uint32(len(sh.paths) - 1)
	if sh.n%blockSize == 0 {
		sh.blocks = append(sh.blocks, make([]session, 0, blockSize))
	}
	last := &sh.blocks[len(sh.blocks)-1]
	*last = append(*last, k)
	sh.n++
}

func (sh *shelf) actor(a *event.Actor) uint32 {
	if n, ok := sh.known[a]; ok {
		return n
	}
	if sh.known == nil {
		sh.known = map[*event.Actor]uint32{}
	}
	n := uint32(len(sh.actors))
	sh.actors = append(sh.actors, a)
	sh.known[a] = n
	return n
}

// Merge takes over the sessions of another worker.
func (s *Sessions) Merge(o *Sessions) {
	s.shelves = append(s.shelves, o.shelves...)
	s.n += o.n
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
	sh, i := s.shelf(i)
	k := sh.at(i)
	out := Session{Key: string(k.key[:]), Role: sh.role(k), By: sh.actors[k.by], At: unix(k.at), Until: unix(k.until),
		EventID: sh.odd[i], Origin: event.Origin{Path: sh.paths[k.path], Record: int(k.record)}}
	if k.name > 0 {
		out.Name = sh.names.text[k.name]
	}
	if out.EventID == "" {
		out.EventID = text(k.event)
	}
	return out
}

// shelf finds where a session stands.
func (s *Sessions) shelf(i int) (*shelf, int) {
	for _, sh := range s.shelves {
		if i < sh.n {
			return sh, i
		}
		i -= sh.n
	}
	panic("relate: no such session")
}

func (sh *shelf) at(i int) *session { return &sh.blocks[i/blockSize][i%blockSize] }

func (sh *shelf) role(k *session) string {
	if k.role == 0 {
		return ""
	}
	return sh.roles.text[k.role]
}

func (s *Sessions) raw(i int) *session {
	sh, i := s.shelf(i)
	return sh.at(i)
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

// keyID is an access key id.
type keyID [20]byte

func idOf(key string) (id keyID, ok bool) {
	if len(key) != len(id) {
		return id, false
	}
	copy(id[:], key)
	return id, true
}

// pick walks the sessions of some keys, in the order of their records' times.
func (s *Sessions) pick(keys map[keyID]bool, f func(Session)) {
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

func (s *Sessions) key(i int) keyID { return s.raw(i).key }

func (s *Sessions) role(i int) string {
	sh, i := s.shelf(i)
	return sh.role(sh.at(i))
}

func (s *Sessions) by(i int) *event.Actor {
	sh, i := s.shelf(i)
	return sh.actors[sh.at(i).by]
}

// compare orders sessions by access key id, then by time.
func (s *Sessions) compare(i, j int) int {
	a, b := s.raw(i), s.raw(j)
	return cmp.Or(bytes.Compare(a.key[:], b.key[:]), s.byTime(i, j))
}

func (s *Sessions) byTime(i, j int) int {
	a, b := s.raw(i), s.raw(j)
	return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.event[:], b.event[:]))
}
