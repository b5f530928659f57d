package runbook

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"redbook/runbook/journal"
)

// RollBack takes a run back, newest effect first, from its journal alone. With
// to, a step's address or KIND.NAME, only that step and those after it are
// taken back, and the run can be resumed there.
func (e *Engine) RollBack(ctx context.Context, id, to string, in Inputs) (*Outcome, error) {
	return e.rollBack(ctx, id, to, false, in)
}

// RollBackSettled is RollBack by a person who says that the effect which could
// not be taken back is settled by hand: it stays as it is, and those before it
// are taken back. The journal says who said so.
func (e *Engine) RollBackSettled(ctx context.Context, id, to string, in Inputs) (*Outcome, error) {
	return e.rollBack(ctx, id, to, true, in)
}

func (e *Engine) rollBack(ctx context.Context, id, to string, settle bool, in Inputs) (*Outcome, error) {
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
	entries, to, err := t.history.takeBack(id, to)
	if err != nil {
		return nil, err
	}
	s, err := e.open(ctx, r, vars, p.Created, t.history.header.Servers)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.close() }() // nothing is written through a connection that ends
	if settle {
		if entries, err = t.settle(entries); err != nil {
			return nil, err
		}
	}
	if err := t.record(journal.Record{Type: journal.RollBack, Step: to, Actor: &e.Actor}); err != nil {
		return nil, err
	}
	left, notes := t.undo(ctx, s.machine, entries)
	if len(left) > 0 {
		return t.incomplete(ctx, to, errors.New("the roll-back could not be ended"), left, notes), nil
	}
	return t.rolledBack(to, nil, notes), nil
}

// settle writes down that the effect which could not be taken back is settled,
// and returns the entries without it.
func (t *track) settle(entries []*entry) ([]*entry, error) {
	stuck, err := t.history.unsettled(t.id)
	if err != nil {
		return nil, err
	}
	record := journal.Record{Type: journal.Settled, Step: stuck.step, Effect: stuck.number, Actor: &t.engine.Actor}
	if err := t.record(record); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(entries, func(e *entry) bool { return e == stuck }), nil
}

// rolledBack ends a roll-back that left nothing: of the whole run, or of to and
// the steps after it.
func (t *track) rolledBack(to string, cause error, notes []string) *Outcome {
	status := StatusRolledBack
	if to != "" {
		status = StatusPaused
	}
	err := t.record(journal.Record{Type: journal.End, Status: string(status)})
	return &Outcome{
		Run: t.id, Status: status, Step: to, Cause: errors.Join(cause, err), Notes: notes, Settled: t.history.settled(),
	}
}

// unsettled is the effect that ended the last roll-back.
func (h *history) unsettled(id string) (*entry, error) {
	if h.status != StatusIncomplete || h.stuck == nil {
		return nil, &RefusedError{Run: id, Reason: "has no change that could not be taken back: it is " + string(h.status) + "; there is nothing to skip"}
	}
	return h.stuck, nil
}

// settled describes the effects that were settled by hand, and by whom.
func (h *history) settled() (list []string) {
	for _, e := range h.entries {
		if e.state == effectSettled {
			list = append(list, fmt.Sprintf("%s: %s (says %s)", e.step, describeEffect(e.effect), e.actor))
		}
	}
	return list
}

// takeBack lists what a roll-back would take back, newest first, and completes
// the name of the step it ends with.
func (h *history) takeBack(id, to string) ([]*entry, string, error) {
	if h.status == StatusRolledBack {
		return nil, "", &RefusedError{Run: id, Reason: "is rolled back already"}
	}
	if to == "" {
		return h.pending(), "", nil
	}
	for _, address := range []string{to, "step." + to} {
		if steps := h.from(address); len(steps) > 0 {
			return h.pending(steps...), address, nil
		}
	}
	return nil, "", &RefusedError{Run: id, Reason: fmt.Sprintf("has no step %q that began; redbook runs show %s lists them", to, id)}
}
