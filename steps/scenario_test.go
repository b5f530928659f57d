package steps_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redbook/internal/redistest"
	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/journal"
)

// A scenario is a runbook that is planned, run and rolled back on a real
// server. Whatever the runbook, the plan touches nothing, the run does what
// the plan says, and the roll-back restores what was there.
type scenario struct {
	path    string // of the runbook
	given   func(m *machine) map[string]string
	prepare func(t *testing.T, m *machine)                     // before the plan; may be nil
	planned func(t *testing.T, m *machine, p *runbook.Plan)    // may be nil
	ran     func(t *testing.T, m *machine, o *runbook.Outcome) // after the run; may be nil
	back    func(t *testing.T, m *machine, o *runbook.Outcome) // after the roll-back; may be nil
	servers map[string][]redistest.Option                      // nil: with AOF and without
}

var withAndWithoutAOF = map[string][]redistest.Option{
	"aof off": nil,
	"aof on":  {redistest.WithAOF()},
}

func (s scenario) test(t *testing.T) {
	servers := s.servers
	if servers == nil {
		servers = withAndWithoutAOF
	}
	for name, options := range servers {
		t.Run(name, func(t *testing.T) { s.on(t, newMachine(t, options...)) })
	}
}

func (s scenario) on(t *testing.T, m *machine) {
	if s.prepare != nil {
		s.prepare(t, m)
	}
	var given map[string]string
	if s.given != nil {
		given = s.given(m)
	}
	l := m.load(t, s.path, string(read(t, s.path)), given)
	m.Do(t, "SAVE") // the data of now is on disk: a crash is no part of this

	before := m.snapshot(t)
	p := l.runnable(t)
	compareSnapshots(t, "the plan", before, m.snapshot(t))
	if s.planned != nil {
		s.planned(t, m, p)
	}

	was := m.state(t)
	o := l.done(t, p)
	m.comparePlan(t, p, o.Run)
	if s.ran != nil {
		s.ran(t, m, o)
	}
	o = m.rollBack(t, o.Run)
	m.compareState(t, was)
	if s.back != nil {
		s.back(t, m, o)
	}
}

// comparePlan holds the effects of a run's journal against those of its plan:
// the same ones, in the same order, each of them done.
func (m *machine) comparePlan(t *testing.T, p *runbook.Plan, run string) {
	t.Helper()
	var want []string
	for _, s := range p.Steps {
		for _, e := range s.Effects {
			want = append(want, s.Address+": "+describe(t, e))
		}
	}
	records, err := m.engine.Store.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	var intended, done []string
	for _, r := range records {
		if r.Type != journal.Intent && r.Type != journal.Done {
			continue
		}
		var e effect.Encoded
		if err := json.Unmarshal(r.Body, &e); err != nil {
			t.Fatal(err)
		}
		line := r.Step + ": " + describe(t, e)
		if r.Type == journal.Intent {
			intended = append(intended, line)
		} else {
			done = append(done, line)
		}
	}
	if diff := cmp.Diff(want, intended); diff != "" {
		t.Errorf("effects of the run (-plan +run):\n%s", diff)
	}
	if diff := cmp.Diff(intended, done); diff != "" {
		t.Errorf("effects done (-begun +done):\n%s", diff)
	}
}

func describe(t *testing.T, e effect.Encoded) string {
	t.Helper()
	args, err := effect.Arguments(e)
	if err != nil {
		t.Fatal(err)
	}
	return e.Kind + " " + string(args)
}

// A state is what a roll-back must restore.
type state struct {
	digest  string   // of the dataset
	config  string   // redis.conf with its metadata
	names   []string // in the data directory
	options map[string]string
}

func (m *machine) state(t *testing.T) state {
	t.Helper()
	s := state{digest: m.digest(t), options: map[string]string{}}
	info, err := os.Stat(m.Conf)
	if err != nil {
		t.Fatal(err)
	}
	s.config = fmt.Sprintf("%s\n%s", info.Mode(), read(t, m.Conf))
	entries, err := os.ReadDir(m.Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(e.Name(), ".redbook-") { // set aside; the notes tell of it
			s.names = append(s.names, e.Name())
		}
	}
	for _, name := range []string{"appendonly", "save", "dir", "dbfilename"} {
		pair := m.Do(t, "CONFIG", "GET", name).([]any)
		s.options[name] = pair[1].(string)
	}
	return s
}

// compareState wants all as it was, in memory and on disk: a crash right after
// the roll-back must not lose what it restored.
func (m *machine) compareState(t *testing.T, want state) {
	t.Helper()
	if diff := cmp.Diff(want, m.state(t), cmp.AllowUnexported(state{})); diff != "" {
		t.Errorf("after the roll-back (-want +got):\n%s", diff)
	}
	m.Kill(t)
	m.Start(t)
	if got := m.digest(t); got != want.digest {
		t.Errorf("after a crash following the roll-back the dataset is another")
	}
}
