package hunt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"time"

	"oust/internal/change"
	"oust/internal/decode"
	"oust/internal/decode/cloudtrail"
	"oust/internal/event"
	"oust/internal/finding"
	"oust/internal/relate"
	"oust/internal/resource"
	"oust/internal/source"
)

// shared is what all workers of a hunt use.
type shared struct {
	o         Options
	x         *change.Extractor
	seen      *seen
	interests map[string]*interest // by the name of an event
}

// A worker reads items and keeps what changes something, and sums of the rest.
type worker struct {
	*shared
	reader  source.Reader
	stream  decode.Stream
	waiting waiting
	decoder cloudtrail.Decoder
	path    string
	record  int

	cover    finding.Coverage
	logs     accounts
	uses     uses
	used     used
	changes  []*resource.Change
	sessions relate.Sessions
	sights   []relate.Sight
	opening  event.Event // of session
	body     event.Body  // of opening
	chain    chain
	sum      hash.Hash // of the stream, when digests are checked
	err      error     // a mistake in the catalog: ends the hunt
}

func newWorker(s *shared) *worker {
	w := &worker{shared: s, logs: accounts{}, uses: uses{}, used: used{}}
	w.stream.Emit = w.emit
	w.waiting.seen, w.waiting.twice = s.seen, w.twice
	if s.o.Verify {
		w.chain.hashes = map[string]string{}
		w.stream.Digest = w.digest
	}
	if p := s.o.Progress; p != nil {
		w.reader.Count = func(n int) { p.Bytes.Add(int64(n)) }
	}
	return w
}

func (w *worker) run(ctx context.Context, items <-chan source.Item) {
	for it := range items {
		if ctx.Err() != nil || w.err != nil {
			continue // drain
		}
		w.read(ctx, it)
	}
	w.waiting.flushAll()
}

// read reads one item, with every stream in it.
func (w *worker) read(ctx context.Context, it source.Item) {
	open := false
	err := w.reader.Read(ctx, it, func(path string) source.Sink {
		if open {
			w.skip(w.path, w.end())
		}
		open = true
		return w.begin(path)
	})
	w.cover.Files.Bytes += it.Size
	why := ""
	if open {
		why = w.end()
	}
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil: // the reason for whatever the stream lacks
		w.cover.Files.Skipped = append(w.cover.Files.Skipped, finding.Skip{Path: it.Path, Reason: err.Error(), Harmless: harmless(err)})
	default:
		w.skip(w.path, why)
	}
}

func (w *worker) begin(path string) source.Sink {
	w.path, w.record = path, 0
	w.stream.Reset()
	if !w.o.Verify {
		return w.stream.Scan
	}
	w.sum = sha256.New()
	return func(window []byte, final bool) int {
		used := w.stream.Scan(window, final)
		w.sum.Write(window[:used])
		return used
	}
}

// digest keeps a digest for the check at the end.
func (w *worker) digest(b []byte) {
	d, err := cloudtrail.ParseDigest(b)
	if err != nil {
		w.skip(w.path, err.Error())
		return
	}
	w.chain.digests = append(w.chain.digests, metDigest{w.path, d})
}

// end adds up what a stream held, and says what was wrong with it.
func (w *worker) end() (why string) {
	if w.o.Verify {
		w.chain.hashes[w.path] = hex.EncodeToString(w.sum.Sum(nil))
	}
	c := w.stream.Counts()
	w.cover.Events.Undecodable += c.Undecodable
	w.cover.Events.Unsupported += c.Unsupported
	if p := w.o.Progress; p != nil {
		p.Events.Add(int64(c.Records))
	}
	if !w.stream.Known() {
		return "no log format that is known"
	}
	w.cover.Files.Read++
	switch {
	case c.Undecodable > 0:
		return "partly: " + c.Reason
	case c.Records+c.Digests+c.Insights == 0 && c.Unsupported > 0:
		return "holds no CloudTrail events"
	}
	return ""
}

func (w *worker) skip(path, reason string) {
	if reason != "" {
		w.cover.Files.Skipped = append(w.cover.Files.Skipped, finding.Skip{Path: path, Reason: reason})
	}
}

// emit takes one record. This is the path of every event: it must not allocate.
func (w *worker) emit(r *cloudtrail.Record) {
	w.record++
	c := counted{h: w.seen.hash(r.ID, r.Body)}
	in := w.interests[string(cloudtrail.CanonicalBytes(r.Name))]
	wanted := in.takes(r)
	if wanted && !w.seen.add(c.h) {
		w.cover.Events.Duplicates++
		return
	}
	w.cover.Events.Total++
	w.cover.Events.Decoded++
	t, ok := cloudtrail.Seconds(r.Time)
	c.account = w.logs.add(r, t, ok)
	c.use = w.uses.add(r.Credential, t)
	if w.o.Seek != "" {
		w.seek(r)
	}
	if in.opens(r) {
		w.session(r, in.short, t)
	}
	if wanted {
		w.keep(r)
		return
	}
	w.waiting.add(c)
}

// twice takes a record back that had been counted before.
func (w *worker) twice(c counted) {
	w.cover.Events.Duplicates++
	w.cover.Events.Total--
	w.cover.Events.Decoded--
	c.account.events--
	if c.use != nil {
		c.use.count--
	}
}

// keep decodes a record that some kind sees, and keeps what it changes.
func (w *worker) keep(r *cloudtrail.Record) {
	if w.err != nil {
		return
	}
	ev := w.decoder.Event(r, event.Origin{Path: w.path, Record: w.record})
	if w.outside(ev.Time) {
		return
	}
	changes, err := w.x.Changes(ev)
	if err != nil {
		w.err = err
		return
	}
	for _, c := range changes {
		if c.Kind.Name == relate.SessionKind {
			continue // kept by session
		}
		if c.Does != resource.Use || !w.used.merge(c) {
			w.changes = append(w.changes, c)
		}
	}
	if p := w.o.Progress; p != nil {
		p.Changes.Add(int64(len(changes)))
	}
}

func (w *worker) outside(t time.Time) bool {
	return !w.o.Since.IsZero() && t.Before(w.o.Since) || !w.o.Until.IsZero() && !t.Before(w.o.Until)
}
