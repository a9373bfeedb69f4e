package hunt

import (
	"time"

	"oust/internal/catalog"
	"oust/internal/change"
	"oust/internal/decode/cloudtrail"
	"oust/internal/event"
	"oust/internal/relate"
)

// Every tenth record of a log may open a session. What the lineage needs of one is picked without decoding the rest,
// by the log entries of the catalog.

// A shortEntry is how an event opens a session.
type shortEntry struct {
	service string
	from    catalog.From
	picks   *change.Short
}

// session keeps how a session was opened. Refused calls open none, and have no answer.
func (w *worker) session(r *cloudtrail.Record, e *shortEntry, t int64) {
	if len(r.Failure) > 0 || string(r.Service) != e.service {
		return
	}
	ev := &w.opening
	w.body = event.Body{Request: event.Wrap(r.Request, r.Fold), Answer: event.Wrap(r.Response, r.Fold)}
	ev.Body = &w.body
	key := e.picks.Text(ev, "id")
	if len(key) == 0 || w.outside(time.Unix(t, 0)) {
		return
	}
	until, _ := change.ParseTime(string(e.picks.Text(ev, "expires")))
	w.sessions.Add(relate.Opened{
		Key: key, Role: e.picks.Text(ev, "role"), Name: e.picks.Text(ev, "name"), EventID: r.ID,
		By: w.decoder.Caller(r), At: t, Until: until, Path: w.path, Record: w.record,
	})
}

// maxSights bounds what is noted of a clue that half of the log matches.
const maxSights = 10_000

// seek notes a record that matches the clue of a trace.
func (w *worker) seek(r *cloudtrail.Record) {
	if s := w.o.Seek; string(r.ID) != s && string(r.Address) != s && string(r.Credential) != s || len(w.sights) >= maxSights {
		return
	}
	ev := w.decoder.Event(r, event.Origin{Path: w.path, Record: w.record})
	w.sights = append(w.sights, relate.Sight{Actor: ev.Actor, Time: ev.Time, EventID: ev.ID, Service: ev.Service, Name: ev.Name, Failed: ev.Failed()})
}
