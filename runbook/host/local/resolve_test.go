package local

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host"
	"redbook/runbook/host/preview"
)

var (
	_ preview.Resolver  = (*Machine)(nil)
	_ preview.Overrider = (*server)(nil)
)

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	for name, target := range map[string]string{"link": "real", "twice": "link", "file-link": "file", "nowhere": "missing"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "real"), 0o755), os.WriteFile(filepath.Join(dir, "file"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	m := machine(t)
	for _, name := range []string{"link", "twice"} {
		if got, err := m.Resolve(filepath.Join(dir, name)); err != nil || got != filepath.Join(dir, "real") {
			t.Errorf("%s leads to %q, %v", name, got, err)
		}
	}
	if _, err := m.Resolve(filepath.Join(dir, "file-link")); !errors.Is(err, host.ErrUnknown) {
		t.Errorf("a link to a file: %v, want that it is not known", err)
	}
	if _, err := m.Resolve(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("a link that leads nowhere is no error")
	}
	if err := os.Lchown(filepath.Join(dir, "link"), 12345, -1); err != nil {
		t.Fatal(err)
	}
	if got, err := m.Resolve(filepath.Join(dir, "link")); err == nil {
		t.Errorf("a link of another user leads to %q", got)
	}
}

func TestOverrides(t *testing.T) {
	s := redistest.New(t)
	c := blockOf(s)
	c.Process.Command = append(c.Process.Command, "--appendonly", "yes", "--save", "60", "1")
	i := instance(t, c)
	if err := i.Start(background(t)); err != nil {
		t.Fatal(err)
	}
	if got, err := i.Option(background(t), "appendonly"); err != nil || got != "yes" {
		t.Errorf("appendonly of the server is %q, %v", got, err)
	}
	got, err := i.(preview.Overrider).Overrides(background(t))
	if want := []string{`appendonly yes`, `save 60 1`}; err != nil || !slices.Equal(got, want) {
		t.Errorf("overrides %q, %v; want %q", got, err, want)
	}
}
