package runbook

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/journal"
)

// A Status is how a run stands.
type Status string

const (
	StatusRunning     Status = "unfinished"  // no end was written: it goes on, or it was killed
	StatusDone        Status = "done"        // ended well
	StatusRolledBack  Status = "rolled back" // everything was taken back
	StatusIncomplete  Status = "incomplete"  // something could not be taken back
	StatusPaused      Status = "paused"      // a step failed and on_failure says stop
	StatusInterrupted Status = "interrupted"
	StatusFailed      Status = "failed" // before anything was touched
)

// Finished tells whether the run holds its server no longer.
func (s Status) Finished() bool {
	return s == StatusDone || s == StatusRolledBack || s == StatusFailed
}

// A header is what a journal begins with: all that resume and roll-back need
// to know when the server is down.
type header struct {
	Plan    string          `json:"plan"`
	Runbook string          `json:"runbook"` // path
	Servers []PlannedServer `json:"servers,omitempty"`
}

// An effectState says how far an effect came.
type effectState string

const (
	effectIntended effectState = "in doubt"
	effectDone     effectState = "done"
	effectUndone   effectState = "undone"
	effectSettled  effectState = "settled by hand"
)

// An entry is one effect of a run.
type entry struct {
	number int
	step   string
	effect effect.Encoded
	state  effectState
	actor  string // who settled it
}

// A history is a journal read as a story: the same code makes it from a file
// and, record by record, from a run in progress.
type history struct {
	header  header
	actor   journal.Actor
	began   time.Time
	ended   time.Time
	entries []*entry
	order   []string                   // the steps in the order in which they began
	steps   map[string]json.RawMessage // outputs of the steps that are over
	failed  string                     // the step that failed last
	problem string                     // why
	status  Status
	undoing bool   // a roll-back of the whole run has begun
	stuck   *entry // the effect that could not be taken back last; nil when there is none
}

// replay reads a journal's records.
func replay(records []journal.Record) (*history, error) {
	h := new(history)
	for _, r := range records {
		if err := h.add(r); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// add takes in one record.
func (h *history) add(r journal.Record) error {
	switch r.Type {
	case journal.Begin:
		return h.begin(r)
	case journal.Intent:
		return h.intend(r)
	case journal.Done:
		return h.mark(r, effectDone)
	case journal.Undone:
		return h.mark(r, effectUndone)
	case journal.Settled:
		return h.mark(r, effectSettled)
	case journal.UndoFailed:
		return h.fail(r)
	case journal.StepBegin:
		h.see(r.Step)
	case journal.StepEnd:
		h.see(r.Step)
		h.steps[r.Step] = r.Body
	case journal.StepFail:
		h.failed, h.problem = r.Step, r.Error
	case journal.Resumed:
		h.status, h.ended = StatusRunning, time.Time{}
	case journal.RollBack:
		h.status, h.ended, h.undoing = StatusRunning, time.Time{}, r.Step == ""
		if r.Step != "" {
			h.forgetFrom(r.Step)
		}
	case journal.Interrupt:
		h.status, h.ended = StatusInterrupted, r.Time
	case journal.End:
		h.status, h.ended = Status(r.Status), r.Time
	}
	return nil
}

func (h *history) begin(r journal.Record) error {
	if err := json.Unmarshal(r.Body, &h.header); err != nil {
		return fmt.Errorf("read journal: header: %w", err)
	}
	h.began, h.status, h.steps = r.Time, StatusRunning, map[string]json.RawMessage{}
	if r.Actor != nil {
		h.actor = *r.Actor
	}
	return nil
}

func (h *history) intend(r journal.Record) error {
	if r.Effect != len(h.entries)+1 {
		return fmt.Errorf("read journal: effect %d stands where %d belongs", r.Effect, len(h.entries)+1)
	}
	e := &entry{number: r.Effect, step: r.Step, state: effectIntended}
	h.entries = append(h.entries, e)
	return e.decode(r)
}

func (e *entry) decode(r journal.Record) error {
	if err := json.Unmarshal(r.Body, &e.effect); err != nil {
		return fmt.Errorf("read journal: record %d: %w", r.Seq, err)
	}
	return nil
}

// mark changes an effect's state; done also brings what Do filled in.
func (h *history) mark(r journal.Record, state effectState) error {
	e, err := h.entry(r)
	if err != nil {
		return err
	}
	e.state = state
	if h.stuck == e {
		h.stuck = nil
	}
	if r.Actor != nil {
		e.actor = r.Actor.Person()
	}
	if r.Type == journal.Done {
		return e.decode(r)
	}
	return nil
}

func (h *history) fail(r journal.Record) (err error) {
	h.stuck, err = h.entry(r)
	return err
}

// entry is the effect that a record is about.
func (h *history) entry(r journal.Record) (*entry, error) {
	if r.Effect < 1 || r.Effect > len(h.entries) {
		return nil, fmt.Errorf("read journal: record %d is about effect %d, which never began", r.Seq, r.Effect)
	}
	return h.entries[r.Effect-1], nil
}

func (h *history) see(step string) {
	if !slices.Contains(h.order, step) {
		h.order = append(h.order, step)
	}
}

// from lists the steps that began with or after one.
func (h *history) from(step string) []string {
	i := slices.Index(h.order, step)
	if i < 0 {
		return nil
	}
	return h.order[i:]
}

// forgetFrom makes a step and those after it count as not yet run.
func (h *history) forgetFrom(step string) {
	for _, s := range h.from(step) {
		delete(h.steps, s)
	}
}

// pending lists the effects that are neither undone nor settled, newest first;
// with steps, only theirs.
func (h *history) pending(steps ...string) (list []*entry) {
	for _, e := range slices.Backward(h.entries) {
		if e.state != effectUndone && e.state != effectSettled && (len(steps) == 0 || slices.Contains(steps, e.step)) {
			list = append(list, e)
		}
	}
	return list
}

// made tells whether what an effect renames had been made by an earlier effect
// of the same run.
func (h *history) made(e *entry) bool {
	paths := map[string]bool{}
	for _, before := range h.entries[:e.number-1] {
		switch eff := before.decoded().(type) {
		case *effect.Copy:
			paths[eff.To] = true
		case *effect.BuildAOF:
			paths[eff.To] = true
		case *effect.Rename:
			paths[eff.To] = paths[eff.From]
			delete(paths, eff.From)
		}
	}
	r, ok := e.decoded().(*effect.Rename)
	return ok && paths[r.From]
}

// decoded is the entry's effect, nil when this version does not know it.
func (e *entry) decoded() effect.Effect {
	eff, err := effect.Decode(e.effect)
	if err != nil {
		return nil
	}
	return eff
}
