package local

import (
	"fmt"
	"os"
	"path/filepath"

	"redbook/internal/safefs"
	"redbook/runbook/host"
)

// Resolve is where the symlink at path leads, if that is a directory and every
// link on the way is one to trust. What a link to anything else leads to is
// host.ErrUnknown: only Redis follows those.
func (m *Machine) Resolve(path string) (string, error) {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return "", fmt.Errorf("resolve %s: %w", path, host.ErrUnknown)
	}
	trusted, err := safefs.OpenDir(path)
	if err != nil {
		return "", err
	}
	defer trusted.Close()
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", fmt.Errorf("resolve %s: %w", path, err)
	}
	found, err := safefs.OpenDir(target)
	if err != nil {
		return "", err
	}
	defer found.Close()
	return target, sameDirectory(path, trusted, found)
}

// sameDirectory is an error when a link was changed between two looks.
func sameDirectory(path string, a, b *safefs.Dir) error {
	x, err := a.Stat()
	if err != nil {
		return err
	}
	y, err := b.Stat()
	if err != nil {
		return err
	}
	if x.Dev != y.Dev || x.Inode != y.Inode {
		return fmt.Errorf("resolve %s: it was changed a moment ago; try again", path)
	}
	return nil
}
