package steps

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"redbook/runbook"
)

//go:embed wait.hcl
var waitExample string

var waitKind = runbook.Kind{
	Name:    "wait",
	Summary: "Wait until a field of INFO has a value",
	New:     func() runbook.Step { return new(wait) },
	Outputs: waitOutputs{},
	Timeout: 5 * time.Minute,
	Example: waitExample,
}

type wait struct {
	Field    string        `arg:"field" doc:"A field of INFO, such as connected_slaves"`
	Equals   *string       `arg:"equals" doc:"The value to wait for"`
	AtLeast  *int64        `arg:"at_least" doc:"The least number to wait for"`
	AtMost   *int64        `arg:"at_most" doc:"The greatest number to wait for"`
	Interval time.Duration `arg:"interval" default:"1s" doc:"Time between two looks"`
}

type waitOutputs struct {
	Value string `out:"value" doc:"The value that ended the wait"`
}

func (w *wait) Check() error {
	switch {
	case w.Equals == nil && w.AtLeast == nil && w.AtMost == nil:
		return &runbook.ArgumentError{Argument: "equals", Problem: "is missing, and so are at_least and at_most; give at least one of them"}
	case w.Interval < 10*time.Millisecond:
		return &runbook.ArgumentError{Argument: "interval", Problem: "is below 10ms; give the server time to breathe"}
	}
	return nil
}

func (w *wait) Run(ctx context.Context, h runbook.Host) (any, error) {
	s, err := server(h)
	if err != nil {
		return nil, err
	}
	value := ""
	for {
		info, err := s.Info(ctx)
		if err != nil && value != "" && ctx.Err() != nil {
			err = context.Cause(ctx) // the server has answered before: it is the wait that took too long
			return nil, fmt.Errorf("wait for %s, which is %q: %w", w.Field, value, err)
		}
		if err != nil {
			return nil, err
		}
		v, ok := info[w.Field]
		if ok {
			value = v
			reached, err := w.reached(v)
			if err != nil {
				return nil, err
			}
			if reached {
				return waitOutputs{Value: v}, nil
			}
		}
		if err := h.Sleep(ctx, w.Interval); err != nil {
			return nil, fmt.Errorf("wait for %s, which is %q: %w", w.Field, value, err)
		}
	}
}

func (w *wait) reached(value string) (bool, error) {
	if w.Equals != nil && value != *w.Equals {
		return false, nil
	}
	if w.AtLeast == nil && w.AtMost == nil {
		return true, nil
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return false, fmt.Errorf("wait for %s: its value %q is no number; use equals", w.Field, value)
	}
	return (w.AtLeast == nil || n >= float64(*w.AtLeast)) && (w.AtMost == nil || n <= float64(*w.AtMost)), nil
}
