package torture

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"redbook/runbook"
)

// A tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

const orderVariable = "REDBOOK_TORTURE_ORDER"

// TestMain makes the test binary a redbook process when an order is given. Else
// it fixes what is random, so that a failure is there again the next time.
func TestMain(m *testing.M) {
	if raw := os.Getenv(orderVariable); raw != "" {
		os.Exit(child([]byte(raw)))
	}
	flag.Parse()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.checks": randomRunbooks, "rapid.nofailfile": "true"} {
		if given[name] {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// child obeys an order and counts the moments; at the chosen one it kills
// itself, as a crash would.
func child(raw []byte) int {
	var o order
	if err := json.Unmarshal(raw, &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	report, err := os.OpenFile(o.Report, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	n := 0
	moment := func(what string) bool {
		n++
		fmt.Fprintln(report, what)
		return n == o.Kill
	}
	die := func(what string) error {
		if moment(what) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
		return nil
	}
	sabotage := &saboteur{
		before: func(what string) error { return die("before " + what) },
		after:  func(what string) error { return die("after " + what) },
		inside: func(what string, half func()) {
			if moment("inside " + what) {
				half()
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		},
	}
	observe := func(e runbook.Event) {
		if e.Type != "note" && e.Type != "retry" {
			_ = die("journal " + e.Type)
		}
	}
	e, err := o.engine(sabotage, observe)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	outcome, err := o.obey(context.Background(), e)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if outcome.Cause != nil {
		fmt.Fprintln(os.Stderr, outcome.Cause)
	}
	fmt.Fprintln(os.Stderr, outcome.Status, outcome.Left, outcome.Notes)
	if outcome.Status != runbook.StatusDone && outcome.Status != runbook.StatusRolledBack {
		return 2
	}
	return 0
}

// obeyed runs a redbook process. It returns the moments that came and whether
// the process killed itself.
func (o order) obeyed(t tester, report string) (moments []string, killed bool) {
	t.Helper()
	o.Report = report
	raw, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orderVariable+"="+string(raw))
	out, err := cmd.CombinedOutput()
	if err != nil {
		ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		killed = ok && ws.Signaled() && ws.Signal() == syscall.SIGKILL
		if !killed || o.Kill == 0 {
			t.Fatalf("%s of %s: %v\n%s", o.Verb, o.Runbook, err, out)
		}
	}
	f, err := os.Open(report)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		moments = append(moments, lines.Text())
	}
	return moments, killed
}
