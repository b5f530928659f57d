package steps_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
	"redbook/runbook/journal"
	"redbook/steps"
)

// A machine is what a runbook works on in these tests: a real server with
// sample data, a dump of it as a backup, and an engine.
type machine struct {
	*redistest.Server
	engine  *runbook.Engine
	backups string // a directory
	backup  string // a dump in it, of the sample data
	// appendOnly is the option's value when the server was new.
	appendOnly string
}

// newMachine starts a server with the sample data and backs it up.
func newMachine(t *testing.T, options ...redistest.Option) *machine {
	t.Helper()
	m := &machine{Server: redistest.New(t, options...), backups: t.TempDir()}
	m.engine = newEngine(t, t.TempDir())
	m.Start(t)
	redistest.Fill(t, m.Client(t))
	m.Do(t, "SAVE")
	m.appendOnly = m.Do(t, "CONFIG", "GET", "appendonly").([]any)[1].(string)
	m.backup = filepath.Join(m.backups, "backup.rdb")
	write(t, m.backup, read(t, m.dump()))
	return m
}

func (m *machine) dump() string { return filepath.Join(m.Data, "dump.rdb") }

// digest names all that the server holds.
func (m *machine) digest(t *testing.T) string {
	t.Helper()
	return redistest.Digest(t, m.Client(t))
}

func newEngine(t *testing.T, state string) *runbook.Engine {
	t.Helper()
	if err := os.Chmod(state, 0o700); err != nil {
		t.Fatal(err)
	}
	store, err := journal.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	return engineWith(store)
}

func engineWith(store *journal.Store) *runbook.Engine {
	return &runbook.Engine{
		Kinds:   steps.All(),
		Store:   store,
		Connect: connect,
		Actor:   journal.Actor{User: "tester", Host: "here", PID: os.Getpid(), Version: "test"},
		Now:     time.Now,
		Getenv:  func(string) string { return "" },
	}
}

func connect(servers []host.ServerConfig) (runbook.Machine, error) {
	return local.New(servers, local.Options{})
}

// A loaded runbook has its values.
type loaded struct {
	machine *machine
	runbook *runbook.Runbook
	vars    runbook.Variables
}

// load reads a runbook about the machine's server, which it names with the
// variables address and process where it has them.
func (m *machine) load(t *testing.T, path, src string, given map[string]string) *loaded {
	t.Helper()
	r, diags := runbook.Load(path, []byte(src), steps.All())
	if !diags.HasErrors() {
		diags = r.Validate()
	}
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	all := map[string]string{}
	for _, v := range r.Variables {
		switch v.Name {
		case "address":
			all["address"] = "unix://" + m.Socket
		case "process":
			all["process"] = fmt.Sprintf("[%q, %q]", "redis-server", m.Conf)
		}
	}
	maps.Copy(all, given)
	vars, diags := r.Resolve(runbook.Inputs{Given: all})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return &loaded{m, r, vars}
}

// header begins the runbooks that tests write themselves.
const header = `
variable "address" {}
variable "process" { type = list(string) }
redis "main" {
  address = var.address
  process { command = var.process }
}
`

// steps loads a runbook of these steps.
func (m *machine) steps(t *testing.T, body string) *loaded {
	t.Helper()
	return m.load(t, "test.hcl", header+body, nil)
}

func (l *loaded) plan(t *testing.T) *runbook.Plan {
	t.Helper()
	p, err := l.machine.engine.Plan(context.Background(), l.runbook, l.vars)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// runnable is a plan in which nothing fails.
func (l *loaded) runnable(t *testing.T) *runbook.Plan {
	t.Helper()
	p := l.plan(t)
	if f := p.Failed(); f != nil {
		t.Fatalf("the plan fails at %s: %s", f.Address, f.Failure)
	}
	return p
}

func (l *loaded) run(t *testing.T, p *runbook.Plan) *runbook.Outcome {
	t.Helper()
	o, err := l.machine.engine.Run(context.Background(), l.runbook, l.vars, p)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// done runs a plan that must succeed.
func (l *loaded) done(t *testing.T, p *runbook.Plan) *runbook.Outcome {
	t.Helper()
	o := l.run(t, p)
	if o.Status != runbook.StatusDone || o.Cause != nil {
		t.Fatalf("the run is %s at %s: %v", o.Status, o.Step, o.Cause)
	}
	return o
}

// rollBack takes a run back, which must succeed.
func (m *machine) rollBack(t *testing.T, run string) *runbook.Outcome {
	t.Helper()
	o, err := m.engine.RollBack(context.Background(), run, "", runbook.Inputs{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Status != runbook.StatusRolledBack || o.Cause != nil {
		t.Fatalf("the roll-back is %s: %v\nleft: %q", o.Status, o.Cause, o.Left)
	}
	return o
}

// outputs are the values that a step of a run ended with.
func (m *machine) outputs(t *testing.T, run, step string) map[string]any {
	t.Helper()
	records, err := m.engine.Store.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Type != journal.StepEnd || r.Step != step {
			continue
		}
		var values map[string]any
		if err := json.Unmarshal(r.Body, &values); err != nil {
			t.Fatalf("outputs of %s: %v", step, err)
		}
		return values
	}
	t.Fatalf("%s did not end", step)
	return nil
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// setOnce replaces the one place in a file that says from.
func setOnce(t *testing.T, path, from, to string) {
	t.Helper()
	content := read(t, path)
	if n := bytes.Count(content, []byte(from)); n != 1 {
		t.Fatalf("%s says %q %d times", path, from, n)
	}
	write(t, path, bytes.Replace(content, []byte(from), []byte(to), 1))
}
