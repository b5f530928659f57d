//go:build torture

package powercut

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"redbook/runbook"
	"redbook/runbook/host"
)

// TestFindsWeakMachine holds that the attack finds a machine whose changes are
// not durable when they return: else its silence would mean nothing.
func TestFindsWeakMachine(t *testing.T) {
	s := newStage(t)
	for _, c := range []struct {
		name   string
		weaken func(runbook.Machine) runbook.Machine
	}{
		{"rename", func(m runbook.Machine) runbook.Machine { return weakRename{m} }},
		{"copy", func(m runbook.Machine) runbook.Machine { return weakCopy{m} }},
		{"create", func(m runbook.Machine) runbook.Machine { return weakCreate{m} }},
		{"make-dir", func(m runbook.Machine) runbook.Machine { return weakMakeDir{m} }},
		{"replace", func(m runbook.Machine) runbook.Machine { return weakReplace{m} }},
		{"set-attr", func(m runbook.Machine) runbook.Machine { return weakAttr{m} }},
		{"remove", func(m runbook.Machine) runbook.Machine { return weakRemove{m} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.weaken = c.weaken
			defer func() { s.weaken = nil }()
			f, err := s.perform(plays[0])
			if err != nil {
				t.Fatal(err)
			}
			f.isCaught(t)
		})
	}
}

// TestFindsMissingFsync holds the same of runs whose fsyncs of directories, or of
// files, never reached the disk.
func TestFindsMissingFsync(t *testing.T) {
	s := newStage(t)
	for _, directories := range []bool{true, false} {
		f, err := s.perform(plays[0])
		if err != nil {
			t.Fatal(err)
		}
		f.record = f.record.Without(directories)
		f.isCaught(t)
	}
}

// isCaught attacks until there is a failure.
func (f *performance) isCaught(t *testing.T) {
	t.Helper()
	random, images := rand.New(rand.NewPCG(1, 1)), 0
	for range 50 {
		c, failures := f.attack(random, 3, 1)
		if images += c.images; len(failures) > 0 {
			what, _, _ := strings.Cut(failures[0].Error(), "\n")
			t.Logf("caught within %d images: %s", images, what)
			return
		}
	}
	t.Errorf("%d images, and none shows it", images)
}

type weakRename struct{ runbook.Machine }

func (weakRename) Rename(_ context.Context, from, to string) error { return os.Rename(from, to) }

type weakCopy struct{ runbook.Machine }

// CopyFile renames what it wrote into place before that is on the disk.
func (m weakCopy) CopyFile(ctx context.Context, from, to string, a host.Attr) (host.Digest, error) {
	source, err := m.Stat(from)
	if a.Mode == nil {
		a.Mode = &source.Mode
	}
	var content []byte
	if err == nil {
		content, err = os.ReadFile(from)
	}
	if err == nil {
		err = os.WriteFile(host.PartName(to), content, 0o600)
	}
	if err == nil {
		err = os.Chown(host.PartName(to), a.UID, a.GID)
	}
	if err == nil {
		err = os.Chmod(host.PartName(to), os.FileMode(*a.Mode))
	}
	if err == nil {
		err = m.Rename(ctx, host.PartName(to), to)
	}
	if err != nil {
		return host.Digest{}, err
	}
	return m.Digest(ctx, to)
}

type weakCreate struct{ runbook.Machine }

func (weakCreate) CreateFile(_ context.Context, path string, content []byte, a host.Attr) error {
	if err := os.WriteFile(path, content, os.FileMode(*a.Mode)); err != nil {
		return err
	}
	return errors.Join(os.Chown(path, a.UID, a.GID), os.Chmod(path, os.FileMode(*a.Mode)))
}

type weakMakeDir struct{ runbook.Machine }

func (weakMakeDir) MakeDir(_ context.Context, path string, a host.Attr) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return errors.Join(os.Chown(path, a.UID, a.GID), os.Chmod(path, os.FileMode(*a.Mode)))
}

type weakReplace struct{ runbook.Machine }

func (weakReplace) ReplaceFile(_ context.Context, path string, content []byte) error {
	return os.WriteFile(path, content, 0o600)
}

type weakAttr struct{ runbook.Machine }

func (weakAttr) SetAttr(_ context.Context, path string, a host.Attr) error {
	if err := os.Chown(path, a.UID, a.GID); err != nil || a.Mode == nil {
		return err
	}
	return os.Chmod(path, os.FileMode(*a.Mode))
}

type weakRemove struct{ runbook.Machine }

func (weakRemove) Remove(_ context.Context, path string) error { return os.Remove(path) }
