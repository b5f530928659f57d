package local

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

const testOffset = 1 << 50

// A liveServer has keys of its own, and there is a dump of others.
type liveServer struct {
	*redistest.Server
	program  liveProgram
	load     host.Load
	old, new string // digests
	options  map[string]string
}

// populate makes a dump of some megabytes, which takes a server a moment to load.
func populate(t *testing.T, s *redistest.Server) {
	t.Helper()
	s.Do(t, "DEBUG", "POPULATE", 200, "filler", 30000)
}

// A liveProgram is which server is under test: the installed one, or another.
type liveProgram struct {
	options  []redistest.Option
	before70 bool // it answers LOADING while it loads, and has no functions
}

// DUMP, of which digests are made, compresses as the option says.
var installed = liveProgram{options: []redistest.Option{redistest.WithConf("enable-debug-command yes", "rdbcompression no")}}

func newLive(t *testing.T, options ...redistest.Option) *liveServer {
	return installed.newLive(t, options...)
}

func (p liveProgram) newLive(t *testing.T, options ...redistest.Option) *liveServer {
	t.Helper()
	source := redistest.New(t, p.options...)
	source.Start(t)
	redistest.Fill(t, source.Client(t))
	populate(t, source)
	source.Do(t, "SET", "which", "new")
	source.Do(t, "SAVE")
	s := &liveServer{Server: redistest.New(t, append(options, p.options...)...), program: p}
	s.new = redistest.Digest(t, source.Client(t))
	s.load = host.Load{Path: filepath.Join(t.TempDir(), "new.rdb"), Offset: testOffset, AllowLoading: p.before70}
	content, err := os.ReadFile(filepath.Join(source.Data, "dump.rdb"))
	if err == nil {
		err = os.WriteFile(s.load.Path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	source.Stop(t)
	s.Start(t)
	s.reset(t)
	s.old = redistest.Digest(t, s.Client(t))
	s.options = s.loadOptions(t)
	return s
}

// reset gives the server its old dataset again.
func (s *liveServer) reset(t *testing.T) {
	t.Helper()
	if !s.program.before70 {
		s.Do(t, "FUNCTION", "FLUSH")
	}
	s.Do(t, "FLUSHALL")
	s.Do(t, "SET", "which", "old")
	s.Do(t, "SET", "only:old", "yes")
}

func (s *liveServer) loadOptions(t *testing.T) map[string]string {
	t.Helper()
	values := map[string]string{}
	for name := range host.LoadOptions() {
		values[name] = s.Do(t, "CONFIG", "GET", name).([]any)[1].(string)
	}
	return values
}

func (s *liveServer) machine(t *testing.T) *Machine { return machine(t, blockOf(s.Server)) }

func loader(t *testing.T, m *Machine) host.DatasetLoader {
	t.Helper()
	i, err := m.server("main")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// whole wants the server to be writable, with its own options, and to hold exactly
// one of the datasets.
func (s *liveServer) whole(t *testing.T) (isNew bool) {
	t.Helper()
	switch got := redistest.Digest(t, s.Client(t)); got {
	case s.new:
		isNew = true
	case s.old:
	default:
		t.Error("the dataset is neither the old nor the new one")
	}
	s.Do(t, "SET", "canary", "sings")
	s.Do(t, "DEL", "canary")
	for name, value := range s.loadOptions(t) {
		if value != s.options[name] {
			t.Errorf("%s is %q afterwards, and was %q", name, value, s.options[name])
		}
	}
	return isNew
}

func TestLoadDataset(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []redistest.Option
	}{
		{"plain", nil},
		{"AOF", []redistest.Option{redistest.WithAOF(), redistest.WithConf("appendfsync always")}},
		{"password", []redistest.Option{redistest.WithPassword("s e\"cret"), redistest.WithConf("masterauth another")}},
		{"socket only", []redistest.Option{redistest.WithConf("port 0")}},
		{"options of a replica", []redistest.Option{redistest.WithConf("replica-serve-stale-data no", "replica-read-only no", "repl-diskless-load on-empty-db")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newLive(t, tt.options...)
			ctx := background(t)
			if err := loader(t, s.machine(t)).LoadDataset(ctx, s.load); err != nil {
				t.Fatal(err)
			}
			if !s.whole(t) {
				t.Error("the server holds its old data")
			}
			if tt.name != "AOF" {
				return
			}
			if got := s.Do(t, "CONFIG", "GET", "appendonly").([]any)[1]; got != "yes" {
				t.Errorf("appendonly is %v", got)
			}
			s.Kill(t)
			s.Start(t)
			if !s.whole(t) {
				t.Error("after a crash the AOF has the old data")
			}
		})
	}
}

// A reader gets an answer every time, and of one dataset or the other; a writer is
// refused for a while.
func TestLoadServesReaders(t *testing.T) {
	s := newLive(t)
	m := s.machine(t)
	ctx, stop := context.WithCancel(background(t))
	var reads, failed, turned atomic.Int64
	var users sync.WaitGroup
	defer users.Wait()
	defer stop()
	users.Go(func() {
		c := s.Client(t)
		last := "old"
		for ctx.Err() == nil {
			got, err := c.Get(ctx, "which").Result()
			switch {
			case ctx.Err() != nil:
				return
			case err != nil || got != "old" && got != "new" || got == "old" && last == "new":
				t.Errorf("a read in between: %q, %v", got, err)
				failed.Add(1)
			case got == "new":
				turned.Add(1)
			}
			last = got
			reads.Add(1)
			time.Sleep(time.Millisecond)
		}
	})
	var refused atomic.Int64
	users.Go(func() {
		c := s.Client(t)
		for ctx.Err() == nil {
			err := c.Set(ctx, "canary", "x", 0).Err()
			var reply redis.Error
			switch {
			case err == nil || ctx.Err() != nil:
			case errors.As(err, &reply) && strings.HasPrefix(reply.Error(), "READONLY"):
				refused.Add(1)
			default:
				t.Errorf("a write: %v", err)
			}
			time.Sleep(time.Millisecond)
		}
	})
	await(t, func() bool { return reads.Load() > 20 })
	if err := loader(t, m).LoadDataset(ctx, s.load); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return turned.Load() > 20 })
	if failed.Load() > 0 || refused.Load() == 0 {
		t.Errorf("%d of %d reads failed; %d writes were refused", failed.Load(), reads.Load(), refused.Load())
	}
	stop()
	users.Wait()
	s.Do(t, "DEL", "canary")
	s.whole(t)
}

