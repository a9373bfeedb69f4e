package aws

import (
	"bytes"
	"context"
	"io"
)

// pages turns a paged API into a stream: fetch is called for a page when the last one has been read.
type pages struct {
	ctx   context.Context
	fetch func(context.Context) (page []byte, more bool, err error)
	buf   bytes.Reader
	done  bool
}

func newPages(ctx context.Context, fetch func(context.Context) ([]byte, bool, error)) io.ReadCloser {
	return io.NopCloser(&pages{ctx: ctx, fetch: fetch})
}

func (p *pages) Read(b []byte) (int, error) {
	for p.buf.Len() == 0 {
		if p.done {
			return 0, io.EOF
		}
		page, more, err := p.fetch(p.ctx)
		if err != nil {
			return 0, err
		}
		p.done = !more
		p.buf.Reset(page)
	}
	return p.buf.Read(b)
}
