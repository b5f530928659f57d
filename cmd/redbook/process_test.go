package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A process is a redbook that runs with --json, watched by its events.
type process struct {
	tb     testing.TB
	cmd    *exec.Cmd
	events *bufio.Scanner
	stderr lockedBuffer
}

// A lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func startRedbook(tb testing.TB, dir string, args ...string) *process {
	tb.Helper()
	p := &process{tb: tb, cmd: redbookCommand(dir, args...)}
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	p.events = bufio.NewScanner(stdout)
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.cmd.Process.Kill() }) // gone already, as a rule
	return p
}

func redbookCommand(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("redbook", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(dir, "state"), "TZ=UTC")
	return cmd
}

// until reads events up to the first of a type about a step.
func (p *process) until(kind, step string) {
	p.tb.Helper()
	for p.events.Scan() {
		var e struct{ Type, Step string }
		if err := json.Unmarshal(p.events.Bytes(), &e); err != nil {
			p.tb.Fatalf("event %q: %v", p.events.Text(), err)
		}
		if e.Type == kind && e.Step == step {
			return
		}
	}
	p.tb.Fatalf("no event %s of %s; stderr: %s", kind, step, p.stderr.String())
}

func (p *process) signal(s os.Signal) {
	p.tb.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.tb.Fatal(err)
	}
}

// ends waits for the exit and returns the last line of stdout.
func (p *process) ends(code int) (last string) {
	p.tb.Helper()
	for p.events.Scan() {
		last = p.events.Text()
	}
	_ = p.cmd.Wait() // the exit code says it
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.tb.Fatalf("exit code %d, want %d\nlast line: %s\nstderr: %s", got, code, last, p.stderr.String())
	}
	return last
}

const waitRunbook = `
variable "address" {}
variable "process" {
  type = list(string)
}
redis "main" {
  address = var.address
  process {
    command = var.process
  }
}
step "rename" "away" {
  from = "%[1]s/a"
  to   = "%[1]s/b"
}
step "wait" "replica" {
  field    = "connected_slaves"
  at_least = 1
  interval = "10ms"
}
`

const execRunbook = `
step "exec" "slow" {
  argv = ["sh", "-c", "until test -e %[1]s/go; do sleep 0.02; done; touch %[1]s/made"]
  undo = ["rm", "-f", "%[1]s/made"]
}
step "exec" "next" {
  argv = ["touch", "%[1]s/next"]
  undo = ["rm", "-f", "%[1]s/next"]
}
`

// waitingRun is a run whose first step is done and whose second waits for ever.
func waitingRun(t *testing.T) (string, *process) {
	dir := workDirectory(t)
	newRedis(t, filepath.Join(dir, "redis")).start()
	writeFile(t, filepath.Join(dir, "a"), "content")
	writeFile(t, filepath.Join(dir, "wait.hcl"), fmt.Sprintf(waitRunbook, dir))
	p := startRedbook(t, dir, "run", "wait.hcl", "--yes", "--json", "--state-dir", "state", "--var-file", "vars.hcl")
	p.until("step-begin", "step.wait.replica")
	return dir, p
}

func TestInterruptWhileWaiting(t *testing.T) {
	dir, p := waitingRun(t)
	p.signal(os.Interrupt)
	if last := p.ends(exitInterrupted); !strings.Contains(last, `"status":"interrupted"`) {
		t.Errorf("last line %s: want an outcome that is interrupted", last)
	}
	mustRun(t, dir, exitHeld, "run", "wait.hcl", "--yes", "--state-dir", "state", "--var-file", "vars.hcl")
	out := mustRun(t, dir, exitDone, "rollback", "--yes", "--state-dir", "state")
	if !exists(dir, "a") || exists(dir, "b") {
		t.Errorf("the rename was not taken back:\n%s", out)
	}
}

// A second run ends at once and says who holds the server.
func TestHeld(t *testing.T) {
	dir, p := waitingRun(t)
	out := mustRun(t, dir, exitHeld, "run", "wait.hcl", "--yes", "--state-dir", "other", "--var-file", "vars.hcl")
	for _, want := range []string{fmt.Sprintf("pid %d", p.cmd.Process.Pid), "When that run has ended:\n  redbook run wait.hcl"} {
		if !strings.Contains(out, want) {
			t.Errorf("got:\n%swant %q in it", out, want)
		}
	}
	p.signal(syscall.SIGTERM) // like Ctrl-C
	p.ends(exitInterrupted)
}

