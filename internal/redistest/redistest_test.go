package redistest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"redbook/internal/redistest"
)

func TestServerKeepsItsDataAcrossStop(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []redistest.Option
	}{
		{"dump", nil},
		{"aof", []redistest.Option{redistest.WithAOF()}},
		{"aof alone", []redistest.Option{redistest.WithAOF(), redistest.WithoutSave()}},
		{"password", []redistest.Option{redistest.WithPassword(`a "b" \ c`)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t, tt.opts...)
			s.Start(t)
			redistest.Fill(t, s.Client(t))
			want := redistest.Digest(t, s.Client(t))
			s.Stop(t)
			if s.Serving() || s.PID() != 0 {
				t.Fatal("still there after Stop")
			}
			s.Start(t)
			if got := redistest.Digest(t, s.Client(t)); got != want {
				t.Errorf("after a restart the digest is %s, want %s", got, want)
			}
			if got := s.Do(t, "GET", "shapes:triangles"); got != "3 sides" {
				t.Errorf("shapes:triangles = %q", got)
			}
		})
	}
}

func TestKillLosesUnsavedData(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	s.Do(t, "SET", "k", "v")
	s.Kill(t)
	s.Start(t)
	if got := s.Do(t, "GET", "k"); got != nil {
		t.Errorf("k = %q, want nothing", got)
	}
}

func TestDigestSeesEveryKindOfChange(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	client := s.Client(t)
	redistest.Fill(t, client)
	filled := redistest.Digest(t, client)
	for _, change := range [][]any{
		{"SET", "new", "key"},
		{"SET", "shapes:triangles", "4 sides"},
		{"PERSIST", "string:expiring"},
		{"LSET", "list:large", 5, "x"},
		{"SREM", "set:large", "member:0001"},
		{"HSET", "hash:large", "member:0001", "x"},
		{"ZADD", "zset:large", 7.5, "member:0001"},
		{"XACK", "stream:orders", "workers", "1-1"},
		{"MOVE", "bitmap", 5},
		{"FUNCTION", "DELETE", "sample"},
	} {
		s.Do(t, "FLUSHALL")
		redistest.Fill(t, client)
		before := redistest.Digest(t, client)
		s.Do(t, change...)
		if redistest.Digest(t, client) == before {
			t.Errorf("%v does not change the digest", change)
		}
	}
	if filled == "" {
		t.Error("empty digest")
	}
}

func TestStartFailsTellsWhy(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("nonsense 1"))
	if log := s.StartFails(t); !strings.Contains(log, "nonsense 1") {
		t.Errorf("log does not show the bad line:\n%s", log)
	}
}

// A server that something else started from the same configuration is found, stopped and cleaned up.
func TestForeignProcess(t *testing.T) {
	var s *redistest.Server
	t.Run("leave a server running", func(t *testing.T) {
		s = redistest.New(t)
		cmd := exec.Command("redis-server", s.Conf, "--daemonize", "yes")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		s.Await(t)
		s.Stop(t)
		if pid := s.PID(); pid != 0 {
			t.Fatalf("process %d still runs", pid)
		}
		if out, err := exec.Command("redis-server", s.Conf, "--daemonize", "yes").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		s.Await(t)
		if s.PID() == 0 {
			t.Fatal("PID did not find the server")
		}
	})
	if pid := s.PID(); pid != 0 {
		t.Errorf("process %d outlived the test", pid)
	}
	if _, err := os.Stat(s.Dir); !os.IsNotExist(err) {
		t.Errorf("%s outlived the test: %v", s.Dir, err)
	}
}

func TestStopLeavesNoChildThatSaves(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("rdb-key-save-delay 100000")) // microseconds for each key
	s.Start(t)
	redistest.Fill(t, s.Client(t))
	s.Do(t, "CONFIG", "SET", "save", "")
	for _, end := range []func(testing.TB){s.Stop, s.Kill} {
		s.Do(t, "BGSAVE")
		end(t)
		if pid := s.PID(); pid != 0 {
			t.Fatalf("process %d still runs", pid)
		}
		s.Start(t)
		s.Do(t, "SET", "k", "v")
	}
}
