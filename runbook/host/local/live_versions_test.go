//go:build e2e

package local

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/internal/versions"
)

// TestLoadVersions does to every server that a supported Debian ships what the other tests do to the installed one.
func TestLoadVersions(t *testing.T) {
	for _, v := range versions.All() {
		p := liveProgram{
			options:  []redistest.Option{redistest.WithProgram(v.Program(t, "server")), redistest.WithConf("rdbcompression no")},
			before70: strings.HasPrefix(v.Number, "6."),
		}
		if !p.before70 {
			p.options = append(p.options, redistest.WithConf("enable-debug-command yes"))
		}
		t.Run(v.String(), func(t *testing.T) {
			t.Run("cut off", func(t *testing.T) { p.newLive(t).cutOff(t, cuts) })
			t.Run("cut off with AOF", func(t *testing.T) { p.newLive(t, redistest.WithAOF()).cutOff(t, cuts/4) })
			t.Run("killed", func(t *testing.T) { p.newLive(t, redistest.WithPassword("s3cret")).killedAnywhere(t) })
			t.Run("damaged", func(t *testing.T) { p.newLive(t).damaged(t) })
			t.Run("read", func(t *testing.T) { p.newLive(t).readThroughout(t) })
		})
	}
}

// readThroughout has a client read each millisecond of a load; a server before 7.0 may answer LOADING.
func (s *liveServer) readThroughout(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(background(t))
	var reads atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c := s.Client(t)
		for ctx.Err() == nil {
			got, err := c.Get(ctx, "which").Result()
			loading := s.program.before70 && err != nil && strings.HasPrefix(err.Error(), "LOADING")
			if ctx.Err() == nil && !loading && (err != nil || got != "old" && got != "new") {
				t.Errorf("a read in between: %q, %v", got, err)
			}
			reads.Add(1)
			time.Sleep(time.Millisecond)
		}
	}()
	await(t, func() bool { return reads.Load() > 20 })
	err := loader(t, s.machine(t)).LoadDataset(ctx, s.load)
	after := reads.Load()
	await(t, func() bool { return reads.Load() > after+20 })
	stop()
	<-ended
	if err != nil || !s.whole(t) {
		t.Errorf("the load: %v", err)
	}
}
