package effect

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"redbook/internal/rdiff"
	"redbook/runbook/host"
)

// RdiffBackup adds a directory to an rdiff-backup repository. The program cannot
// take its newest increment away again, and one that was verified harms nothing.
type RdiffBackup struct {
	From   string           `json:"from"`
	To     string           `json:"to"` // the repository, made when it is not there
	Before *RdiffRepository `json:"before,omitempty"`
	After  *RdiffIncrement  `json:"after,omitempty"`
}

// RdiffRepository is how a repository stood before a change.
type RdiffRepository struct {
	Newest     *time.Time  `json:"newest,omitempty"` // nil: it held no increment
	Increments []time.Time `json:"increments,omitempty"`
}

// RdiffIncrement is an increment that was verified.
type RdiffIncrement struct {
	Time time.Time `json:"time"`
}

func (*RdiffBackup) Kind() string { return "rdiff-backup" }

func (e *RdiffBackup) Change() Change {
	return Change{Action: "rdiff-backup", Target: e.From, Detail: "to a new increment in " + e.To + ", verified", Class: Additive}
}

func (e *RdiffBackup) Prepare(_ context.Context, r host.Reader) error {
	if err := mustHaveRdiff(); err != nil {
		return err
	}
	if err := mustBePrivate(r, filepath.Dir(e.To)); err != nil {
		return fmt.Errorf("back up to %s: %w", e.To, err)
	}
	e.Before = &RdiffRepository{}
	s, err := RdiffState(r, e.To)
	if errors.Is(err, fs.ErrNotExist) {
		return e.mayBegin(r)
	}
	if err != nil {
		return err
	}
	if s.Newest() == nil && s.Interrupted() {
		return fmt.Errorf("back up to %s: its first backup was cut off, so it holds none; move it away", e.To)
	}
	e.Before.Newest, e.Before.Increments = s.Newest(), s.Times()
	return nil
}

// mayBegin refuses to make a repository of a directory that holds other things.
func (e *RdiffBackup) mayBegin(r host.Files) error {
	_, exists, err := lookup(r, e.To)
	if err != nil || !exists {
		return err
	}
	entries, err := r.ReadDir(e.To)
	if err != nil {
		return fmt.Errorf("back up to %s: %w", e.To, err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("back up to %s: it is no rdiff-backup repository and holds other things; name a new or empty directory", e.To)
	}
	return nil
}

func (e *RdiffBackup) Do(ctx context.Context, m host.Machine) error {
	p, ran, err := findRdiff(ctx, m)
	if err != nil || !ran {
		return err
	}
	if err := e.tidy(ctx, p); err != nil {
		return err
	}
	if err := p.run(ctx, p.Backup(e.From, e.To)); err != nil {
		return e.discard(ctx, p, fmt.Errorf("back up %s to %s: %w", e.From, e.To, err))
	}
	s, err := RdiffState(m, e.To)
	if err != nil {
		return err
	}
	added := s.Newest()
	if added == nil || s.Interrupted() || e.Before.Newest != nil && !added.After(*e.Before.Newest) {
		return fmt.Errorf("back up %s to %s: rdiff-backup ended with 0 and added no increment", e.From, e.To)
	}
	if err := noErrorLog(m, e.To, s, *added); err != nil {
		return e.discard(ctx, p, fmt.Errorf("back up %s to %s: %w", e.From, e.To, err))
	}
	if err := p.run(ctx, p.Verify(e.To, *added)); err != nil {
		return e.discard(ctx, p, fmt.Errorf("verify the new increment in %s: %w", e.To, err))
	}
	e.After = &RdiffIncrement{Time: *added}
	return nil
}

// tidy takes back what another session left half done: the program would do so
// too, with a warning, which must be told from those that count.
func (e *RdiffBackup) tidy(ctx context.Context, p rdiffProgram) error {
	if e.Before.Newest == nil {
		return nil
	}
	s, err := RdiffState(p.machine, e.To)
	if err != nil || !s.Interrupted() {
		return err
	}
	return p.regress(ctx, e.To)
}

// discard takes the increment back that this session made and that is not whole, so that
// nobody restores from it. With the marker of the session before it beside its own it looks
// as if it had been cut off, and the program regresses to that.
func (e *RdiffBackup) discard(ctx context.Context, p rdiffProgram, cause error) error {
	s, err := RdiffState(p.machine, e.To)
	if err != nil || e.Before.Newest == nil || len(s.Mirrors) == 0 {
		return cause // Undo sets a repository aside that holds nothing else
	}
	last := s.Mirrors[len(s.Mirrors)-1]
	if !last.Time.After(*e.Before.Newest) {
		return cause
	}
	if len(s.Mirrors) == 1 {
		before := s.At(*e.Before.Newest)
		if before == nil {
			return cause
		}
		dir := filepath.Join(e.To, rdiff.DataDir)
		marker := filepath.Join(dir, rdiff.MirrorName(s, *before))
		if _, err := p.machine.CopyFile(ctx, filepath.Join(dir, last.Name), marker, host.Attr{UID: -1, GID: -1}); err != nil {
			return errors.Join(cause, fmt.Errorf("take the increment back: %w", err))
		}
	}
	if err := p.regress(ctx, e.To); err != nil {
		return errors.Join(cause, fmt.Errorf("take the increment back: %w", err))
	}
	return cause
}

// noErrorLog refuses a session that wrote into its error log.
func noErrorLog(f host.Files, repository string, s rdiff.State, session time.Time) error {
	for _, log := range s.Errors {
		if !log.Time.Equal(session) {
			continue
		}
		text, err := readLog(f, filepath.Join(repository, rdiff.DataDir, log.Name))
		if err != nil {
			return err
		}
		if text != "" {
			return fmt.Errorf("rdiff-backup logged errors in %s:\n  | %s", log.Name, strings.ReplaceAll(text, "\n", "\n  | "))
		}
	}
	return nil
}

func readLog(f host.Files, path string) (string, error) {
	file, err := f.Open(path)
	if err != nil {
		return "", fmt.Errorf("read error log: %w", err)
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			return "", fmt.Errorf("read error log %s: %w", path, err)
		}
	}
	text, err := io.ReadAll(io.LimitReader(r, maxMarker))
	if err != nil {
		return "", fmt.Errorf("read error log %s: %w", path, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func (e *RdiffBackup) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	if e.After != nil {
		return nil, nil
	}
	if err := awaitRdiff(ctx, m, e.To); err != nil {
		return nil, fmt.Errorf("undo rdiff-backup: %w", err)
	}
	s, err := RdiffState(m, e.To)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, settle(ctx, m, e.To)
	}
	if err != nil {
		return nil, fmt.Errorf("undo rdiff-backup: %w", err)
	}
	switch {
	case e.Before.Newest == nil:
		note, err := setAside(ctx, m, e.To, u, "the run began it, and its first backup was not verified")
		return []string{note}, err
	case s.Interrupted():
		p, _, err := findRdiff(ctx, m)
		if err != nil {
			return nil, fmt.Errorf("undo rdiff-backup: %w", err)
		}
		if err := p.regress(ctx, e.To); err != nil {
			return nil, fmt.Errorf("undo rdiff-backup: %w", err)
		}
	case s.Newest() != nil && s.Newest().After(*e.Before.Newest):
		return []string{fmt.Sprintf("%s holds the increment of %s, which this run did not verify: verify it before it is used",
			e.To, s.Newest().Format(time.RFC3339))}, nil
	}
	return nil, settle(ctx, m, e.To)
}
