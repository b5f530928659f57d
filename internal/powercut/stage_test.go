//go:build torture

package powercut

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
	"redbook/runbook/journal"
	"redbook/steps"
)

const (
	hostDir  = place + "/host"        // what runbooks change
	stateDir = place + "/var/redbook" // where journals are
)

// A stage is a mounted disk with redbook on it.
type stage struct {
	disk *Disk
	time time.Time // moves with each look at it
	// weaken, where it is set, takes something away from the machine.
	weaken func(runbook.Machine) runbook.Machine
}

func newStage(t testing.TB) *stage {
	t.Helper()
	s := &stage{disk: NewDisk()}
	s.mount(t)
	return s
}

// mount shows the disk, as a device that no earlier mount was.
func (s *stage) mount(t testing.TB) {
	t.Helper()
	m, err := s.disk.Mount(place)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (s *stage) now() time.Time {
	s.time = s.time.Add(time.Millisecond)
	return s.time
}

// A play is a runbook and the files that it finds.
type play struct {
	name   string
	source string
	files  []file
}

// A file of a play; its path is below hostDir. One that ends in a slash is a
// directory.
type file struct {
	path     string
	content  string
	mode     os.FileMode
	uid, gid int
}

func (f file) write() error {
	path := filepath.Join(hostDir, f.path)
	if f.path[len(f.path)-1] == '/' {
		return os.Mkdir(path, f.mode)
	}
	if err := os.WriteFile(path, []byte(f.content), f.mode); err != nil {
		return err
	}
	return errors.Join(os.Chmod(path, f.mode), os.Chown(path, f.uid, f.gid))
}

// set puts the files of a play on an empty disk.
func (s *stage) set(p play) error {
	s.time = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.disk.Boot(&Image{all: newInodes()})
	for _, dir := range []string{hostDir, filepath.Dir(stateDir)} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for _, f := range p.files {
		if err := f.write(); err != nil {
			return err
		}
	}
	s.disk.Sync()
	return nil
}

func (s *stage) engine() (*runbook.Engine, error) {
	store, err := journal.Open(stateDir)
	if err != nil {
		return nil, err
	}
	return &runbook.Engine{
		Kinds: steps.All(), Store: store, Now: s.now,
		Getenv: func(string) string { return "" },
		Connect: func(c []host.ServerConfig) (runbook.Machine, error) {
			m, err := local.New(c, local.Options{Now: s.now})
			if err != nil || s.weaken == nil {
				return m, err
			}
			return s.weaken(m), nil
		},
	}, nil
}

// errPlan says that a runbook cannot be run, which a plan tells before anything
// is touched.
var errPlan = errors.New("the plan fails")

// run runs a play to its end.
func (s *stage) run(p play) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	r, diags := runbook.Load(p.name+".hcl", []byte(p.source), e.Kinds)
	if diags.HasErrors() {
		return diags
	}
	vars, diags := r.Resolve(runbook.Inputs{})
	if diags.HasErrors() {
		return diags
	}
	plan, err := e.Plan(context.Background(), r, vars)
	if err != nil {
		return err
	}
	if f := plan.Failed(); f != nil {
		return fmt.Errorf("%w: %s: %s", errPlan, f.Address, f.Failure)
	}
	o, err := e.Run(context.Background(), r, vars, plan)
	return ended(o, err, runbook.StatusDone)
}

// ended is the error of a verb that did not end as it should.
func ended(o *runbook.Outcome, err error, want runbook.Status) error {
	switch {
	case err != nil:
		return err
	case o.Status != want || o.Cause != nil:
		return fmt.Errorf("it is %s, not %s: %w; left: %q; notes: %q", o.Status, want, o.Cause, o.Left, o.Notes)
	}
	return nil
}

// statusNone is how a run stands of which no first record is there.
const statusNone runbook.Status = "never begun"

// mend ends the newest run by a verb, and tells how it then stands.
func (s *stage) mend(verb string) (runbook.Status, error) {
	e, err := s.engine()
	if err != nil {
		return "", err
	}
	ids, err := e.Store.Runs()
	if err != nil || len(ids) == 0 {
		return statusNone, err
	}
	d, err := e.ShowRun(ids[len(ids)-1])
	if errors.Is(err, journal.ErrEmpty) {
		return statusNone, nil
	}
	if err != nil {
		return "", err
	}
	var refused *runbook.RefusedError
	if verb == "resume" {
		o, err := e.Resume(context.Background(), d.ID, runbook.Inputs{})
		switch {
		case !errors.As(err, &refused):
			return runbook.StatusDone, ended(o, err, runbook.StatusDone)
		case d.Status.Finished():
			return d.Status, nil
		} // it was being rolled back
	}
	o, err := e.RollBack(context.Background(), d.ID, "", runbook.Inputs{})
	if errors.As(err, &refused) && d.Status == runbook.StatusRolledBack {
		return d.Status, nil
	}
	return runbook.StatusRolledBack, ended(o, err, runbook.StatusRolledBack)
}
