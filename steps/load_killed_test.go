package steps_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook"
)

// A killedRun is what a process is to run until it is killed.
type killedRun struct{ State, Socket, Conf, Backup, Snapshot string }

const killedRunVariable = "REDBOOK_TEST_RUN"

func (k killedRun) load(t *testing.T, m *machine) *loaded {
	t.Helper()
	return m.load(t, "restore-live.hcl", string(read(t, "../runbooks/restore-live.hcl")), map[string]string{"backup": k.Backup, "snapshot": k.Snapshot})
}

// TestKilledRun is the process that is killed, where it was told what to run.
func TestKilledRun(t *testing.T) {
	var k killedRun
	if json.Unmarshal([]byte(os.Getenv(killedRunVariable)), &k) != nil {
		return
	}
	m := &machine{Server: &redistest.Server{Socket: k.Socket, Conf: k.Conf}, engine: newEngine(t, k.State)}
	l := k.load(t, m)
	l.done(t, l.runnable(t))
}

// start runs it in a process of its own, and kills that when the server loads.
func (k killedRun) start(t *testing.T, m *machine) {
	t.Helper()
	raw, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestKilledRun$")
	child.Env = append(os.Environ(), killedRunVariable+"="+string(raw))
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	m.await(t, "role:slave")
	if err := syscall.Kill(-child.Process.Pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the run was not killed: %v", err)
	}
}

// await waits for a line of INFO replication.
func (m *machine) await(t *testing.T, line string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if strings.Contains(m.Do(t, "INFO", "replication").(string), line) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", line)
		}
	}
}

// A run that is killed amidst the load leaves the server writable, with the one dataset or the other. It
// is resumed, or taken back.
func TestRunKilledWhileServerLoads(t *testing.T) {
	t.Parallel() // it waits most of its time
	for _, verb := range []string{"resume", "roll back"} {
		t.Run(verb, func(t *testing.T) {
			m := newMachine(t, promptSync, redistest.WithConf("key-load-delay 20000", "loading-process-events-interval-bytes 1024"))
			saved := m.digest(t)
			damage(t, m)
			old := m.digest(t)
			k := killedRun{State: t.TempDir(), Socket: m.Socket, Conf: m.Conf, Backup: m.backup, Snapshot: filepath.Join(m.backups, "before.rdb")}
			m.engine = newEngine(t, k.State)
			k.start(t, m)
			m.await(t, "role:master")                           // the guard's work
			if got := m.digest(t); got != old && got != saved { // what was sent already may be loaded to the end
				t.Error("the server holds neither its old data nor the backup's")
			}
			id, err := m.engine.Store.Find("")
			if err != nil {
				t.Fatal(err)
			}
			if verb == "roll back" {
				m.rollBack(t, id)
				if m.digest(t) != old {
					t.Error("after the roll-back the data is another")
				}
				return
			}
			o, err := m.engine.Resume(context.Background(), id, runbook.Inputs{})
			if err != nil || o.Status != runbook.StatusDone {
				t.Fatalf("resume: %+v, %v", o, err)
			}
			restored(t, m, o)
		})
	}
}
