package hunt

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"oust/internal/decode/cloudtrail"
	"oust/internal/event"
	"oust/internal/finding"
	"oust/internal/judge"
	"oust/internal/org"
	"oust/internal/resource"
)

// uses sums up the events of every credential.
type uses map[string]*use

type use struct {
	count       int
	first, last int64 // unix seconds
}

func (u uses) add(credential []byte, t int64) *use {
	if len(credential) == 0 {
		return nil
	}
	k := u[string(credential)]
	if k == nil {
		k = &use{first: t}
		u[string(credential)] = k
	}
	k.count++
	k.first, k.last = min(k.first, t), max(k.last, t)
	return k
}

// Use implements judge.Uses.
func (u uses) Use(credential string) (judge.Use, bool) {
	k := u[credential]
	if k == nil {
		return judge.Use{}, false
	}
	return judge.Use{Count: k.count, First: unix(k.first), Last: unix(k.last)}, true
}

func (u uses) merge(other uses) {
	for name, o := range other {
		k := u[name]
		if k == nil {
			u[name] = o
			continue
		}
		k.count += o.count
		k.first, k.last = min(k.first, o.first), max(k.last, o.last)
	}
}

func unix(s int64) finding.Time {
	if s == 0 {
		return finding.Time{}
	}
	return finding.Time{Time: time.Unix(s, 0).UTC()}
}

// used keeps the uses of a resource by a principal as one change.
type used map[useOf]*resource.Change

type useOf struct {
	key       resource.Key
	principal string
	account   string // of a caller whose principal the log does not give
	failed    bool
}

// merge adds a use to the one that is kept; false means that it is the first and has to be kept itself.
func (u used) merge(c *resource.Change) bool {
	of := useOf{c.Key, c.Event.Actor.Principal, c.Event.Actor.Account, c.Event.Failed()}
	kept := u[of]
	if kept == nil {
		u[of] = c
		return false
	}
	last := kept.Latest()
	if l := c.Latest(); l.After(last) {
		last = l
	}
	if cmp.Or(c.Event.Time.Compare(kept.Event.Time), cmp.Compare(c.Event.ID, kept.Event.ID)) < 0 {
		kept.Event, kept.Set = c.Event, c.Set // so that the order of files does not matter
	}
	kept.Again += 1 + c.Again
	kept.Last = last
	return true
}

// accounts sums up the events of every account, and in which hours there were any.
type accounts map[string]*account

type account struct {
	events      int
	first, last int64
	hours       map[int32]struct{}
	hour        int32 // the last one that was noted
}

func (a accounts) add(r *cloudtrail.Record, t int64, known bool) *account {
	id := r.Account
	if id == nil {
		id = r.Owner
	}
	k := a[string(bytes.TrimSpace(id))]
	if k == nil {
		k = &account{hours: map[int32]struct{}{}}
		a[string(bytes.TrimSpace(id))] = k
	}
	k.events++
	if !known {
		return k
	}
	if k.first == 0 || t < k.first {
		k.first = t
	}
	k.last = max(k.last, t)
	if hour := int32(t / 3600); hour != k.hour {
		k.hour = hour
		k.hours[hour] = struct{}{}
	}
	return k
}

func (a accounts) merge(other accounts) {
	for id, o := range other {
		k := a[id]
		if k == nil {
			a[id] = o
			continue
		}
		k.events += o.events
		if k.first == 0 || o.first != 0 && o.first < k.first {
			k.first = o.first
		}
		k.last = max(k.last, o.last)
		for h := range o.hours {
			k.hours[h] = struct{}{}
		}
	}
}

func (a accounts) sources() []finding.Source {
	out := []finding.Source{}
	for id, k := range a {
		out = append(out, finding.Source{
			Cloud: "aws", Log: "cloudtrail", Account: id,
			First: unix(k.first), Last: unix(k.last), Events: k.events, Gaps: k.gaps(),
		})
	}
	slices.SortFunc(out, func(x, y finding.Source) int { return cmp.Compare(x.Account, y.Account) })
	return out
}

// gaps finds silences of a day or more, when they are ten times longer than this account is usually silent.
func (k *account) gaps() []finding.Span {
	hours := make([]int32, 0, len(k.hours))
	for h := range k.hours {
		hours = append(hours, h)
	}
	slices.Sort(hours)
	silence := make([]int32, 0, len(hours))
	for i := 1; i < len(hours); i++ {
		silence = append(silence, hours[i]-hours[i-1])
	}
	out := []finding.Span{}
	if len(silence) == 0 {
		return out
	}
	usual := slices.Clone(silence)
	slices.Sort(usual)
	for i, s := range silence {
		if s > 24 && s > 10*usual[len(usual)/2] {
			out = append(out, finding.Span{From: unix(int64(hours[i]+1) * 3600), To: unix(int64(hours[i+1]) * 3600)})
		}
	}
	return out
}

// merge adds up what the workers found.
func merge(workers []*worker, skipped []finding.Skip) *result {
	got := &result{uses: uses{}}
	r := &finding.Report{Version: finding.Version, Verb: "hunt", Findings: []finding.Finding{}, Cases: []finding.Case{}}
	c := &r.Coverage
	c.Unknown = []finding.Gap{}
	c.Files.Skipped = append([]finding.Skip{}, skipped...)
	var changes []*resource.Change
	together := used{}
	logs := accounts{}
	for _, w := range workers {
		c.Files.Read += w.cover.Files.Read
		c.Files.Bytes += w.cover.Files.Bytes
		c.Files.Skipped = append(c.Files.Skipped, w.cover.Files.Skipped...)
		c.Events.Total += w.cover.Events.Total
		c.Events.Decoded += w.cover.Events.Decoded
		c.Events.Undecodable += w.cover.Events.Undecodable
		c.Events.Duplicates += w.cover.Events.Duplicates
		c.Events.Unsupported += w.cover.Events.Unsupported
		for _, k := range w.changes {
			if k.Does != resource.Use || !together.merge(k) {
				changes = append(changes, k)
			}
		}
		logs.merge(w.logs)
		got.uses.merge(w.uses)
		got.sessions.Merge(&w.sessions)
		got.sights = append(got.sights, w.sights...)
	}
	slices.SortFunc(c.Files.Skipped, func(a, b finding.Skip) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	c.Sources = logs.sources()
	got.report, got.changes = r, once(changes)
	return got
}

// once drops the changes of a record that came in twice, too far apart for seen.
func once(changes []*resource.Change) []*resource.Change {
	first := map[string]*event.Event{}
	return slices.DeleteFunc(changes, func(c *resource.Change) bool {
		if c.Event.ID == "" {
			return false
		}
		e, ok := first[c.Event.ID]
		if !ok {
			first[c.Event.ID] = c.Event
		}
		return ok && e != c.Event
	})
}

// gaps says what this hunt could not tell, and what it would take.
func gaps(r *finding.Report, o *org.Org) (out []finding.Gap) {
	if o.Assumed() && len(o.Seen) > 0 {
		out = append(out, finding.Gap{What: "which accounts are ours; taken for ours are those whose logs were given", Needs: "org.aws.accounts in the configuration"})
	}
	return out
}
