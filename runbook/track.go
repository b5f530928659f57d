package runbook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"redbook/internal/safefs"
	"redbook/runbook/effect"
	"redbook/runbook/journal"
)

// A track is a run in progress: its journal, what the journal says so far, and
// the locks that keep others away.
type track struct {
	engine  *Engine
	id      string
	journal *journal.Writer
	history *history
	locks   []*journal.Lock
}

// begin makes a new run's journal.
func (e *Engine) begin(p *Plan, locks []*journal.Lock) (*track, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	files := map[string][]byte{"plan.json": raw, "runbook" + extension(p.Path): []byte(p.Source)}
	id, w, err := e.create(files)
	if err != nil {
		return nil, err
	}
	t := &track{engine: e, id: id, journal: w, history: new(history), locks: locks}
	body, err := json.Marshal(header{Plan: p.ID, Runbook: p.Path, Servers: p.Servers})
	if err != nil {
		return nil, fmt.Errorf("encode header: %w", err)
	}
	return t, t.record(journal.Record{Type: journal.Begin, Body: body, Actor: &e.Actor})
}

// create makes the journal under an id that is free: a clock that was set back
// may give one that an earlier run has.
func (e *Engine) create(files map[string][]byte) (string, *journal.Writer, error) {
	for now := e.Now(); ; now = now.Add(journal.IDStep) {
		id := journal.NewID(now)
		w, err := e.Store.Create(id, files, e.Now)
		if !errors.Is(err, fs.ErrExist) {
			return id, w, err
		}
	}
}

func extension(path string) string {
	if filepath.Ext(path) == ".json" {
		return ".hcl.json"
	}
	return ".hcl"
}

// reopen goes on with an old run's journal, under the locks of its servers.
func (e *Engine) reopen(id string) (*track, error) {
	records, err := e.Store.Read(id)
	if err != nil {
		return nil, err
	}
	h, err := replay(records)
	if err != nil {
		return nil, err
	}
	locks, err := e.lock(h.header.Servers)
	if err != nil {
		return nil, err
	}
	t := &track{engine: e, id: id, history: new(history), locks: locks}
	t.journal, records, err = e.Store.Append(id, e.Now)
	if err == nil {
		t.history, err = replay(records)
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

// lock takes the data directory of each server, in one order for all runs.
func (e *Engine) lock(servers []PlannedServer) (locks []*journal.Lock, err error) {
	var dirs []string
	for _, s := range servers {
		dirs = append(dirs, s.Description.Dir)
	}
	slices.Sort(dirs)
	for _, dir := range slices.Compact(dirs) {
		l, err := journal.AcquireBy(dir, safefs.OpenDirFile)
		if err != nil {
			return nil, errors.Join(err, release(locks))
		}
		locks = append(locks, l)
	}
	return locks, nil
}

func release(locks []*journal.Lock) error {
	var errs []error
	for _, l := range locks {
		errs = append(errs, l.Release())
	}
	return errors.Join(errs...)
}

func (t *track) close() error {
	var err error
	if t.journal != nil {
		err = t.journal.Close()
	}
	return errors.Join(err, release(t.locks))
}

// record appends to the journal, then to the history, then tells the observer.
func (t *track) record(r journal.Record) error { return t.recordChange(r, nil) }

func (t *track) recordChange(r journal.Record, change *effect.Change) error {
	if err := t.journal.Append(r); err != nil {
		return err
	}
	r.Time = t.engine.Now()
	if err := t.history.add(r); err != nil {
		return err
	}
	t.observe(r, change)
	return nil
}

// stopped tells whether the person asked to stop after the effect in hand.
func (t *track) stopped() bool {
	select {
	case <-t.engine.Stop:
		return true
	default:
		return false
	}
}
