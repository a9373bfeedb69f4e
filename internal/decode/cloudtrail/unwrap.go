package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"strings"

	"oust/internal/event"
)

// maxWraps bounds how many envelopes may sit around a record: a queue message around a notification
// around an event-bus envelope is three.
const maxWraps = 5

// envelopes are the members under which services and tools carry a record, as an object or as a string.
var envelopes = []string{
	"detail",          // EventBridge
	"CloudTrailEvent", // lookup-events
	"message",         // CloudWatch Logs
	"eventJson",       // CloudTrail Lake
	"Message",         // SNS
	"body",            // SQS
	"_raw", "result",  // Splunk export
	"_source", // Elasticsearch export
	"value",   // Logs Insights
}

// unwrap looks for a record inside an object that is none itself.
func (s *Scanner) unwrap(v event.Value, depth int) {
	if depth > maxWraps {
		s.fail(TooDeep)
		return
	}
	if v.Get("logFiles").Kind() == event.Array && v.Get("digestStartTime").Present() {
		s.Digests++
		if s.Digest != nil {
			s.Digest(v.Bytes())
		}
		return
	}
	if data := v.Path("awslogs", "data"); data.Kind() == event.String {
		s.subscription(data.Str(), depth)
		return
	}
	for _, name := range envelopes {
		inner := v.Get(name)
		switch {
		case inner.Kind() == event.Object:
			s.nested(inner.Bytes(), depth+1)
			return
		case inner.Kind() == event.String && strings.HasPrefix(strings.TrimSpace(inner.Str()), "{"):
			s.text(inner, depth+1)
			return
		}
	}
	s.folded(v.Bytes())
}

// folded takes an object as a record whose keys have lost their case, if it is one.
func (s *Scanner) folded(body []byte) {
	s.rec.folded(body)
	if !s.rec.isEvent() {
		s.Unsupported++
		return
	}
	s.document(body, 0)
}

// text scans a record that is carried as a string.
func (s *Scanner) text(v event.Value, depth int) {
	body := []byte(strings.TrimSpace(v.Str()))
	if len(body) == 0 || body[0] != '{' {
		s.Unsupported++
		return
	}
	s.nested(body, depth)
}

// nested scans an object that was found inside another.
func (s *Scanner) nested(body []byte, depth int) {
	end, what := s.rec.scan(body, 0)
	switch what {
	case whole:
		s.document(body[:end], depth)
	case container:
		s.list(body[end:], depth)
	default:
		s.fail(Broken)
	}
}

// list scans the elements of an array inside an envelope.
func (s *Scanner) list(body []byte, depth int) {
	if depth > maxWraps {
		s.fail(TooDeep)
		return
	}
	event.Wrap(body, false).Elems(func(v event.Value) bool {
		if v.Kind() == event.Object {
			s.nested(v.Bytes(), depth+1)
		} else {
			s.Unsupported++
		}
		return true
	})
}

// row scans one row of a query result: a list of single members, or of field and value pairs.
func (s *Scanner) row(v event.Value) {
	joined := []byte{'{'}
	v.Elems(func(cell event.Value) bool {
		if field := cell.Get("field"); field.Present() {
			joined = append(append(append(joined, field.Bytes()...), ':'), orNull(cell.Get("value"))...)
			joined = append(joined, ',')
			return true
		}
		cell.Each(func(key []byte, val event.Value) bool {
			joined = append(append(append(joined, '"'), key...), '"', ':')
			joined = append(append(joined, rowValue(val)...), ',')
			return true
		})
		return true
	})
	joined = append(bytes.TrimSuffix(joined, []byte{','}), '}')
	if bytes.Contains(joined, []byte(`"@message"`)) {
		if msg := event.Wrap(joined, false).Get("@message"); msg.Present() {
			s.text(msg, 1)
			return
		}
	}
	s.columns(joined)
}

// columns scans a record that was put together from columns, or an envelope that was.
func (s *Scanner) columns(body []byte) {
	if v := event.Wrap(body, true); v.Get("eventName").Present() {
		s.folded(body)
		return
	}
	s.nested(body, 1)
}

func orNull(v event.Value) []byte {
	if v.Kind() == event.Absent {
		return []byte("null")
	}
	return v.Bytes()
}

// subscription scans what CloudWatch Logs hands to a function: base64 of gzip of a message.
func (s *Scanner) subscription(data string, depth int) {
	packed, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		s.fail(Broken)
		return
	}
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		s.fail(Broken)
		return
	}
	body, err := io.ReadAll(io.LimitReader(zr, MaxRecord))
	if err != nil {
		s.fail(Truncated)
	}
	s.nested(body, depth+1)
}
