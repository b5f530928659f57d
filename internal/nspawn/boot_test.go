//go:build e2e

package nspawn

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// image is that of package e2e, which then need not be made twice.
var image = Image{
	Suite:    "bookworm",
	Packages: []string{"redis-server", "openssh-server", "rdiff-backup", "cron"},
	Disabled: []string{"redis-server.service"},
}

func bootImage(t *testing.T) *Host {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	if err := Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	h, err := Boot(ctx, image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Two hosts at a time have nothing in common but the image.
func TestHostsAreApart(t *testing.T) {
	one, two := bootImage(t), bootImage(t)
	for _, h := range []*Host{one, two} {
		if err := h.WriteFile("/etc/mine", h.Name, 0o600); err != nil {
			t.Fatal(err)
		}
		// A unit of the same name on both: systemd must not see the other's processes.
		run(t, h, "systemd-run", "--quiet", "--unit=same", "sleep", "1000")
	}
	run(t, one, "systemctl", "stop", "same")
	if got := run(t, two, "systemctl", "is-active", "same"); got != "active" {
		t.Errorf("after the unit was stopped on one host, it is %s on the other", got)
	}
	for _, h := range []*Host{one, two} {
		if got, err := h.ReadFile("/etc/mine"); err != nil || got != h.Name {
			t.Errorf("a file of %s holds %q, %v", h.Name, got, err)
		}
		if got := run(t, h, "ls", "/sys/class/net"); got != "lo" {
			t.Errorf("%s has the networks %q, want lo alone", h.Name, got)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		checkGone(t, h)
	}
	tree, err := image.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(tree, "etc/mine")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a host changed its image: %v", err)
	}
}

func TestRunTellsHowACommandEnded(t *testing.T) {
	h := bootImage(t)
	defer h.Close()
	out, err := h.RunWith(t.Context(), []string{"WORD=said"}, "sh", "-c", "echo $WORD; echo wrong >&2; exit 7")
	if want := (Output{Stdout: "said\n", Stderr: "wrong\n", Code: 7}); err != nil || out != want {
		t.Errorf("got %+v, %v; want %+v", out, err, want)
	}
	p, err := h.Start(t.Context(), nil, io.Discard, io.Discard, "sleep", "1000")
	if err != nil {
		t.Fatal(err)
	}
	for run(t, h, "sh", "-c", "pidof sleep || true") == "" {
		time.Sleep(10 * time.Millisecond)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if code, err := p.Wait(); code != -1 || err != nil {
		t.Errorf("killed, it ended with %d, %v; want -1", code, err)
	}
	if left := run(t, h, "sh", "-c", "pidof sleep || true"); left != "" {
		t.Errorf("process %s of the host survived", left)
	}
}

// A test that is killed takes its host with it.
func TestKilledTestLeavesNothing(t *testing.T) {
	if os.Getenv("NSPAWN_CHILD") != "" {
		h := bootImage(t)
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"init": h.init, "nspawn": h.nspawn.Process.Pid, "group": h.group})
		select {}
	}
	child := exec.Command("/proc/self/exe", "-test.run", "^TestKilledTestLeavesNothing$")
	child.Env = append(os.Environ(), "NSPAWN_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var host struct {
		Init, Nspawn int
		Group        []string
	}
	for lines := bufio.NewScanner(out); host.Init == 0 && lines.Scan(); {
		_ = json.Unmarshal(lines.Bytes(), &host)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	if host.Init == 0 {
		t.Fatal("the other test did not boot its host")
	}
	checkEnds(t, host.Init)
	checkEnds(t, host.Nspawn)
	removeStaleGroups() // as the next Boot does
	for _, dir := range host.Group {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("control group %s is left", dir)
		}
	}
}

func checkGone(t *testing.T, h *Host) {
	t.Helper()
	checkEnds(t, h.init)
	checkEnds(t, h.nspawn.Process.Pid)
	for _, dir := range h.group {
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("control group %s is left", dir)
		}
	}
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), "redbook-") {
		t.Errorf("a mount is left:\n%s", mounts)
	}
}

func checkEnds(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); syscall.Kill(pid, 0) != syscall.ESRCH; {
		if time.Now().After(deadline) {
			t.Errorf("process %d is left", pid)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// run returns what a command of the host printed, less the newline.
func run(t *testing.T, h *Host, argv ...string) string {
	t.Helper()
	out, err := h.Run(t.Context(), argv...)
	if err != nil || out.Code != 0 {
		t.Fatalf("%s: exit %d, %v\n%s", strings.Join(argv, " "), out.Code, err, out.Stderr)
	}
	return strings.TrimSpace(out.Stdout)
}
