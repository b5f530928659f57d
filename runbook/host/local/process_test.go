package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

func TestProcessStartAndStop(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []redistest.Option
	}{
		{"foreground", nil},
		{"daemonize", []redistest.Option{redistest.WithConf("daemonize yes")}},
		{"no logfile", []redistest.Option{redistest.WithConf(`logfile ""`)}},
		{"daemonize, no pidfile", []redistest.Option{redistest.WithConf("daemonize yes", `pidfile ""`)}},
		{"no title", []redistest.Option{redistest.WithConf("set-proc-title no", `pidfile ""`)}},
		{"password", []redistest.Option{redistest.WithPassword("s e\"cret")}},
		{"aof", []redistest.Option{redistest.WithAOF()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t, tt.options...)
			i, ctx := instance(t, blockOf(s)), background(t)
			if st, err := i.Status(ctx); err != nil || st != (host.Status{}) {
				t.Fatalf("before the start: Status = %+v, %v", st, err)
			}
			if err := i.Start(ctx); err != nil {
				t.Fatal(err)
			}
			st, err := i.Status(ctx)
			if want := (host.Status{PID: s.PID(), Serving: true}); err != nil || st != want || st.PID == 0 {
				t.Errorf("Status = %+v, %v, want %+v", st, err, want)
			}
			if err := i.Start(ctx); err != nil {
				t.Errorf("start of a server that runs: %v", err)
			}
			s.Do(t, "SET", "k", "v")
			if err := i.Stop(ctx); err != nil {
				t.Fatal(err)
			}
			if pid := s.PID(); pid != 0 {
				t.Errorf("process %d runs after Stop", pid)
			}
			if err := i.Stop(ctx); err != nil {
				t.Errorf("stop of a server that is down: %v", err)
			}
			if err := i.Start(ctx); err != nil {
				t.Fatal(err)
			}
			if got := s.Do(t, "GET", "k"); got != "v" {
				t.Errorf("after a restart k = %v, want what was set: Stop must let the server save", got)
			}
		})
	}
}

// A child is not the server, unless it is in a session of its own: then its parent is about to end.
func TestWithoutRelatives(t *testing.T) {
	for child, own := range map[string]bool{"sleep 60": false, "setsid sleep 60": true} {
		parent := exec.Command("sh", "-c", child+" & echo $!; wait")
		parent.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := parent.StdoutPipe()
		if err == nil {
			err = parent.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		var pid int
		if _, err := fmt.Fscan(out, &pid); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			_ = parent.Wait()
		})
		first, second := findProcess(parent.Process.Pid), findProcess(pid)
		await(t, func() bool { return second.program() == "sleep" })
		want := first
		if own {
			want = second
		}
		if got := withoutRelatives([]mainProcess{first, second}); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v of %v and %v, want %v", child, got, first, second, want)
		}
	}
}

// The server is in a session of its own and has none of redbook's environment.
func TestProcessIsDetached(t *testing.T) {
	t.Setenv("REDISCLI_AUTH", "secret")
	t.Setenv("REDBOOK_VAR_password", "secret")
	s := redistest.New(t)
	i, ctx := instance(t, blockOf(s)), background(t)
	if err := i.Start(ctx); err != nil {
		t.Fatal(err)
	}
	pid := s.PID()
	if session := statFields(pid)[3]; session != strconv.Itoa(pid) {
		t.Errorf("session is %s, want the server's own, %d", session, pid)
	}
	env, err := os.ReadFile(procPath(pid, "environ"))
	if err != nil || strings.Contains(string(env), "secret") {
		t.Errorf("environment: %q, %v", env, err)
	}
}

func TestProcessAsUser(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("daemonize yes"))
	uid, err := lookUpUser("redis")
	if err != nil {
		t.Fatal(err)
	}
	giveTo(t, uid, s.Dir, s.Data, s.Conf)
	c := blockOf(s)
	c.Process.User = "redis"
	i, ctx := instance(t, c), background(t)
	if err := i.Start(ctx); err != nil {
		t.Fatal(err)
	}
	owner, _, err := findProcess(s.PID()).owner()
	if err != nil || owner != uid {
		t.Errorf("the server runs as %d, %v, want %d", owner, err, uid)
	}
	d, err := i.Describe(ctx)
	if err != nil || d.User != "redis" || d.UID != uid {
		t.Errorf("Describe: user %q, %d, %v", d.User, d.UID, err)
	}

	c.Process.User = "" // redbook is root, and the server is not
	_, err = instance(t, c).Status(ctx)
	mustContain(t, err, "runs as redis, not as root", "set user")
	if err := i.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func giveTo(t *testing.T, uid int, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if err := os.Chown(p, uid, primaryGroup(uid)); err != nil {
			t.Fatal(err)
		}
	}
}

