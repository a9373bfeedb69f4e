package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"oust/internal/finding"
	"oust/internal/report"
)

// writers are the formats beside text, by name and by the ending of a file.
var writers = map[string]func(io.Writer, *finding.Report) error{
	"json": report.JSON, "jsonl": report.JSONL, "csv": report.CSV,
}

// formatOf tells the format of a file by its name.
func formatOf(file string) (string, error) {
	ext := strings.TrimPrefix(filepath.Ext(file), ".")
	if writers[ext] == nil && ext != "txt" {
		return "", fmt.Errorf("-o %s: no format of that name; there are .json, .jsonl, .csv and .txt", file)
	}
	return ext, nil
}

// deliver writes a report to standard output and to every -o file, and sets the exit code.
func (a *app) deliver(r *finding.Report, rd *reading, level finding.Severity, style report.Style) error {
	code, why := r.Exit(level)
	if a.code == 0 {
		a.code = code
	}
	text := func(w io.Writer, s report.Style) error { return report.Text(w, r, a.code, why, s) }
	for _, file := range rd.out {
		if err := writeFile(file, r, func(w io.Writer) error {
			s := style
			s.Color, s.Width = false, 80
			return text(w, s)
		}); err != nil {
			return err
		}
	}
	if rd.format == "text" {
		return text(a.out, style)
	}
	return writers[rd.format](a.out, r)
}

func writeFile(file string, r *finding.Report, text func(io.Writer) error) error {
	format, err := formatOf(file)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	write := text
	if format != "txt" {
		write = func(w io.Writer) error { return writers[format](w, r) }
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
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
