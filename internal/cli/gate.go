package cli

import (
	"context"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"oust/internal/accept"
	"oust/internal/finding"
	"oust/internal/gate"
	"oust/internal/report"
)

func (a *app) gateCommand() *cobra.Command {
	rd, strict := &reading{}, false
	c := &cobra.Command{
		Use:   "gate WHAT...",
		Short: "Refuse footholds in code, before they are deployed",
		Long: `Judge planned infrastructure as oust hunt judges logs: refuse what would let an intruder come back.

WHAT is a file, a folder, or - for standard input; what a file is, its content tells. Best is a plan, which also
tells what stands already: what was there before does not count against a change.

  terraform plan -out p && terraform show -json p > plan.json      (OpenTofu and Terragrunt alike)

What the code does not tell before deployment is undetermined, with what would settle it; with --strict that fails.`,
		Example: `  oust gate plan.json
  oust gate . --fail-on high -o gate.json
  terraform show -json p | oust gate - --strict`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.gate(c.Context(), args, rd, strict) },
	}
	rd.output(c)
	rd.choice(c)
	c.Flags().BoolVar(&strict, "strict", false, "fail when something cannot be told before deployment")
	return c
}

func (a *app) gate(ctx context.Context, what []string, rd *reading, strict bool) error {
	if err := rd.check(); err != nil {
		return err
	}
	earlier, err := rd.earlier()
	if err != nil {
		return err
	}
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	level, err := rd.level(cfg.FailOn)
	if err != nil {
		return err
	}
	cat, env, err := a.knowledge()
	if err != nil {
		return err
	}
	only, err := rd.filter(cat)
	if err != nil {
		return err
	}
	start := time.Now()
	debug.SetGCPercent(200)
	debug.SetMemoryLimit(180 << 20) // collect sooner as the rest of the memory fills
	in, err := gate.Open(ctx, what, a.in)
	if err != nil {
		return err
	}
	r, err := gate.Run(ctx, in, gate.Options{Catalog: cat, Env: env, Org: &cfg.Org, Only: only})
	if err != nil {
		return err
	}
	style, err := a.style(len(cat.TechniqueIDs()), time.Since(start))
	if err != nil {
		return err
	}
	settle(r, earlier, cfg, rd)
	accept.ApplyMarks(r, marks(in), time.Now())
	r.FailOn = level
	return a.deliverGate(r, rd, strict, style)
}

// marks are the decisions that stand in the code itself.
func marks(in *gate.Input) (out []accept.Mark) {
	for _, f := range in.Files {
		out = append(out, accept.Marks(f.Path, f.Body)...)
	}
	return out
}

// deliverGate writes the report of a gate and sets the exit code.
func (a *app) deliverGate(r *finding.Report, rd *reading, strict bool, style report.Style) error {
	code, why := r.ExitGate(strict)
	if a.code == 0 {
		a.code = code
	}
	return a.write(r, rd, style, func(w io.Writer, s report.Style) error {
		return report.GateText(w, r, a.code, why, s)
	})
}
