package gate

import (
	"testing"

	"oust/internal/org"
	"oust/internal/plan"
)

func TestLearn(t *testing.T) {
	const one, two = "111122223333", "999988887777"
	at := func(account string) *plan.Resource { return &plan.Resource{Account: account} }
	beside, stands := at(two), at(two)
	beside.Elsewhere, stands.HasBefore = true, true
	for name, c := range map[string]struct {
		code []*plan.Resource
		ours string
	}{
		"one":             {[]*plan.Resource{at(plan.Here), at(one)}, one},
		"several":         {[]*plan.Resource{at(one), at(two)}, ""},
		"one, and beside": {[]*plan.Resource{at(one), beside}, one},
		"stands":          {[]*plan.Resource{at(one), stands}, one + two},
		"none":            {[]*plan.Resource{at(plan.Here)}, ""},
	} {
		o := &org.Org{}
		learn(o, c.code)
		got := ""
		for _, account := range []string{one, two} {
			if o.Account(account) == org.Ours {
				got += account
			}
		}
		if got != c.ours {
			t.Errorf("%s: %q count as ours, not %q", name, got, c.ours)
		}
	}
}
