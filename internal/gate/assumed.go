package gate

import (
	"fmt"
	"slices"
	"strings"

	"oust/internal/finding"
	"oust/internal/org"
	"oust/internal/plan"
)

// assumed says what was taken for granted for want of a configuration.
func assumed(o *org.Org) []finding.Gap {
	if !o.Assumed() {
		return nil
	}
	return []finding.Gap{{
		What:  "which accounts are ours: none is configured, so only the one that the code is deployed to counts",
		Needs: "org.aws.accounts in the configuration",
	}}
}

// maxGranted is how many assumptions are named.
const maxGranted = 6

// granted says what readers took for granted of the code.
func granted(resources []*plan.Resource) []finding.Gap {
	var all []string
	for _, r := range resources {
		for _, a := range r.Assumes {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	what := "taken for granted: " + strings.Join(all[:min(len(all), maxGranted)], ", ")
	if n := len(all) - maxGranted; n > 0 {
		what += fmt.Sprintf(", and %d more", n)
	}
	return []finding.Gap{{What: what, Needs: "a change set for a template, and the code for a plan"}}
}
