package effect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"redbook/runbook/host"
)

// LoadDataset gives a serving server the dataset of a dump in place of its own.
// Snapshot is a dump of what it holds now: what the undo loads the same way.
type LoadDataset struct {
	Redis        string       `json:"redis"`
	Path         string       `json:"path"`
	Snapshot     string       `json:"snapshot"`
	Listen       string       `json:"listen,omitempty"`
	AllowLoading bool         `json:"allow_loading,omitempty"`
	Before       *Replication `json:"before,omitempty"`
	After        *Loaded      `json:"after,omitempty"`
}

// Replication is what LoadDataset found.
type Replication struct {
	ID      string            `json:"id"` // master_replid
	Offset  int64             `json:"offset"`
	Options map[string]string `json:"options"` // those that a load changes
}

// Loaded says that the server swapped its datasets.
type Loaded struct {
	ID string `json:"id"` // master_replid since then
}

func (*LoadDataset) Kind() string { return "load-dataset" }

func (e *LoadDataset) Change() Change {
	return Change{
		Action: "load", Target: "redis." + e.Redis, Detail: e.Path + " over replication; the way back is " + e.Snapshot,
		Class: Reversible,
	}
}

func (e *LoadDataset) Prepare(ctx context.Context, r host.Reader) error {
	if err := mustServe(ctx, r, e.Redis, "load a dataset into"); err != nil {
		return err
	}
	for _, path := range []string{e.Path, e.Snapshot} {
		info, err := r.Stat(path)
		if err != nil {
			return fmt.Errorf("load a dataset: %w", err)
		}
		if info.Kind != host.KindFile {
			return fmt.Errorf("load a dataset: %s is a %s, not a dump", path, info.Kind)
		}
	}
	s, err := r.Server(e.Redis)
	if err != nil {
		return err
	}
	if _, err := s.CheckLoad(ctx, e.load()); err != nil {
		return err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	e.Before = &Replication{ID: info["master_replid"], Options: map[string]string{}}
	e.Before.Offset, _ = strconv.ParseInt(info["master_repl_offset"], 10, 64)
	for name := range host.LoadOptions() {
		if e.Before.Options[name], err = s.Option(ctx, name); err != nil {
			return fmt.Errorf("load a dataset into redis.%s: %w", e.Redis, err)
		}
	}
	return nil
}

// load is what Do has the server load. A server's id is another after each load, so
// the offset that follows from it names this one.
func (e *LoadDataset) load() host.Load {
	l := host.Load{Path: e.Path, Listen: e.Listen, AllowLoading: e.AllowLoading, Offset: firstMark}
	if e.Before != nil && len(e.Before.ID) >= 12 {
		random, _ := strconv.ParseInt(e.Before.ID[:12], 16, 64)
		l.Offset += random << 2
	}
	return l
}

// Offsets of loads are far above those that a server reaches by its traffic, and
// those of undos above those, all below 1<<53, which every JSON reader keeps.
const (
	firstMark = 1 << 50
	undoMark  = 1 << 52
)

// reload is what Undo has the server load.
func (e *LoadDataset) reload() host.Load {
	l := e.load()
	l.Path, l.Offset = e.Snapshot, l.Offset+undoMark
	return l
}

func (e *LoadDataset) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	if err := i.LoadDataset(ctx, e.load()); err != nil {
		return err
	}
	info, err := i.Info(ctx)
	if err != nil {
		return err
	}
	e.After = &Loaded{ID: info["master_replid"]}
	return nil
}

// Undo makes the server writable first. Then, if it holds the other dataset, what it
// holds by now is kept beside the snapshot, and the snapshot is loaded and saved.
func (e *LoadDataset) Undo(ctx context.Context, m host.Machine, u Undo) (notes []string, err error) {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return nil, err
	}
	if err := i.EndLoad(ctx, e.load(), e.Before.Options); err != nil {
		return nil, fmt.Errorf("undo load: %w", err)
	}
	info, err := i.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("undo load: %w", err)
	}
	if !e.reload().Done(info) {
		swapped, err := e.swapped(info)
		if err != nil || !swapped {
			return nil, err
		}
		kept, err := keepDataset(ctx, i, e.Snapshot, u)
		if err != nil {
			return nil, fmt.Errorf("undo load: keep what redis.%s holds now: %w", e.Redis, err)
		}
		notes = append(notes, fmt.Sprintf("what redis.%s held before it went back is in %s", e.Redis, kept))
		if err := i.LoadDataset(ctx, e.reload()); err != nil {
			return notes, fmt.Errorf("undo load: %w", err)
		}
	}
	// A crash must not bring the other dataset back, and the snapshot may go next.
	if err := i.Save(ctx, true); err != nil {
		return notes, fmt.Errorf("undo load: redis.%s serves what it held before and has it in memory alone: %w", e.Redis, err)
	}
	return notes, nil
}

// swapped tells whether the server, which no undo gave the snapshot yet, holds what Do gave it.
func (e *LoadDataset) swapped(info map[string]string) (bool, error) {
	switch {
	case info["master_replid"] == e.Before.ID:
		return false, nil
	case e.After != nil, e.load().Done(info):
		return true, nil
	case info["master_replid2"] == e.Before.ID:
		return false, nil
	}
	return false, fmt.Errorf("undo load: whether redis.%s still holds the dataset of %s cannot be told: its replication id changed since; "+
		"look at its keys, and load %s if they are not those from before", e.Redis, e.Path, e.Snapshot)
}

// keepDataset saves the server's dataset to a new file beside a path.
func keepDataset(ctx context.Context, i host.Instance, path string, u Undo) (string, error) {
	for n := 0; ; n++ {
		to := path + ".redbook-" + u.Run
		if n > 0 {
			to = fmt.Sprintf("%s.%d", to, n)
		}
		_, err := i.FetchDump(ctx, to, host.Attr{UID: -1, GID: -1})
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return to, err
	}
}
