package steps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redbook/internal/rdiff"
	"redbook/internal/redistest"
	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host/local"
)

// An incrementsKill is a backup to a repository that is killed amidst the session of the
// real rdiff-backup.
type incrementsKill struct {
	*machine
	state, repository string
}

func newIncrementsKill(t *testing.T) *incrementsKill {
	t.Helper()
	k := &incrementsKill{machine: newMachine(t), state: t.TempDir()}
	k.engine = newEngine(t, k.state)
	k.repository = filepath.Join(k.backups, "increments")
	l := k.runbook(t)
	l.done(t, l.runnable(t))
	nextSecond(t)
	k.Do(t, "SET", "large", strings.Repeat("0123456789abcdef", 1<<20))
	k.Do(t, "CONFIG", "SET", "rdbcompression", "no") // the session takes a while
	return k
}

func (k *incrementsKill) runbook(t *testing.T) *loaded {
	t.Helper()
	const path = "../runbooks/backup-increments.hcl"
	return k.load(t, path, string(read(t, path)), map[string]string{"repository": k.repository})
}

func (k *incrementsKill) repositoryState(t *testing.T) rdiff.State {
	t.Helper()
	m, err := local.New(nil, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	s, err := effect.RdiffState(m, k.repository)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// kill begins a run in a process of its own and kills it as soon as the session has begun,
// and with it the rdiff-backup that it started, or not.
func (k *incrementsKill) kill(t *testing.T, both bool) {
	t.Helper()
	job, err := json.Marshal(otherRun{
		State: k.state, Path: "backup-increments.hcl", Source: string(read(t, "../runbooks/backup-increments.hcl")),
		Given: map[string]string{
			"repository": k.repository, "address": "unix://" + k.Socket, "process": fmt.Sprintf("[%q, %q]", "redis-server", k.Conf),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asOtherRun+"="+string(job))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed
	for !k.repositoryState(t).Interrupted() {
		select {
		case <-ended:
			t.Fatal("the run ended before it could be killed")
		case <-time.After(time.Millisecond):
		}
	}
	_ = cmd.Process.Kill()
	<-ended
	for pids := k.sessions(); len(pids) > 0; pids = k.sessions() {
		for _, pid := range pids {
			if both {
				_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is well too; init may not have taken it in yet
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// sessions are the rdiff-backups that work on the repository.
func (k *incrementsKill) sessions() (pids []int) {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		line, _ := os.ReadFile(path)
		if bytes.Contains(line, []byte("rdiff-backup\x00")) && bytes.Contains(line, []byte(k.repository)) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// A backup that was killed amidst its session is resumed, or taken back and made again; in
// the end the repository holds every backup that succeeded, and nothing half.
func TestRdiffBackupKilled(t *testing.T) {
	t.Parallel() // it waits most of its time
	tests := map[string]func(*testing.T){}
	for _, both := range []bool{true, false} {
		for _, verb := range []string{"resume", "roll back"} {
			tests[fmt.Sprintf("%s, rdiff-backup killed too: %t", verb, both)] = func(t *testing.T) {
				k := newIncrementsKill(t)
				k.kill(t, both)
				id, err := k.engine.Store.Find("")
				if err != nil {
					t.Fatal(err)
				}
				if verb == "resume" {
					o, err := k.engine.Resume(context.Background(), id, runbook.Inputs{})
					if err != nil || o.Status != runbook.StatusDone {
						t.Fatalf("resume: %+v, %v", o, err)
					}
				} else {
					k.rollBack(t, id)
					if s := k.repositoryState(t); s.Interrupted() || both && len(s.Times()) != 1 {
						t.Errorf("after the roll-back: interrupted %t, increments %v", s.Interrupted(), s.Times())
					}
					l := k.runbook(t)
					l.done(t, l.runnable(t))
				}
				// A session that was left alone may have ended well: then its increment is a third.
				if s := k.repositoryState(t); s.Interrupted() || len(s.Times()) != 2 && (both || len(s.Times()) != 3) {
					t.Errorf("in the end: interrupted %t, increments %v", s.Interrupted(), s.Times())
				}
				if names := entries(t, k.backups); len(names) != 2 { // the backup of newMachine, and the repository
					t.Errorf("left beside the repository: %q", names)
				}
			}
		}
	}
	redistest.AllAtOnce(t, tests)
}
