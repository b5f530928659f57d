package effect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"redbook/runbook/host"
)

// A renamer is this machine or another one.
type renamer interface {
	Rename(ctx context.Context, from, to string) error
}

// setAside moves away an entry that stands where undo must put something, or
// that is no longer what the effect left. Nothing is deleted: the note says
// where it is now.
func setAside(ctx context.Context, m renamer, path string, u Undo, why string) (note string, err error) {
	for n := 0; ; n++ {
		to := path + ".redbook-" + u.Run
		if n > 0 {
			to = fmt.Sprintf("%s.%d", to, n)
		}
		err := m.Rename(ctx, path, to)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("set %s aside: %w", path, err)
		}
		return fmt.Sprintf("%s was set aside as %s: %s", path, to, why), nil
	}
}

// lookup is Stat with "is there" apart from failing.
func lookup(f host.Files, path string) (info host.Info, exists bool, err error) {
	info, err = f.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return host.Info{}, false, nil
	case err != nil:
		return host.Info{}, false, err
	}
	return info, true, nil
}

// settle is an undo that finds nothing to do: an undo before it, killed at the
// wrong moment, may have done it and not have made it durable.
func settle(ctx context.Context, m host.Machine, paths ...string) error {
	for _, p := range paths {
		if err := m.Sync(ctx, p); err != nil {
			return fmt.Errorf("undo: make %s durable: %w", p, err)
		}
	}
	return nil
}

// sameEntry tells whether two looks saw the same file or directory. A reboot may
// have given the filesystem another device number (btrfs, LVM, a second disk);
// what then has the same inode number is the same entry if nothing wrote to it.
func sameEntry(a, b host.Info) bool {
	if a.Inode != b.Inode || a.Kind != b.Kind {
		return false
	}
	return a.Device == b.Device || a.Size == b.Size && a.ModTime.Equal(b.ModTime)
}

// refuseExisting is the error for a target that is taken.
func refuseExisting(path string) error {
	return fmt.Errorf("%s: %w; redbook never overwrites: move it away or choose another name", path, fs.ErrExist)
}
