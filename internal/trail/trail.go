package trail

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// Options say what to make. Zero values mean: one account, one day from 2 March 2026.
type Options struct {
	Seed     uint64
	Events   int
	Accounts int
	Days     int
	Start    time.Time
	Hours    int       // of every day that have events; zero means all
	Planted  []Planted // events that are put among the others
}

// Planted is one event of a scenario.
type Planted struct {
	Account string // whose log it goes into; one that is not in the tree goes into the first
	Region  string
	Time    time.Time
	Text    []byte // the record
}

// record is one event on its way into a file.
type record struct {
	arrives int64
	text    []byte
}

// Write makes a tree below dir, as CloudTrail delivers it into a bucket.
func Write(ctx context.Context, dir string, o Options) error {
	o.Accounts, o.Days = max(1, o.Accounts), max(1, o.Days)
	if o.Hours <= 0 || o.Hours > 24 {
		o.Hours = 24
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for a := range o.Accounts {
		w := newWorld(o.Seed, a)
		for d := range o.Days {
			for i, region := range w.regions {
				g.Go(func() error {
					if err := ctx.Err(); err != nil {
						return err
					}
					return w.day(dir, o, a, d, i, region)
				})
			}
		}
	}
	return g.Wait()
}

// day makes the files of one account, region and day.
func (w *world) day(dir string, o Options, account, day, index int, region string) error {
	parts := o.Accounts * o.Days * len(w.regions)
	part := (account*o.Days+day)*len(w.regions) + index
	n := o.Events / parts
	if part < o.Events%parts {
		n++
	}
	r := rand.New(rand.NewPCG(o.Seed, uint64(part)))
	start := o.Start.AddDate(0, 0, day)
	records := make([]record, 0, n+n/400)
	for range n {
		t := start.Unix() + int64(r.IntN(3600*o.Hours))
		rec := record{t + lag(r), w.background(nil, r, t, region)}
		records = append(records, rec)
		if r.IntN(500) == 0 { // delivered twice
			records = append(records, record{rec.arrives + 300 + int64(r.IntN(600)), rec.text})
		}
	}
	for _, p := range o.Planted {
		mine := p.Account == w.account || account == 0 && !slices.ContainsFunc(worlds(o), func(a string) bool { return a == p.Account })
		if mine && (p.Region == region || index == 0 && !slices.Contains(w.regions, p.Region)) &&
			!p.Time.Before(start) && p.Time.Before(start.AddDate(0, 0, 1)) {
			records = append(records, record{p.Time.Unix() + lag(r), p.Text})
		}
	}
	return w.deliver(dir, r, region, records)
}

func worlds(o Options) (accounts []string) {
	for a := range o.Accounts {
		accounts = append(accounts, newWorld(o.Seed, a).account)
	}
	return accounts
}

// lag is how long a record takes to arrive: three minutes, at most ten.
func lag(r *rand.Rand) int64 { return 20 + int64(min(590, r.ExpFloat64()*90+100)) }

// deliver packs records into files of five minutes.
func (w *world) deliver(dir string, r *rand.Rand, region string, records []record) error {
	slices.SortStableFunc(records, func(a, b record) int { return cmp.Compare(a.arrives, b.arrives) })
	for len(records) > 0 {
		slot := records[0].arrives / 300
		n := 0
		for n < len(records) && records[n].arrives/300 == slot && n < 2000 {
			n++
		}
		if err := w.file(dir, r, region, time.Unix(slot*300+300, 0).UTC(), records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

func (w *world) file(dir string, r *rand.Rand, region string, at time.Time, records []record) error {
	var b bytes.Buffer
	zw, err := gzip.NewWriterLevel(&b, 6)
	if err != nil {
		return err
	}
	fmt.Fprint(zw, `{"Records":[`)
	for i, rec := range records {
		if i > 0 {
			fmt.Fprint(zw, ",")
		}
		if _, err := zw.Write(rec.text); err != nil {
			return err
		}
	}
	fmt.Fprint(zw, `]}`)
	if err := zw.Close(); err != nil {
		return err
	}
	folder := filepath.Join(dir, "AWSLogs", w.account, "CloudTrail", region, at.Format("2006/01/02"))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	name := fmt.Sprintf("%s_CloudTrail_%s_%s_%s.json.gz", w.account, region, at.Format("20060102T1504Z"), upper(r, 16))
	return os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o644)
}
