package safefs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func inodeOf(sys any) uint64 { return sys.(*syscall.Stat_t).Ino }

var oddNames = []string{"plain", "with space", "ünïcode ☃", "-dash", "new\nline", "$(x)`y`\\", "...", "\xff\xfe"}

func TestOddNames(t *testing.T) {
	for _, name := range oddNames {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := openDir(t, dir)
			path := dir + "/" + name
			must(t, WriteFile(path, []byte("content"), keep))
			f, err := d.Open(name)
			must(t, err)
			content, err := io.ReadAll(f)
			f.Close()
			if must(t, err); string(content) != "content" {
				t.Errorf("content %q", content)
			}
			must(t, d.Chmod(name, 0o604))
			must(t, d.RenameNoReplace(name, d, name+"2"))
			_, err = Copy(t.Context(), path+"2", path, keep)
			must(t, err)
			must(t, d.Remove(name))
			must(t, d.RemoveAll(name+"2"))
			if got := list(t, dir); len(got) != 0 {
				t.Errorf("left %q", got)
			}
		})
	}
}

func TestBadNames(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	write(t, dir+"/a", "a")
	for _, name := range []string{"", ".", "..", "a/b", "/", "/etc", "a\x00b"} {
		_, lstat := d.Lstat(name)
		_, open := d.Open(name)
		_, create := d.Create(name, 0o600)
		_, openDir := d.OpenDir(name)
		_, readlink := d.Readlink(name)
		for op, err := range map[string]error{
			"Lstat": lstat, "Open": open, "Create": create, "OpenDir": openDir, "Readlink": readlink,
			"Mkdir": d.Mkdir(name, 0o700), "Remove": d.Remove(name), "RemoveAll": d.RemoveAll(name),
			"Chown": d.Chown(name, 0, 0), "Chmod": d.Chmod(name, 0o600),
			"RenameNoReplace from": d.RenameNoReplace(name, d, "x"), "RenameReplace to": d.RenameReplace("a", d, name),
			"Exchange": d.Exchange("a", d, name),
		} {
			if !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s(%q): %v, want fs.ErrInvalid", op, name, err)
			}
		}
	}
}

func TestLstatTellsKinds(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	write(t, dir+"/file", "12345")
	must(t, unix.Chmod(dir+"/file", 0o4751))
	mkdir(t, dir, "directory")
	symlink(t, "file", dir+"/link")
	must(t, unix.Mkfifo(dir+"/fifo", 0o600))
	for name, want := range map[string]Kind{"file": File, "directory": Directory, "link": Symlink, "fifo": FIFO} {
		info, err := d.Lstat(name)
		if must(t, err); info.Kind != want {
			t.Errorf("%s is %s", name, info.Kind)
		}
	}
	info, err := d.Lstat("file")
	must(t, err)
	st, err := os.Stat(dir + "/file")
	must(t, err)
	want := Info{Kind: File, Size: 5, Mode: 0o4751, UID: os.Geteuid(), GID: info.GID, Inode: inodeOf(st.Sys()),
		Dev: info.Dev, Links: 1, ModTime: st.ModTime()}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Error(diff)
	}
	if _, err := d.Lstat("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if target, err := d.Readlink("link"); err != nil || target != "file" {
		t.Errorf("Readlink = %q, %v", target, err)
	}
}

// None of these may block, and a device must not even be opened.
func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	must(t, unix.Mkfifo(dir+"/fifo", 0o600))
	mkdir(t, dir, "directory")
	symlink(t, write(t, dir+"/file", "secret"), dir+"/link")
	for path, want := range map[string]Kind{
		dir + "/fifo": FIFO, dir + "/directory": Directory, dir + "/link": Symlink, "/dev/null": Device,
	} {
		d, name, err := Split(path)
		must(t, err)
		f, err := d.Open(name)
		var kind *KindError
		if !errors.As(err, &kind) || kind.Got != want {
			t.Errorf("Open(%s) = %v, %v; want a KindError of %s", path, f, err, want)
		}
		_, copied := Copy(t.Context(), path, dir+"/copy", keep)
		_, digested := DigestFile(t.Context(), path)
		for _, err := range []error{copied, digested} {
			if !errors.As(err, &kind) {
				t.Errorf("%s: %v, want a KindError", path, err)
			}
		}
		d.Close()
	}
}

func TestCreateNeverTakesWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	write(t, dir+"/file", "old")
	symlink(t, dir+"/not yet", dir+"/dangling")
	for _, name := range []string{"file", "dangling"} {
		if _, err := d.Create(name, 0o644); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Create(%q): %v, want fs.ErrExist", name, err)
		}
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"dangling", "file"}) {
		t.Errorf("directory holds %q", got)
	}
}

