package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"oust/internal/catalog"
)

func (a *app) explainCommand() *cobra.Command {
	var cases bool
	c := &cobra.Command{
		Use:     "explain [TECHNIQUE]",
		Short:   "What a technique is, how it is judged, and what it is seen by",
		Long:    "Explain a technique: what it is, how it is judged, which events it is seen by. Without one, list them all.",
		Example: "  oust explain\n  oust explain aws/iam-access-key\n  oust explain aws/iam-access-key --cases",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cat, err := catalog.Open(a.files, anyField{})
			if err != nil {
				return fmt.Errorf("catalog: %w", err)
			}
			if len(args) == 0 {
				return listTechniques(a.out, cat)
			}
			return explain(a.out, cat, args[0], cases)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			cat, err := catalog.Open(a.files, anyField{})
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return cat.TechniqueIDs(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.Flags().BoolVar(&cases, "cases", false, "print the cases that prove the technique as well")
	return c
}

// anyField is a dictionary for those who only read: what is embedded was checked when it was built.
type anyField struct{}

func (anyField) Has(string, string, string) bool { return true }
func (anyField) Names(string, string) []string   { return nil }

func listTechniques(w io.Writer, cat *catalog.Catalog) error {
	for _, id := range cat.TechniqueIDs() {
		t, err := cat.Technique(id)
		if err != nil {
			return err
		}
		rows := strings.Join(t.Rows, " ")
		if rows == "" {
			rows = "-"
		}
		fmt.Fprintf(w, "%-44s %-16s %s\n", id, rows, t.Title)
	}
	return nil
}

func explain(w io.Writer, cat *catalog.Catalog, id string, cases bool) error {
	t, err := cat.Technique(id)
	if err != nil {
		return err
	}
	readme, err := cat.File(t, "README.md")
	if err != nil {
		return fmt.Errorf("explain %s: %w", id, err)
	}
	fmt.Fprintf(w, "%s\n%s\n", id, strings.TrimSpace(string(readme)))
	fmt.Fprintf(w, "\nATT&CK    %s\n", strings.Join(t.Attack, ", "))
	if len(t.Rows) > 0 {
		fmt.Fprintf(w, "Rows      %s\n", strings.Join(t.Rows, ", "))
	}
	fmt.Fprintf(w, "Used in   %s\n", strings.Join(t.Seen, "\n          "))
	fmt.Fprintf(w, "Innocent  %s\n", t.Benign)
	explainJudge(w, t)
	if err := explainKind(w, cat, t.Resource); err != nil {
		return err
	}
	if cases {
		return explainCases(w, cat, t)
	}
	return nil
}

func explainJudge(w io.Writer, t *catalog.Technique) {
	fmt.Fprintf(w, "\nJudged so; the first that holds decides:\n")
	for _, c := range t.Judge {
		when := "otherwise"
		if c.When != nil {
			when = "when " + strings.Join(strings.Fields(c.When.Text), " ")
		}
		fmt.Fprintf(w, "  %-8s %-11s %s\n", c.Severity, c.Verdict, when)
		if c.Because.Text != "" {
			fmt.Fprintf(w, "  %-20s because %s\n", "", c.Because.Text)
		}
	}
	if t.Unknown != "" {
		fmt.Fprintf(w, "  %-8s %-11s when the record hides what would decide\n", t.Unknown, "unknown")
	}
}

// explainKind says by which events a kind of resource is seen, and what each field needs where they do not tell.
func explainKind(w io.Writer, cat *catalog.Catalog, name string) error {
	k, err := cat.Kind(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nSeen by these events, as %s (%s):\n", k.Title, k.Name)
	for _, e := range k.Log {
		note := ""
		if e.Documented {
			note = "  (shape: documented, not yet met in a record)"
		}
		for _, on := range e.On {
			fmt.Fprintf(w, "  %-8s %s%s\n", e.Does, on, note)
		}
	}
	fmt.Fprintf(w, "\nFields:\n")
	for _, f := range k.Fields {
		needs := ""
		if f.Needs != "" {
			needs = "where the log does not tell: " + f.Needs
		}
		fmt.Fprintf(w, "  %-20s %-24s %s\n", f.Name, f.Type, needs)
	}
	return nil
}

func explainCases(w io.Writer, cat *catalog.Catalog, t *catalog.Technique) error {
	names, err := cat.Cases(t)
	if err != nil {
		return err
	}
	for _, name := range names {
		src, err := cat.File(t, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n=== %s\n%s", name, src)
	}
	return nil
}
