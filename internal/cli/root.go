// Package cli is the command line: one file per verb, and what they share.
//
// Results go to standard output, everything else to standard error, the truth into the exit code.
// Nothing else in the program prints or exits.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	data "oust/catalog"
	"oust/internal/catalog"
	"oust/internal/decode/cloudtrail"
	"oust/internal/expr"
	"oust/internal/finding"
)

// An app is one run of the program.
type app struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	files    fs.FS // the catalog
	code     int   // exit code, when no error says otherwise

	configPath string
	color      string
	plain      bool
	zone       string
	quiet      bool
}

// errSaid is returned by a command that has said itself what was wrong.
var errSaid = errors.New("said")

// Main runs the program with its arguments and returns the exit code.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{in: in, out: out, err: errs, env: os.Getenv, files: data.Files}
	root := a.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintf(errs, "oust: %v\n", err)
		}
		if a.code == finding.Clean {
			a.code = finding.NotStarted
		}
	}
	return a.code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "oust",
		Short: "Find, block and remove cloud persistence",
		Long: `oust finds what an intruder left behind in a cloud so as to come back.

A first look:   oust demo
Your own logs:  oust hunt ./logs
Your own code:  oust gate plan.json
What it knows:  oust explain`,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return flagError(c, err) })
	f := root.PersistentFlags()
	f.StringVar(&a.configPath, "config", "", "configuration `file`")
	f.StringVar(&a.color, "color", "auto", "colours: `when` is auto, always or never")
	f.BoolVar(&a.plain, "plain", false, "no colours, and no characters beyond ASCII of our own")
	f.StringVar(&a.zone, "tz", "UTC", "time `zone` of what is shown; reports for machines stay in UTC")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "say nothing on standard error but errors")
	root.AddCommand(a.huntCommand(), a.gateCommand(), a.traceCommand(), a.evictCommand(), a.demoCommand(), a.explainCommand(), a.acceptCommand(), a.configCommand(), a.schemaCommand(), a.versionCommand(), a.manCommand(), exitTopic())
	return root
}

// flagError adds the nearest flag to a complaint about an unknown one.
func flagError(c *cobra.Command, err error) error {
	_, name, ok := strings.Cut(err.Error(), "unknown flag: --")
	if !ok {
		return err
	}
	if best := catalog.Nearest(name, flagNames(c)); best != "" {
		return fmt.Errorf("%w; did you mean --%s?", err, best)
	}
	return err
}

func exitTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "exit",
		Short: "What the exit codes mean",
		Long: `0    clean and complete: nothing found, everything was looked at
1    found: a finding at or above --fail-on that is neither accepted nor known from before (wins over 3)
2    not started: usage, configuration, missing file
3    incomplete: nothing found, but something could not be read, decoded or asked;
     with gate --strict, also when something cannot be told before deployment
4    nothing to look at: no event was read, no planned resource
5    refused: approval missing, plan stale
130  interrupted: the summary is partial`,
	}
}

// knowledge opens the catalog and prepares its language.
func (a *app) knowledge() (*catalog.Catalog, *expr.Env, error) {
	cat, err := catalog.Open(a.files, new(cloudtrail.Fields))
	if err != nil {
		return nil, nil, fmt.Errorf("catalog: %w", err)
	}
	env, err := expr.New(cat)
	return cat, env, err
}

// terminal reports whether w is one, and how wide.
func terminal(w io.Writer) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 80, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width == 0 {
		width = 80
	}
	return width, true
}

// colors decides whether results are coloured.
func (a *app) colors() (bool, error) {
	switch a.color {
	case "always":
		return !a.plain, nil
	case "never":
		return false, nil
	case "auto":
	default:
		return false, fmt.Errorf("--color %s: want auto, always or never", a.color)
	}
	if a.plain || a.env("NO_COLOR") != "" || a.env("TERM") == "dumb" {
		return false, nil
	}
	_, tty := terminal(a.out)
	return tty || a.env("CLICOLOR_FORCE") != "", nil
}

// Version is set by the release build; otherwise it comes from the build information.
var Version = "" //nolint:gochecknoglobals // set by the linker

func version() string {
	if Version != "" {
		return Version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "dev"
	}
	return info.Main.Version
}
