package runbook

import (
	"context"
	"fmt"

	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// refuseStarted refuses to take effects back under a server that the run had
// stopped and somebody else has started. It holds in memory what it loaded, and
// would save that over the files that are put back.
func (t *track) refuseStarted(ctx context.Context, m host.Machine, entries []*entry) error {
	for redis, stopped := range t.history.stopped() {
		if len(entries) > 0 && entries[0] == stopped {
			continue // an undo that was cut off may have started it, and nothing else is left to do before
		}
		s, err := m.Server(redis)
		if err != nil {
			return err
		}
		now, err := s.Status(ctx)
		if err != nil {
			return err
		}
		if now.PID != 0 {
			return fmt.Errorf("redis.%s was started by somebody else after the run stopped it (pid %d): "+
				"it would save what it holds over the files of the run; stop it, then redbook rollback %s", redis, now.PID, t.id)
		}
	}
	return nil
}

// stopped lists the servers that are down because the run stopped them, with the
// effect that did.
func (h *history) stopped() map[string]*entry {
	down := map[string]*entry{}
	for _, e := range h.entries {
		switch eff := e.decoded().(type) {
		case *effect.Stop:
			if e.state == effectDone && eff.Before != nil && eff.Before.PID != 0 {
				down[eff.Redis] = e
			}
		case *effect.Start:
			if e.state != effectUndone {
				delete(down, eff.Redis)
			}
		}
	}
	return down
}
