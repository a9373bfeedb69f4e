// Package source finds what the user named and delivers it as bytes: files, folders, standard input, buckets, APIs.
//
// A Source lists Items; a Reader opens each, undoes compression, and hands windows of bytes to a sink.
// Whatever cannot be read is reported with a reason, and the rest is still read.
package source

import (
	"context"
	"io"
)

// An Item is one stream of bytes with the name that the user knows it by.
type Item struct {
	Path string
	Size int64 // stored size, for progress; 0 when not known
	Open func(context.Context) (io.ReadCloser, error)
}

// A Source lists items. It must call skip for what it cannot list, and go on.
type Source interface {
	Items(ctx context.Context, emit func(Item) error, skip func(path string, err error)) error
}
