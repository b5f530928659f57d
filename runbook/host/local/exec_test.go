package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"redbook/runbook/host"
)

func run(ctx context.Context, t *testing.T, args ...string) (host.Output, error) {
	t.Helper()
	return machine(t).Exec(ctx, host.Command{Args: args, Dir: "/"})
}

func TestExec(t *testing.T) {
	out, err := run(background(t), t, "sh", "-c", "pwd; echo oops >&2")
	if want := (host.Output{Ran: true, Stdout: "/\n", Stderr: "oops\n"}); err != nil || out != want {
		t.Errorf("Exec = %+v, %v, want %+v", out, err, want)
	}
	out, err = run(background(t), t, "echo", "$HOME", "a b;c")
	if err != nil || out.Stdout != "$HOME a b;c\n" {
		t.Errorf("arguments went through a shell: %q, %v", out.Stdout, err)
	}
}

func TestExecFails(t *testing.T) {
	out, err := run(background(t), t, "sh", "-c", "seq 20000 >&2; echo 'the end' >&2; exit 3")
	mustContain(t, err, "run sh", "exit status 3", "| the end")
	if strings.Contains(err.Error(), "| 19000") || len(out.Stderr) != outputLimit {
		t.Errorf("stderr is not cut: %d bytes, %v", len(out.Stderr), err)
	}
	_, err = run(background(t), t, "/nonexistent")
	mustContain(t, err, "/nonexistent")
	_, err = run(background(t), t)
	mustContain(t, err, "no arguments")
}

func TestExecEnvironment(t *testing.T) {
	t.Setenv("REDISCLI_AUTH", "secret")
	t.Setenv("REDBOOK_VAR_password", "secret")
	t.Setenv("LANG", "C")
	out, err := run(background(t), t, "env")
	if err != nil || strings.Contains(out.Stdout, "secret") || !strings.Contains(out.Stdout, "LANG=C\n") {
		t.Errorf("environment: %q, %v", out.Stdout, err)
	}
}

// The end of ctx kills the command with all that it started.
func TestExecIsKilledWhole(t *testing.T) {
	ctx, cancel := context.WithCancel(background(t))
	file := filepath.Join(t.TempDir(), "pid")
	ended := make(chan error, 1)
	go func() {
		_, err := machine(t).Exec(ctx, host.Command{Args: []string{"sh", "-c", fmt.Sprintf("sleep 1000 & echo $! >%s.new; mv %s.new %s; wait", file, file, file)}})
		ended <- err
	}()
	var child mainProcess
	err := poll(ctx, func() (bool, error) {
		content, _ := os.ReadFile(file)
		pid, _ := strconv.Atoi(strings.TrimSpace(string(content)))
		child = findProcess(pid)
		return child.pid != 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Exec = %v, want context.Canceled", err)
	}
	if err := poll(background(t), func() (bool, error) { return !child.lives(), nil }); err != nil {
		t.Errorf("the command's child lives on: %v", err)
	}
}

func TestAccount(t *testing.T) {
	m := machine(t)
	redis, err := lookUpUser("redis")
	if err != nil {
		t.Fatal(err)
	}
	group, err := lookUpGroup("redis")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		user, group string
		uid, gid    int
	}{
		{"", "", -1, -1},
		{"redis", "", redis, -1},
		{"", "redis", -1, group},
		{"root", "0", 0, 0},
		{"12345", "54321", 12345, 54321},
	} {
		if uid, gid, err := m.Account(tt.user, tt.group); err != nil || uid != tt.uid || gid != tt.gid {
			t.Errorf("Account(%q, %q) = %d, %d, %v, want %d, %d", tt.user, tt.group, uid, gid, err, tt.uid, tt.gid)
		}
	}
	_, _, err = m.Account("nobody-here", "")
	mustContain(t, err, `user "nobody-here"`, "check the name")
	_, _, err = m.Account("", "nobody-here")
	mustContain(t, err, `group "nobody-here"`)
}
