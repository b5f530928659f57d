//go:build e2e

package e2e

import "testing"

// TestBookworm tries on one version all that can happen to a run.
func TestBookworm(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	for _, scenarios := range [][]scenario{
		cycle(false), cycle(true), tutorial(), failedRuns(), killedRuns(), stops(), failedStarts(), recoveries(), units(),
	} {
		s.check(t, scenarios...)
	}
}
