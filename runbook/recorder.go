package runbook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/journal"
)

// A DivergedError says that a step was about to do what its plan did not say.
type DivergedError struct {
	Step, Planned, Actual string
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("%s departs from its plan and was stopped before it did:\n  planned: %s\n  now:     %s", e.Step, e.Planned, e.Actual)
}

// A recorder is the Host of a step in a run. It is the one place through which
// a change reaches the machine: compared with the plan, prepared, journalled,
// done, journalled.
type recorder struct {
	host.Machine
	track   *track
	effects context.Context // ends an effect: only the second interrupt or the timeout does
	redis   string
	planned PlannedStep
	next    int // of planned.Effects
}

func (h *recorder) Redis() string { return h.redis }

func (h *recorder) Note(format string, args ...any) {
	h.track.observe(journal.Record{Type: "note", Step: h.planned.Address, Notes: []string{fmt.Sprintf(format, args...)}}, nil)
}

func (h *recorder) Apply(_ context.Context, e effect.Effect) error {
	if h.track.stopped() {
		return ErrInterrupted
	}
	if err := h.compare(e); err != nil {
		return err
	}
	if err := e.Prepare(h.effects, h.Machine); err != nil {
		return err
	}
	number := len(h.track.history.entries) + 1
	if err := h.write(journal.Intent, number, e); err != nil {
		return err
	}
	if err := e.Do(h.telling(number), h.Machine); err != nil {
		failed := journal.Record{Type: journal.Failed, Step: h.planned.Address, Effect: number, Error: err.Error()}
		return errors.Join(err, h.track.record(failed))
	}
	return h.write(journal.Done, number, e)
}

// telling is the context of an effect that says how far it has come.
func (h *recorder) telling(number int) context.Context {
	return host.WithProgress(h.effects, func(p host.Progress) { h.track.progress(h.planned.Address, number, p) })
}

// compare refuses an effect that is not the next one of the plan.
func (h *recorder) compare(e effect.Effect) error {
	actual, err := identified(e)
	if err != nil {
		return err
	}
	if h.next >= len(h.planned.Effects) {
		if h.planned.Undecided != "" {
			return nil
		}
		return &DivergedError{Step: h.planned.Address, Planned: "nothing more", Actual: describeEffect(actual)}
	}
	planned := h.planned.Effects[h.next]
	same, err := sameEffect(planned, actual)
	if err != nil {
		return err
	}
	if !same {
		return &DivergedError{Step: h.planned.Address, Planned: describeEffect(planned), Actual: describeEffect(actual)}
	}
	h.next++
	return nil
}

// sameEffect compares in one spelling: a plan that was read from an indented
// file holds the same arguments with other white space.
func sameEffect(a, b effect.Encoded) (bool, error) {
	x, errX := effect.Arguments(a)
	y, errY := effect.Arguments(b)
	return a.Kind == b.Kind && slices.Equal(x, y), errors.Join(errX, errY)
}

// missing is the error of a step that did less than its plan.
func (h *recorder) missing() error {
	if h.next == len(h.planned.Effects) || h.planned.Undecided != "" {
		return nil
	}
	return &DivergedError{Step: h.planned.Address, Planned: describeEffect(h.planned.Effects[h.next]), Actual: "the step ends"}
}

func describeEffect(enc effect.Encoded) string {
	e, err := effect.Decode(enc)
	if err != nil {
		return enc.Kind
	}
	c := e.Change()
	return strings.TrimRight(c.Action+" "+c.Target+" "+c.Detail, " ")
}

func (h *recorder) write(kind string, number int, e effect.Effect) error {
	enc, err := effect.Encode(e)
	if err != nil {
		return err
	}
	body, err := json.Marshal(enc)
	if err != nil {
		return fmt.Errorf("encode effect: %w", err)
	}
	change := e.Change()
	return h.track.recordChange(journal.Record{Type: kind, Step: h.planned.Address, Effect: number, Body: body}, &change)
}
