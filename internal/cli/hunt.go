package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"oust/internal/finding"
	"oust/internal/hunt"
)

func (a *app) huntCommand() *cobra.Command {
	rd, verify := &reading{}, false
	c := &cobra.Command{
		Use:   "hunt WHAT...",
		Short: "Find footholds and intrusions in logs",
		Long: `Find what an intruder left behind, in logs.

WHAT is a file, a folder, or - for standard input; plain, gzip, zstd, bzip2 or zip, in a mixed folder too.
Live, with the credentials of the AWS command line: s3://BUCKET/PREFIX, aws:[PROFILE] (the event history of
every region, the last 7 days unless --since says otherwise), aws-logs:LOG-GROUP.

CloudTrail is found in every form in which it is delivered or exported: log files, NDJSON, lookup-events,
EventBridge, CloudWatch Logs, CloudTrail Lake, Athena tables.`,
		Example: `  oust hunt ./logs
  aws cloudtrail lookup-events --output json | oust hunt -
  oust hunt ./logs --since 7d --fail-on high -o case.json
  oust hunt s3://acme-trail/AWSLogs/ --since 2026-03-01 --verify
  oust hunt aws:prod`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.hunt(c.Context(), args, rd, verify) },
	}
	rd.register(c)
	c.Flags().BoolVar(&verify, "verify", false, "check delivered log files against the digests among them")
	return c
}

func (a *app) hunt(ctx context.Context, what []string, rd *reading, verify bool) error {
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
	from, err := a.sources(what, since, until, time.Now())
	if err != nil {
		return err
	}
	start := time.Now()
	progress := &hunt.Progress{}
	stop := a.progress(progress)
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(330 << 20) // collect sooner as the rest of the memory fills
	r, err := hunt.Run(ctx, from.list, hunt.Options{
		Catalog: cat, Env: env, Org: &cfg.Org, Since: since, Until: until, Only: only, Jobs: rd.jobs, Progress: progress,
		Verify: verify, Signed: from.signed(),
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
	r.Coverage.Unknown = append(r.Coverage.Unknown, from.gaps...)
	style, err := a.style(len(cat.TechniqueIDs()), time.Since(start))
	if err != nil {
		return err
	}
	style.Offline = !from.live
	if len(rd.out) == 0 && rd.format == "text" {
		style.Save = "oust hunt " + strings.Join(what, " ") + " -o case.json"
	}
	return a.deliver(r, rd, level, style)
}
