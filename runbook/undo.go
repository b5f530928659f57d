package runbook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/journal"
)

// undoTimeout bounds one undo. It is long, since a start may load for minutes.
const undoTimeout = 30 * time.Minute

// undo takes effects back in the order given, newest first. It ends at the
// first that cannot be: the older ones stand on its ground. What is left is
// told in words for a person.
func (t *track) undo(ctx context.Context, m host.Machine, entries []*entry) (left, notes []string) {
	return t.takeBack(ctx, m, entries, false)
}

// undoForAgain is undo of a step that runs again right after.
func (t *track) undoForAgain(ctx context.Context, m host.Machine, entries []*entry) (left, notes []string) {
	return t.takeBack(ctx, m, entries, true)
}

func (t *track) takeBack(ctx context.Context, m host.Machine, entries []*entry, again bool) (left, notes []string) {
	if err := t.refuseStarted(ctx, m, entries); err != nil {
		return []string{err.Error()}, nil
	}
	for i, e := range entries {
		n, err := t.undoOne(ctx, m, e, again)
		notes = append(notes, n...)
		if err != nil {
			left = append(left, fmt.Sprintf("%s: %s: %v", e.step, describeEffect(e.effect), err))
			for _, rest := range entries[i+1:] {
				left = append(left, fmt.Sprintf("%s: %s: not yet taken back", rest.step, describeEffect(rest.effect)))
			}
			return left, notes
		}
	}
	return nil, notes
}

func (t *track) undoOne(ctx context.Context, m host.Machine, e *entry, again bool) (notes []string, err error) {
	eff, err := effect.Decode(e.effect)
	if err != nil {
		return nil, err
	}
	change := eff.Change()
	record := journal.Record{Type: journal.Undoing, Step: e.step, Effect: e.number}
	if err := t.recordChange(record, &change); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, undoTimeout)
	defer cancel()
	record.Notes, err = eff.Undo(ctx, m, effect.Undo{Run: t.id, Made: t.history.made(e), Saved: t.history.savedOver(e), Again: again})
	record.Type = journal.Undone
	if err != nil {
		record.Type, record.Error = journal.UndoFailed, err.Error()
	}
	if jerr := t.recordChange(record, &change); jerr != nil {
		return record.Notes, jerr
	}
	return record.Notes, err
}

// incomplete is the outcome of a roll-back that a person must end; of one that
// was stopped, only that it was.
func (t *track) incomplete(ctx context.Context, step string, cause error, left, notes []string) *Outcome {
	if ctx.Err() != nil && t.journal.Broken() == nil {
		o := must(t.interrupted(step))
		o.Cause, o.Left, o.Notes = errors.Join(o.Cause, cause), left, notes
		return o
	}
	end := journal.Record{Type: journal.End, Status: string(StatusIncomplete), Notes: left}
	if err := t.record(end); err != nil {
		left = append(left, err.Error())
	}
	return &Outcome{Run: t.id, Status: StatusIncomplete, Step: step, Cause: cause, Left: left, Notes: notes}
}
