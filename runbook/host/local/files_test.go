package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"redbook/runbook/host"
)

const helloSHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func TestFilesRead(t *testing.T) {
	m, dir := machine(t), t.TempDir()
	file := filepath.Join(dir, "a")
	writeFile(t, file, "hello", 0o640)
	link := filepath.Join(dir, "b")
	if err := errors.Join(os.Symlink(file, link), os.Mkdir(filepath.Join(dir, "c"), 0o750)); err != nil {
		t.Fatal(err)
	}
	info, err := m.Stat(file)
	if err != nil || info.Kind != host.KindFile || info.Size != 5 || info.Mode != 0o640 || info.Path != file || info.Inode == 0 || info.Links != 1 {
		t.Errorf("Stat = %+v, %v", info, err)
	}
	if _, err := m.Stat(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Stat of nothing: %v", err)
	}
	if root, err := m.Stat("/"); err != nil || root.Kind != host.KindDirectory {
		t.Errorf("Stat(/) = %+v, %v", root, err)
	}
	entries, err := m.ReadDir(dir)
	var kinds []string
	for _, e := range entries {
		kinds = append(kinds, filepath.Base(e.Path)+" "+e.Kind)
	}
	if err != nil || len(kinds) != 3 || kinds[0] != "a file" || kinds[1] != "b symlink" || kinds[2] != "c directory" {
		t.Errorf("ReadDir = %q, %v", kinds, err)
	}
	if d, err := m.Digest(context.Background(), file); err != nil || d != (host.Digest{Size: 5, SHA256: helloSHA256}) {
		t.Errorf("Digest = %+v, %v", d, err)
	}
	f, err := m.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if content, err := io.ReadAll(f); err != nil || string(content) != "hello" {
		t.Errorf("Open: %q, %v", content, err)
	}
	if _, err := m.Open(link); err == nil {
		t.Error("Open followed a symlink")
	}
	a, errA := m.Space(file)
	b, errB := m.Space(dir)
	if errA != nil || errB != nil || a.Device != info.Device || a.Device != b.Device || a.Available == 0 {
		t.Errorf("Space: %+v, %v, %+v, %v", a, errA, b, errB)
	}
}

func TestCopyFile(t *testing.T) {
	m, dir, ctx := machine(t), t.TempDir(), context.Background()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	writeFile(t, from, "hello", 0o604)
	writeFile(t, host.PartName(to), "left by a run that was killed", 0o600)
	d, err := m.CopyFile(ctx, from, to, host.Attr{UID: -1, GID: -1})
	if err != nil || d != (host.Digest{Size: 5, SHA256: helloSHA256}) {
		t.Fatalf("CopyFile = %+v, %v", d, err)
	}
	if info, err := m.Stat(to); err != nil || info.Mode != 0o604 {
		t.Errorf("mode %o, %v, want the original's", info.Mode, err)
	}
	if _, err := m.Stat(host.PartName(to)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the part is still there: %v", err)
	}
	if _, err := m.CopyFile(ctx, from, to, host.Attr{UID: -1, GID: -1}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("copy over a file: %v", err)
	}
	mode := uint32(0o660)
	owned := filepath.Join(dir, "owned")
	if _, err := m.CopyFile(ctx, from, owned, host.Attr{UID: 1234, GID: 4321, Mode: &mode}); err != nil {
		t.Fatal(err)
	}
	if info, err := m.Stat(owned); err != nil || info.UID != 1234 || info.GID != 4321 || info.Mode != mode {
		t.Errorf("Stat = %+v, %v", info, err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	none := filepath.Join(dir, "none")
	if _, err := m.CopyFile(cancelled, from, none, host.Attr{UID: -1, GID: -1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled copy: %v", err)
	}
	if _, err := m.Stat(none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a cancelled copy left %v", err)
	}
}

func TestReplaceFile(t *testing.T) {
	m, dir, ctx := machine(t), t.TempDir(), context.Background()
	file := filepath.Join(dir, "redis.conf")
	writeFile(t, file, "old", 0o640)
	if err := os.Chown(file, 1234, 4321); err != nil {
		t.Fatal(err)
	}
	writeFile(t, host.PartName(file), "left by a run that was killed", 0o600)
	if err := m.ReplaceFile(ctx, file, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, err := m.Stat(file)
	content, _ := os.ReadFile(file)
	if err != nil || string(content) != "new" || info.UID != 1234 || info.GID != 4321 || info.Mode != 0o640 {
		t.Errorf("%q, %+v, %v", content, info, err)
	}
	if _, err := m.Stat(host.PartName(file)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the part is still there: %v", err)
	}
	if err := m.ReplaceFile(ctx, filepath.Join(dir, "none"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replace of nothing: %v", err)
	}
	if err := m.ReplaceFile(ctx, dir, nil); err == nil {
		t.Error("a directory was replaced")
	}
}

func TestRenameRemoveSetAttr(t *testing.T) {
	m, dir, ctx := machine(t), t.TempDir(), context.Background()
	a, b, sub := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "sub")
	writeFile(t, a, "a", 0o600)
	writeFile(t, b, "b", 0o600)
	if err := os.Mkdir(sub, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := m.Rename(ctx, a, b); !errors.Is(err, fs.ErrExist) {
		t.Errorf("rename over a file: %v", err)
	}
	if err := m.Rename(ctx, a, filepath.Join(sub, "a")); err != nil {
		t.Error(err)
	}
	if err := m.Rename(ctx, sub, filepath.Join(dir, "moved")); err != nil {
		t.Error(err)
	}
	if err := m.Remove(ctx, filepath.Join(dir, "moved")); err == nil {
		t.Error("a directory with a file in it was removed")
	}
	if err := errors.Join(m.Remove(ctx, filepath.Join(dir, "moved", "a")), m.Remove(ctx, filepath.Join(dir, "moved"))); err != nil {
		t.Error(err)
	}
	if err := m.Remove(ctx, a); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("remove of nothing: %v", err)
	}
	mode := uint32(0o644)
	if err := m.SetAttr(ctx, b, host.Attr{UID: 1234, GID: -1, Mode: &mode}); err != nil {
		t.Error(err)
	}
	if info, err := m.Stat(b); err != nil || info.UID != 1234 || info.GID != 0 || info.Mode != mode {
		t.Errorf("Stat = %+v, %v", info, err)
	}
}
