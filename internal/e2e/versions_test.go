//go:build e2e

package e2e

import "testing"

// TestVersions backs up, restores and rolls back on every server that a supported
// Debian ships, with and without AOF.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		suite    string
		products []string
		more     []scenario
	}{
		{"bullseye", []string{"redis"}, append(places(false), liveBefore70()...)},
		{"trixie", []string{"redis", "valkey"}, live()},
	} {
		t.Run(c.suite, func(t *testing.T) {
			t.Parallel()
			h := boot(t, c.suite)
			for _, product := range c.products {
				t.Run(product, func(t *testing.T) {
					s := newServer(t, h, c.suite, product)
					s.check(t, append(cycle(false), cycle(true)...)...)
					s.check(t, c.more...)
				})
			}
		})
	}
}