// A terminal that goes away does not end a run.
func TestHangUp(t *testing.T) {
	dir := workDirectory(t)
	writeFile(t, filepath.Join(dir, "exec.hcl"), fmt.Sprintf(execRunbook, dir))
	p := startRedbook(t, dir, "run", "exec.hcl", "--yes", "--json", "--state-dir", "state")
	p.until("intent", "step.exec.slow")
	p.signal(syscall.SIGHUP)
	writeFile(t, filepath.Join(dir, "go"), "")
	p.ends(exitDone)
	if !exists(dir, "next") {
		t.Error("the second step did not run")
	}
}

// The first Ctrl-C lets the effect in hand end, and no other begin.
func TestInterruptOnceInEffect(t *testing.T) {
	dir := workDirectory(t)
	writeFile(t, filepath.Join(dir, "exec.hcl"), fmt.Sprintf(execRunbook, dir))
	p := startRedbook(t, dir, "run", "exec.hcl", "--yes", "--json", "--state-dir", "state")
	p.until("intent", "step.exec.slow")
	p.signal(os.Interrupt)
	await(t, "the interrupt to be seen", func() bool { return strings.Contains(p.stderr.String(), "Interrupted") })
	writeFile(t, filepath.Join(dir, "go"), "")
	p.ends(exitInterrupted)
	if !exists(dir, "made") || exists(dir, "next") {
		t.Error("want the first command ended and the second not begun")
	}
	mustRun(t, dir, exitDone, "resume", "--yes", "--state-dir", "state")
	if !exists(dir, "next") {
		t.Error("resume did not run the second step")
	}
	mustRun(t, dir, exitDone, "rollback", "--yes", "--state-dir", "state")
	if exists(dir, "made") || exists(dir, "next") {
		t.Error("roll-back left what the run made")
	}
}

// The second Ctrl-C ends the effect in hand; resume takes it back and runs it
// again.
func TestInterruptTwice(t *testing.T) {
	dir := workDirectory(t)
	writeFile(t, filepath.Join(dir, "exec.hcl"), fmt.Sprintf(execRunbook, dir))
	p := startRedbook(t, dir, "run", "exec.hcl", "--yes", "--json", "--state-dir", "state")
	p.until("intent", "step.exec.slow")
	p.signal(os.Interrupt)
	await(t, "the interrupt to be seen", func() bool { return strings.Contains(p.stderr.String(), "Interrupted") })
	p.signal(os.Interrupt)
	p.ends(exitInterrupted)
	if exists(dir, "made") {
		t.Error("the command went on to its end")
	}
	if out := mustRun(t, dir, exitDone, "runs", "show", "--state-dir", "state"); !strings.Contains(out, "(in doubt)") {
		t.Errorf("got:\n%swant the effect in doubt", out)
	}
	writeFile(t, filepath.Join(dir, "go"), "")
	mustRun(t, dir, exitDone, "resume", "--yes", "--state-dir", "state")
	if !exists(dir, "made") || !exists(dir, "next") {
		t.Error("resume did not end the run")
	}
}

// A reader of the output that goes away does not end a run either.
func TestClosedOutput(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		dir := workDirectory(t)
		writeFile(t, filepath.Join(dir, "exec.hcl"), fmt.Sprintf(execRunbook, dir))
		writeFile(t, filepath.Join(dir, "go"), "")
		cmd := redbookCommand(dir, "run", "exec.hcl", "--yes", fmt.Sprintf("--json=%t", asJSON), "--state-dir", "state")
		for _, stream := range []*io.Writer{&cmd.Stdout, &cmd.Stderr} {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			r.Close()
			defer w.Close()
			*stream = w
		}
		if err := cmd.Run(); err != nil || !exists(dir, "next") {
			t.Errorf("json %t: %v; second step ran: %t", asJSON, err, exists(dir, "next"))
		}
	}
}

func mustRun(tb testing.TB, dir string, code int, args ...string) string {
	tb.Helper()
	cmd := redbookCommand(dir, args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		tb.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		tb.Fatalf("redbook %v: exit code %d, want %d:\n%s", args, got, code, out)
	}
	return string(out)
}

func exists(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil
}
