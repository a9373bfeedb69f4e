package source

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"oust/internal/inflate"
)

// Limits of what one stream may make us hold or produce.
const (
	wholeIn   = 16 << 20 // stored files up to this size are read at once
	wholeOut  = 48 << 20 // and inflated at once, if the result is not larger than this
	firstWin  = 1 << 20  // size of a window at first
	maxWindow = 40 << 20 // a window grows for one long record up to this
	bombFloor = 64 << 20 // inflated size from which the ratio is watched
	bombRatio = 250      // real logs stay below 60
	zipLimit  = 1 << 30  // stored size of an archive that has to be held whole
)

// Reasons why a stream was not, or not wholly, read.
var (
	ErrBomb  = errors.New("expands more than 250 to 1, taken for a decompression bomb")
	ErrEmpty = errors.New("empty")
)

// A Sink takes a window of a stream and returns how much of it was used;
// the rest comes again, with more behind it. With final, nothing comes behind it.
type Sink func(window []byte, final bool) (used int)

// A Reader reads items one after the other and keeps its buffers between them.
// It belongs to one goroutine.
type Reader struct {
	Count func(int) // hears how many stored bytes were read; may be nil

	in, out []byte
	gz      inflate.Decoder
	window  []byte
}

// Read delivers the content of an item, decompressed. begin is called before each stream in it:
// once, or for every member of an archive.
// What was delivered before an error has been seen by the sink.
func (r *Reader) Read(ctx context.Context, it Item, begin func(path string) Sink) error {
	f, err := it.Open(ctx)
	if err != nil {
		return reason(err)
	}
	defer f.Close()
	src := &counted{r: f, ctx: ctx, count: r.Count}
	whole, err := r.first(src, it.Size)
	if err != nil {
		return reason(err)
	}
	if len(r.in) == 0 {
		return ErrEmpty
	}
	if bytes.HasPrefix(r.in, []byte("PK\x03\x04")) {
		return r.archive(ctx, it.Path, src, whole, begin)
	}
	return r.stream(src, whole, begin(it.Path))
}

// first reads the beginning of a stream into r.in, all of it when it is short.
func (r *Reader) first(src io.Reader, size int64) (whole bool, err error) {
	want := wholeIn
	if size > 0 && size < wholeIn {
		want = int(size) + 1
	}
	if cap(r.in) < want {
		r.in = make([]byte, want)
	}
	n, err := fill(src, r.in[:want])
	r.in = r.in[:n]
	if err == io.EOF {
		return true, nil
	}
	return false, err
}

// stream tells compression by content and delivers what is inside.
func (r *Reader) stream(src *counted, whole bool, sink Sink) error {
	all := io.Reader(bytes.NewReader(r.in))
	if !whole {
		all = io.MultiReader(all, src)
	}
	switch {
	case bytes.HasPrefix(r.in, []byte{0x1f, 0x8b}):
		return r.gunzip(all, src, whole, sink)
	case bytes.HasPrefix(r.in, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		zr, err := zstd.NewReader(all, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
		if err != nil {
			return fmt.Errorf("zstd: %w", err)
		}
		defer zr.Close()
		return r.windows(zr, src, sink)
	case bytes.HasPrefix(r.in, []byte("BZh")):
		return r.windows(bzip2.NewReader(all), src, sink)
	case whole:
		sink(r.in, true)
		return nil
	}
	return r.windows(all, src, sink)
}

// gunzip inflates a short file at once and a long one in windows.
func (r *Reader) gunzip(all io.Reader, src *counted, whole bool, sink Sink) error {
	if whole {
		var err error
		r.out, err = r.gz.Gunzip(r.out, r.in, wholeOut)
		if err != inflate.ErrTooLarge {
			sink(r.out, true)
			return err
		}
	}
	zr, err := gzip.NewReader(bufio.NewReaderSize(all, 1<<16))
	if err != nil {
		return inflate.ErrHeader
	}
	return r.windows(zr, src, sink)
}

// windows delivers a stream in pieces.
func (r *Reader) windows(content io.Reader, src *counted, sink Sink) error {
	if r.window == nil {
		r.window = make([]byte, firstWin)
	}
	have, total := 0, 0
	for {
		n, err := fill(content, r.window[have:])
		have, total = have+n, total+n
		if err == nil && total > bombFloor && total > bombRatio*src.n {
			err = ErrBomb
		}
		if err != nil {
			sink(r.window[:have], true)
			r.shrink()
			return streamEnd(err)
		}
		used := sink(r.window[:have], false)
		have = copy(r.window, r.window[used:have])
		if used == 0 && len(r.window) < maxWindow {
			grown := make([]byte, min(2*len(r.window), maxWindow))
			copy(grown, r.window)
			r.window = grown
		}
	}
}

// shrink lets go of a window that grew for one long record.
func (r *Reader) shrink() {
	if len(r.window) > firstWin {
		r.window = nil
	}
}

// fill reads until b is full or src ends.
func fill(src io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var k int
		k, err = src.Read(b[n:])
		n += k
	}
	return n, err
}

func streamEnd(err error) error {
	switch {
	case err == io.EOF:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return inflate.ErrTruncated
	}
	return reason(err)
}

// counted counts what is read from an item, and stops when the context ends.
type counted struct {
	r     io.Reader
	ctx   context.Context
	count func(int)
	n     int
}

func (c *counted) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(b)
	c.n += n
	if c.count != nil {
		c.count(n)
	}
	return n, err
}
