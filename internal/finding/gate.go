package finding

import "fmt"

// ExitGate returns the exit code of a gate and the reason for it. What was already there, and what somebody lives with, does not count.
// With strict, what cannot be told makes it incomplete.
func (r *Report) ExitGate(strict bool) (code int, why string) {
	n := map[Outcome]int{}
	for i := range r.Findings {
		n[r.Outcome(&r.Findings[i])]++
	}
	level := r.FailOn
	if level == "" {
		level = Low
	}
	nothing := "no violation"
	if n[IsAccepted]+n[WasThere] > 0 {
		nothing = "no violation that is new and not accepted"
	}
	switch {
	case n[Violation] > 0:
		return Found, fmt.Sprintf("%s at %s or above", plural(n[Violation], "violation"), level)
	case !r.Coverage.Complete():
		return Incomplete, nothing + ", but not everything could be read"
	case r.Coverage.Resources == 0:
		return NothingRead, "no planned resource was read"
	case strict && n[Undetermined] > 0:
		return Incomplete, nothing + fmt.Sprintf(", but %s cannot be told before deployment", plural(n[Undetermined], "result"))
	}
	return Clean, nothing
}
