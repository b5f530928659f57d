package effect

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"redbook/internal/rdiff"
	"redbook/runbook/host"
)

// RdiffPrune removes the increments of a repository that are older than Keep. Nothing
// brings them back.
type RdiffPrune struct {
	Repository string           `json:"repository"`
	Keep       string           `json:"keep"` // as rdiff.ParseInterval reads it
	Before     *RdiffRepository `json:"before,omitempty"`
}

func (*RdiffPrune) Kind() string { return "rdiff-prune" }

func (e *RdiffPrune) Change() Change {
	return Change{Action: "remove", Target: e.Repository, Detail: "increments older than " + e.Keep + ", for good", Class: Irreversible}
}

func (e *RdiffPrune) Prepare(_ context.Context, r host.Reader) error {
	if _, err := rdiff.ParseInterval(e.Keep); err != nil {
		return err
	}
	times, err := increments(r, e.Repository)
	e.Before = &RdiffRepository{Increments: times}
	return err
}

// increments are those of a repository; there are none where it is not made yet.
func increments(r host.Files, repository string) ([]time.Time, error) {
	_, exists, err := lookup(r, repository)
	if err != nil || !exists {
		return nil, err
	}
	s, err := RdiffState(r, repository)
	return s.Times(), err
}

func (e *RdiffPrune) Do(ctx context.Context, m host.Machine) error {
	p, ran, err := findRdiff(ctx, m)
	if err != nil || !ran {
		return err
	}
	keep, err := rdiff.ParseInterval(e.Keep)
	if err != nil {
		return err
	}
	before := m.Now().Add(-keep)
	times := e.Before.Increments
	if len(times) < 2 || !times[0].Before(before) {
		return nil // the program calls it a failure when there is nothing to remove
	}
	if err := p.run(ctx, p.RemoveOlder(e.Repository, before)); err != nil {
		return fmt.Errorf("remove old increments of %s: %w", e.Repository, err)
	}
	return nil
}

func (e *RdiffPrune) Undo(_ context.Context, m host.Machine, _ Undo) ([]string, error) {
	now, err := increments(m, e.Repository)
	if err != nil {
		return nil, fmt.Errorf("undo removal of increments: %w", err)
	}
	if slices.ContainsFunc(e.Before.Increments, func(t time.Time) bool { return !slices.ContainsFunc(now, t.Equal) }) {
		return nil, errors.New("increments older than " + e.Keep + " were removed from " + e.Repository + ", and nothing brings them back; settle it")
	}
	return nil, nil
}
