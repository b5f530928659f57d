// Package effect holds the closed set of changes that redbook makes to a
// machine, one file each. An effect knows how to be prepared (what its undo
// will need is read and kept in its fields), done, undone and described; so
// dry-run, journal, resume and roll-back are written once, for all of them.
// Done on a picture of the machine an effect is its own preview.
//
// An effect's exported JSON fields are of two sorts: its arguments, which make
// its identity and are compared with the plan; and Before and After, which
// Prepare and Do fill in. It knows nothing of steps, plans or journals.
package effect

import (
	"context"

	"redbook/runbook/host"
)

// An Effect is one small change. Every method may be called in another
// process than the one before it: what it needs is in its JSON.
type Effect interface {
	// Kind is the name under which the effect is encoded.
	Kind() string
	// Change describes the effect in one line of a plan.
	Change() Change
	// Prepare reads what Undo will need. It changes nothing, and refuses what
	// Do could not do.
	Prepare(ctx context.Context, r host.Reader) error
	// Do makes the change.
	Do(ctx context.Context, m host.Machine) error
	// Undo takes the change back, whether Do ended, stopped half way or never
	// began. It destroys nothing that it cannot prove the effect made: that is
	// set aside, and said in the notes. An error leaves things as they are.
	Undo(ctx context.Context, m host.Machine, u Undo) (notes []string, err error)
}

// Undo tells an effect about the roll-back that it is part of.
type Undo struct {
	Run string // the run's id; part of the names under which things are set aside
	// Made: what the effect was about had been made by the run itself, a copy
	// say, so that it may be gone or replaced without a loss.
	Made bool
	// Saved: what the effect was about came to where a server writes its dump, and the
	// server ran: another file under that name may be what it saved since.
	Saved bool
	// Again: the step runs once more right after, so that bytes of a broken transfer may
	// stay for it to go on with.
	Again bool
}

// A Class says what taking an effect back means.
type Class string

const (
	Reversible   Class = "reversible"   // undo restores what was there before
	Additive     Class = "additive"     // leaves something more and harms nothing
	Irreversible Class = "irreversible" // there is no undo: the point of no return
)

// A Change is one line of a plan.
type Change struct {
	Action string `json:"action"`           // a verb: rename, copy, stop
	Target string `json:"target"`           // a path, a unit, a server
	Detail string `json:"detail,omitempty"` // what it becomes
	Diff   string `json:"diff,omitempty"`   // lines with "-" and "+", no secrets
	Class  Class  `json:"class"`
}
