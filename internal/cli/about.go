package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"oust/internal/catalog"
	"oust/internal/report"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:       "schema [report|trace|plan]",
		Short:     "Print the JSON schema of reports, traces or plans",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"report", "trace", "plan"},
		RunE: func(_ *cobra.Command, args []string) error {
			enc := json.NewEncoder(a.out)
			enc.SetIndent("", "  ")
			return enc.Encode(report.Schema(append(args, "report")[0]))
		},
	}
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what this binary knows",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cat, err := catalog.Open(a.files, anyField{})
			if err != nil {
				return fmt.Errorf("catalog: %w", err)
			}
			fmt.Fprintf(a.out, "oust %s\n%s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" || s.Key == "vcs.time" {
						fmt.Fprintf(a.out, "%s %s\n", s.Key, s.Value)
					}
				}
			}
			fmt.Fprintf(a.out, "%d techniques, %d kinds of resources, %d event names\n", len(cat.TechniqueIDs()), len(cat.KindNames()), len(cat.Events()))
			return nil
		},
	}
}

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages into a folder",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("write manual: %w", err)
			}
			c.Root().DisableAutoGenTag = true
			return doc.GenManTree(c.Root(), &doc.GenManHeader{Title: "OUST", Section: "1"}, args[0])
		},
	}
}
