package runbook

import (
	"context"
	"errors"

	"redbook/runbook/journal"
)

// A RefusedError says that a run cannot be resumed or rolled back as it stands.
type RefusedError struct{ Run, Reason string }

func (e *RefusedError) Error() string { return "run " + e.Run + " " + e.Reason }

// stored loads what a run was begun with: its plan and its runbook.
func (e *Engine) stored(id string) (*Runbook, *Plan, error) {
	raw, err := e.Store.File(id, "plan.json")
	if err != nil {
		return nil, nil, err
	}
	p, err := ReadPlan("of run "+id, raw)
	if err != nil {
		return nil, nil, err
	}
	r, diags := Load(p.Path, []byte(p.Source), e.Kinds)
	if diags.HasErrors() {
		return nil, nil, &DiagnosticsError{Diagnostics: diags, Files: r.Files()}
	}
	return r, p, nil
}

// resolveStored gives a stored runbook the values of its run; only secrets come
// from in.
func (e *Engine) resolveStored(r *Runbook, p *Plan, in Inputs) (Variables, error) {
	in.Saved = p.Variables
	vars, diags := r.Resolve(in)
	return vars, r.failOn(diags)
}

// Resume goes on with a run that was interrupted, paused or killed: what the
// step in hand had half done is taken back first, then it runs again. The
// runbook, the plan and the values are those of the run; in gives the secrets.
func (e *Engine) Resume(ctx context.Context, id string, in Inputs) (*Outcome, error) {
	r, p, err := e.stored(id)
	if err != nil {
		return nil, err
	}
	vars, err := e.resolveStored(r, p, in)
	if err != nil {
		return nil, err
	}
	t, err := e.reopen(id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.close() }() // each record is on disk already
	if reason := t.history.refusesResume(); reason != "" {
		return nil, &RefusedError{Run: id, Reason: reason}
	}
	s, err := e.open(ctx, r, vars, p.Created, t.history.header.Servers)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }() // nothing is written through a connection that ends
	if err := t.record(journal.Record{Type: journal.Resumed, Actor: &e.Actor}); err != nil {
		return nil, err
	}
	left, notes := t.undoForAgain(ctx, s.machine, t.history.halfDone())
	if len(left) > 0 {
		step := t.history.inHand(r)
		return t.incomplete(ctx, step, errors.New("what the step had half done cannot be taken back"), left, notes), nil
	}
	return s.goOn(ctx, t, p)
}

// refusesResume says why a run cannot go on, "" when it can.
func (h *history) refusesResume() string {
	switch {
	case h.status.Finished():
		return "is over: it is " + string(h.status) + "; there is nothing to resume"
	case h.undoing:
		return "was being rolled back; end that with redbook rollback"
	case h.status == StatusIncomplete:
		return "could not be taken back whole; see redbook runs show, mend or settle what it names, then redbook rollback"
	}
	return ""
}

// inHand is the first step that is not over.
func (h *history) inHand(r *Runbook) string {
	for _, b := range r.Steps {
		if _, over := h.steps[b.Address()]; !over {
			return b.Address()
		}
	}
	return ""
}

// halfDone lists the effects of steps that are not over, newest first: of the
// one in hand and, where a roll-back to it was cut off, of those after it.
func (h *history) halfDone() (list []*entry) {
	for _, e := range h.pending() {
		if _, over := h.steps[e.step]; !over {
			list = append(list, e)
		}
	}
	return list
}
