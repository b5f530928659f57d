//go:build e2e

package e2e

import "testing"

// TestStarts tries all that keeps a server from coming up, also in a roll-back.
func TestStarts(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	s.check(t, spoiledStarts()...)
	s.check(t, changedUnits()...)
	var dumps map[string][]byte
	t.Run("dumps of trixie", func(t *testing.T) { dumps = newerDumps(t) })
	s.check(t, newer(dumps)...)
}
