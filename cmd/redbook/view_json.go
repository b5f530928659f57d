package main

import (
	"encoding/json"
	"fmt"
	"time"

	ctyjson "github.com/zclconf/go-cty/cty/json"

	"redbook/runbook"
)

// A jsonView prints one JSON object a line: the events, and last of all one of
// type "outcome", or of type "error" when nothing was begun.
type jsonView struct{ world *world }

// outcomeLine is the last line of a run in JSON.
type outcomeLine struct {
	Version int    `json:"v"`
	Type    string `json:"type"`
	*runbook.Outcome
	Cause    string                     `json:"cause,omitempty"`
	ExitCode int                        `json:"exit_code"`
	Outputs  map[string]json.RawMessage `json:"outputs,omitempty"`
}

// errorLine is the last line instead, when nothing was begun.
type errorLine struct {
	Version  int    `json:"v"`
	Type     string `json:"type"` // "error"
	Error    string `json:"error"`
	ExitCode int    `json:"exit_code"`
}

func (v *jsonView) event(e runbook.Event) { v.line(e) }

func (v *jsonView) outcome(o *runbook.Outcome) {
	l := outcomeLine{
		Version: runbook.EventVersion, Type: "outcome", Outcome: o, Cause: causeOf(o),
		ExitCode: outcomeExit(o), Outputs: map[string]json.RawMessage{},
	}
	for _, out := range o.Values {
		if out.Sensitive {
			continue
		}
		raw, err := ctyjson.Marshal(out.Value, out.Value.Type())
		if err != nil {
			raw = []byte("null") // known only in another run
		}
		l.Outputs[out.Name] = raw
	}
	v.line(l)
}

func (v *jsonView) failedPlan(p *runbook.Plan) {
	f := p.Failed()
	v.line(runbook.Event{
		Version: runbook.EventVersion, Time: time.Now().UTC(), Type: "plan-failed", Step: f.Address, Error: f.Failure, Trap: f.FailureTrap,
	})
	v.line(errorLine{runbook.EventVersion, "error", f.Address + ": " + f.Failure, exitCheck})
}

func (v *jsonView) line(x any) {
	raw, err := json.Marshal(x)
	if err != nil {
		fmt.Fprintf(v.world.stderr, "redbook: encode event: %v\n", err)
		return
	}
	fmt.Fprintf(v.world.stdout, "%s\n", raw)
}

func causeOf(o *runbook.Outcome) string {
	if o.Cause == nil {
		return ""
	}
	return o.Cause.Error()
}
