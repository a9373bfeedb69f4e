package gate

import (
	"cmp"
	"slices"
	"strings"

	"oust/internal/finding"
	"oust/internal/resource"
)

// settle gives resources that are called like another one their name back,
// and drops what is said of them when the same is said of the other.
func (g *graph) settle(findings []finding.Finding) []finding.Finding {
	type said struct{ technique, key, verdict, severity, baseline, shown string }
	heard := map[said]bool{}
	real := map[string]resource.Key{}
	for twin, key := range g.twins {
		real[twin.String()] = key
	}
	slices.SortStableFunc(findings, func(a, b finding.Finding) int { // those that are called like another one behind it
		_, x := real[a.Key]
		_, y := real[b.Key]
		return cmp.Compare(truth(x), truth(y))
	})
	out := findings[:0]
	for _, f := range findings {
		key, twin := real[f.Key]
		if twin {
			own := strings.TrimPrefix(f.Key, key.String()) // what tells it from the other one
			f.Resource.ID, f.Resource.Name = key.ID, strings.TrimSuffix(f.Resource.Name, own)
			f.Sentence = strings.ReplaceAll(f.Sentence, key.ID+own, key.ID)
		} else {
			key = resource.Key{}
		}
		s := said{f.Technique, cmp.Or(key.String(), f.Key), f.Verdict, string(f.Severity), f.Baseline, shown(f)}
		if twin && heard[s] {
			continue
		}
		if !twin {
			s.key = f.Key
		}
		heard[s] = true
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b finding.Finding) int {
		return cmp.Or(b.Severity.Rank()-a.Severity.Rank(), cmp.Compare(a.Technique, b.Technique), cmp.Compare(a.Resource.Address, b.Resource.Address))
	})
	return out
}

// shown is the content that a finding shows.
func shown(f finding.Finding) string {
	var b strings.Builder
	for _, e := range f.Evidence {
		b.WriteString(e.Field + "=" + e.Value + "\n")
	}
	return b.String()
}

// answered drops what a plan leaves open of a resource, where the source beside it tells that something is wrong.
// It asks where the findings are: they have to be located.
func answered(findings []finding.Finding) []finding.Finding {
	type subject struct{ technique, address string }
	wrong := map[subject]bool{}
	for _, f := range findings {
		if fromSource(f) && (f.Verdict == "bad" || f.Verdict == "unexplained") {
			wrong[subject{f.Technique, f.Resource.Address}] = true
		}
	}
	return slices.DeleteFunc(findings, func(f finding.Finding) bool {
		return f.Verdict == "unknown" && !fromSource(f) && wrong[subject{f.Technique, f.Resource.Address}]
	})
}

// fromSource reports whether a finding is about source code, which has lines, not about a plan.
func fromSource(f finding.Finding) bool { return f.Place != nil && f.Place.Line > 0 }

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}