func TestModesAreExactWhateverTheUmask(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	dir := t.TempDir()
	d := openDir(t, dir)
	f, err := d.Create("file", 0o666)
	must(t, err)
	f.Close()
	must(t, d.Mkdir("directory", 0o2775))
	must(t, WriteFile(dir+"/written", nil, Attr{Mode: 0o664, UID: -1, GID: -1}))
	for name, want := range map[string]uint32{"file": 0o666, "directory": 0o2775, "written": 0o664} {
		if got := modeOf(t, dir+"/"+name); got != want {
			t.Errorf("%s has mode %04o, want %04o", name, got, want)
		}
	}
}

func TestRename(t *testing.T) {
	dir := t.TempDir()
	a, b := openDir(t, mkdir(t, dir, "a")), openDir(t, mkdir(t, dir, "b"))
	reset := func() {
		must(t, os.RemoveAll(dir+"/a/new"))
		write(t, dir+"/a/x", "from a")
		write(t, dir+"/b/x", "from b")
	}
	reset()
	if err := a.RenameNoReplace("x", b, "x"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("RenameNoReplace onto a file: %v", err)
	}
	must(t, a.Exchange("x", b, "x"))
	if read(t, dir+"/a/x") != "from b" || read(t, dir+"/b/x") != "from a" {
		t.Error("Exchange did not swap")
	}
	must(t, a.RenameReplace("x", b, "x"))
	if read(t, dir+"/b/x") != "from b" || len(list(t, dir+"/a")) != 0 {
		t.Error("RenameReplace did not replace")
	}
	must(t, b.RenameNoReplace("x", a, "new"))
	if err := a.RenameNoReplace("none", b, "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing source: %v", err)
	}
}

func TestRenameNoReplaceWithoutTheFlag(t *testing.T) {
	renameat2 = func(int, string, int, string, uint) error { return unix.EINVAL }
	defer func() { renameat2 = unix.Renameat2 }()
	dir := t.TempDir()
	d := openDir(t, dir)
	write(t, dir+"/a", "a")
	write(t, dir+"/b", "b")
	symlink(t, "/nowhere", dir+"/link")
	mkdir(t, dir, "directory")
	if err := d.RenameNoReplace("a", d, "b"); !errors.Is(err, fs.ErrExist) || read(t, dir+"/b") != "b" {
		t.Errorf("onto a file: %v", err)
	}
	must(t, d.RenameNoReplace("a", d, "c"))
	must(t, d.RenameNoReplace("link", d, "link2"))
	if err := d.RenameNoReplace("directory", d, "directory2"); !errors.Is(err, unix.EOPNOTSUPP) {
		t.Errorf("directory: %v", err)
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"b", "c", "directory", "link2"}) {
		t.Errorf("directory holds %q", got)
	}
	if _, err := Copy(t.Context(), dir+"/c", dir+"/d", keep); err != nil || read(t, dir+"/d") != "a" {
		t.Errorf("Copy: %v", err)
	}
}

func TestRemoveAllFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	victim := write(t, mkdir(t, dir, "victim")+"/file", "keep me")
	tree := mkdir(t, dir, "tree", "sub", "deep")
	write(t, tree+"/file", "")
	symlink(t, dir+"/victim", tree+"/link")
	symlink(t, dir+"/victim", dir+"/top")
	must(t, unix.Mkfifo(tree+"/fifo", 0o600))
	for _, name := range []string{"tree", "top", "none"} {
		must(t, d.RemoveAll(name))
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"victim"}) || read(t, victim) != "keep me" {
		t.Errorf("directory holds %q", got)
	}
}

func TestFreeAndDevice(t *testing.T) {
	d := openDir(t, t.TempDir())
	if free, err := d.Free(); err != nil || free <= 0 {
		t.Errorf("Free = %d, %v", free, err)
	}
	info, err := d.Stat()
	must(t, err)
	if dev, err := d.Device(); err != nil || dev != info.Dev {
		t.Errorf("Device = %d, %v", dev, err)
	}
}

func TestRemoveAllStopsAtAMount(t *testing.T) {
	dir := t.TempDir()
	mount := mkdir(t, dir, "tree", "mount")
	if err := unix.Mount("tmpfs", mount, "tmpfs", 0, "size=1m"); err != nil {
		return // only root can play this, and not in every container
	}
	defer func() { must(t, unix.Unmount(mount, unix.MNT_DETACH)) }()
	write(t, mount+"/file", "keep me")
	if err := openDir(t, dir).RemoveAll("tree"); err == nil {
		t.Error("RemoveAll succeeded")
	}
	if got := list(t, mount); len(got) != 1 {
		t.Errorf("the mounted file system holds %q", got)
	}
}
