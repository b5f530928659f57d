// Package hosttest is the contract of package host as tests: what passes its
// suites may stand for a machine. It knows the contracts and none of those who
// keep them.
package hosttest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redbook/runbook/host"
)

// FileMachine is the part of host.Machine that is about files.
type FileMachine interface {
	host.Files
	host.DumpReader
	host.FileChanger
}

// Files runs the contract of host.Files, host.DumpReader and host.FileChanger. open returns a
// machine that shows the real files of this machine; it is called once for each
// case, when the case's files are there. What the machine changes is looked at
// through the machine alone.
func Files(t *testing.T, open func(t *testing.T) FileMachine) {
	for _, tt := range slices.Concat(cases, makeCases) {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			plant(t, dir)
			m := open(t)
			before := tree(t, m, dir)
			err := tt.do(m, dir)
			if !is(err, tt.err) {
				t.Fatalf("error = %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(lines(edited(before, tt.gone, tt.come)), lines(tree(t, m, dir))); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("identity", func(t *testing.T) { keepsIdentity(t, open) })
	t.Run("links", func(t *testing.T) { linksIdentity(t, open) })
	t.Run("two filesystems", func(t *testing.T) { refusesOtherFilesystem(t, open) })
	t.Run("digest", func(t *testing.T) { digests(t, open) })
	t.Run("dump", func(t *testing.T) { readsDumps(t, open) })
}

// plant makes the files of every case.
func plant(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{"full", "full/deep", "empty", "other"} {
		must(t, os.Mkdir(filepath.Join(dir, d), 0o750))
	}
	for name, content := range map[string]string{
		"a": "content of a", "b": "content of b", "full/x": "content of x", "full/deep/y": "content of y", "none": "",
		"full/.z.redbook-part": "left behind",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o640))
	}
	must(t, os.Symlink("a", filepath.Join(dir, "link")))
	must(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// errAny stands for an error of no particular sort.
var errAny = errors.New("any error")

func is(err, want error) bool {
	if errors.Is(want, errAny) {
		return err != nil
	}
	return errors.Is(err, want)
}

// tree describes all entries under dir as the machine shows them, one line by path.
func tree(t *testing.T, m host.Files, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	var list func(at string)
	list = func(at string) {
		entries, err := m.ReadDir(at)
		must(t, err)
		for i, e := range entries {
			if i > 0 && entries[i-1].Path >= e.Path {
				t.Errorf("ReadDir: %s comes before %s", entries[i-1].Path, e.Path)
			}
			alone, err := m.Stat(e.Path)
			must(t, err)
			if diff := cmp.Diff(alone, e); diff != "" {
				t.Errorf("Stat and ReadDir differ on %s:\n%s", e.Path, diff)
			}
			name := strings.TrimPrefix(e.Path, dir+"/")
			all[name] = describe(t, m, e)
			if e.Kind == host.KindDirectory {
				list(e.Path)
			}
		}
	}
	list(dir)
	return all
}

func describe(t *testing.T, m host.Files, e host.Info) string {
	t.Helper()
	if e.Kind != host.KindFile {
		return fmt.Sprintf("%s %04o", e.Kind, e.Mode)
	}
	content := read(t, m, e.Path)
	if int64(len(content)) != e.Size {
		t.Errorf("%s: size %d, and %d bytes to read", e.Path, e.Size, len(content))
	}
	return fmt.Sprintf("%s %04o %q", e.Kind, e.Mode, content)
}

func read(t *testing.T, m host.Files, path string) string {
	t.Helper()
	r, err := m.Open(path)
	must(t, err)
	defer r.Close()
	content, err := io.ReadAll(r)
	must(t, err)
	return string(content)
}

func edited(all map[string]string, gone []string, come map[string]string) map[string]string {
	for _, name := range gone {
		delete(all, name)
	}
	for name, line := range come {
		all[name] = line
	}
	return all
}

func lines(all map[string]string) []string {
	list := []string{}
	for name, line := range all {
		list = append(list, name+": "+line)
	}
	slices.Sort(list)
	return list
}

// keepsIdentity: a rename keeps the inode, whatever is renamed and how often.
func keepsIdentity(t *testing.T, open func(t *testing.T) FileMachine) {
	dir := t.TempDir()
	plant(t, dir)
	m := open(t)
	ctx := context.Background()
	before, err := m.Stat(dir + "/full/x")
	must(t, err)
	must(t, m.Rename(ctx, dir+"/full", dir+"/moved"))
	must(t, m.Rename(ctx, dir+"/moved/x", dir+"/empty/x"))
	must(t, m.Rename(ctx, dir+"/empty", dir+"/moved/deep/empty"))
	after, err := m.Stat(dir + "/moved/deep/empty/x")
	must(t, err)
	if after.Inode != before.Inode || after.Device != before.Device || !after.ModTime.Equal(before.ModTime) {
		t.Errorf("after three renames %+v, want the identity of %+v", after, before)
	}
	if got := read(t, m, dir+"/moved/deep/y"); got != "content of y" {
		t.Errorf("in a moved directory y = %q", got)
	}
	for _, gone := range []string{"/full", "/full/x", "/empty", "/moved/x"} {
		if _, err := m.Stat(dir + gone); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat(%s) = %v, want fs.ErrNotExist", gone, err)
		}
	}
	must(t, m.Rename(ctx, dir+"/moved", dir+"/full"))
	if got := read(t, m, dir+"/full/deep/empty/x"); got != "content of x" {
		t.Errorf("moved back, x = %q", got)
	}
}

func refusesOtherFilesystem(t *testing.T, open func(t *testing.T) FileMachine) {
	dir := t.TempDir()
	plant(t, dir)
	shm, err := os.MkdirTemp("/dev/shm", "hosttest")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(shm) })
	m := open(t)
	ctx := context.Background()
	here, err := m.Space(dir + "/a")
	must(t, err)
	there, err := m.Space(shm)
	must(t, err)
	var want error
	if here.Device != there.Device {
		want = syscall.EXDEV
	}
	if err := m.Rename(ctx, dir+"/a", shm+"/a"); !errors.Is(err, want) {
		t.Errorf("Rename to another filesystem = %v, want %v", err, want)
	}
	if err := m.Link(ctx, dir+"/a", shm+"/a"); want != nil && !errors.Is(err, want) {
		t.Errorf("Link to another filesystem = %v, want %v", err, want)
	}
	if _, err := m.CopyFile(ctx, dir+"/b", shm+"/b", host.Attr{UID: -1, GID: -1}); err != nil {
		t.Errorf("CopyFile to another filesystem = %v", err)
	}
}

