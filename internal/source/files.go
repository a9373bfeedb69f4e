package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Reasons for passing over a path that is no loss.
var (
	ErrSeen = errors.New("leads to what was read already")
	ErrKind = errors.New("neither a file nor a folder")
)

// Files is a file or a folder on disk, named as the user named it.
type Files string

// Items walks the tree in name order and follows links, each target once.
func (f Files) Items(ctx context.Context, emit func(Item) error, skip func(string, error)) error {
	if _, err := os.Stat(string(f)); err != nil {
		return fmt.Errorf("open %s: %w", string(f), errors.Unwrap(err))
	}
	w := walker{ctx, emit, skip, map[string]bool{}}
	return w.walk(string(f))
}

type walker struct {
	ctx  context.Context
	emit func(Item) error
	skip func(string, error)
	seen map[string]bool // folders, and files that were reached through a link
}

func (w *walker) walk(path string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		w.skip(path, reason(err))
		return nil
	}
	switch {
	case info.IsDir():
		return w.dir(path)
	case info.Mode().IsRegular() || info.Mode()&fs.ModeNamedPipe != 0:
		return w.emit(Item{Path: path, Size: info.Size(), Open: func(context.Context) (io.ReadCloser, error) { return os.Open(path) }})
	}
	w.skip(path, ErrKind)
	return nil
}

func (w *walker) dir(path string) error {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		w.skip(path, reason(err))
		return nil
	}
	if w.seen[real] {
		w.skip(path, ErrSeen)
		return nil
	}
	w.seen[real] = true
	entries, err := os.ReadDir(path)
	if err != nil {
		w.skip(path, reason(err))
	}
	for _, e := range entries {
		if err := w.walk(filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// reason drops the operation and path that the caller names anyway.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Stdin is standard input, or whatever stands in for it.
type Stdin struct{ io.Reader }

// Items delivers the one stream.
func (s Stdin) Items(_ context.Context, emit func(Item) error, _ func(string, error)) error {
	return emit(Item{Path: "-", Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(s.Reader), nil }})
}

// Tree is a folder inside a file system, such as one that is embedded.
type Tree struct {
	FS  fs.FS
	Dir string
}

// Items walks the tree in name order.
func (t Tree) Items(ctx context.Context, emit func(Item) error, skip func(string, error)) error {
	return fs.WalkDir(t.FS, t.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			skip(path, reason(err))
			return nil
		}
		if d.IsDir() {
			return ctx.Err()
		}
		size := int64(0)
		if info, err := d.Info(); err == nil {
			size = info.Size()
		}
		return emit(Item{Path: path, Size: size, Open: func(context.Context) (io.ReadCloser, error) { return t.FS.Open(path) }})
	})
}
