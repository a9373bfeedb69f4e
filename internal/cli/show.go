package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/report"
)

func (a *app) showCommand() *cobra.Command {
	rd, raw := &reading{}, false
	c := &cobra.Command{
		Use:   "show CASE|FINDING|ENTITY WHAT...",
		Short: "Tell the story of a case: what happened, in which order, and how that is known",
		Long: `Tell a case, a finding, or what is known of a credential, principal, address or resource.

WHAT is what oust hunt takes, or a report that it saved as JSON: then without the time line and the lineage, which need the logs.
Cases are named by their number on the screen or their id, findings by the beginning of their id.`,
		Example: `  oust show 1 ./logs
  oust show 4WJD case.json
  oust show AKIAIOSFODNN7EXAMPLE ./logs --raw`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return a.show(c.Context(), args[0], args[1:], rd, raw) },
	}
	rd.registerReading(c)
	c.Flags().BoolVar(&raw, "raw", false, "print the records themselves, untouched, one a line")
	c.Flags().BoolVar(&rd.json, "json", false, "print the trace as JSON")
	return c
}

func (a *app) show(ctx context.Context, what string, from []string, rd *reading, raw bool) error {
	if r := savedReport(from); r != nil {
		if raw {
			return fmt.Errorf("--raw needs the logs: a report has no records")
		}
		return a.showSaved(what, r)
	}
	h, clue, c, err := a.follow(ctx, what, from, rd)
	if err != nil {
		return err
	}
	t := h.graph.Describe(clue, c, h.report.Findings)
	findings := about(h.report, t, clue.Findings)
	switch {
	case raw:
		return a.raw(ctx, h, records(t, findings))
	case rd.format == "json":
		return report.TraceJSON(a.out, t)
	}
	return report.Story(a.out, t, findings, h.story(clue.Findings), h.style)
}

// about picks the findings of a story: those that were asked for, else those of what was touched.
func about(r *finding.Report, t *finding.Trace, asked []string) (out []finding.Finding) {
	for _, f := range r.Findings {
		mine := slices.Contains(asked, f.ID)
		for _, n := range t.Resources {
			mine = mine || len(asked) == 0 && slices.Contains(n.Findings, f.ID)
		}
		if mine && (len(asked) > 0 || f.Severity != finding.Info) {
			out = append(out, f)
		}
	}
	return out
}

// records lists the event ids of a story.
func records(t *finding.Trace, findings []finding.Finding) map[string]bool {
	ids := map[string]bool{}
	for _, n := range t.Resources {
		for _, d := range n.Deeds {
			ids[d.EventID] = true
		}
	}
	for _, f := range findings {
		for _, e := range f.Evidence {
			ids[e.EventID] = true
		}
	}
	for _, s := range t.Origin {
		ids[s.EventID] = true
	}
	delete(ids, "")
	return ids
}

// raw reads the sources again, for the records themselves.
func (a *app) raw(ctx context.Context, h *hunted, ids map[string]bool) error {
	lines, err := hunt.Records(ctx, h.from.list, ids)
	for _, l := range lines {
		if _, err := fmt.Fprintf(a.out, "%s\n", l); err != nil {
			return err
		}
	}
	return err
}

// savedReport reads a report that hunt wrote, when that is all that was named.
func savedReport(from []string) *finding.Report {
	if len(from) != 1 {
		return nil
	}
	r, err := readReport(from[0])
	if err != nil {
		return nil
	}
	return r
}

func (a *app) showSaved(what string, r *finding.Report) error {
	ids := r.Named(what)
	if len(ids) == 0 {
		return fmt.Errorf("%q is no case or finding of this report", what)
	}
	style, err := a.style(0, 0)
	if err != nil {
		return err
	}
	t := &finding.Trace{Coverage: r.Coverage, Clue: finding.Clue{Text: what, What: "case"}}
	h := &hunted{report: r}
	return report.Story(a.out, t, about(r, t, ids), h.story(ids), style)
}
