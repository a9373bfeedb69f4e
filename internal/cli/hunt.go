package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"oust/internal/catalog"
	"oust/internal/config"
	"oust/internal/expr"
	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/relate"
	"oust/internal/report"
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
	earlier, err := rd.earlier()
	if err != nil {
		return err
	}
	got, err := a.read(ctx, what, rd, hunt.Options{Verify: verify})
	if err != nil {
		return err
	}
	settle(got.report, earlier, got.config, rd)
	if len(rd.out) == 0 && rd.format == "text" {
		got.style.Source = strings.Join(what, " ")
		got.style.Save = "oust hunt " + strings.Join(what, " ") + " -o case.json"
	}
	return a.deliver(got.report, rd, got.level, got.style)
}

// A hunted is what a verb that reads logs works with.
type hunted struct {
	report *finding.Report
	graph  *relate.Graph
	level  finding.Severity
	style  report.Style
	cat    *catalog.Catalog
	env    *expr.Env
	config *config.Config
	from   *from
}

// read reads what the user named, and judges it. o says what is special about it.
func (a *app) read(ctx context.Context, what []string, rd *reading, o hunt.Options) (*hunted, error) {
	if err := rd.check(); err != nil {
		return nil, err
	}
	var err error
	if o.Since, o.Until, err = rd.window(time.Now()); err != nil {
		return nil, err
	}
	h := &hunted{}
	if h.config, err = a.configuration(); err != nil {
		return nil, err
	}
	if h.level, err = rd.level(h.config.FailOn); err != nil {
		return nil, err
	}
	if h.cat, h.env, err = a.knowledge(); err != nil {
		return nil, err
	}
	if o.Only, err = rd.filter(h.cat); err != nil {
		return nil, err
	}
	if h.from, err = a.sources(what, o.Since, o.Until, time.Now()); err != nil {
		return nil, err
	}
	o.Catalog, o.Env, o.Org, o.Jobs, o.Signed = h.cat, h.env, &h.config.Org, rd.jobs, h.from.signed()
	return h, a.run(ctx, h, o)
}

func (a *app) run(ctx context.Context, h *hunted, o hunt.Options) error {
	start := time.Now()
	o.Progress = &hunt.Progress{}
	stop := a.progress(o.Progress)
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(330 << 20) // collect sooner as the rest of the memory fills
	var err error
	h.report, h.graph, err = hunt.Trace(ctx, h.from.list, o)
	stop()
	if err != nil && (h.report == nil || !errors.Is(err, context.Canceled)) {
		return err
	}
	if err != nil {
		a.code = finding.Interrupted
		fmt.Fprintln(a.err, "oust: interrupted; this is what was read so far")
	}
	h.report.Coverage.Unknown = append(h.report.Coverage.Unknown, h.from.gaps...)
	h.style, err = a.style(len(h.cat.TechniqueIDs()), time.Since(start))
	h.style.Offline = !h.from.live
	return err
}
