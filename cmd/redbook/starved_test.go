package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const starvedRunbook = `
step "rename" "away" {
  from = "%[1]s/a"
  to   = "%[1]s/b"
}
step "copy" "new" {
  from = "%[1]s/new"
  to   = "%[1]s/a"
}
step "exec" "long" { # whose journal fills pages
  argv = ["true", "%[2]s"]
  undo = ["true"]
}
`

// A starved run is one whose shell takes something away from it first.
type starved struct{ t *testing.T }

// run runs a runbook in a new directory behind a shell's prelude; $STATE is the
// state directory. The exit code must be one that is documented, and what is
// left as it was before or as it is after, at the latest once the run, which
// then has all it needs, is taken back.
func (s starved) run(prelude string) (code int) {
	t := s.t
	t.Helper()
	dir := workDirectory(t)
	writeFile(t, filepath.Join(dir, "a"), "before")
	writeFile(t, filepath.Join(dir, "new"), strings.Repeat("after ", 20000))
	writeFile(t, filepath.Join(dir, "runbook.hcl"), fmt.Sprintf(starvedRunbook, dir, strings.Repeat("x", 5000)))
	script := prelude + "\nredbook run runbook.hcl --yes --state-dir $STATE\ncode=$?\n" +
		"if test $code = 11 -o $code = 13; then restore; redbook rollback --yes --state-dir $STATE || exit 99; fi\nexit $code\n"
	cmd := redbookCommand(dir, "")
	namespaces := "-m" // mounts of its own
	if os.Geteuid() != 0 {
		namespaces = "-Urm" // in which it is root
	}
	cmd = shell(cmd, "unshare", namespaces, "sh", "-c", script)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	code = cmd.ProcessState.ExitCode()
	_, statErr := os.Stat(filepath.Join(dir, "b"))
	content, _ := os.ReadFile(filepath.Join(dir, "a"))
	before, after := string(content) == "before" && statErr != nil, len(content) == 120000 && statErr == nil
	parts, _ := filepath.Glob(filepath.Join(dir, ".*part*"))
	switch code {
	case exitDone:
		if !after {
			t.Errorf("%s: it says that it is done:\n%s", prelude, out)
		}
	case exitUsage, exitRolledBack, exitIncomplete, exitInterrupted, exitCheck:
		if !before || len(parts) > 0 {
			t.Errorf("%s: exit code %d, and things are not as they were (%q):\n%s", prelude, code, parts, out)
		}
	default:
		t.Errorf("%s: exit code %d is not one that redbook has for this:\n%s", prelude, code, out)
	}
	return code
}

// shell makes a command another program's, with the same directory and environment.
func shell(like *exec.Cmd, args ...string) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = like.Dir, append(like.Env, "STATE="+filepath.Join(like.Dir, "state"))
	return cmd
}

// wantAll holds the exit codes of all runs to those that must be among them.
func (s starved) wantAll(codes map[int]int, want ...int) {
	s.t.Helper()
	for _, code := range want {
		if codes[code] == 0 {
			s.t.Errorf("the exit codes are %v: want %v among them", codes, want)
		}
	}
}

func TestFewDescriptors(t *testing.T) {
	s, codes := starved{t}, map[int]int{}
	for n := 6; n <= 30; n++ {
		codes[s.run(fmt.Sprintf("restore() { ulimit -n 1024; }; ulimit -n %d", n))]++
	}
	s.wantAll(codes, exitDone, exitUsage)
}

func TestFileSizeLimit(t *testing.T) {
	s, codes := starved{t}, map[int]int{}
	for _, blocks := range []int{0, 8, 24, 28, 32, 36, 40, 44, 48, 56, 64, 100, 300} {
		codes[s.run(fmt.Sprintf("restore() { ulimit -S -f unlimited; }; ulimit -S -f %d", blocks))]++
	}
	s.wantAll(codes, exitDone, exitUsage, exitRolledBack)
}

func TestFullStateDirectory(t *testing.T) {
	s, codes := starved{t}, map[int]int{}
	for pages := 1; pages <= 14; pages++ {
		codes[s.run(fmt.Sprintf("restore() { mount -o remount,size=1m $STATE; }; mkdir $STATE && mount -t tmpfs -o mode=700,size=%dk state $STATE", 4*pages))]++
	}
	s.wantAll(codes, exitDone, exitUsage, exitInterrupted)
}

func TestReadOnlyStateDirectory(t *testing.T) {
	if code := (starved{t}).run("mkdir $STATE && mount -t tmpfs -o mode=700,ro state $STATE"); code != exitUsage {
		t.Errorf("exit code %d, want %d", code, exitUsage)
	}
}
