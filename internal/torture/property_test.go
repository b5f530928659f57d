package torture

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redbook/runbook"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
	"redbook/runbook/journal"
	"redbook/steps"
)

// TestAnyRunbook makes random runbooks of copies, renames with rotation and
// changes of mode over random file trees. A run does what its plan says; a
// roll-back restores the tree; a run that was killed anywhere and resumed ends
// like one that was not.
func TestAnyRunbook(t *testing.T) {
	kills := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		defer w.remove()
		source := w.runbook(t)
		before := w.tree(t)

		plan := w.plan(t, source)
		if diff := w.tree(t); diff != before {
			t.Fatalf("the plan changed the tree of\n%s\nfrom\n%s\nto\n%s", source, before, diff)
		}
		if f := plan.Failed(); f != nil {
			return // the plan says what is wrong, and nothing was touched
		}
		done := w.run(t, source)
		after := w.tree(t)
		matches(t, done, plan)
		w.rollBack(t, source, before)

		w.killed(t, source, rapid.IntRange(1, w.moments).Draw(t, "killed at"))
		kills++
		w.resume(t)
		if got := w.tree(t); got != after {
			t.Fatalf("runbook\n%s\nkilled and resumed gives\n%s\nwant\n%s", source, got, after)
		}
		w.rollBack(t, source, before)
	})
	t.Logf("%d runs killed and resumed", kills)
}

// A world is a directory with a random tree, and an engine for it.
type world struct {
	dir     string
	state   string
	names   []string // that may exist, for steps to choose from
	moments int      // of the last run
}

func newWorld(t *rapid.T) *world {
	memory := "/dev/shm" // what is durable is not the question here
	if _, err := os.Stat(memory); err != nil {
		memory = ""
	}
	dir, err := os.MkdirTemp(memory, "rbp")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{dir: dir, state: filepath.Join(dir, "state")}
	for _, sub := range []string{"tree", "tree/sub"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.names = []string{"dump.rdb", "dump.rdb.old", "sub", "sub/a b", "-x", "ü", "sub/dump.rdb"}
	for _, name := range w.names {
		if name == "sub" || !rapid.Bool().Draw(t, "exists "+name) {
			continue
		}
		content := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "content")
		mode := rapid.SampledFrom([]os.FileMode{0o600, 0o640, 0o644, 0o660}).Draw(t, "mode")
		if err := os.WriteFile(w.path(name), content, mode); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, "tree", name) }
func (w *world) remove()                 { _ = os.RemoveAll(w.dir) }

// runbook makes a random runbook. Most of its steps can succeed: what they name
// exists, going by the steps before.
func (w *world) runbook(t *rapid.T) string {
	there := map[string]bool{"sub": true}
	for _, name := range w.names {
		if _, err := os.Lstat(w.path(name)); err == nil {
			there[name] = true
		}
	}
	var b strings.Builder
	for n := range rapid.IntRange(1, 8).Draw(t, "steps") {
		from := w.pick(t, there, "from")
		to := rapid.SampledFrom(w.names).Draw(t, "to")
		kind := rapid.IntRange(0, 4).Draw(t, "kind")
		policy := rapid.SampledFrom([]string{"refuse", "rotate", "rotate"}).Draw(t, "policy")
		clash := there[to] && (kind < 2 || policy == "refuse")
		if from == to || clash && rapid.IntRange(0, 9).Draw(t, "clash") > 0 {
			to += fmt.Sprint(".", n) // free
		}
		switch kind {
		case 0, 1:
			fmt.Fprintf(&b, "step \"copy\" \"s%d\" {\n  from = %q\n  to = %q\n}\n", n, w.path(from), w.path(to))
			there[to] = true
		case 2, 3:
			fmt.Fprintf(&b, "step \"rename\" \"s%d\" {\n  from = %q\n  to = %q\n  if_exists = %q\n}\n", n, w.path(from), w.path(to), policy)
			delete(there, from)
			there[to] = true
		case 4:
			mode := rapid.SampledFrom([]string{"0600", "0640", "0660", "0700"}).Draw(t, "new mode")
			fmt.Fprintf(&b, "step \"chown\" \"s%d\" {\n  path = %q\n  mode = %q\n}\n", n, w.path(from), mode)
		}
	}
	return b.String()
}