// The server's user can write the pid file, so it must not lead redbook to
// another process.
func TestPIDFileIsNotTrusted(t *testing.T) {
	s := redistest.New(t)
	victim := exec.Command("sleep", "1000")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = victim.Process.Kill(); _ = victim.Wait() })
	other := redistest.New(t)
	other.Start(t)
	for _, pid := range []int{victim.Process.Pid, other.PID(), os.Getpid(), 1} {
		if err := os.WriteFile(s.PIDFile, []byte(fmt.Sprintln(pid)), 0o644); err != nil {
			t.Fatal(err)
		}
		i, ctx := instance(t, blockOf(s)), background(t)
		if st, err := i.Status(ctx); err != nil || st.PID != 0 {
			t.Errorf("pid file names %d: Status = %+v, %v, want no process", pid, st, err)
		}
		if err := i.Stop(ctx); err != nil {
			t.Error(err)
		}
	}
	if !findProcess(victim.Process.Pid).lives() || !other.Serving() {
		t.Error("a process that only the pid file named was stopped")
	}
}

// Another server answers at the address: ours has not come up.
func TestStartOnTakenAddress(t *testing.T) {
	for _, daemonize := range []string{"no", "yes"} {
		t.Run("daemonize "+daemonize, func(t *testing.T) {
			first := redistest.New(t)
			first.Start(t)
			address := listen(t, first, "port")
			_, port, _ := net.SplitHostPort(address)
			second := redistest.New(t, redistest.WithConf("port "+port, "daemonize "+daemonize))
			c := blockOf(second)
			c.Address = address
			err := instance(t, c).Start(background(t))
			var start *host.StartError
			if !errors.As(err, &start) {
				t.Fatalf("Start = %v, want a *StartError", err)
			}
			mustContain(t, err, "in use by another process", "ss -ltnp")
		})
	}
}

// A stopped process answers nothing: only ctx ends the wait.
func TestFrozenServer(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	pid := s.PID()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	i := instance(t, blockOf(s))
	for name, ask := range map[string]func(context.Context) error{
		"Status":     func(ctx context.Context) error { _, err := i.Status(ctx); return err },
		"Info":       func(ctx context.Context) error { _, err := i.Info(ctx); return err },
		"Describe":   func(ctx context.Context) error { _, err := i.Describe(ctx); return err },
		"Save":       func(ctx context.Context) error { return i.Save(ctx, true) },
		"RewriteAOF": i.RewriteAOF,
		"Start":      i.Start,
		"Stop":       i.Stop,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			if err := ask(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("deadline: %v", err)
			}
			ctx, cancel = context.WithCancel(context.Background())
			time.AfterFunc(100*time.Millisecond, cancel)
			if err := ask(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("cancel: %v", err)
			}
		})
	}
}

// A server that cannot save refuses SIGTERM (T18); Stop says so without waiting
// for the end of ctx.
func TestStopRefused(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("save 3600 1", "rdbcompression no"))
	i, ctx := instance(t, blockOf(s)), background(t)
	if err := i.Start(ctx); err != nil {
		t.Fatal(err)
	}
	s.Do(t, "SET", "k", "v")
	blockDump(t, s)
	err := i.Stop(ctx)
	mustContain(t, err, "refuses to stop", "the server's log:")
	if ctx.Err() != nil || !s.Serving() {
		t.Errorf("ctx: %v, serving: %v; want an answer while the server lives on", ctx.Err(), s.Serving())
	}
}

func TestStopRefusedDuringInitialAOF(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("enable-debug-command yes"))
	i, ctx := instance(t, blockOf(s)), background(t)
	if err := i.Start(ctx); err != nil {
		t.Fatal(err)
	}
	slowChild(t, s)
	s.Do(t, "CONFIG", "SET", "appendonly", "yes")
	mustContain(t, i.Stop(ctx), "initial AOF", "aof_rewrite_in_progress:0")
	if err := i.SetOption(ctx, "appendonly", "yes"); err != nil {
		t.Fatal(err)
	}
	if err := i.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// blockDump puts a directory where the dump would go: rename(2) fails even for root.
func blockDump(t *testing.T, s *redistest.Server) {
	t.Helper()
	if err := os.MkdirAll(s.Data+"/dump.rdb/x", 0o755); err != nil {
		t.Fatal(err)
	}
}
