//go:build e2e

package e2e

import "testing"

// TestBookworm tries on one version all that can happen to a run.
func TestBookworm(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	for _, scenarios := range [][]scenario{
		cycle(false), cycle(true), tutorial(), ways(), failedRuns(), killedRuns(), stops(), failedStarts(), recoveries(), units(), underLoad(),
	} {
		s.check(t, scenarios...)
	}
	s.reset(t, setup{})
	s.start(t)
	s.fill(t)
	newInstance(t, s, "second", 6380).check(t, append(cycle(true), besideTheFirst(s))...)
}
