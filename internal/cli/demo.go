package cli

import (
	"github.com/spf13/cobra"

	"time"

	"oust/internal/finding"
	"oust/internal/hunt"
	"oust/internal/org"
	"oust/internal/source"
	"oust/scenarios"
)

func (a *app) demoCommand() *cobra.Command {
	rd := &reading{}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Hunt an intrusion that ships with the program",
		Long:  "Hunt through the logs of a made-up company in which somebody came in with a stolen key. Needs no cloud and no files. Ends with 0.",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := rd.check(); err != nil {
				return err
			}
			cat, env, err := a.knowledge()
			if err != nil {
				return err
			}
			start := time.Now()
			r, err := hunt.Run(c.Context(), []source.Source{source.Tree{FS: scenarios.Files, Dir: "stolen-key/logs"}},
				hunt.Options{Catalog: cat, Env: env, Org: &org.Org{}})
			if err != nil {
				return err
			}
			style, err := a.style(len(cat.TechniqueIDs()), time.Since(start))
			if err != nil {
				return err
			}
			return a.deliver(r, rd, finding.Never, style)
		},
	}
	rd.register(c)
	return c
}