func await(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within a minute")
		}
	}
}

// A cutListener gives out a connection that breaks off after some bytes, then whole
// ones.
type cutListener struct {
	net.Listener
	after int64
	cut   func(net.Conn)
	given bool
}

func (l *cutListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil || l.given {
		return c, err
	}
	l.given = true
	return &cutConn{Conn: c, left: l.after, cut: l.cut}, nil
}

type cutConn struct {
	net.Conn
	left int64
	cut  func(net.Conn)
}

func (c *cutConn) Write(b []byte) (int, error) {
	if int64(len(b)) <= c.left {
		c.left -= int64(len(b))
		return c.Conn.Write(b)
	}
	n, _ := c.Conn.Write(b[:c.left])
	c.left = 0
	c.cut(c.Conn)
	return n, io.ErrClosedPipe
}

// offsets are places in what is sent to cut it at, the ends among them.
func offsets(size int64, n int) (list []int64) {
	list = []int64{0, 1, 40, 64, size - 9, size - 1, size, size + 20, size + 40, size + 60}
	for i := range n - len(list) {
		list = append(list, size*int64(i+1)/int64(n))
	}
	return list
}

func TestLoadCutOff(t *testing.T) { newLive(t).cutOff(t, cuts) }

// cutOff breaks so many loads off, each at another place.
func (s *liveServer) cutOff(t *testing.T, n int) {
	t.Helper()
	m := s.machine(t)
	info, err := os.Stat(s.load.Path)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, at := range offsets(info.Size(), n) {
		s.load.Offset += 1 << 40
		m.live.wrap = func(l net.Listener) net.Listener {
			return &cutListener{Listener: l, after: at, cut: func(c net.Conn) { c.Close() }}
		}
		err := loader(t, m).LoadDataset(background(t), s.load)
		s.writable(t)
		isNew := s.whole(t)
		if isNew != (err == nil) {
			t.Errorf("cut at %d: the data is new: %t, and the load said %v", at, isNew, err)
		}
		if err != nil {
			failed++
		}
		if isNew {
			s.reset(t)
		}
	}
	if failed < n*3/5 {
		t.Errorf("only %d loads of %d were cut off", failed, n)
	}
}

