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
	if err := removePart(ctx, m, e.To); err != nil {
		return nil, err
	}
	return removeFetched(ctx, m, u, e.To, func(now host.Info) (bool, error) {
		if e.After == nil || !sameEntry(e.After.Info, now) {
			return false, nil
		}
		d, err := m.Digest(ctx, e.To)
		return d == e.After.Dump.Digest, err
	})
}

// removePart removes what an incomplete transfer to a path left.
func removePart(ctx context.Context, m host.Machine, to string) error {
	part := host.PartName(to)
	_, exists, err := lookup(m, part)
	if err == nil && exists {
		err = m.Remove(ctx, part)
	}
	if err != nil {
		return fmt.Errorf("undo fetch: %w", err)
	}
	return nil
}

// removeFetched removes a file that was fetched, if it is that. Another is set aside.
func removeFetched(ctx context.Context, m host.Machine, u Undo, path string, isMine func(now host.Info) (bool, error)) ([]string, error) {
	info, exists, err := lookup(m, path)
	if err != nil {
		return nil, fmt.Errorf("undo fetch: %w", err)
	}
	if !exists {
		return nil, nil
	}
	mine, err := isMine(info)
	if err != nil {
		return nil, fmt.Errorf("undo fetch: %w", err)
	}
	if !mine {
		note, err := setAside(ctx, m, path, u, "it cannot be told from a file of somebody else")
		return []string{note}, err
	}
	if err := m.Remove(ctx, path); err != nil {
		return nil, fmt.Errorf("undo fetch: %w", err)
	}
	return nil, nil
}
