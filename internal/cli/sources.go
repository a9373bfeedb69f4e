package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"oust/internal/cloud/aws"
	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/source"
)

// historyDays is how far back the event history is read when nobody says: AWS answers 100 events a second, at most.
const historyDays = 7

// from is where a hunt reads.
type from struct {
	list    []source.Source
	buckets []*aws.Bucket
	live    bool
	gaps    []finding.Gap // what is left out on purpose
}

// sources makes a source of every WHAT, by its form.
func (a *app) sources(what []string, since, until, now time.Time) (*from, error) {
	f := &from{}
	window := aws.Window{Since: since, Until: until}
	for _, w := range what {
		switch {
		case w == "-":
			f.list = append(f.list, source.Stdin{Reader: a.in})
		case strings.HasPrefix(w, "s3://"):
			b, err := aws.ParseBucket(w)
			if err != nil {
				return nil, err
			}
			b.Window = window
			f.add(b)
			f.buckets = append(f.buckets, b)
		case strings.HasPrefix(w, "aws-logs:"):
			f.add(&aws.LogGroup{Name: strings.TrimPrefix(w, "aws-logs:"), Window: window})
		case strings.HasPrefix(w, "aws:"):
			f.add(f.history(strings.TrimPrefix(w, "aws:"), window, now))
		default:
			if _, err := os.Stat(w); err != nil {
				return nil, fmt.Errorf("open %s: %w", w, errors.Unwrap(err))
			}
			f.list = append(f.list, source.Files(w))
		}
	}
	return f, nil
}

func (f *from) add(s source.Source) { f.list, f.live = append(f.list, s), true }

func (f *from) history(profile string, window aws.Window, now time.Time) *aws.History {
	if window.Since.IsZero() {
		window.Since = now.AddDate(0, 0, -historyDays)
		f.gaps = append(f.gaps, finding.Gap{
			What:  fmt.Sprintf("what happened before the last %d days, of the 90 that the event history keeps", historyDays),
			Needs: "--since 90d",
		})
	}
	return &aws.History{Profile: profile, Window: window}
}

// signed checks signatures of digests with what the buckets and CloudTrail itself tell; nil without a bucket.
func (f *from) signed() hunt.Integrity {
	if len(f.buckets) == 0 {
		return nil
	}
	return &aws.Integrity{Buckets: f.buckets}
}
