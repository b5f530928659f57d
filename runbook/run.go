package runbook

import (
	"context"
	"errors"
	"fmt"

	"redbook/runbook/journal"
)

// An Outcome is how a run, a resume or a roll-back ended.
type Outcome struct {
	Run     string        `json:"run"`
	Status  Status        `json:"status"`
	Step    string        `json:"step,omitempty"`    // the one that failed
	Cause   error         `json:"-"`                 // why
	Left    []string      `json:"left,omitempty"`    // what could not be taken back
	Notes   []string      `json:"notes,omitempty"`   // what was set aside
	Settled []string      `json:"settled,omitempty"` // what was not taken back, since a person settled it by hand
	Values  []OutputValue `json:"-"`                 // the runbook's outputs, when it is done
}

// Run does what a plan says. It plans once more under the lock, so that it
// begins only where the plan still holds; else it is a *StaleError. An error
// means that nothing was touched; once something was, there is an Outcome.
func (e *Engine) Run(ctx context.Context, r *Runbook, vars Variables, p *Plan) (*Outcome, error) {
	locks, err := e.lock(p.Servers)
	if err != nil {
		return nil, err
	}
	keep := false
	defer func() {
		if !keep {
			_ = release(locks) // closing a directory handle cannot lose anything
		}
	}()
	if err := e.refuseUnfinished(p); err != nil {
		return nil, err
	}
	now, err := e.planAt(ctx, r, vars, p.Created, p.ID)
	if err != nil {
		return nil, err
	}
	if reason := p.Compare(now); reason != "" {
		return nil, &StaleError{Reason: reason}
	}
	if f := p.Failed(); f != nil {
		return nil, &CheckError{Problem: f.Address + ": " + f.Failure}
	}
	s, err := e.open(ctx, r, vars, p.Created, p.Servers)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }() // nothing is written through a connection that ends
	t, err := e.begin(p, locks)
	if err != nil {
		return nil, err
	}
	keep = true
	defer func() { _ = t.close() }() // each record is on disk already
	return s.goOn(ctx, t, p)
}

// refuseUnfinished looks for runs that left one of the plan's servers between
// before and after, or that ran this very plan.
func (e *Engine) refuseUnfinished(p *Plan) error {
	ids, err := e.Store.Runs()
	if err != nil {
		return err
	}
	for _, id := range ids {
		h, err := e.history(id)
		if err != nil {
			if err := e.refuseDamaged(p, id, err); err != nil {
				return err
			}
		}
		if h == nil {
			continue
		}
		if h.header.Plan == p.ID {
			return &StaleError{Reason: "run " + id + " has run it already"}
		}
		if !h.status.Finished() && sharesServer(p.Servers, h.header.Servers) {
			return &UnfinishedError{Run: id, User: h.actor.User, Status: string(h.status), Began: h.began}
		}
	}
	return nil
}

// history reads a run; nil for one that was cut off before its first record.
func (e *Engine) history(id string) (*history, error) {
	records, err := e.Store.Read(id)
	if errors.Is(err, journal.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return replay(records)
}

func sharesServer(a, b []PlannedServer) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Description.Dir == y.Description.Dir {
				return true
			}
		}
	}
	return false
}

// goOn runs the steps that are not over yet, in order.
func (s *session) goOn(ctx context.Context, t *track, p *Plan) (*Outcome, error) {
	for i, b := range s.runbook.Steps {
		if raw, over := t.history.steps[b.Address()]; over {
			if err := s.scope.LoadStep(b, raw); err != nil {
				return nil, err
			}
			continue
		}
		if t.stopped() || ctx.Err() != nil {
			return t.interrupted(b.Address())
		}
		if i >= len(p.Steps) {
			return nil, fmt.Errorf("run %s: the plan has no step %s", t.id, b.Address())
		}
		outcome, err := s.runStep(ctx, t, b, p.Steps[i])
		if err != nil || outcome != nil {
			return outcome, err
		}
	}
	if err := t.record(journal.Record{Type: journal.End, Status: string(StatusDone)}); err != nil {
		return t.broken(err)
	}
	values, diags := s.scope.Outputs()
	return &Outcome{Run: t.id, Status: StatusDone, Values: values, Cause: s.runbook.failOn(diags)}, nil
}

// interrupted writes down that the run stops here, for resume or roll-back.
func (t *track) interrupted(step string) (*Outcome, error) {
	o := &Outcome{Run: t.id, Status: StatusInterrupted, Step: step, Cause: ErrInterrupted}
	o.Cause = errors.Join(o.Cause, t.record(journal.Record{Type: journal.Interrupt, Step: step}))
	return o, nil
}

// broken is the outcome when the journal cannot be written any more: nothing
// further may be done, not even an undo, until there is room again.
func (t *track) broken(cause error) (*Outcome, error) {
	return &Outcome{Run: t.id, Status: StatusInterrupted, Cause: cause}, nil
}