// A dump that is damaged between check and send is never loaded.
func TestLoadOfDumpThatChanges(t *testing.T) { newLive(t).damaged(t) }

func (s *liveServer) damaged(t *testing.T) {
	t.Helper()
	m := s.machine(t)
	content, err := os.ReadFile(s.load.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{12, len(content) / 2, len(content) - 3} {
		for _, phase := range []string{"verified", "guarded", "replicates"} {
			m.live.phase = func(p string) {
				if p == phase {
					changed := bytes.Clone(content)
					changed[at] ^= 4
					if err := os.WriteFile(s.load.Path, changed, 0o600); err != nil {
						t.Error(err)
					}
				}
			}
			mustContain(t, loader(t, m).LoadDataset(background(t), s.load), "changed since it was verified")
			s.writable(t)
			if s.whole(t) {
				t.Error("a dump that was damaged was loaded")
			}
			if err := os.WriteFile(s.load.Path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// The order of the keys, and so what lies at a place, is another in each dump.
	value := bytes.Index(content, []byte("\x05which\x03new")) + len("\x05which\x03")
	for at, want := range map[int]string{value: "checksum", len(content) / 2: "nothing was sent"} {
		damaged := bytes.Clone(content)
		damaged[at] ^= 4
		if err := os.WriteFile(s.load.Path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		mustContain(t, loader(t, m).LoadDataset(background(t), s.load), want)
	}
}

func TestLoadCancelled(t *testing.T) {
	for _, phase := range []string{"verified", "guarded", "options", "replicates", "sent"} {
		s := newLive(t)
		m := s.machine(t)
		ctx, cancel := context.WithCancel(background(t))
		m.live.phase = func(p string) {
			if p == phase {
				cancel()
			}
		}
		err := loader(t, m).LoadDataset(ctx, s.load)
		if isNew := s.whole(t); err == nil && !isNew {
			t.Errorf("cancelled when %s: no error, and the old data", phase)
		}
	}
}

func TestFetchDump(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("repl-diskless-sync-delay 0",
		`rename-command CONFIG ""`, `rename-command BGSAVE ""`, `rename-command SAVE ""`))
	s.Start(t)
	redistest.Fill(t, s.Client(t))
	l := loader(t, machine(t, blockOf(s)))
	to := filepath.Join(t.TempDir(), "fetched.rdb")
	got, err := l.FetchDump(background(t), to, host.Attr{UID: -1, GID: -1})
	if err != nil || got.Keys != 22 || got.Digest.Size == 0 {
		t.Fatalf("FetchDump = %+v, %v", got, err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode() != 0o600 {
		t.Errorf("the dump: %v, %v", info, err)
	}
	_, err = l.FetchDump(background(t), to, host.Attr{UID: -1, GID: -1})
	mustContain(t, err, "exist")
	s.Stop(t)
	_, err = l.FetchDump(background(t), to+"2", host.Attr{UID: -1, GID: -1})
	if !errors.Is(err, host.ErrDown) {
		t.Errorf("of a server that is down: %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(to)); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
