package effect

import (
	"context"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// FetchDump makes a new file with the dataset of a server, taken over the
// replication protocol. The target must be free.
type FetchDump struct {
	Redis string       `json:"redis"`
	To    string       `json:"to"`
	Attr  host.Attr    `json:"attr"`
	After *FetchedDump `json:"after,omitempty"`
}

// FetchedDump is what FetchDump left: the dump and its directory entry.
type FetchedDump struct {
	Dump host.Fetched `json:"dump"`
	Info host.Info    `json:"info"`
}

func (*FetchDump) Kind() string { return "fetch-dump" }

func (e *FetchDump) Change() Change {
	return Change{Action: "fetch", Target: "the dump of redis." + e.Redis, Detail: "to " + e.To, Class: Additive}
}

func (e *FetchDump) Prepare(ctx context.Context, r host.Reader) error {
	if err := mustServe(ctx, r, e.Redis, "fetch a dump of"); err != nil {
		return err
	}
	_, exists, err := lookup(r, e.To)
	if err != nil {
		return fmt.Errorf("fetch a dump to %s: %w", e.To, err)
	}
	if exists {
		return fmt.Errorf("fetch a dump to %w", refuseExisting(e.To))
	}
	if _, err := r.Space(filepath.Dir(e.To)); err != nil {
		return fmt.Errorf("fetch a dump to %s: %w", e.To, err)
	}
	return nil
}

func (e *FetchDump) Do(ctx context.Context, m host.Machine) error {
	i, err := m.Instance(e.Redis)
	if err != nil {
		return err
	}
	dump, err := i.FetchDump(ctx, e.To, e.Attr)
	if err != nil {
		return err
	}
	info, err := m.Stat(e.To)
	if err != nil {
		return fmt.Errorf("fetch a dump to %s: %w", e.To, err)
	}
	e.After = &FetchedDump{Dump: dump, Info: info}
	return nil
}

// Undo removes the dump as it was fetched, and what an incomplete transfer left.
// Another file at its name is set aside.
func (e *FetchDump) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	part := host.PartName(e.To)
	if _, exists, err := lookup(m, part); err != nil {
		return nil, fmt.Errorf("undo fetch: %w", err)
	} else if exists {
		if err := m.Remove(ctx, part); err != nil {
			return nil, fmt.Errorf("undo fetch: %w", err)
		}
	}
	info, exists, err := lookup(m, e.To)
	if err != nil {
		return nil, fmt.Errorf("undo fetch: %w", err)
	}
	if !exists {
		return nil, nil
	}
	mine, err := e.isMine(ctx, m, info)
	if err != nil {
		return nil, fmt.Errorf("undo fetch: %w", err)
	}
	if !mine {
		note, err := setAside(ctx, m, e.To, u, "it cannot be told from a file of somebody else")
		return []string{note}, err
	}
	if err := m.Remove(ctx, e.To); err != nil {
		return nil, fmt.Errorf("undo fetch: %w", err)
	}
	return nil, nil
}

func (e *FetchDump) isMine(ctx context.Context, m host.Machine, now host.Info) (bool, error) {
	if e.After == nil || !sameEntry(e.After.Info, now) {
		return false, nil
	}
	d, err := m.Digest(ctx, e.To)
	return d == e.After.Dump.Digest, err
}