func digests(t *testing.T, open func(t *testing.T) FileMachine) {
	dir := t.TempDir()
	plant(t, dir)
	m := open(t)
	ctx := context.Background()
	want, err := m.Digest(ctx, dir+"/a")
	must(t, err)
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte("content of a"))); want.Size != 12 || want.SHA256 != sum {
		t.Errorf("Digest = %+v, want 12 bytes of %s", want, sum)
	}
	for _, target := range []string{"/new", "/full/new"} {
		got, err := m.CopyFile(ctx, dir+"/a", dir+target, host.Attr{UID: -1, GID: -1})
		must(t, err)
		again, err := m.Digest(ctx, dir+target)
		must(t, err)
		if got != want || again != want {
			t.Errorf("CopyFile = %+v, Digest of the copy = %+v, want both %+v", got, again, want)
		}
	}
	must(t, m.ReplaceFile(ctx, dir+"/new", []byte("content of b")))
	got, err := m.Digest(ctx, dir+"/new")
	must(t, err)
	b, err := m.Digest(ctx, dir+"/b")
	must(t, err)
	if got != b {
		t.Errorf("Digest after ReplaceFile = %+v, want %+v", got, b)
	}
	if copied, err := m.Digest(ctx, dir+"/full/new"); err != nil || copied != want {
		t.Errorf("ReplaceFile reached a copy: %+v, %v", copied, err)
	}
	if _, err := m.Digest(ctx, dir+"/full"); err == nil {
		t.Error("Digest of a directory succeeds")
	}
}
