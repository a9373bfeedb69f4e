package finding

import "fmt"

// Exit codes, the same for all verbs.
const (
	Clean       = 0   // nothing found, and everything was looked at
	Found       = 1   // a finding at or above the level asked for
	NotStarted  = 2   // usage, configuration, missing file
	Incomplete  = 3   // nothing found, but something could not be looked at
	NothingRead = 4   // nothing to look at
	Refused     = 5   // approval missing, plan stale
	Interrupted = 130 // stopped by the user
)

// Never is the level at which no finding makes a run fail.
const Never Severity = "never"

// Exit returns the exit code of a report and the reason for it.
func (r *Report) Exit(failOn Severity) (code int, why string) {
	n, aside := 0, 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case failOn == Never || f.Severity.Rank() < failOn.Rank():
		case f.Counts():
			n++
		default:
			aside++
		}
	}
	nothing := "nothing found"
	if aside > 0 {
		nothing = "nothing that is new and not accepted"
	}
	switch {
	case n > 0:
		return Found, fmt.Sprintf("%s at %s or above", plural(n, "finding"), failOn)
	case r.Coverage.Events.Decoded == 0 && len(r.Findings) == 0:
		return NothingRead, "no event was read"
	case !r.Coverage.Complete():
		return Incomplete, nothing + ", but not everything could be read"
	}
	return Clean, nothing + ", and everything was read"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
