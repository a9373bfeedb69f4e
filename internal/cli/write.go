package cli

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"oust/internal/accept"
	"oust/internal/config"
	"oust/internal/finding"
	"oust/internal/report"
)

// writers are the formats beside text.
var writers = map[string]func(io.Writer, *finding.Report) error{
	"json": report.JSON, "jsonl": report.JSONL, "csv": report.CSV, "sarif": report.SARIF, "junit": report.JUnit,
	"github": report.GitHub, "gitlab": report.GitLab, "md": report.Markdown,
}

// order is that of the formats in messages.
var order = []string{"text", "json", "jsonl", "csv", "sarif", "junit", "github", "gitlab", "md"}

func formatNames() string {
	return strings.Join(order[:len(order)-1], ", ") + " or " + order[len(order)-1]
}

// endings are the ends of file names that tell a format; the first that fits does.
var endings = []struct{ end, format string }{
	{"code-quality-report.json", "gitlab"}, {"codequality.json", "gitlab"}, {".sarif.json", "sarif"},
	{".sarif", "sarif"}, {".xml", "junit"}, {".md", "md"}, {".jsonl", "jsonl"}, {".json", "json"}, {".csv", "csv"}, {".txt", "text"},
}

// formatOf tells the format of a file by its name, or of the form format=file.
func formatOf(out string) (format, file string, err error) {
	if name, rest, ok := strings.Cut(out, "="); ok && rest != "" && (writers[name] != nil || name == "text") {
		return name, rest, nil
	}
	for _, e := range endings {
		if strings.HasSuffix(strings.ToLower(out), e.end) {
			return e.format, out, nil
		}
	}
	return "", "", fmt.Errorf("-o %s: no format of that name; there are .json, .jsonl, .csv, .sarif, .xml (JUnit), .md, .txt, "+
		"gl-code-quality-report.json, and format=file with %s", out, formatNames())
}

// earlier reads the report of --known; nil when there is none.
func (r *reading) earlier() (*finding.Report, error) {
	if r.known == "" {
		return nil, nil
	}
	return readReport(r.known)
}

func readReport(file string) (*finding.Report, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", file, err)
	}
	return r, nil
}

// settle marks what does not count: findings of an earlier report, if there is one, and those that somebody lives with.
func settle(r, earlier *finding.Report, cfg *config.Config, rd *reading) {
	if earlier != nil {
		accept.Known(r, earlier)
	}
	accept.Apply(r, cfg.Accept, time.Now(), rd.partly())
}

// partly reports whether the flags leave something out of the report.
func (r *reading) partly() bool {
	return len(r.only)+len(r.skip) > 0 || r.since != "" || r.until != ""
}

// deliver writes a report to standard output and to every -o file, and sets the exit code.
func (a *app) deliver(r *finding.Report, rd *reading, level finding.Severity, style report.Style) error {
	r.FailOn = level
	code, why := r.Exit(level)
	if a.code == 0 {
		a.code = code
	}
	return a.write(r, rd, style, func(w io.Writer, s report.Style) error { return report.Text(w, r, a.code, why, s) })
}

// write writes a report to standard output and to every -o file; text draws it for people.
func (a *app) write(r *finding.Report, rd *reading, style report.Style, text func(io.Writer, report.Style) error) error {
	for _, out := range rd.out {
		format, file, err := formatOf(out)
		if err != nil {
			return err
		}
		err = writeFile(file, func(w io.Writer) error {
			if format != "text" {
				return writers[format](w, r)
			}
			s := style
			s.Color, s.Width = false, 80
			return text(w, s)
		})
		if err != nil {
			return err
		}
	}
	if rd.format == "text" {
		return text(a.out, style)
	}
	return writers[rd.format](a.out, r)
}

// writeFile writes a file as a whole or not at all: nobody ever reads half of it, and an earlier one stays when writing fails.
// What is no ordinary file, such as a pipe, is written to as it is.
func writeFile(file string, write func(io.Writer) error) (err error) {
	mode := fs.FileMode(0o666)
	if to, err := filepath.EvalSymlinks(file); err == nil {
		file = to
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return writeTo(os.OpenFile(file, os.O_WRONLY, 0))(write)
	} else if err == nil {
		mode = info.Mode().Perm()
	}
	part := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+"."+rand.Text())
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", file, errors.Unwrap(err))
	}
	defer func() {
		if err != nil {
			os.Remove(part)
		}
	}()
	if err := writeTo(f, nil)(write); err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// writeTo writes to an opened file and closes it.
func writeTo(f *os.File, err error) func(func(io.Writer) error) error {
	return func(write func(io.Writer) error) error {
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if err := write(f); err != nil {
			f.Close()
			return err
		}
		return f.Close()
	}
}

// style is how text is drawn on this terminal.
func (a *app) style(techniques int, took time.Duration) (report.Style, error) {
	color, err := a.colors()
	if err != nil {
		return report.Style{}, err
	}
	zone, err := time.LoadLocation(a.zone)
	if err != nil {
		return report.Style{}, fmt.Errorf("--tz %s: no such time zone; say UTC, Local or Europe/Vienna", a.zone)
	}
	width, _ := terminal(a.out)
	return report.Style{Width: min(width, 120), Color: color, Plain: a.plain, Zone: zone, Version: version(), Techniques: techniques, Offline: true, Took: took}, nil
}
