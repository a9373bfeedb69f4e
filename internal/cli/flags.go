package cli

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"oust/internal/catalog"
	"oust/internal/finding"
)

// reading are the flags of every verb that makes a report.
type reading struct {
	format string
	json   bool
	jsonl  bool
	csv    bool
	out    []string
	since  string
	until  string
	only   []string
	skip   []string
	failOn string
	known  string
	jobs   int
}

func (r *reading) register(c *cobra.Command) {
	r.output(c)
	r.choice(c)
	r.registerReading(c)
}

// output are the flags that say where a report goes.
func (r *reading) output(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&r.format, "format", "f", "text", "what standard output gets: `format` is "+formatNames())
	f.BoolVar(&r.json, "json", false, "short for -f json")
	f.BoolVar(&r.jsonl, "jsonl", false, "short for -f jsonl")
	f.BoolVar(&r.csv, "csv", false, "short for -f csv")
	f.StringArrayVarP(&r.out, "out", "o", nil, "write a report to `file` as well, in the format of its name, or of format=file; may be repeated")
}

// choice are the flags that say what counts.
func (r *reading) choice(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&r.only, "only", nil, "only techniques that match `pattern`: aws/iam-*, T1098.*, 3-aws, or a severity and above; may be repeated")
	f.StringArrayVar(&r.skip, "skip", nil, "no techniques that match `pattern`; may be repeated")
	f.StringVar(&r.failOn, "fail-on", "", "lowest `severity` that makes exit code 1: info, low (default), medium, high, critical, never")
	f.StringVar(&r.known, "known", "", "earlier JSON report, a `file`; only new or changed findings count")
}

// registerReading adds the flags that say what is read.
func (r *reading) registerReading(c *cobra.Command) {
	f := c.Flags()
	if r.format == "" {
		r.format = "text"
	}
	f.StringVar(&r.since, "since", "", "from this `time` on: 2026-03-01, 2026-03-01T12:00:00Z, or 7d, 12h ago")
	f.StringVar(&r.until, "until", "", "up to this `time`")
	f.IntVar(&r.jobs, "jobs", 0, "how many files are read at a time (default: one for every core)")
}

func (r *reading) check() error {
	for on, format := range map[*bool]string{&r.json: "json", &r.jsonl: "jsonl", &r.csv: "csv"} {
		if *on {
			r.format = format
		}
	}
	if writers[r.format] == nil && r.format != "text" {
		return fmt.Errorf("--format %s: want %s", r.format, formatNames())
	}
	for _, file := range r.out {
		if _, _, err := formatOf(file); err != nil {
			return err
		}
	}
	if _, err := r.level(""); err != nil {
		return err
	}
	return nil
}

// level is the severity that makes a run fail: the flag, the configuration, or low.
func (r *reading) level(configured string) (finding.Severity, error) {
	for _, s := range []string{r.failOn, configured} {
		if s == "" {
			continue
		}
		if l := finding.Severity(s); l == finding.Never || l.Rank() >= 0 {
			return l, nil
		}
		return "", fmt.Errorf("--fail-on %s: want info, low, medium, high, critical or never", s)
	}
	return finding.Low, nil
}

// window reads --since and --until.
func (r *reading) window(now time.Time) (since, until time.Time, err error) {
	if since, err = parseTime(r.since, now); err != nil {
		return since, until, fmt.Errorf("--since %w", err)
	}
	if until, err = parseTime(r.until, now); err != nil {
		return since, until, fmt.Errorf("--until %w", err)
	}
	return since, until, nil
}

func parseTime(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), nil
		}
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days, "%d", &n); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n).UTC(), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; say 2026-03-01, 2026-03-01T12:00:00Z, 7d or 12h", s)
}

// filter makes the choice of --only and --skip; nil when there is none.
func (r *reading) filter(cat *catalog.Catalog) (func(string, finding.Severity) bool, error) {
	if len(r.only)+len(r.skip) == 0 {
		return nil, nil
	}
	for _, p := range append(append([]string{}, r.only...), r.skip...) {
		if err := known(cat, p); err != nil {
			return nil, err
		}
	}
	return func(id string, s finding.Severity) bool {
		return (len(r.only) == 0 || anyMatch(cat, r.only, id, s)) && !anyMatch(cat, r.skip, id, s)
	}, nil
}

// known refuses a pattern that can match nothing.
func known(cat *catalog.Catalog, pattern string) error {
	if finding.Severity(pattern).Rank() >= 0 {
		return nil
	}
	for _, id := range cat.TechniqueIDs() {
		if matches(cat, pattern, id, "") {
			return nil
		}
	}
	if best := catalog.Nearest(pattern, cat.TechniqueIDs()); best != "" {
		return fmt.Errorf("no technique matches %q; did you mean %s?", pattern, best)
	}
	return fmt.Errorf("no technique matches %q; oust explain lists them", pattern)
}

func anyMatch(cat *catalog.Catalog, patterns []string, id string, s finding.Severity) bool {
	for _, p := range patterns {
		if matches(cat, p, id, s) {
			return true
		}
	}
	return false
}

func matches(cat *catalog.Catalog, pattern, id string, s finding.Severity) bool {
	if level := finding.Severity(pattern); level.Rank() >= 0 {
		return s.Rank() >= level.Rank()
	}
	if ok, err := path.Match(pattern, id); ok && err == nil {
		return true
	}
	t, err := cat.Technique(id)
	if err != nil {
		return false
	}
	for _, tag := range append(append([]string{}, t.Attack...), t.Rows...) {
		if ok, err := path.Match(pattern, tag); ok && err == nil {
			return true
		}
	}
	return false
}

func flagNames(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
