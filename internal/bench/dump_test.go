package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// rounds is how often something short is measured; the fastest counts, which is the one that was disturbed least.
const rounds = 3

// dumpTimes are the times that one dump takes.
type dumpTimes struct {
	CheckRDB time.Duration // redis-check-rdb
	Inspect  time.Duration // redbook inspect
	Verify   time.Duration // the step verify-dump, which takes the SHA-256 too

	CopyFsync time.Duration // cp, then fsync
	Copy      time.Duration // the step copy, which checks the dump too
	Backup    time.Duration // the steps copy and verify-dump, as in backup.hcl: the latter reads nothing again
}

const verifyRunbook = `
step "verify-dump" "alone" {
  path = %q
}
`

const backupRunbook = `
step "copy" "backup" {
  from = %q
  to   = %q
  mode = "0600"
}

step "verify-dump" "backup" {
  path   = step.copy.backup.path
  sha256 = step.copy.backup.sha256
}
`

// dumps measures what is done to a dump without a server, in turns.
func (sc *scene) dumps(b *testing.B) dumpTimes {
	b.Helper()
	target := filepath.Join(sc.dir, "copy.rdb")
	verify := sc.runbook(b, "verify.hcl", fmt.Sprintf(verifyRunbook, sc.backup))
	backup := sc.runbook(b, "backup.hcl", fmt.Sprintf(backupRunbook, sc.backup, target))
	var all []dumpTimes
	for range rounds {
		var t dumpTimes
		t.CheckRDB = timed(b, exec.Command("redis-check-rdb", sc.backup))
		t.Inspect = timed(b, exec.Command(sc.redbook, "inspect", sc.backup))
		t.Verify = sc.stepTimes(b, verify)["step.verify-dump.alone"]
		syscall.Sync() // what is written next does not wait for what was written before
		t.CopyFsync = timed(b, exec.Command("sh", "-c", `cp "$1" "$2" && sync "$2"`, "sh", sc.backup, target))
		remove(b, target)
		steps := sc.stepTimes(b, backup)
		t.Copy = steps["step.copy.backup"]
		t.Backup = t.Copy + steps["step.verify-dump.backup"]
		remove(b, target)
		all = append(all, t)
	}
	fastest := func(of func(dumpTimes) time.Duration) time.Duration {
		return of(slices.MinFunc(all, func(a, b dumpTimes) int { return int(of(a) - of(b)) }))
	}
	return dumpTimes{
		CheckRDB:  fastest(func(t dumpTimes) time.Duration { return t.CheckRDB }),
		Inspect:   fastest(func(t dumpTimes) time.Duration { return t.Inspect }),
		Verify:    fastest(func(t dumpTimes) time.Duration { return t.Verify }),
		CopyFsync: fastest(func(t dumpTimes) time.Duration { return t.CopyFsync }),
		Copy:      fastest(func(t dumpTimes) time.Duration { return t.Copy }),
		Backup:    fastest(func(t dumpTimes) time.Duration { return t.Backup }),
	}
}

func (sc *scene) runbook(b *testing.B, name, content string) string {
	b.Helper()
	path := filepath.Join(sc.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func timed(b *testing.B, command *exec.Cmd) time.Duration {
	b.Helper()
	begin := time.Now()
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", command.Args, err, out)
	}
	return time.Since(begin)
}

func remove(b *testing.B, path string) {
	b.Helper()
	if err := os.Remove(path); err != nil {
		b.Fatal(err)
	}
	syscall.Sync()
}

// stepTimes runs a runbook and returns how long each of its steps took, by the events that it prints.
func (sc *scene) stepTimes(b *testing.B, path string) map[string]time.Duration {
	b.Helper()
	out, err := exec.Command(sc.redbook, "--state-dir", filepath.Join(sc.dir, "state"), "run", "--yes", "--json", path).CombinedOutput()
	if err != nil {
		b.Fatalf("redbook run %s: %v\n%s", path, err, out)
	}
	begun, times := map[string]time.Time{}, map[string]time.Duration{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var event struct {
			Time       time.Time `json:"time"`
			Type, Step string
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			b.Fatalf("%v: %s", err, lines.Bytes())
		}
		switch event.Type {
		case "step-begin":
			begun[event.Step] = event.Time
		case "step-end":
			times[event.Step] = event.Time.Sub(begun[event.Step])
		}
	}
	return times
}
