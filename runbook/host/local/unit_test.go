package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

// unitInstance is a server supervised by the fake.
func unitInstance(t *testing.T, f *fakeSystemd, s *redistest.Server) host.Instance {
	t.Helper()
	c := blockOf(s)
	c.Process, c.Service = nil, "redis-server"
	m := machine(t, c)
	m.systemd.dial = func() (systemdBus, error) { return f, nil }
	i, err := m.Instance("main")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestUnitStartAndStop(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprintf("signal lost %v", lost), func(t *testing.T) {
			s := redistest.New(t)
			f := newFakeSystemd(s.Conf)
			result := map[bool]string{false: "done"}[lost]
			f.onStart = func(f *fakeSystemd) string { s.Start(t); f.is("active", "running", s.PID()); return result }
			f.onStop = func(f *fakeSystemd) string { s.Stop(t); f.is("inactive", "dead", 0); return result }
			i, ctx := unitInstance(t, f, s), background(t)
			if err := i.Stop(ctx); err != nil {
				t.Errorf("stop of a unit that is down: %v", err)
			}
			if err := i.Start(ctx); err != nil {
				t.Fatal(err)
			}
			if st, err := i.Status(ctx); err != nil || st != (host.Status{PID: s.PID(), Serving: true}) {
				t.Errorf("Status = %+v, %v", st, err)
			}
			if err := i.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			if st, err := i.Status(ctx); err != nil || st != (host.Status{}) {
				t.Errorf("Status = %+v, %v", st, err)
			}
			if want := []string{"start replace", "stop replace"}; !slices.Equal(f.calls, want) {
				t.Errorf("calls %q, want %q", f.calls, want)
			}
		})
	}
}

func TestUnitStartFails(t *testing.T) {
	failed := func(result string, status int32, job string) func(*fakeSystemd) string {
		return func(f *fakeSystemd) string {
			f.is("failed", "failed", 0)
			f.properties["Result"], f.properties["ExecMainStatus"] = result, status
			return job
		}
	}
	for _, tt := range []struct {
		name    string
		onStart func(*fakeSystemd) string
		want    []string
	}{
		{"exit", failed("exit-code", 1, "failed"), []string{"start job failed", "Result=exit-code", "ExecMainStatus=1"}},
		{"exit, signal lost", failed("exit-code", 1, ""), []string{"unit redis-server.service failed"}},
		{"timeout", failed("timeout", 0, "timeout"), []string{"start timeout ended", "TimeoutStartSec=infinity"}},
		{"program missing", failed("exit-code", 203, "failed"), []string{"203/EXEC", "check ExecStart"}},
		{"sandbox", failed("exit-code", 226, "failed"), []string{"226/NAMESPACE", "ReadWritePaths"}},
		{"loop", func(f *fakeSystemd) string {
			f.is("activating", "auto-restart", 0)
			f.properties["NRestarts"] = uint32(1)
			return "done"
		}, []string{"SubState=auto-restart"}},
		{"condition", func(f *fakeSystemd) string { return "done" }, []string{"ended: ActiveState=inactive"}},
		{"dependency", func(f *fakeSystemd) string { return "dependency" }, []string{"list-dependencies"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t)
			f := newFakeSystemd(s.Conf)
			f.onStart = tt.onStart
			err := unitInstance(t, f, s).Start(background(t))
			var start *host.StartError
			if !errors.As(err, &start) {
				t.Fatalf("Start = %v, want a *StartError", err)
			}
			mustContain(t, err, tt.want...)
			if st := f.properties["ActiveState"]; st != "inactive" {
				t.Errorf("the unit is left %v; calls %q", st, f.calls)
			}
		})
	}
}

// With Type=forking systemd waits for a pid file that nobody will write: only the
// server's log tells that it has ended.
func TestUnitThatWaitsForAPIDFile(t *testing.T) {
	s := redistest.New(t)
	f := newFakeSystemd(s.Conf)
	f.onStart = func(f *fakeSystemd) string {
		f.is("activating", "start", 0)
		f.properties["Job"] = []any{uint32(7), "/"}
		writeFile(t, s.LogFile, "7:M 25 Nov 2026 19:51:03.565 # Fatal error loading the DB: Permission denied. Exiting.\n", 0o640)
		return ""
	}
	err := unitInstance(t, f, s).Start(background(t))
	mustContain(t, err, "may not read its dump")
	if st := f.properties["ActiveState"]; st != "inactive" {
		t.Errorf("the unit is left %v", st)
	}
}

