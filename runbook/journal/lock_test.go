package journal

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// asHolder in the environment makes this test binary take the lock of a
// directory and keep it until it is killed.
const asHolder = "REDBOOK_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asHolder); dir != "" {
		l, err := Acquire(dir)
		if err != nil {
			os.Exit(1)
		}
		os.Stdout.WriteString("held\n")
		time.Sleep(time.Hour) // select {} alone would be a deadlock, and end it
		runtime.KeepAlive(l)
	}
	os.Exit(m.Run())
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	first, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	wantHeld(t, dir, os.Getpid())
	wantHeld(t, filepath.Join(dir, "..", filepath.Base(dir)), os.Getpid()) // by any name
	if other, err := Acquire(t.TempDir()); err != nil {
		t.Errorf("another directory: %v", err)
	} else {
		other.Release()
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second, err := Acquire(dir)
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	second.Release()
}

func wantHeld(t *testing.T, dir string, pid int) {
	t.Helper()
	_, err := Acquire(dir)
	var held *HeldError
	if !errors.As(err, &held) {
		t.Fatalf("got %v, want a HeldError", err)
	}
	if held.PID != pid || held.Dir != dir || held.Since.IsZero() || !strings.HasPrefix(held.Command, os.Args[0]) {
		t.Errorf("the holder is %+v, want pid %d, %s", held, pid, os.Args[0])
	}
}

// The kernel gives back what a killed process held.
func TestLockOfAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asHolder+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	wantHeld(t, dir, cmd.Process.Pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	l, err := Acquire(dir)
	if err != nil {
		t.Fatalf("after its holder was killed: %v", err)
	}
	l.Release()
}

// A holder may be killed as it starts a program, which has the lock until its exec.
func TestLockLeftToAChild(t *testing.T) {
	dir := t.TempDir()
	// The shell is gone when its child has the lock still.
	cmd := exec.Command("flock", "--exclusive", dir, "sh", "-c", "sleep 0.2 & echo held; kill -9 $PPID")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	_ = cmd.Wait() // it was killed
	l, err := Acquire(dir)
	if err != nil {
		t.Fatalf("after its holder was killed: %v", err)
	}
	l.Release()
}

func TestLockNeedsDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, file + ".missing"} {
		if _, err := Acquire(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
