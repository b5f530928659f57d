package redistest

import (
	"sync"
	"testing"
)

// atOnce is how many tests wait for their servers at a time.
const atOnce = 6

// AllAtOnce runs subtests that wait for servers more than they work, more of them at a time than the
// machine has cores. It returns when all have ended.
func AllAtOnce(t *testing.T, tests map[string]func(*testing.T)) {
	t.Helper()
	names := make(chan string)
	var running sync.WaitGroup
	for range atOnce {
		running.Go(func() {
			for name := range names {
				t.Run(name, tests[name])
			}
		})
	}
	for name := range tests {
		names <- name
	}
	close(names)
	running.Wait()
}
