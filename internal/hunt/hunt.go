// Package hunt strings the stages together for logs: source, decode, change, state, judge, relate.
//
// Run takes what the user named and returns a report.
// Every core reads files of its own; what a record changes is kept, the record is not.
package hunt

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"oust/internal/catalog"
	"oust/internal/change"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/judge"
	"oust/internal/org"
	"oust/internal/relate"
	"oust/internal/resource"
	"oust/internal/source"
	"oust/internal/state"
)

// Options are what a hunt needs. Catalog, Env and Org must be set.
type Options struct {
	Catalog  *catalog.Catalog
	Env      *expr.Env
	Org      *org.Org
	Since    time.Time // zero: from the beginning
	Until    time.Time // zero: to the end
	Only     func(technique string, severity finding.Severity) bool
	Now      time.Time // when it is judged whether things have expired; zero: now
	Seek     string    // note who made records with this event id, address or access key, even where nothing was changed
	Jobs     int       // 0: one for every core
	Verify   bool      // check delivered log files against the digests among them
	Signed   Integrity // for the signatures of digests; may be nil
	Progress *Progress // may be nil
	Watch    func(technique string, clause int, outcome expr.Truth)
}

// Progress is read while a hunt runs.
type Progress struct {
	Bytes   atomic.Int64 // stored bytes read
	Total   atomic.Int64 // stored bytes known to be there
	Events  atomic.Int64
	Changes atomic.Int64
}

// Run hunts through sources. A report comes back even with an error that ended the reading early,
// such as a cancelled context: it then covers what was read.
func Run(ctx context.Context, sources []source.Source, o Options) (*finding.Report, error) {
	r, _, err := Trace(ctx, sources, o)
	return r, err
}

// Trace is Run, and gives the lineage that the report was made with as well.
func Trace(ctx context.Context, sources []source.Source, o Options) (*finding.Report, *relate.Graph, error) {
	got, err := read(ctx, sources, o)
	if got == nil {
		return nil, nil, err
	}
	g, jerr := conclude(context.WithoutCancel(ctx), got, o)
	if g != nil {
		g.Sights = got.sights
	}
	return got.report, g, errors.Join(err, jerr)
}

// conclude judges what was read.
func conclude(ctx context.Context, got *result, o Options) (*relate.Graph, error) {
	r := got.report
	s := state.New(got.changes)
	j := judge.New(o.Catalog, o.Env, o.Org, got.uses)
	j.Watch = o.Watch
	findings, err := j.Findings(ctx, s)
	if err != nil {
		return nil, err
	}
	g, err := relate.New(s, relate.Options{Catalog: o.Catalog, Env: o.Env, Org: o.Org, Sessions: &got.sessions, Coverage: &r.Coverage, Now: o.now()})
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		if o.Only == nil || o.Only(f.Technique, f.Severity) {
			g.Settle(&f)
			r.Findings = append(r.Findings, f)
		}
	}
	r.Cases = g.Cases(r.Findings)
	r.Coverage.Unknown = append(r.Coverage.Unknown, gaps(r, o.Org)...)
	return g, nil
}

func (o *Options) now() time.Time {
	if o.Now.IsZero() {
		return time.Now()
	}
	return o.Now
}

// A result is what the workers found together.
type result struct {
	report   *finding.Report
	changes  []*resource.Change
	uses     uses
	sessions relate.Sessions
	sights   []relate.Sight
}

// read runs every source through the workers and adds up what they found.
func read(ctx context.Context, sources []source.Source, o Options) (*result, error) {
	jobs := o.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	x := change.New(o.Catalog, o.Env)
	interests, err := interestsIn(o.Catalog, x)
	if err != nil {
		return nil, err
	}
	shared := &shared{o: o, x: x, seen: &seen{seed: maphash.MakeSeed()}, interests: interests}
	items := make(chan source.Item, 256)
	workers := make([]*worker, jobs)
	var wg sync.WaitGroup
	for i := range workers {
		workers[i] = newWorker(shared)
		wg.Add(1)
		go func() {
			defer wg.Done()
			workers[i].run(ctx, items)
		}()
	}
	skipped, err := list(ctx, sources, items, o.Progress)
	close(items)
	wg.Wait()
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	for _, w := range workers {
		if w.err != nil {
			return nil, w.err
		}
	}
	got := merge(workers, skipped)
	if o.Verify {
		verified, err := verify(ctx, workers, o, got.report)
		if err != nil {
			return nil, err
		}
		got.changes = append(got.changes, verified...)
	}
	for _, s := range got.report.Coverage.Sources {
		o.Org.Learn(s.Account)
	}
	return got, ctx.Err()
}

// verify checks the digests that the workers met, and notes in the report what could not be checked.
func verify(ctx context.Context, workers []*worker, o Options, r *finding.Report) ([]*resource.Change, error) {
	kind, err := o.Catalog.Kind(logFileKind)
	if err != nil {
		return nil, err
	}
	all := chain{hashes: map[string]string{}}
	for _, w := range workers {
		all.digests = append(all.digests, w.chain.digests...)
		maps.Copy(all.hashes, w.chain.hashes)
	}
	changes, gaps := all.check(ctx, &kind.Kind, o.Signed)
	if len(all.digests) == 0 {
		gaps = append(gaps, finding.Gap{What: "whether the log files are what CloudTrail delivered: there is no digest among them", Needs: "the CloudTrail-Digest folder of the bucket"})
	}
	r.Coverage.Unknown = append(r.Coverage.Unknown, gaps...)
	return changes, nil
}

// list sends the items of all sources to the workers.
func list(ctx context.Context, sources []source.Source, items chan<- source.Item, p *Progress) (skipped []finding.Skip, err error) {
	for _, s := range sources {
		err := s.Items(ctx, func(it source.Item) error {
			if p != nil {
				p.Total.Add(it.Size)
			}
			select {
			case items <- it:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}, func(path string, err error) {
			skipped = append(skipped, finding.Skip{Path: path, Reason: err.Error(), Harmless: harmless(err)})
		})
		if err != nil {
			return skipped, fmt.Errorf("hunt: %w", err)
		}
	}
	return skipped, nil
}

// harmless tells a skip that loses nothing.
func harmless(err error) bool {
	return errors.Is(err, source.ErrSeen) || errors.Is(err, source.ErrEmpty)
}
