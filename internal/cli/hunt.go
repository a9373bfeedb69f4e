package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/source"
)

func (a *app) huntCommand() *cobra.Command {
	rd := &reading{}
	c := &cobra.Command{
		Use:   "hunt WHAT...",
		Short: "Find footholds and intrusions in logs",
		Long: `Find what an intruder left behind, in logs.

WHAT is a file, a folder, or - for standard input; plain, gzip, zstd, bzip2 or zip, in a mixed folder too.
CloudTrail is found in every form in which it is delivered or exported: log files, NDJSON, lookup-events,
EventBridge, CloudWatch Logs, CloudTrail Lake, Athena tables.`,
		Example: `  oust hunt ./logs
  aws cloudtrail lookup-events --output json | oust hunt -
  oust hunt ./logs --since 7d --fail-on high -o case.json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.hunt(c.Context(), args, rd) },
	}
	rd.register(c)
	return c
}

func (a *app) hunt(ctx context.Context, what []string, rd *reading) error {
	if err := rd.check(); err != nil {
		return err
	}
	since, until, err := rd.window(time.Now())
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
	sources, err := a.sources(what)
	if err != nil {
		return err
	}
	start := time.Now()
	progress := &hunt.Progress{}
	stop := a.progress(progress)
	debug.SetGCPercent(200) // most of what is read is dropped at once
	r, err := hunt.Run(ctx, sources, hunt.Options{
		Catalog: cat, Env: env, Org: &cfg.Org, Since: since, Until: until, Only: only, Jobs: rd.jobs, Progress: progress,
	})
	stop()
	if r == nil {
		return err
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		a.code = finding.Interrupted
		fmt.Fprintln(a.err, "oust: interrupted; this is what was read so far")
	}
	style, err := a.style(len(cat.TechniqueIDs()), time.Since(start))
	if err != nil {
		return err
	}
	if len(rd.out) == 0 && rd.format == "text" {
		style.Save = "oust hunt " + strings.Join(what, " ") + " -o case.json"
	}
	return a.deliver(r, rd, level, style)
}

// sources makes a source of every WHAT, by its form.
func (a *app) sources(what []string) (out []source.Source, err error) {
	for _, w := range what {
		if w == "-" {
			out = append(out, source.Stdin{Reader: a.in})
			continue
		}
		if _, err := os.Stat(w); err != nil {
			return nil, fmt.Errorf("open %s: %w", w, errors.Unwrap(err))
		}
		out = append(out, source.Files(w))
	}
	return out, nil
}
