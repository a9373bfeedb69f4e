package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"oust/internal/evict"
	"oust/internal/finding"
	"oust/internal/report"
)

// planWriters are the forms of a plan, by the ending of a file.
var planWriters = map[string]func(io.Writer, *finding.Eviction) error{
	".json": report.EvictionJSON, ".md": report.EvictionMarkdown, ".sh": report.Script,
}

func (a *app) evictCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "evict",
		Short: "Plan how an intruder is got out",
		Long:  "Plan how everything that an intruder left is taken away, in an order that leaves them no way back in between. Changes nothing.",
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	rd, responders := &reading{}, []string{}
	plan := &cobra.Command{
		Use:   "plan SEED WHAT...",
		Short: "Make a plan: every step with its call, its reason, its undo and its proof",
		Long: `Make a plan out of logs. It changes nothing.

SEED and WHAT are those of oust trace. Phases: keep evidence, guard, contain, settle, end sessions, switch credentials off,
cut triggers, take grants away, put documents back (only what the intruder changed in them), delete what they made, verify, watch.
Where a value is not in the log, the step says what to read first. Roles that can assume each other are held at once.
Never touched: responders, break-glass identities, the buckets of logs, roles of services and of IAM Identity Center.`,
		Example: `  oust evict plan 1 ./logs
  oust evict plan AKIAIOSFODNN7EXAMPLE ./logs -o plan.json -o plan.md -o plan.sh`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return a.evictPlan(c.Context(), args[0], args[1:], rd, responders)
		},
	}
	rd.registerReading(plan)
	plan.Flags().StringArrayVarP(&rd.out, "out", "o", nil, "write the plan to `file`: .json (the truth), .md (for the approver), .sh (commands); may be repeated")
	plan.Flags().BoolVar(&rd.json, "json", false, "print the plan as JSON")
	plan.Flags().StringArrayVar(&responders, "responder", nil, "never touch this `arn`: who carries the plan out; may be repeated")
	c.AddCommand(plan)
	return c
}

func (a *app) evictPlan(ctx context.Context, seed string, what []string, rd *reading, responders []string) error {
	for _, file := range rd.out {
		if planWriters[filepath.Ext(file)] == nil {
			return fmt.Errorf("-o %s: a plan is .json, .md or .sh", file)
		}
	}
	out := rd.out
	rd.out = nil // those of a report
	h, clue, closure, err := a.follow(ctx, seed, what, rd)
	if err != nil {
		return err
	}
	p, err := evict.Plan(h.graph, clue, closure, evict.Options{
		Catalog: h.cat, Env: h.env, Findings: h.report.Findings, Story: h.story(clue.Findings), Responders: responders, Now: time.Now().UTC(),
	})
	if err != nil {
		return err
	}
	if a.code == 0 && len(p.Steps) > 0 {
		a.code = finding.Found
	}
	for _, file := range out {
		if err := writeFile(file, func(w io.Writer) error { return planWriters[filepath.Ext(file)](w, p) }); err != nil {
			return err
		}
	}
	if rd.format == "json" {
		return report.EvictionJSON(a.out, p)
	}
	return report.Eviction(a.out, p, h.style)
}

// story is that of the case of which all findings are asked for.
func (h *hunted) story(findings []string) string {
	for _, c := range h.report.Cases {
		if len(findings) > 0 && len(c.Findings) == len(findings) && c.Findings[0] == findings[0] {
			return c.Story
		}
	}
	return ""
}
