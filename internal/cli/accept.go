package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"oust/internal/accept"
	"oust/internal/config"
	"oust/internal/finding"
	"oust/internal/report"
)

// accepting are the flags of oust accept.
type accepting struct{ report, reason, owner, until string }

func (a *app) acceptCommand() *cobra.Command {
	f := &accepting{}
	c := &cobra.Command{
		Use:   "accept FINDING [WHAT...]",
		Short: "Live with a finding, for a reason and until a day",
		Long: `Live with a finding, for a reason and until a day.

FINDING is the id of a finding, or the beginning of one, in the report of --report or in what a look at WHAT finds.
The decision is added to the accept list of the configuration; without one, oust.yml is made in the working folder.
It counts for hunt and gate until the end of its last day, and only as long as what was accepted does not change.
Accepted findings stay in every report, and still build cases; they do not count for the exit code.

In source code, a comment above a resource or in it does the same:
  # oust:accept TECHNIQUE reason="why" owner=who until=2026-12-31`,
		Example: `  oust accept 5f0c2a9e --report case.json --reason "yearly audit by Example Ltd" --owner platform --until 2026-12-31
  oust accept 5f0c2a9e ./logs --reason "break-glass key, sealed" --owner security --until 2026-09-30`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return a.accept(c.Context(), args[0], args[1:], f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.report, "report", "", "JSON report that holds the finding, a `file`")
	flags.StringVar(&f.reason, "reason", "", "`why` it is all right")
	flags.StringVar(&f.owner, "owner", "", "`who` answers for it")
	flags.StringVar(&f.until, "until", "", "the last `day`, at most a year from now: 2026-12-31, or 90d")
	return c
}

func (a *app) accept(ctx context.Context, id string, what []string, f *accepting) error {
	now := time.Now()
	var days int
	if _, err := fmt.Sscanf(f.until, "%dd", &days); err == nil && fmt.Sprintf("%dd", days) == f.until && days > 0 {
		f.until = now.UTC().AddDate(0, 0, days).Format(time.DateOnly)
	}
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	r, err := a.judged(ctx, what, f.report)
	if err != nil {
		return err
	}
	found, err := byID(r, id)
	if err != nil {
		return err
	}
	e := accept.Entry{
		Finding: found.ID, Technique: found.Technique, Resource: plain(resourceOf(found)), Account: plain(found.Account),
		Reason: plain(f.reason), Owner: plain(f.owner), Until: f.until, Content: accept.Content(found),
	}
	if err := accept.CheckNew(e, now); err != nil {
		return err
	}
	path, line, err := a.enter(cfg, e)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "accepted until %s by %s: %s\n  %s\n  in %s:%d\n", e.Until, report.Visible(e.Owner), report.Visible(found.Sentence), e.Technique, path, line)
	return nil
}

// judged gives the report that holds the finding: one that was saved, or what a look at something finds.
func (a *app) judged(ctx context.Context, what []string, saved string) (*finding.Report, error) {
	if (saved == "") == (len(what) == 0) {
		return nil, errors.New("where is the finding? say either --report FILE, or what to look at")
	}
	if saved != "" {
		return readReport(saved)
	}
	var b bytes.Buffer
	sub := *a
	sub.out, sub.quiet = &b, true
	if err := sub.gate(ctx, what, &reading{format: "json"}, false); err != nil {
		return nil, err
	}
	if r, err := report.Read(&b); err != nil || r.Coverage.Resources > 0 {
		return r, err
	}
	b.Reset()
	if err := sub.hunt(ctx, what, &reading{format: "json"}, false); err != nil {
		return nil, err
	}
	return report.Read(&b)
}

// byID finds a finding by its id, or by the beginning of it.
func byID(r *finding.Report, id string) (*finding.Finding, error) {
	var found *finding.Finding
	for i := range r.Findings {
		f := &r.Findings[i]
		switch {
		case !strings.HasPrefix(f.ID, id) || id == "":
		case found != nil:
			return nil, fmt.Errorf("accept %s: several findings begin like that; say more of the id", id)
		default:
			found = f
		}
	}
	if found == nil {
		return nil, fmt.Errorf("accept %s: no such finding among %d", id, len(r.Findings))
	}
	return found, nil
}

func resourceOf(f *finding.Finding) string {
	if f.Resource.Address != "" {
		return f.Resource.Address
	}
	return f.Resource.Kind + " " + f.Resource.ID
}

// plain keeps a text on one line.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
}

// enter adds an entry to the configuration file, or makes one.
func (a *app) enter(cfg *config.Config, e accept.Entry) (path string, line int, err error) {
	path = cfg.Path
	if path == "" {
		path = config.Names[0]
	}
	src, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", 0, fmt.Errorf("read configuration: %w", err)
	}
	out, line, err := accept.Add(src, e)
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", path, err)
	}
	err = writeFile(path, func(w io.Writer) error {
		_, err := w.Write(out)
		return err
	})
	return filepath.ToSlash(path), line, err
}
