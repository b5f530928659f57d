//go:build torture

package powercut

import (
	"math/rand/v2"
	"testing"
)

// TestKillThenCut kills runs, and cuts the power while they are mended.
func TestKillThenCut(t *testing.T) {
	s := newStage(t)
	for _, p := range plays {
		f, err := s.perform(p)
		if err != nil {
			t.Fatal(err)
		}
		done := f.stage.disk.Sync()
		random := rand.New(rand.NewPCG(5, 6))
		total, failures := f.killAndCut(random, f.record, killsPerPlay, 2)
		report(t, p, failures)

		f.stage.disk.Boot(done)
		if err := f.mends("rollback"); err != nil {
			t.Fatal(err)
		}
		undo, failures := f.killAndCut(random, f.stage.disk.Record(), 2*killsPerPlay, 4)
		report(t, p, failures)
		total.add(undo)
		t.Log(p.name, total)
	}
}
