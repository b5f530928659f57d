package local

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

// An order is what a process is to load, and where it is killed.
type order struct {
	Server   host.ServerConfig
	Password string
	Load     host.Load
	Phase    string // "" for Bytes
	Bytes    int64  // that the server has got by then
}

const orderVariable = "REDBOOK_TEST_LOAD"

// TestKilledLoad is the process that is killed, where it was given an order.
func TestKilledLoad(t *testing.T) {
	var o order
	if json.Unmarshal([]byte(os.Getenv(orderVariable)), &o) != nil {
		return
	}
	o.Server.Password = host.NewSecret(o.Password)
	m := machine(t, o.Server)
	die := func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	m.live.phase = func(phase string) {
		if phase == o.Phase {
			die()
		}
	}
	if o.Phase == "" {
		m.live.wrap = func(l net.Listener) net.Listener {
			return &cutListener{Listener: l, after: o.Bytes, cut: func(net.Conn) { die() }}
		}
	}
	if err := loader(t, m).LoadDataset(background(t), o.Load); err != nil {
		t.Fatal(err)
	}
}

// killed has another process do what it is ordered and die of it.
func (s *liveServer) killed(t *testing.T, o order) {
	t.Helper()
	o.Server, o.Password, o.Load = blockOf(s.Server), s.Password, s.load
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestKilledLoad$")
	child.Env = append(os.Environ(), orderVariable+"="+string(raw))
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the process was not killed: %v\n%s", err, out)
	}
}

// writable waits until the server takes writes; nobody but the guard makes it.
func (s *liveServer) writable(t *testing.T) {
	t.Helper()
	c := s.Client(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := poll(ctx, func() (bool, error) {
		err := c.Set(ctx, "canary", "x", 0).Err()
		var reply redis.Error
		if errors.As(err, &reply) && strings.HasPrefix(reply.Error(), "READONLY") {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		t.Fatalf("the server is not writable: %v\n%s", err, s.Log(t))
	}
	s.Do(t, "DEL", "canary")
}

// unwatched waits until the guard has ended, so that all it does is done. Guards of other programs are of other tests.
func unwatched(t *testing.T) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		for _, p := range allProcesses() {
			if exe, _ := os.Readlink(procPath(p.pid, "exe")); exe == self && p.program() == guardName {
				return false
			}
		}
		return true
	})
}

func TestLoadKilled(t *testing.T) { newLive(t, redistest.WithPassword("s3cret")).killedAnywhere(t) }

// killedAnywhere kills a load at every phase, and at places of what it sends.
func (s *liveServer) killedAnywhere(t *testing.T) {
	t.Helper()
	info, err := os.Stat(s.load.Path)
	if err != nil {
		t.Fatal(err)
	}
	size := info.Size()
	orders := []order{{Bytes: 0}, {Bytes: 30}, {Bytes: 1000}, {Bytes: size / 2}, {Bytes: size - 1}}
	for _, phase := range []string{"verified", "guarded", "options", "replicates", "sent", "loaded", "released"} {
		orders = append(orders, order{Phase: phase})
	}
	for _, o := range orders {
		s.load.Offset += 1 << 40
		s.killed(t, o)
		s.writable(t)
		unwatched(t)
		isNew := s.whole(t)
		if want := o.Phase == "loaded" || o.Phase == "released"; isNew != want && o.Phase != "sent" {
			t.Errorf("killed at %q after %d bytes: the data is new: %t", o.Phase, o.Bytes, isNew)
		}
		fields, err := s.machine(t).servers["main"].Info(background(t))
		if err != nil || s.load.Done(fields) != isNew {
			t.Errorf("killed at %q after %d bytes: the data is new: %t, and the offsets say otherwise (%v)", o.Phase, o.Bytes, isNew, err)
		}
		if isNew {
			s.reset(t)
		}
	}
}

// The password is in no argument and no environment of the guard.
func TestGuardHidesThePassword(t *testing.T) {
	s := newLive(t, redistest.WithPassword("s3cret"))
	m := s.machine(t)
	m.live.guardEnv = nil
	seen := 0
	m.live.phase = func(phase string) {
		if phase != "guarded" {
			return
		}
		for _, p := range allProcesses() {
			if p.program() != guardName || p.parent() != os.Getpid() {
				continue
			}
			seen++
			for _, name := range []string{"cmdline", "environ"} {
				b, err := os.ReadFile(procPath(p.pid, name))
				if err != nil || strings.Contains(string(b), "s3cret") || name == "environ" && len(b) > 0 {
					t.Errorf("%s of the guard: %q, %v", name, b, err)
				}
			}
		}
	}
	if err := loader(t, m).LoadDataset(background(t), s.load); err != nil {
		t.Fatal(err)
	}
	if seen != 1 {
		t.Errorf("%d guards were seen, want 1", seen)
	}
}
