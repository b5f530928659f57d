package runbook

import (
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/journal"
)

// EventVersion is the version of an Event's JSON.
const EventVersion = 1

// An Event is something that happened in a run: a journal record in the words
// of the person who watches.
type Event struct {
	Version int            `json:"v"`
	Time    time.Time      `json:"time"`
	Run     string         `json:"run"`
	Type    string         `json:"type"` // a journal record's type, or "note", "retry", "progress"
	Step    string         `json:"step,omitempty"`
	Attempt int            `json:"attempt,omitempty"`
	Effect  int            `json:"effect,omitempty"`
	Change  *effect.Change `json:"change,omitempty"`
	Status  string         `json:"status,omitempty"`
	Error   string         `json:"error,omitempty"`
	Notes   []string       `json:"notes,omitempty"`
	Trap    host.Trap      `json:"trap,omitempty"` // of plan-failed
	// Progress of a transfer, about once a second.
	Progress *host.Progress `json:"progress,omitempty"`
}

func (t *track) observe(r journal.Record, change *effect.Change) {
	if t.engine.Observe == nil {
		return
	}
	t.engine.Observe(Event{
		Version: EventVersion, Time: t.engine.Now(), Run: t.id, Type: r.Type, Step: r.Step, Attempt: r.Attempt,
		Effect: r.Effect, Change: change, Status: r.Status, Error: r.Error, Notes: r.Notes,
	})
}

// progress is no record: how far a change has come is of no use afterwards.
func (t *track) progress(step string, number int, p host.Progress) {
	if t.engine.Observe == nil {
		return
	}
	t.engine.Observe(Event{
		Version: EventVersion, Time: t.engine.Now(), Run: t.id, Type: "progress", Step: step, Effect: number, Progress: &p,
	})
}
