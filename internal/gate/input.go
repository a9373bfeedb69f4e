package gate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"oust/internal/finding"
	"oust/internal/plan"
)

// Input is what the user named, read.
type Input struct {
	Files   []*plan.File
	Named   map[string]bool // files that the user named themselves
	Skipped []finding.Skip
	Readers []plan.Reader // nil: all
}

const (
	maxFile   = 64 << 20  // of a file in a folder
	maxNamed  = 512 << 20 // of a file that was named
	maxFolder = 1 << 30   // of all files in a folder together
)

// Open reads what was named: files, folders, or - for standard input.
func Open(ctx context.Context, what []string, stdin io.Reader) (*Input, error) {
	in := &Input{Named: map[string]bool{}}
	for _, w := range what {
		if w == "-" {
			if err := in.pipe(stdin); err != nil {
				return nil, err
			}
			continue
		}
		info, err := os.Stat(w)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", w, errors.Unwrap(err))
		}
		if !info.IsDir() {
			in.Named[w] = true
			in.file(w, info.Size(), maxNamed)
			continue
		}
		if err := in.folder(ctx, w); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (in *Input) pipe(stdin io.Reader) error {
	body, err := io.ReadAll(io.LimitReader(stdin, maxNamed+1))
	switch {
	case err != nil:
		return fmt.Errorf("read standard input: %w", err)
	case len(body) > maxNamed:
		return fmt.Errorf("read standard input: more than %d MB", maxNamed>>20)
	}
	in.Named["-"] = true
	in.add("-", body)
	return nil
}

// folder reads all files below a folder that may hold code.
func (in *Input) folder(ctx context.Context, root string) error {
	left := int64(maxFolder)
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			in.skip(path, err)
			return nil
		case d.IsDir():
			if path != root && aside(path, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			in.skip(path, err)
			return nil
		}
		if left -= info.Size(); left < 0 {
			in.skip(path, fmt.Errorf("the folder holds more than %d MB", int64(maxFolder)>>20))
			return filepath.SkipAll
		}
		if info.Size() > maxFile && !listed(path) {
			left += info.Size()
			return nil
		}
		in.file(path, info.Size(), maxFile)
		return nil
	})
}

// aside reports whether a folder holds what others made: not read unless it is named.
// Of .terraform, only the modules that terraform fetched are code of this deployment.
func aside(path, name string) bool {
	switch name {
	case ".git", "node_modules", ".venv", "vendor", "__pycache__", ".terragrunt-cache":
		return true
	case "providers", "plugins":
		return filepath.Base(filepath.Dir(path)) == ".terraform"
	}
	return false
}

func (in *Input) file(path string, size, limit int64) {
	if size > limit {
		in.skip(path, fmt.Errorf("%d MB are too many", size>>20))
		return
	}
	body, err := os.ReadFile(path)
	if err != nil {
		in.skip(path, errors.Unwrap(err))
		return
	}
	in.add(path, body)
}

// add keeps a file, unless it is no text. PowerShell writes UTF-16.
func (in *Input) add(path string, body []byte) {
	body = text(body)
	head := body[:min(len(body), 512)]
	if bytes.IndexByte(head, 0) >= 0 && !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		if in.Named[path] {
			in.skip(path, errors.New("not a text"))
		}
		return
	}
	if len(body) == 0 {
		if in.Named[path] {
			in.skip(path, errors.New("the file is empty"))
		}
		return
	}
	in.Files = append(in.Files, &plan.File{Path: filepath.ToSlash(path), Body: body})
	if in.Named[path] {
		in.Named[filepath.ToSlash(path)] = true
	}
}

func (in *Input) skip(path string, err error) {
	in.Skipped = append(in.Skipped, finding.Skip{Path: path, Reason: err.Error()})
}

func text(b []byte) []byte {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		return wide(b[2:], 0, 1)
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		return wide(b[2:], 1, 0)
	}
	return b
}

func wide(b []byte, low, high int) []byte {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, uint16(b[low])|uint16(b[high])<<8)
	}
	return []byte(string(utf16.Decode(units)))
}

// listed reports whether a file that no reader takes is worth a word: its name says that it may be code.
func listed(path string) bool {
	return slices.Contains([]string{".tf", ".tofu", ".json", ".yml", ".yaml", ".template"}, strings.ToLower(filepath.Ext(path)))
}

func place(p plan.Place) string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}
