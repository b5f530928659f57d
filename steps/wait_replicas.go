package steps

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
)

//go:embed wait_replicas.hcl
var waitReplicasExample string

var waitReplicasKind = runbook.Kind{
	Name:    "wait-replicas",
	Summary: "Wait until replicas hold all that the server holds when the wait begins",
	New:     func() runbook.Step { return new(waitReplicas) },
	Outputs: waitReplicasOutputs{},
	Timeout: long,
	Example: waitReplicasExample,
}

type waitReplicas struct {
	Count    int64         `arg:"count" doc:"The least number of replicas to wait for"`
	Interval time.Duration `arg:"interval" default:"1s" doc:"Time between two looks"`
}

type waitReplicasOutputs struct {
	Replicas []string `out:"replicas" doc:"Addresses of the replicas that have followed"`
}

func (w *waitReplicas) Check() error {
	switch {
	case w.Count < 1:
		return &runbook.ArgumentError{Argument: "count", Problem: "is below 1; there is nothing to wait for (use when to leave the step out)"}
	case w.Interval < 10*time.Millisecond:
		return &runbook.ArgumentError{Argument: "interval", Problem: "is below 10ms; give the server time to breathe"}
	}
	return nil
}

func (w *waitReplicas) Run(ctx context.Context, h runbook.Host) (any, error) {
	s, err := server(h)
	if err != nil {
		return nil, err
	}
	t, err := s.Topology(ctx)
	if err != nil {
		return nil, err
	}
	target := t.Offset
	for {
		out := waitReplicasOutputs{Replicas: followers(t.Replicas, target)}
		if int64(len(out.Replicas)) >= w.Count {
			return out, nil
		}
		err := h.Sleep(ctx, w.Interval)
		if err == nil {
			t, err = s.Topology(ctx)
		}
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			err = context.Cause(ctx) // whatever was being asked then: it is the wait that took too long
		}
		return nil, fmt.Errorf("wait for %d replicas, of which %d have followed%s: %w", w.Count, len(out.Replicas), states(t.Replicas), err)
	}
}

func followers(replicas []host.Replica, offset int64) (list []string) {
	for _, r := range replicas {
		if r.Follows(offset) {
			list = append(list, r.Address)
		}
	}
	return list
}

// states tells how far each replica is.
func states(replicas []host.Replica) (text string) {
	for _, r := range replicas {
		text += fmt.Sprintf("; %s is %s", r.Address, r.State)
	}
	return text
}
