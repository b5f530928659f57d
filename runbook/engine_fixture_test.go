package runbook

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
	"redbook/runbook/journal"
)

// A script is what a step of the tests does: Go code, under a name.
type script func(ctx context.Context, h Host, input string) (value string, err error)

// scripted is a step that runs a script, in plans and in runs.
type scripted struct {
	Do    string        `arg:"do" doc:"name of the script"`
	Input *Late[string] `arg:"input" doc:"what it is given"`

	scripts map[string]script
}

type scriptedOutputs struct {
	Value string `out:"value" doc:"what the script returned"`
}

func (s *scripted) Run(ctx context.Context, h Host) (any, error) {
	input := ""
	if s.Input != nil {
		input = s.Input.Value
	}
	value, err := s.scripts[s.Do](ctx, h, input)
	if err != nil {
		return nil, err
	}
	return scriptedOutputs{Value: value}, nil
}

// planning tells a plan from a run, which no real step can.
func planning(h Host) bool {
	_, is := h.(*plannerHost)
	return is
}

// A workbench runs scripted runbooks on real files.
type workbench struct {
	t       *testing.T
	dir     string // what the effects work in; holds "source" and "original"
	state   string
	scripts map[string]script
	engine  *Engine
	runbook *Runbook
	vars    Variables
	events  []Event
	each    func(Event) // called for each event; may be nil
	wrap    func(Machine) Machine
}

// newWorkbench loads a runbook of steps, with var.dir for the directory.
func newWorkbench(t *testing.T, steps string, scripts map[string]script) *workbench {
	t.Helper()
	b := &workbench{t: t, dir: t.TempDir(), state: t.TempDir(), scripts: map[string]script{}}
	b.scripts["put a"], b.scripts["put b"], b.scripts["put c"] = b.put("a"), b.put("b"), b.put("c")
	maps.Copy(b.scripts, scripts)
	b.write("source", "content")
	b.write("original", "what was there before")
	b.engine = b.newEngine()
	b.runbook, b.vars = b.load(steps, b.dir)
	return b
}

// newEngine is as a redbook that is started anew: it has the state directory
// of the one before, and nothing else.
func (b *workbench) newEngine() *Engine {
	b.t.Helper()
	if err := os.Chmod(b.state, 0o700); err != nil {
		b.t.Fatal(err)
	}
	store, err := journal.Open(b.state)
	if err != nil {
		b.t.Fatal(err)
	}
	return &Engine{
		Kinds: NewKinds(Kind{
			Name: "script", New: func() Step { return &scripted{scripts: b.scripts} },
			Outputs: scriptedOutputs{}, Timeout: time.Minute, NoRedis: true,
		}),
		Store: store,
		Connect: func(servers []host.ServerConfig) (Machine, error) {
			m, err := local.New(servers, local.Options{})
			if err == nil && b.wrap != nil {
				return b.wrap(m), nil
			}
			return m, err
		},
		Actor:  journal.Actor{User: "tester", Host: "here", PID: 1, Version: "test"},
		Now:    time.Now,
		Getenv: func(string) string { return "" },
		Observe: func(e Event) {
			b.events = append(b.events, e)
			if b.each != nil {
				b.each(e)
			}
		},
	}
}

func (b *workbench) load(steps, dir string) (*Runbook, Variables) {
	b.t.Helper()
	r, diags := Load("test.hcl", []byte("variable \"dir\" {}\n"+steps), b.engine.Kinds)
	if diags.HasErrors() {
		b.t.Fatal(diags)
	}
	vars, diags := r.Resolve(Inputs{Given: map[string]string{"dir": dir}})
	if diags.HasErrors() {
		b.t.Fatal(diags)
	}
	return r, vars
}

// step is a step block that runs a script of its own name.
func step(name, more string) string {
	return fmt.Sprintf("step \"script\" %q {\n  do = %q\n%s\n}\n", strings.ReplaceAll(name, " ", "-"), name, more)
}

func (b *workbench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *workbench) write(name, content string) {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), []byte(content), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// put copies source to a new file.
func (b *workbench) put(name string) script {
	return func(ctx context.Context, h Host, _ string) (string, error) {
		return name, h.Apply(ctx, b.copy(name))
	}
}

func (b *workbench) copy(name string) *effect.Copy {
	return &effect.Copy{From: b.path("source"), To: b.path(name), Attr: host.Attr{UID: -1, GID: -1}}
}

func (b *workbench) rename(from, to string) *effect.Rename {
	return &effect.Rename{From: b.path(from), To: b.path(to)}
}

func (b *workbench) plan() *Plan {
	b.t.Helper()
	p, err := b.engine.Plan(context.Background(), b.runbook, b.vars)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// run plans and runs.
func (b *workbench) run(ctx context.Context) *Outcome {
	b.t.Helper()
	o, err := b.engine.Run(ctx, b.runbook, b.vars, b.plan())
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// resume goes on with the last run, in another process as it were.
func (b *workbench) resume() *Outcome {
	b.t.Helper()
	o, err := b.newEngine().Resume(context.Background(), b.last(), Inputs{})
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

func (b *workbench) rollBack(to string) *Outcome {
	b.t.Helper()
	o, err := b.newEngine().RollBack(context.Background(), b.last(), to, Inputs{})
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

func (b *workbench) last() string {
	b.t.Helper()
	id, err := b.engine.Store.Find("")
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// wantStatus holds an outcome and the journal to a status.
func (b *workbench) wantStatus(o *Outcome, want Status) {
	b.t.Helper()
	if o.Status != want {
		b.t.Errorf("the outcome is %q (%v, left %q), want %q", o.Status, o.Cause, o.Left, want)
	}
	d, err := b.engine.ShowRun(b.last())
	if err != nil {
		b.t.Fatal(err)
	}
	if d.Status != want {
		b.t.Errorf("in the journal the run is %q, want %q", d.Status, want)
	}
}

// wantFiles holds the directory to the names given besides source.
func (b *workbench) wantFiles(want ...string) {
	b.t.Helper()
	var got []string
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "source" {
			got = append(got, d.Name())
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("files (-want +got):\n%s", diff)
	}
	if slices.Contains(got, "original") {
		if content, err := os.ReadFile(b.path("original")); err != nil || string(content) != "what was there before" {
			b.t.Errorf("original holds %q, %v", content, err)
		}
	}
}

// story is the journal of the last run, a word or three a record.
func (b *workbench) story() []string {
	b.t.Helper()
	records, err := b.engine.Store.Read(b.last())
	if err != nil {
		b.t.Fatal(err)
	}
	var lines []string
	for _, r := range records {
		line := r.Type
		if r.Step != "" {
			line += " " + strings.TrimPrefix(r.Step, "step.script.")
		}
		if r.Effect != 0 {
			line += fmt.Sprintf(" %d", r.Effect)
		}
		if r.Status != "" {
			line += ": " + r.Status
		}
		lines = append(lines, line)
	}
	return lines
}

func (b *workbench) wantStory(want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.story()); diff != "" {
		b.t.Errorf("journal (-want +got):\n%s", diff)
	}
}

var errFake = errors.New("it does not work")

// failing makes a script fail in runs, after it did what another does.
func failing(do script) script {
	return func(ctx context.Context, h Host, input string) (string, error) {
		value, err := do(ctx, h, input)
		if err == nil && !planning(h) {
			err = errFake
		}
		return value, err
	}
}
