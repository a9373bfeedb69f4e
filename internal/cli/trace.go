package cli

import (
	"context"

	"github.com/spf13/cobra"

	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/relate"
	"oust/internal/report"
)

func (a *app) traceCommand() *cobra.Command {
	rd := &reading{}
	c := &cobra.Command{
		Use:   "trace SEED WHAT...",
		Short: "Follow a clue: back to where it began, and on to everything it led to",
		Long: `Follow a clue through logs.

SEED is an access key id, an event id, an address, the ARN of a user, role or session, the name or ARN of a resource,
or a finding or case of oust hunt. WHAT is what oust hunt takes.

What belongs to an intruder is a credential or a session, never the role behind it: others go on using that.
Sure joins are followed; shared addresses are only proposed.`,
		Example: `  oust trace AKIAIOSFODNN7EXAMPLE ./logs
  oust trace 198.51.100.77 ./logs --json
  oust trace 1 ./logs`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return a.trace(c.Context(), args[0], args[1:], rd) },
	}
	rd.registerReading(c)
	c.Flags().BoolVar(&rd.json, "json", false, "print the trace as JSON")
	return c
}

func (a *app) trace(ctx context.Context, seed string, what []string, rd *reading) error {
	h, clue, c, err := a.follow(ctx, seed, what, rd)
	if err != nil {
		return err
	}
	t := h.graph.Describe(clue, c, h.report.Findings)
	if a.code == 0 && len(t.Resources) > 0 {
		a.code = finding.Found
	}
	if rd.format == "json" {
		return report.TraceJSON(a.out, t)
	}
	return report.Trace(a.out, t, h.style)
}

// follow reads what the user named, and finds what a seed names in it and everything that belongs to that.
func (a *app) follow(ctx context.Context, seed string, what []string, rd *reading) (*hunted, *relate.Clue, *relate.Closure, error) {
	h, err := a.read(ctx, what, rd, hunt.Options{Seek: seed})
	if err != nil {
		return nil, nil, nil, err
	}
	clue, err := h.graph.Clue(seed, h.report)
	if err != nil {
		return nil, nil, nil, err
	}
	return h, clue, h.graph.Whole(clue.Units, relate.Suspects(h.report.Findings)), nil
}
