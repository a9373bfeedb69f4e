package source

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
)

// archive delivers the members of a zip file, each as a stream of its own.
// The table of contents stands at the end, so the archive has to be held whole.
func (r *Reader) archive(ctx context.Context, path string, rest io.Reader, whole bool, begin func(string) Sink) error {
	stored := bytes.Clone(r.in)
	if !whole {
		more, err := io.ReadAll(io.LimitReader(rest, zipLimit))
		if err != nil {
			return reason(err)
		}
		if len(more) == zipLimit {
			return fmt.Errorf("zip: larger than %d MiB", zipLimit>>20)
		}
		stored = append(stored, more...)
	}
	zr, err := zip.NewReader(bytes.NewReader(stored), int64(len(stored)))
	if err != nil {
		return err
	}
	var first error
	for _, f := range zr.File {
		if f.FileInfo().IsDir() {
			continue
		}
		if err := r.member(ctx, path, f, begin); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (r *Reader) member(ctx context.Context, path string, f *zip.File, begin func(string) Sink) error {
	name := path + "!" + strings.TrimPrefix(f.Name, "/")
	m, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer m.Close()
	// the ratio of the member is checked against its own stored size
	src := &counted{r: m, ctx: ctx, n: int(f.CompressedSize64)}
	if f.UncompressedSize64 > bombFloor && f.UncompressedSize64 > bombRatio*f.CompressedSize64 {
		return fmt.Errorf("%s: %w", name, ErrBomb)
	}
	whole, err := r.first(src, int64(f.UncompressedSize64))
	if err != nil {
		return fmt.Errorf("%s: %w", name, reason(err))
	}
	if len(r.in) == 0 {
		return fmt.Errorf("%s: %w", name, ErrEmpty)
	}
	if err := r.stream(src, whole, begin(name)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
