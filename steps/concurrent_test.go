package steps_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"redbook/runbook"
	"redbook/runbook/journal"
)

// asOtherRun in the environment makes this test binary another redbook: it
// runs one runbook and exits with what came of it.
const asOtherRun = "REDBOOK_TEST_OTHER_RUN"

// An otherRun is what the other process is to do.
type otherRun struct {
	State, Path, Source string
	Given               map[string]string
}

func TestMain(m *testing.M) {
	if job := os.Getenv(asOtherRun); job != "" {
		os.Exit(runOther(job))
	}
	os.Exit(m.Run())
}

// runOther exits with 0 when its run went, 21 when the server was held, which
// it says on stdout, and 1 for all else.
func runOther(job string) int {
	var o otherRun
	err := json.Unmarshal([]byte(job), &o)
	if err == nil {
		err = o.run()
	}
	var held *journal.HeldError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &held):
		fmt.Print(held)
		return 21
	}
	fmt.Print(err)
	return 1
}

func (o otherRun) run() error {
	store, err := journal.Open(o.State)
	if err != nil {
		return err
	}
	e := engineWith(store)
	r, diags := runbook.Load(o.Path, []byte(o.Source), e.Kinds)
	if diags.HasErrors() {
		return diags
	}
	vars, diags := r.Resolve(runbook.Inputs{Given: o.Given})
	if diags.HasErrors() {
		return diags
	}
	p, err := e.Plan(context.Background(), r, vars)
	if err != nil {
		return err
	}
	outcome, err := e.Run(context.Background(), r, vars, p)
	if err != nil {
		return err
	}
	return outcome.Cause
}

// slow holds the server until the test creates a file.
func slow(m *machine) string {
	return fmt.Sprintf(`step "exec" "hold" {
  argv = ["sh", "-c", "touch %[1]s/holding; while ! test -e %[1]s/go; do sleep 0.02; done"]
  undo = ["true"]
}`, m.backups)
}

// TestTwoRunsInOneProcess begins a run while another one holds the server.
func TestTwoRunsInOneProcess(t *testing.T) {
	m := newMachine(t)
	first := m.steps(t, slow(m))
	plan := first.runnable(t)
	second := m.steps(t, `step "save" "now" {}`)
	secondPlan := second.runnable(t)
	holding := make(chan struct{})
	var once sync.Once
	m.engine.Observe = func(e runbook.Event) {
		if e.Type == journal.Intent {
			once.Do(func() { close(holding) })
		}
	}
	ended := make(chan *runbook.Outcome)
	go func() {
		o, err := m.engine.Run(context.Background(), first.runbook, first.vars, plan)
		if err != nil {
			t.Error(err)
		}
		ended <- o
	}()
	<-holding

	other := newEngine(t, t.TempDir())
	_, err := other.Run(context.Background(), second.runbook, second.vars, secondPlan)
	var held *journal.HeldError
	if !errors.As(err, &held) {
		t.Fatalf("the second run says %v, want a HeldError", err)
	}
	if held.Dir != m.Data || held.PID != os.Getpid() || held.Since.IsZero() || !strings.Contains(held.Command, os.Args[0]) {
		t.Errorf("the holder is %+v, want this process", held)
	}
	if _, err := m.engine.Resume(context.Background(), "none", runbook.Inputs{}); err == nil {
		t.Error("resuming a run that is not there succeeds")
	}
	ids, err := m.engine.Store.Runs()
	if err != nil || len(ids) != 1 {
		t.Fatalf("runs %q, %v", ids, err)
	}
	for verb, do := range map[string]func(context.Context) error{
		"resume": func(ctx context.Context) error {
			_, err := m.engine.Resume(ctx, ids[0], runbook.Inputs{})
			return err
		},
		"roll-back": func(ctx context.Context) error {
			_, err := m.engine.RollBack(ctx, ids[0], "", runbook.Inputs{})
			return err
		},
	} {
		if err := do(context.Background()); !errors.As(err, &held) {
			t.Errorf("%s of a run that goes on says %v, want a HeldError", verb, err)
		}
	}
	write(t, m.backups+"/go", nil)
	if o := <-ended; o == nil || o.Status != runbook.StatusDone {
		t.Errorf("the first run ended %+v", o)
	}
	if _, err := other.Run(context.Background(), second.runbook, second.vars, secondPlan); err != nil {
		t.Errorf("after the first run the second says %v", err)
	}
}

// TestTwoProcesses lets several processes begin at once: one goes, each of the
// others names it.
func TestTwoProcesses(t *testing.T) {
	m := newMachine(t)
	job, err := json.Marshal(otherRun{
		State: t.TempDir(), Path: "test.hcl", Source: header + slow(m),
		Given: map[string]string{"address": "unix://" + m.Socket, "process": fmt.Sprintf("[%q, %q]", "redis-server", m.Conf)},
	})
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		pid, code int
		said      string
	}
	const processes = 3
	results := make(chan result, processes)
	for range processes {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), asOtherRun+"="+string(job))
		var out strings.Builder
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = cmd.Wait() // the exit code tells
			results <- result{cmd.Process.Pid, cmd.ProcessState.ExitCode(), out.String()}
		}()
	}
	// The ones that are refused end while the one that goes is held up.
	var refused []result
	for len(refused) < processes-1 {
		refused = append(refused, <-results)
	}
	write(t, m.backups+"/go", nil)
	winner := <-results
	if winner.code != 0 {
		t.Errorf("the run that went exits %d: %s", winner.code, winner.said)
	}
	for _, r := range refused {
		if want := fmt.Sprintf("pid %d,", winner.pid); r.code != 21 || !strings.Contains(r.said, want) {
			t.Errorf("a run that was refused exits %d and says %q, want 21 and %q", r.code, r.said, want)
		}
	}
}

// TestUnfinishedRun refuses to begin where another run left off, whoever asks,
// as long as that one is neither ended nor taken back.
func TestUnfinishedRun(t *testing.T) {
	m := newMachine(t)
	stops := m.steps(t, `
step "save" "now" {}
step "exec" "fail" {
  argv       = ["false"]
  undo       = ["true"]
  on_failure = "stop"
}`)
	o := stops.run(t, stops.runnable(t))
	if o.Status != runbook.StatusPaused {
		t.Fatalf("the run is %s: %v", o.Status, o.Cause)
	}
	next := m.steps(t, `step "save" "now" {}`)
	p := next.runnable(t)
	_, err := m.engine.Run(context.Background(), next.runbook, next.vars, p)
	var unfinished *runbook.UnfinishedError
	if !errors.As(err, &unfinished) {
		t.Fatalf("the next run says %v, want an UnfinishedError", err)
	}
	if unfinished.Run != o.Run || unfinished.User != "tester" || !strings.Contains(err.Error(), "redbook rollback "+o.Run) {
		t.Errorf("got %+v: %v", unfinished, err)
	}
	m.rollBack(t, o.Run)
	next.done(t, p)
}
