package preview_test

import (
	"context"
	"testing"

	"redbook/runbook/host"
	"redbook/runbook/host/preview"
)

// restartingServer has ended and is about to be started again by its supervisor.
type restartingServer struct{ *fakeServer }

func (restartingServer) Status(context.Context) (host.Status, error) {
	return host.Status{Restarting: true}, nil
}

type restartingMachine struct{ *fakeMachine }

func (m restartingMachine) Server(string) (host.Server, error) {
	return restartingServer{m.server}, nil
}

// After a planned stop the supervisor starts nothing any more.
func TestStopWhileRestarting(t *testing.T) {
	m, _ := newFake(t, "redis", "7.0.15", nil, nil)
	p := preview.New(restartingMachine{m}, preview.Options{})
	i, err := p.Instance("main")
	if err != nil {
		t.Fatal(err)
	}
	if st, err := i.Status(t.Context()); err != nil || !st.Restarting {
		t.Fatalf("before the stop: %+v, %v", st, err)
	}
	if err := i.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st, err := i.Status(t.Context()); err != nil || st != (host.Status{}) {
		t.Errorf("after the stop: got %+v, %v; want it down", st, err)
	}
}
