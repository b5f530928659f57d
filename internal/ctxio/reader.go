// Package ctxio ends the reading of a long file with a context. It must not know
// what is read.
package ctxio

import (
	"context"
	"io"
)

type reader struct {
	ctx context.Context
	r   io.Reader
}

// NewReader reads r until ctx is done; from then on it returns ctx's error. A
// read in hand is not cut short.
func NewReader(ctx context.Context, r io.Reader) io.Reader { return &reader{ctx, r} }

func (c *reader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
