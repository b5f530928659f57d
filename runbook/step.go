package runbook

import (
	"context"
	"time"

	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// A Host is the machine as a step sees it: free to read, changed only by
// effects. In a plan it is a picture, in a run the machine itself; a step
// cannot tell and must not try.
type Host interface {
	host.Reader
	// Apply makes one change. Its error ends the step.
	Apply(ctx context.Context, e effect.Effect) error
	// Redis is the name of the redis block that the step is about, "" when the
	// runbook has none.
	Redis() string
	// Note adds a line to what the plan or the run shows of the step.
	Note(format string, args ...any)
}

// A Step is one thing that a runbook can do. Its fields are its arguments:
//
//	From     string        `arg:"from" doc:"..."`               // required
//	IfExists string        `arg:"if_exists" default:"refuse" oneof:"refuse,rotate" doc:"..."`
//	DB       int64         `arg:"db" default:"0" doc:"..."`
//	Equals   *Late[string] `arg:"equals" doc:"..."`             // optional: a pointer
//	Argv     []string      `arg:"argv" doc:"..."`
//
// Field types are string, bool, int64, float64, time.Duration (written "5m"),
// []string, map[string]string, host.Secret (the only one that takes a
// sensitive value), Late of these (may be unknown while planning) and
// pointers to these (optional, nil when absent). A field with a default tag or
// of pointer, slice or map type with `optional:"true"` may be left out.
//
// A step that also has Check() error is asked right after decoding, in
// validate too, whether its arguments fit together; an *ArgumentError points
// at one of them.
type Step interface {
	// Run returns the step's outputs: a value of the type of its Kind's Outputs.
	Run(ctx context.Context, h Host) (outputs any, err error)
}

// A Checker is a Step whose arguments have rules between them. Fields of type
// Late may be unknown then.
type Checker interface {
	Check() error
}

// Late is an argument or an output that may be known only in the run.
type Late[T any] struct {
	Known bool
	Value T
}

// Known wraps a value that is known.
func Known[T any](v T) Late[T] { return Late[T]{Known: true, Value: v} }

// A Kind is a kind of step: everything that the language, the engine and the
// reference need to know of it.
type Kind struct {
	Name    string
	Summary string // one line, for the list of kinds
	New     func() Step
	// Outputs is a struct value whose fields tagged `out:"name" doc:"..."` are what
	// later steps can refer to; nil when there are none. Field types are
	// string, bool, int64, float64, []string, map[string]string,
	// map[string]int64 and Late of these.
	Outputs any
	Timeout time.Duration // default of the timeout argument
	Example string        // an HCL runbook: the kind's documentation, run by the tests
	NoRedis bool          // the kind works without a redis block
}

// An ArgumentError says that one argument is wrong.
type ArgumentError struct {
	Argument string
	Problem  string // a sentence with the remedy
}

func (e *ArgumentError) Error() string { return e.Argument + ": " + e.Problem }

// A CheckError says that a check found what it must not: the dump is damaged,
// the key is missing. A plan that meets one ends before anything is touched.
type CheckError struct {
	Problem string // what is wrong
	Remedy  string // what to do
}

func (e *CheckError) Error() string {
	if e.Remedy == "" {
		return e.Problem
	}
	return e.Problem + "\n" + e.Remedy
}
