package effect

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"

	"redbook/runbook/host"
)

// walk lists a tree, a directory after what it holds, and the root last. A missing
// root is an empty list.
func walk(f host.Files, root string) ([]host.Info, error) {
	info, exists, err := lookup(f, root)
	if err != nil || !exists {
		return nil, err
	}
	var list []host.Info
	if info.Kind == host.KindDirectory {
		entries, err := f.ReadDir(root)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			below, err := walk(f, e.Path)
			if err != nil {
				return nil, err
			}
			list = append(list, below...)
		}
	}
	return append(list, info), nil
}

// removeTree removes what is wholly the run's own.
func removeTree(ctx context.Context, m host.Machine, root string) error {
	list, err := walk(m, root)
	if err != nil {
		return err
	}
	for _, info := range list {
		if err := m.Remove(ctx, info.Path); err != nil {
			return err
		}
	}
	return nil
}

// digestTree names each regular file of a tree by its content; Digest is zero for the rest.
func digestTree(ctx context.Context, f host.Files, root string) ([]Copied, error) {
	list, err := walk(f, root)
	if err != nil {
		return nil, err
	}
	tree := make([]Copied, len(list))
	for i, info := range list {
		tree[i].Info = info
		if info.Kind != host.KindFile {
			continue
		}
		if tree[i].Digest, err = f.Digest(ctx, info.Path); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

// sameTree tells whether a tree holds what it held, whatever became of its times.
func sameTree(was, now []Copied) bool {
	if len(was) != len(now) {
		return false
	}
	for i := range was {
		a, b := was[i], now[i]
		if a.Info.Path != b.Info.Path || a.Info.Kind != b.Info.Kind || a.Digest != b.Digest {
			return false
		}
	}
	return true
}

// isBeginning tells whether a file is what another one begins with: a copy of it,
// also one of a file that has grown since.
func isBeginning(ctx context.Context, f host.Files, part, whole string) (bool, error) {
	info, exists, err := lookup(f, whole)
	if err != nil || !exists || info.Kind != host.KindFile {
		return false, err
	}
	a, err := f.Open(part)
	if err != nil {
		return false, err
	}
	defer a.Close()
	b, err := f.Open(whole)
	if err != nil {
		return false, err
	}
	defer b.Close()
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		n, errA := io.ReadFull(a, x)
		k, errB := io.ReadFull(b, y[:n])
		if errB != nil && k < n && !isEnd(errB) {
			return false, fmt.Errorf("read %s: %w", whole, errB)
		}
		if !bytes.Equal(x[:n], y[:k]) {
			return false, nil
		}
		if isEnd(errA) {
			return true, nil
		}
		if errA != nil {
			return false, fmt.Errorf("read %s: %w", part, errA)
		}
	}
}

func isEnd(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF } //nolint:errorlint // ReadFull returns them bare

// makeDirectory makes a directory that only the runner can enter. In a picture made is
// false, and the directory is not there afterwards.
func makeDirectory(ctx context.Context, m host.Machine, path string) (made bool, err error) {
	out, err := m.Exec(ctx, host.Command{Args: []string{"mkdir", "-m", "0700", "--", path}, Dir: "/"})
	if err != nil {
		return false, fmt.Errorf("make directory %s: %w", filepath.Clean(path), err)
	}
	return out.Ran, nil
}