// pick chooses a name that is there, or, seldom, any.
func (w *world) pick(t *rapid.T, there map[string]bool, what string) string {
	var names []string
	for _, name := range w.names {
		if there[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 || rapid.IntRange(0, 9).Draw(t, "any "+what) == 0 {
		names = w.names
	}
	return rapid.SampledFrom(names).Draw(t, what)
}

// tree writes the tree down: names, kinds, modes, owners, contents.
func (w *world) tree(t *rapid.T) string {
	var lines []string
	root := filepath.Join(w.dir, "tree")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %s", strings.TrimPrefix(path, root), info.Mode())
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %q", content)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// engine makes an engine in whose runs something happens at every moment.
func (w *world) engine(t *rapid.T, moment func()) *runbook.Engine {
	store, err := journal.Open(w.state)
	if err != nil {
		t.Fatal(err)
	}
	sabotage := peaceful()
	hit := func(string) error { moment(); return nil }
	sabotage.before, sabotage.after = hit, hit
	return &runbook.Engine{
		Kinds: steps.All(), Store: store, Now: time.Now,
		Getenv:  func(string) string { return "" },
		Observe: func(runbook.Event) { moment() },
		Connect: func(c []host.ServerConfig) (runbook.Machine, error) {
			m, err := local.New(c, local.Options{})
			sabotage.Machine = m
			return sabotage, err
		},
	}
}

func (w *world) load(t *rapid.T, e *runbook.Engine, source string) (*runbook.Runbook, runbook.Variables) {
	r, diags := runbook.Load("random.hcl", []byte(source), e.Kinds)
	if diags.HasErrors() {
		t.Fatalf("load\n%s\n%v", source, diags)
	}
	vars, diags := r.Resolve(runbook.Inputs{})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	return r, vars
}

func (w *world) plan(t *rapid.T, source string) *runbook.Plan {
	e := w.engine(t, func() {})
	r, vars := w.load(t, e, source)
	p, err := e.Plan(context.Background(), r, vars)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs to the end and counts the moments.
func (w *world) run(t *rapid.T, source string) *runbook.RunDetail {
	w.moments = 0
	e := w.engine(t, func() { w.moments++ })
	r, vars := w.load(t, e, source)
	p, err := e.Plan(context.Background(), r, vars)
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Run(context.Background(), r, vars, p)
	if err != nil || o.Status != runbook.StatusDone {
		t.Fatalf("run\n%s\n%v %+v", source, err, o)
	}
	d, err := e.ShowRun(o.Run)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// matches holds the changes of a run against its plan, one to one.
func matches(t *rapid.T, d *runbook.RunDetail, p *runbook.Plan) {
	var planned, done []string
	for _, s := range p.Steps {
		if s.Undecided != "" {
			return // what comes after is for the run to tell
		}
		for _, c := range s.Changes {
			planned = append(planned, fmt.Sprint(s.Address, c))
		}
	}
	for _, e := range d.Effects {
		done = append(done, fmt.Sprint(e.Step, e.Change))
	}
	if !slices.Equal(planned, done) {
		t.Fatalf("planned\n%q\ndone\n%q", planned, done)
	}
}

// killed begins a run and ends its goroutine at a moment. Nothing more is done
// or written after that, as when the process is killed.
func (w *world) killed(t *rapid.T, source string, at int) {
	n := 0
	e := w.engine(t, func() {
		if n++; n == at {
			runtime.Goexit()
		}
	})
	r, vars := w.load(t, e, source)
	p, err := e.Plan(context.Background(), r, vars)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = e.Run(context.Background(), r, vars, p)
	}()
	<-gone
}

func (w *world) resume(t *rapid.T) {
	e := w.engine(t, func() {})
	id, err := e.Store.Find("")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := e.ShowRun(id); err == nil && d.Status == runbook.StatusDone {
		return // it was killed after its last record
	}
	o, err := e.Resume(context.Background(), id, runbook.Inputs{})
	if err != nil || o.Status != runbook.StatusDone {
		t.Fatalf("resume: %v %+v", err, o)
	}
}

// rollBack takes the newest run back and holds the tree against the one before.
func (w *world) rollBack(t *rapid.T, source, before string) {
	e := w.engine(t, func() {})
	id, err := e.Store.Find("")
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.RollBack(context.Background(), id, "", runbook.Inputs{})
	if err != nil || o.Status != runbook.StatusRolledBack {
		t.Fatalf("roll back\n%s\n%v %+v", source, err, o)
	}
	if got := w.tree(t); got != before {
		t.Fatalf("runbook\n%s\nrolled back leaves\n%s\nwant\n%s", source, got, before)
	}
}
