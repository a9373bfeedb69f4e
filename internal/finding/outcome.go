package finding

// Accepted is the decision of somebody to live with a finding: for a reason, and until a day.
type Accepted struct {
	Finding string `json:"finding"` // its id; of a mark in the source, what it names
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Until   string `json:"until"`  // the last day, 2026-12-31
	Origin  string `json:"origin"` // path:line of the decision
	State   string `json:"state"`
	Note    string `json:"note,omitempty"` // what the state means here

	InSource bool `json:"inSource,omitempty"` // a mark beside the resource, not an entry of the list
}

// States of a decision. Only the first two count.
const (
	Active   = "active"
	Expiring = "expiring" // within two weeks
	Expired  = "expired"
	Void     = "void"     // what was accepted has changed since
	Orphaned = "orphaned" // it matches nothing that was given
	Faulty   = "faulty"   // not complete, or for longer than a year
)

// Outcome is what a finding means for the run that found it.
type Outcome string

// The outcomes. Only a violation makes a run fail, an undetermined one with --strict too.
const (
	Violation    Outcome = "violation"
	Undetermined Outcome = "undetermined"
	IsAccepted   Outcome = "accepted"
	WasThere     Outcome = "unchanged"
	Pass         Outcome = "pass"
)

// Counts reports whether a finding may make a run fail: nobody accepted it, and it is not one that was there before.
func (f *Finding) Counts() bool { return f.Accepted == nil && f.Baseline != Unchanged }

// Outcome tells what a finding of the report comes to, at the level that was asked for.
func (r *Report) Outcome(f *Finding) Outcome {
	level := r.FailOn
	if level == "" {
		level = Low
	}
	switch {
	case f.Accepted != nil:
		return IsAccepted
	case f.Baseline == Unchanged:
		return WasThere
	case f.Verdict == "unknown":
		return Undetermined
	case r.Verb == "gate" && f.Verdict == "explained":
		return Pass
	case level != Never && f.Severity.Rank() >= level.Rank():
		return Violation
	}
	return Pass
}
