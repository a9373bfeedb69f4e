package workflow

import (
	"strings"
	"testing"
)

func TestStarted(t *testing.T) {
	const all = "issue_comment pull_request pull_request_target push workflow_dispatch"
	const request = "github.event.pull_request.head.repo"
	for condition, want := range map[string][2]string{ // by anybody, and by strangers
		"":                                   {all, all},
		"always()":                           {all, all},
		"github.event_name == 'push'":        {"push", "push"},
		"${{ github.event_name == 'push' }}": {"push", "push"},
		"${{ github.event_name == 'push' }} || true":                                            {all, all}, // a text, which holds always
		"github.event_name == 'push' || true":                                                   {all, all},
		"github.event_name == 'push' || github.event_name == 'issue_comment'":                   {"issue_comment push", "issue_comment push"},
		"(github.event_name != 'issue_comment') && success()":                                   {"pull_request pull_request_target push workflow_dispatch", "pull_request pull_request_target push workflow_dispatch"},
		"((github.event_name == 'push') || (github.event_name == 'fork')) && ('a' == 'b && c')": {"push", "push"},
		request + ".full_name == github.repository":                                             {"pull_request pull_request_target", ""},
		"github.repository == " + request + ".full_name && github.event_name != 'pull_request'": {"pull_request_target", ""},
		"!" + request + ".fork":                                                                 {all, "issue_comment push workflow_dispatch"},
		request + ".fork == false":                                                              {all, "issue_comment push workflow_dispatch"},
		"github.event.pull_request.merged == true":                                              {"pull_request pull_request_target", ""},
		"github.event.pull_request.merged == true || github.actor == 'x'":                       {all, all},
		"startsWith(github.ref, 'refs/tags/v')":                                                 {"push workflow_dispatch", "push workflow_dispatch"},
		"github.ref == 'refs/heads/main'":                                                       {all, all}, // of a pull request by pull_request_target, it is the base
		"!(github.event_name == 'push')":                                                        {all, all}, // not understood
		"(a) && (b)":                                                                            {all, all},
	} {
		for i, strangers := range []bool{false, true} {
			if got := strings.Join(started(strings.Fields(all), condition, strangers), " "); got != want[i] {
				t.Errorf("%q, strangers %v: %q, not %q", condition, strangers, got, want[i])
			}
		}
	}
	if got := started([]string{"push"}, true, false); len(got) != 1 {
		t.Error("a condition that is no text changes something")
	}
}
