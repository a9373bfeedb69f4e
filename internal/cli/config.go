package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"oust/internal/accept"
	"oust/internal/config"
	"oust/internal/finding"
	"oust/internal/report"
)

func (a *app) configCommand() *cobra.Command {
	origin := false
	c := &cobra.Command{
		Use:   "config",
		Short: "Print the configuration that a run would use",
		Long: `Print the configuration that a run would use.

The first of these is taken whole, nothing is merged: the file of --config, that of $OUST_CONFIG, oust.yml or oust.yaml
in the working folder or above it up to the root of the repository, oust/oust.yml in the user's configuration folder.

  fail_on   the lowest severity that makes exit code 1, when --fail-on does not say
  org       who we are: what is ours, whom we trust, who may act for us; everything else is external
  accept    findings that somebody lives with; oust accept writes it

A key that does not exist stops every run.`,
		Example: `  oust config --origin
  oust config --config prod/oust.yml`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.printConfig(origin) },
	}
	c.Flags().BoolVar(&origin, "origin", false, "say of every value in which file and line it stands")
	return c
}

func (a *app) printConfig(origin bool) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	set := map[string]bool{}
	for _, v := range cfg.Values {
		set[v.Key] = true
		a.setting(origin, fmt.Sprintf("%s:%d", cfg.Path, v.Line), v.Key, v.Text)
	}
	if !set["fail_on"] {
		a.setting(origin, "default", "fail_on", string(finding.Low))
	}
	if cfg.Path == "" && !a.quiet {
		fmt.Fprintln(a.err, "oust: there is no configuration; ours are the accounts whose logs are given")
	}
	return nil
}

func (a *app) setting(origin bool, from, key, value string) {
	if origin {
		fmt.Fprintf(a.out, "%s\t", report.Visible(from))
	}
	fmt.Fprintf(a.out, "%s = %q\n", report.Visible(key), value)
}

// configuration finds, reads and checks the configuration file.
func (a *app) configuration() (*config.Config, error) {
	path, err := config.Find(a.configPath, a.env)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return cfg, accept.Check(cfg.Accept, time.Now())
}