// With Restart=always each look may find the next main process.
func TestUnitLoopIsSeenByItsProcesses(t *testing.T) {
	s := redistest.New(t)
	f := newFakeSystemd(s.Conf)
	f.onStart = func(f *fakeSystemd) string { f.is("active", "running", 1<<22+1); return "done" }
	u := newUnit(&systemdConn{dial: func() (systemdBus, error) { return f, nil }}, "redis-server")
	a, err := u.start(background(t))
	if err != nil {
		t.Fatal(err)
	}
	if started, err := a.check(background(t)); !started || err != nil {
		t.Fatalf("check = %v, %v", started, err)
	}
	f.is("active", "running", 1<<22+2)
	_, err = a.check(background(t))
	mustContain(t, err, "was started again")
}

func TestUnitIsResetBeforeStart(t *testing.T) {
	for _, tt := range []struct {
		active, sub string
		want        []string
	}{
		{"failed", "failed", []string{"reset-failed", "start replace"}},
		{"activating", "auto-restart", []string{"stop replace", "start replace"}},
	} {
		s := redistest.New(t)
		f := newFakeSystemd(s.Conf)
		f.is(tt.active, tt.sub, 0)
		f.onStart = func(f *fakeSystemd) string { s.Start(t); f.is("active", "running", s.PID()); return "done" }
		if err := unitInstance(t, f, s).Start(background(t)); err != nil {
			t.Error(err)
		}
		if !slices.Equal(f.calls, tt.want) {
			t.Errorf("%s: calls %q, want %q", tt.sub, f.calls, tt.want)
		}
	}
}

func TestUnitStopFails(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	f := newFakeSystemd(s.Conf)
	f.is("active", "running", s.PID())
	f.onStop = func(f *fakeSystemd) string { f.is("deactivating", "stop-sigterm", s.PID()); return "" }
	i := unitInstance(t, f, s)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := i.Stop(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stop that hangs: %v", err)
	}
	f.onStop = func(f *fakeSystemd) string {
		s.Kill(t)
		f.is("failed", "failed", 0)
		f.properties["Result"] = "timeout"
		return "done"
	}
	mustContain(t, i.Stop(background(t)), "systemd killed it", "TimeoutStopSec=infinity")
}

// A server that refused SIGTERM leaves its unit "deactivating" for ever, since
// systemd sends no second one. Stopping it again, or starting it, does.
func TestUnitWhoseServerRefusedToStop(t *testing.T) {
	for _, then := range []string{"stop", "start"} {
		t.Run(then, func(t *testing.T) {
			s := redistest.New(t, redistest.WithConf("save 3600 1"))
			s.Start(t)
			s.Do(t, "SET", "k", "v")
			blockDump(t, s)
			f := newFakeSystemd(s.Conf)
			pid := s.PID()
			f.is("active", "running", pid)
			f.onStop = func(f *fakeSystemd) string {
				if f.properties["SubState"] == "running" {
					f.is("deactivating", "stop-sigterm", pid)
					_ = findProcess(pid).signal(unix.SIGTERM)
				}
				return ""
			}
			f.onStart = func(f *fakeSystemd) string { s.Start(t); f.is("active", "running", s.PID()); return "done" }
			i, ctx := unitInstance(t, f, s), background(t)
			mustContain(t, i.Stop(ctx), "refuses to stop")
			if err := os.RemoveAll(s.Data + "/dump.rdb"); err != nil {
				t.Fatal(err)
			}
			go func() { // systemd sees the process go
				_ = poll(ctx, func() (bool, error) { return !findProcess(pid).lives(), nil })
				f.mu.Lock()
				defer f.mu.Unlock()
				f.is("inactive", "dead", 0)
			}()
			again := map[string]func(context.Context) error{"stop": i.Stop, "start": i.Start}[then]
			if err := again(ctx); err != nil {
				t.Error(err)
			}
			if findProcess(pid).lives() {
				t.Error("the server was not sent SIGTERM again")
			}
		})
	}
}

func TestUnitThatIsNone(t *testing.T) {
	s := redistest.New(t)
	for state, want := range map[string]string{"not-found": "systemd has no unit redis-server.service", "masked": "systemctl unmask", "error": "systemctl status"} {
		f := newFakeSystemd(s.Conf)
		f.properties["LoadState"] = state
		_, err := unitInstance(t, f, s).Describe(background(t))
		mustContain(t, err, want)
	}
	m := machine(t, host.ServerConfig{Name: "main", Address: "127.0.0.1:1", Service: "redis"})
	m.systemd.dial = func() (systemdBus, error) { return nil, errors.New("no bus") }
	i, _ := m.Instance("main")
	mustContain(t, i.Start(background(t)), "no bus")
}

func TestDescribeUnit(t *testing.T) {
	s := redistest.New(t)
	d, err := unitInstance(t, newFakeSystemd(s.Conf), s).Describe(background(t))
	if err != nil || d.User != "redis" || d.Group != "redis" || d.Config != s.Conf || d.Dump != filepath.Join(s.Data, "dump.rdb") || !strings.HasPrefix(d.Version, "7.") {
		t.Errorf("Describe = %+v, %v", d, err)
	}
}
