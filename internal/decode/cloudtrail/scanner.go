// Package cloudtrail finds AWS CloudTrail records in JSON, whatever carries them, and decodes those that are asked for.
//
// Bytes enter through Scanner.Scan, in windows; records leave through its Emit function as outlines;
// Decode turns an outline into an event.Event.
// The package does not open files (source) and does not judge.
package cloudtrail

import (
	"bytes"

	"oust/internal/event"
)

// MaxRecord is the size above which a record is not looked at.
// CloudTrail itself stops at 256 KiB, or 1 MiB for enriched events.
const MaxRecord = 32 << 20

// Reasons why something in a stream is not an event.
const (
	Broken    = "not JSON"
	Truncated = "ends inside a record"
	TooLong   = "longer than 32 MiB"
	TooDeep   = "wrapped too deep"
)

// A Scanner finds the records of one stream.
// The zero value with Emit set is ready; Reset makes it ready for the next stream.
type Scanner struct {
	Emit   func(*Record) // must not keep the record or its slices
	Digest func([]byte)  // called with every digest document; may be nil

	Records     int            // records emitted
	Digests     int            // digest documents
	Insights    int            // Insights records
	Unsupported int            // JSON documents that hold no CloudTrail record
	Undecodable map[string]int // by reason

	rec   outliner
	stack []byte // the open containers, '[' and '{'
	lines bool   // a record has ended on its own line: one record a line from here on
	lost  bool   // something was broken: look for where to go on
	skip  skipper
}

// Reset forgets the previous stream.
func (s *Scanner) Reset() {
	*s = Scanner{Emit: s.Emit, Digest: s.Digest, stack: s.stack[:0], rec: s.rec}
}

func (s *Scanner) fail(reason string) {
	if s.Undecodable == nil {
		s.Undecodable = map[string]int{}
	}
	s.Undecodable[reason]++
}

// Scan looks for records in b and returns how much of it was used.
// What is left is the beginning of a record: give it again, with more behind it.
// With final, nothing comes behind b, and all of it is used.
func (s *Scanner) Scan(b []byte, final bool) int {
	i := 0
	for {
		if s.skip.on {
			n, done := s.skip.feed(b[i:])
			i += n
			if !done {
				if final {
					s.fail(Truncated)
				}
				return i
			}
		}
		if s.lost {
			n, found := s.recover(b[i:], final)
			if i += n; !found {
				return i
			}
		}
		i = separators(b, i)
		if i >= len(b) {
			if final && len(s.stack) > 0 {
				s.fail(Truncated)
			}
			return i
		}
		next, ok := s.token(b, i, final)
		if !ok {
			return i
		}
		i = next
	}
}

// token handles what stands at b[i]; ok is false when more bytes are needed.
func (s *Scanner) token(b []byte, i int, final bool) (next int, ok bool) {
	switch c := b[i]; {
	case c == '{' && s.top() != '{':
		return s.object(b, i, final)
	case c == '[' && s.top() == 0:
		s.stack = append(s.stack, '[')
		return i + 1, true
	case (c == ']' && s.top() == '[') || (c == '}' && s.top() == '{'):
		s.stack = s.stack[:len(s.stack)-1]
		return i + 1, true
	case s.top() == 0:
		return s.resync(b, i, Broken)
	}
	return s.other(b, i, final)
}

func (s *Scanner) top() byte {
	if len(s.stack) == 0 {
		return 0
	}
	return s.stack[len(s.stack)-1]
}

// object handles an object in a stream or list: a record, a container, or something that wraps one.
func (s *Scanner) object(b []byte, i int, final bool) (next int, ok bool) {
	limit := b
	lineEnd := -1
	if s.top() == 0 {
		if lineEnd = bytes.IndexByte(b[i:], '\n'); lineEnd >= 0 {
			lineEnd += i
			limit = b[:lineEnd]
		}
	}
	end, what := s.rec.scan(limit, i)
	if what == incomplete && lineEnd >= 0 && !s.lines {
		end, what = s.rec.scan(b, i) // one record over several lines
		if what == whole && !tidy(s.rec.Body) {
			what = broken
		}
		lineEnd = -1
	}
	switch what {
	case whole:
		if lineEnd >= 0 {
			s.lines = true
		}
		s.document(b[i:end], 0)
		return end, true
	case container:
		s.stack = append(s.stack, '{', '[')
		return end + 1, true
	case broken:
		return s.resync(b, i, Broken)
	}
	if lineEnd >= 0 { // the line ended first
		return s.resync(b, i, Truncated)
	}
	return s.more(b, i, final)
}

