package runbook

import (
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/journal"
)

// A RunSummary is one line of the list of runs.
type RunSummary struct {
	ID      string        `json:"id"`
	Runbook string        `json:"runbook"`
	Status  Status        `json:"status"`
	Began   time.Time     `json:"began"`
	Ended   time.Time     `json:"ended,omitzero"`
	Actor   journal.Actor `json:"actor"`
	Problem string        `json:"problem,omitempty"` // why its journal cannot be read
}

// A RunDetail is all that a run's journal tells.
type RunDetail struct {
	RunSummary
	Failed  string           `json:"failed,omitempty"` // the step that failed last
	Cause   string           `json:"cause,omitempty"`
	Steps   []string         `json:"steps"` // in the order in which they began
	Effects []EffectDetail   `json:"effects"`
	Records []journal.Record `json:"-"`
}

// An EffectDetail is one effect of a run and how far it came.
type EffectDetail struct {
	Number  int           `json:"number"`
	Step    string        `json:"step"`
	State   string        `json:"state"`                // done, in doubt, undone, settled by hand
	Settled string        `json:"settled_by,omitempty"` // who settled it
	Change  effect.Change `json:"change"`
}

func summary(id string, h *history) RunSummary {
	return RunSummary{
		ID: id, Runbook: h.header.Runbook, Status: h.status,
		Began: h.began, Ended: h.ended, Actor: h.actor,
	}
}

// Runs lists all runs, newest first. One whose journal is damaged is listed
// with the problem.
func (e *Engine) Runs() ([]RunSummary, error) {
	ids, err := e.Store.Runs()
	if err != nil {
		return nil, err
	}
	list := make([]RunSummary, 0, len(ids))
	for i := len(ids) - 1; i >= 0; i-- {
		h, err := e.history(ids[i])
		switch {
		case err != nil:
			list = append(list, RunSummary{ID: ids[i], Problem: err.Error()})
		case h != nil:
			list = append(list, summary(ids[i], h))
		}
	}
	return list, nil
}

// ShowRun tells all about one run.
func (e *Engine) ShowRun(id string) (*RunDetail, error) {
	records, err := e.Store.Read(id)
	if err != nil {
		return nil, err
	}
	h, err := replay(records)
	if err != nil {
		return nil, err
	}
	d := &RunDetail{RunSummary: summary(id, h), Failed: h.failed, Cause: h.problem, Steps: h.order, Records: records}
	for _, en := range h.entries {
		detail, err := en.detail()
		if err != nil {
			return nil, err
		}
		d.Effects = append(d.Effects, detail)
	}
	return d, nil
}

func (en *entry) detail() (EffectDetail, error) {
	eff, err := effect.Decode(en.effect)
	if err != nil {
		return EffectDetail{}, err
	}
	return EffectDetail{Number: en.number, Step: en.step, State: string(en.state), Settled: en.actor, Change: eff.Change()}, nil
}

// Unsettled is the effect of a run that could not be taken back, and that
// RollBackSettled would leave as it is.
func (e *Engine) Unsettled(id string) (EffectDetail, error) {
	h, err := e.replayed(id)
	if err != nil {
		return EffectDetail{}, err
	}
	stuck, err := h.unsettled(id)
	if err != nil {
		return EffectDetail{}, err
	}
	return stuck.detail()
}

func (e *Engine) replayed(id string) (*history, error) {
	records, err := e.Store.Read(id)
	if err != nil {
		return nil, err
	}
	return replay(records)
}

// Undoable lists what a roll-back of a run would take back, newest first.
func (e *Engine) Undoable(id, to string) ([]EffectDetail, error) {
	h, err := e.replayed(id)
	if err != nil {
		return nil, err
	}
	entries, _, err := h.takeBack(id, to)
	if err != nil {
		return nil, err
	}
	list := make([]EffectDetail, len(entries))
	for i, en := range entries {
		if list[i], err = en.detail(); err != nil {
			return nil, err
		}
	}
	return list, nil
}
