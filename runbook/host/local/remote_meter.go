package local

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"redbook/runbook/host"
)

// A ctxReader ends with the context.
type ctxReader struct {
	ctx context.Context
	io.Reader
}

func (r ctxReader) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// A meter counts the bytes of a transfer.
type meter struct{ n atomic.Int64 }

func (m *meter) set(n int64) { m.n.Store(n) }
func (m *meter) get() int64  { return m.n.Load() }

// reading counts what is read from r.
func (m *meter) reading(r io.Reader) io.Reader { return io.TeeReader(r, m) }

func (m *meter) Write(p []byte) (int, error) {
	m.n.Add(int64(len(p)))
	return len(p), nil
}

// progressEvery is how often a transfer tells how far it has come.
const progressEvery = time.Second

// watch reports how far do has come while it runs, and at its start when that is not the
// file's.
func (m *meter) watch(ctx context.Context, total int64, do func() error) error {
	report := func() { host.Progress{Done: m.get(), Total: total}.Report(ctx) }
	if m.get() > 0 {
		report()
	}
	ended := make(chan error, 1)
	go func() { ended <- do() }()
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			report()
		}
	}
}