// more asks for more bytes, unless there are none or the record is too long to be waited for.
func (s *Scanner) more(b []byte, i int, final bool) (int, bool) {
	if len(b)-i > MaxRecord {
		s.fail(TooLong)
		s.skip = skipper{on: true}
		return i, true
	}
	if !final {
		return i, false
	}
	return s.resync(b, i, Truncated)
}

// resync gives up on the record at i, and goes on behind it where a sound one begins.
func (s *Scanner) resync(b []byte, i int, reason string) (int, bool) {
	s.fail(reason)
	s.lost = true
	return min(i+1, len(b)), true
}

// recover looks for where to go on after something broken: in a stream at the next line, in a list at the next record.
// Every record begins with its version; inside a string those quotes would be escaped.
func (s *Scanner) recover(b []byte, final bool) (n int, found bool) {
	mark, keep := []byte("\n"), 0
	if len(s.stack) > 0 {
		mark = []byte(`{"eventVersion"`)
		keep = len(mark) - 1
	}
	if n := bytes.Index(b, mark); n >= 0 {
		s.lost = false
		return n, true
	}
	if final {
		s.stack, keep = s.stack[:0], 0
	}
	return max(0, len(b)-keep), false
}

// other handles values that are not objects: rows of a query result, strings, and the members behind a list.
func (s *Scanner) other(b []byte, i int, final bool) (int, bool) {
	end := event.ValueEnd(b, i)
	if end < 0 || end == len(b) && !final {
		if end < 0 && b[i] != '"' && b[i] != '{' && b[i] != '[' {
			return s.resync(b, i, Broken)
		}
		return s.more(b, i, final)
	}
	if s.top() == '{' { // a member behind the list: its key, or its value
		return end, true
	}
	switch b[i] {
	case '[':
		s.row(event.Wrap(b[i:end], false))
	case '"':
		s.text(event.Wrap(b[i:end], false), 0)
	default:
		s.Unsupported++
	}
	return end, true
}

// document decides what a whole object is. The scan of it is still in s.rec.
func (s *Scanner) document(body []byte, depth int) {
	if len(body) > MaxRecord {
		s.fail(TooLong)
		return
	}
	if !s.rec.isEvent() {
		s.unwrap(event.Wrap(body, false), depth)
		return
	}
	if string(s.rec.Category) == "Insight" {
		s.Insights++
		return
	}
	s.Records++
	s.Emit(&s.rec.Record)
}

// separators skips what may stand between values.
func separators(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ' ', '\n', '\r', '\t', ',', ':', 0, 0x1e, // white space, and what some tools put between records
			0xef, 0xbb, 0xbf: // byte order mark
			i++
		default:
			return i
		}
	}
	return i
}

// tidy reports whether no string in b contains a raw line break:
// where one does, a broken record has swallowed its neighbours.
func tidy(b []byte) bool {
	for i := 0; i < len(b); {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			return true
		}
		start := i + q + 1
		if i = event.StringEnd(b, start); i < 0 {
			return false
		}
		if bytes.IndexByte(b[start:i], '\n') >= 0 {
			return false
		}
	}
	return true
}

// A skipper passes over a value too long to be held, across windows.
type skipper struct {
	on       bool
	depth    int
	inString bool
	escaped  bool
}

// feed consumes b up to the end of the value.
func (k *skipper) feed(b []byte) (n int, done bool) {
	for i, c := range b {
		switch {
		case k.escaped:
			k.escaped = false
		case k.inString:
			k.escaped = c == '\\'
			k.inString = c != '"'
		case c == '"':
			k.inString = true
		case c == '{' || c == '[':
			k.depth++
		case c == '}' || c == ']':
			k.depth--
		}
		if k.depth <= 0 && !k.inString {
			*k = skipper{}
			return i + 1, true
		}
	}
	return len(b), false
}
