package runbook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"redbook/runbook/host"
	"redbook/runbook/journal"
)

// runStep runs one step with its retries. A nil outcome means: go on.
func (s *session) runStep(ctx context.Context, t *track, b *StepBlock, planned PlannedStep) (*Outcome, error) {
	call, diags := s.scope.Step(b)
	if err := s.runbook.failOn(diags); err != nil {
		return s.failed(ctx, t, b, Call{OnFailure: OnFailureRollback}, err)
	}
	if call.When.Known && !call.When.Value {
		s.scope.SetSkipped(b)
		return t.end(b, journal.Record{Status: "skipped"})
	}
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, t, b, call, planned, attempt)
		if err == nil {
			raw, err := s.scope.SaveStep(b)
			if err != nil {
				return nil, err
			}
			return t.end(b, journal.Record{Body: raw, Status: "done"})
		}
		if t.journal.Broken() != nil {
			return t.broken(err)
		}
		if (t.stopped() || ctx.Err() != nil) && interrupts(err) {
			return t.interrupted(b.Address())
		}
		if attempt >= call.Attempts {
			return s.failed(ctx, t, b, call, err)
		}
		if outcome := s.again(ctx, t, b, call, err, attempt); outcome != nil {
			return outcome, nil
		}
	}
}

// interrupts tells whether an error only says that the step was told to stop.
func interrupts(err error) bool {
	return errors.Is(err, ErrInterrupted) || errors.Is(err, context.Canceled)
}

// attempt runs a step once. The context of its reads ends at the first
// interrupt, that of its effects at the second; both end at the timeout.
func (s *session) attempt(ctx context.Context, t *track, b *StepBlock, call Call, planned PlannedStep, n int) error {
	if err := t.record(journal.Record{Type: journal.StepBegin, Step: b.Address(), Attempt: n}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, call.Timeout, timeoutError{call.Timeout})
	defer cancel()
	reads, cancelReads := context.WithCancel(ctx)
	defer cancelReads()
	if t.engine.Stop != nil {
		go func() {
			select {
			case <-t.engine.Stop:
				cancelReads()
			case <-reads.Done():
			}
		}()
	}
	h := &recorder{Machine: s.machine, track: t, effects: ctx, redis: call.Redis, planned: planned}
	outputs, err := call.Step.Run(reads, h)
	if err == nil {
		err = h.missing()
	}
	if err != nil {
		return timedOut(ctx, err)
	}
	s.scope.SetStep(b, outputs)
	return nil
}

// timeoutError is the cause of a context that met a step's timeout.
type timeoutError struct{ after time.Duration }

func (e timeoutError) Error() string {
	return fmt.Sprintf("not finished within its timeout of %s; give the step a longer timeout if that was too short", e.after)
}

func timedOut(ctx context.Context, err error) error {
	var t timeoutError
	if errors.As(context.Cause(ctx), &t) && errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", t, err)
	}
	return err
}

// again undoes a failed attempt and waits for the next one.
func (s *session) again(ctx context.Context, t *track, b *StepBlock, call Call, cause error, attempt int) *Outcome {
	fail := journal.Record{Type: journal.StepFail, Step: b.Address(), Attempt: attempt, Error: cause.Error()}
	if err := t.record(fail); err != nil {
		return must(t.broken(err))
	}
	if left, notes := t.undoForAgain(ctx, s.machine, t.history.pending(b.Address())); len(left) > 0 {
		return t.incomplete(ctx, b.Address(), cause, left, notes)
	}
	t.observe(journal.Record{Type: "retry", Step: b.Address(), Attempt: attempt + 1}, nil)
	delay := time.NewTimer(call.Delay)
	defer delay.Stop()
	select {
	case <-delay.C:
		return nil
	case <-t.engine.Stop:
	case <-ctx.Done():
	}
	return must(t.interrupted(b.Address()))
}

func must(o *Outcome, _ error) *Outcome { return o }

// end writes down that a step is over.
func (t *track) end(b *StepBlock, r journal.Record) (*Outcome, error) {
	r.Type, r.Step = journal.StepEnd, b.Address()
	if r.Body == nil {
		r.Body = json.RawMessage("null")
	}
	if err := t.record(r); err != nil {
		return t.broken(err)
	}
	return nil, nil
}

// failed does what on_failure says about a step that failed for good.
func (s *session) failed(ctx context.Context, t *track, b *StepBlock, call Call, cause error) (*Outcome, error) {
	fail := journal.Record{Type: journal.StepFail, Step: b.Address(), Error: cause.Error()}
	if err := t.record(fail); err != nil {
		return t.broken(err)
	}
	switch call.OnFailure {
	case OnFailureStop:
		end := journal.Record{Type: journal.End, Status: string(StatusPaused)}
		return &Outcome{Run: t.id, Status: StatusPaused, Step: b.Address(), Cause: errors.Join(cause, t.record(end))}, nil
	case OnFailureContinue:
		left, notes := t.undo(ctx, s.machine, t.history.pending(b.Address()))
		if len(left) > 0 {
			return t.incomplete(ctx, b.Address(), cause, left, notes), nil
		}
		s.scope.SetSkipped(b)
		return t.end(b, journal.Record{Status: "failed", Error: cause.Error()})
	}
	return t.rollBackAll(ctx, s.machine, b.Address(), cause), nil
}

// untouched tells whether no effect of the run ever began.
func (t *track) untouched() bool { return len(t.history.entries) == 0 }

// rollBackAll takes back everything after a failure.
func (t *track) rollBackAll(ctx context.Context, m host.Machine, step string, cause error) *Outcome {
	if t.untouched() {
		end := journal.Record{Type: journal.End, Status: string(StatusFailed), Step: step, Error: cause.Error()}
		return &Outcome{Run: t.id, Status: StatusFailed, Step: step, Cause: errors.Join(cause, t.record(end))}
	}
	if err := t.record(journal.Record{Type: journal.RollBack, Actor: &t.engine.Actor}); err != nil {
		return must(t.broken(errors.Join(cause, err)))
	}
	left, notes := t.undo(ctx, m, t.history.pending())
	if len(left) > 0 {
		return t.incomplete(ctx, step, cause, left, notes)
	}
	o := t.rolledBack("", cause, notes)
	o.Step = step
	return o
}
