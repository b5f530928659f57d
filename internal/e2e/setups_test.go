//go:build e2e

package e2e

import "testing"

// TestSetups tries what servers can be set up like.
func TestSetups(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	for _, scenarios := range [][]scenario{ways(), initialised(), places(true), increments(), live(), clustered(), watched()} {
		s.check(t, scenarios...)
	}
	second := newInstance(t, s, "second", 6380)
	s.check(t, beforeReplica(second)...)
	s.reset(t, setup{})
	s.start(t)
	s.fill(t)
	second.check(t, append(cycle(true), besideTheFirst(s), amongTwo(s))...)
	second.check(t, asReplica(s)...)
}
