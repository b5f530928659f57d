//go:build torture

package powercut

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"

	"redbook/runbook"
)

// A performance is a play that was run to its end, with what it did to the disk.
type performance struct {
	play
	stage         *stage
	before, after string
	record        *Record
}

func (s *stage) perform(p play) (*performance, error) {
	if err := s.set(p); err != nil {
		return nil, err
	}
	f := &performance{play: p, stage: s, before: s.disk.Now().Tree("host")}
	if err := s.run(p); err != nil {
		return nil, err
	}
	f.after, f.record = s.disk.Now().Tree("host"), s.disk.Record()
	return f, nil
}

// A cut is where the power went and what was left.
type cut struct {
	point string
	order Order
	seed  uint64
	image *Image
}

func (c cut) String() string { return fmt.Sprintf("cut at %s (%s, seed %d)", c.point, c.order, c.seed) }

// cuts chooses images of a record, no two the same, at any points not before
// one and for so many seeds. It gives fewer than n where there are no more.
func cuts(random *rand.Rand, r *Record, from int, seeds uint64, n int) (list []cut) {
	seen, points := map[[sha256.Size]byte]bool{}, r.Len()-from
	for _, k := range random.Perm(points * 2 * int(seeds)) {
		point, order, seed := from+k%points, Order(k/points%2), uint64(k/points/2)
		i := r.Image(point, order, seed)
		if f := i.Fingerprint(); !seen[f] {
			seen[f] = true
			list = append(list, cut{r.Point(point), order, seed, i})
		}
		if len(list) == n {
			break
		}
	}
	return list
}

// A tally counts what was tried.
type tally struct{ runs, images, second, failures int }

func (c *tally) add(d tally) {
	c.runs, c.images, c.second, c.failures = c.runs+d.runs, c.images+d.images, c.second+d.second, c.failures+d.failures
}

func (c tally) String() string {
	return fmt.Sprintf("%d runs, %d images, each resumed and rolled back, %d second cuts, %d failures", c.runs, c.images, c.second, c.failures)
}

// attack cuts the power of a performance at so many points, and, one time in
// every, of what mends it too. It tells the failures.
func (f *performance) attack(random *rand.Rand, images, every int) (c tally, failures []error) {
	c.runs = 1
	fail := func(err error, what ...any) {
		if err != nil {
			c.failures++
			failures = append(failures, fmt.Errorf("%s: %w", fmt.Sprint(what...), err))
		}
	}
	for i, first := range cuts(random, f.record, 0, 12, images) {
		c.images++
		for _, verb := range []string{"resume", "rollback"} {
			f.stage.disk.Boot(first.image)
			fail(f.mends(verb), first, ", ", verb)
			if i%every != 0 {
				continue
			}
			mending := f.stage.disk.Record()
			if i%(4*every) == 0 {
				fail(f.runsAnew(), first, ", ", verb)
			}
			for _, second := range cuts(random, mending, 0, 8, 2) {
				for _, again := range []string{verb, "rollback"} {
					c.second++
					f.stage.disk.Boot(second.image)
					fail(f.mends(again), first, ", ", verb, ", ", second, ", ", again)
				}
			}
		}
	}
	return c, failures
}

// killAndCut ends the program that made a record at so many points, mends the run,
// and cuts the power meanwhile or thereafter: what the program had not made
// durable, and what mended the run found as it should be, may still be lost.
func (f *performance) killAndCut(random *rand.Rand, r *Record, kills, images int) (c tally, failures []error) {
	for _, n := range random.Perm(r.Len())[:min(kills, r.Len())] {
		for _, verb := range []string{"resume", "rollback"} {
			f.stage.disk.Rewind(r, n)
			err := f.mends(verb)
			mending := f.stage.disk.Record()
			for _, second := range cuts(random, mending, n, 8, images) {
				for _, again := range []string{verb, "rollback"} {
					c.second++
					f.stage.disk.Boot(second.image)
					if err == nil {
						err = f.mends(again)
					}
					if err != nil {
						c.failures++
						failures = append(failures, fmt.Errorf("killed at %s, %s, %s, %s: %w", r.Point(n), verb, second, again, err))
					}
					err = nil
				}
			}
		}
	}
	return c, failures
}

// mends ends the run on the booted disk by a verb and holds the tree against
// what it should be.
func (f *performance) mends(verb string) error {
	status, err := f.stage.mend(verb)
	if err != nil {
		return err
	}
	want := f.after
	if status != runbook.StatusDone {
		want = f.before
	}
	if verb == "rollback" && status == runbook.StatusDone {
		return fmt.Errorf("the roll-back ended as %s", status)
	}
	if got := f.stage.disk.Now().Tree("host"); got != want {
		return fmt.Errorf("the run is %s and the tree is\n%swant\n%s", status, got, want)
	}
	return nil
}

// runsAnew runs the play once more, if the tree is as before.
func (f *performance) runsAnew() error {
	if f.stage.disk.Now().Tree("host") != f.before {
		return nil
	}
	if err := f.stage.run(f.play); err != nil {
		return fmt.Errorf("a new run: %w", err)
	}
	if got := f.stage.disk.Now().Tree("host"); got != f.after {
		return fmt.Errorf("a new run leaves\n%swant\n%s", got, f.after)
	}
	return nil
}

// report tells the first failures.
func report(t *testing.T, p play, failures []error) {
	t.Helper()
	for _, err := range failures[:min(3, len(failures))] {
		t.Errorf("%s\n%s%v", p.name, p.source, err)
	}
}
