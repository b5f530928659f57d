package safefs

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLink(t *testing.T) {
	dir := t.TempDir()
	a := write(t, dir+"/a", "content")
	mkdir(t, dir, "directory")
	symlink(t, a, dir+"/link")
	must(t, unix.Mkfifo(dir+"/fifo", 0o600))
	must(t, Link(a, dir+"/directory/b"))
	if one, two := mustStat(t, a), mustStat(t, dir+"/directory/b"); !os.SameFile(one, two) {
		t.Error("the second name is another file")
	}
	for _, name := range []string{"directory", "link", "fifo"} {
		var kind *KindError
		if err := Link(dir+"/"+name, dir+"/new"); !errors.As(err, &kind) {
			t.Errorf("link of the %s: %v, want a KindError", name, err)
		}
	}
	for _, name := range []string{"a", "link", "directory"} {
		if err := Link(a, dir+"/"+name); !errors.Is(err, fs.ErrExist) {
			t.Errorf("link over the %s: %v", name, err)
		}
	}
	if err := Link(dir+"/none", dir+"/new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("link of nothing: %v", err)
	}
	if exists(dir + "/new") {
		t.Error("a refused link was made")
	}
}

// What is swapped for the file between the look and the link(2) gets no second name.
func TestLinkOfWhatWasSwapped(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/a", "content")
	victim := write(t, dir+"/victim", "secret")
	setFault(t, func(point string) error {
		if point == "link" {
			must(t, os.Remove(dir+"/a"))
			must(t, os.Symlink(victim, dir+"/a"))
		}
		return nil
	})
	if err := Link(dir+"/a", dir+"/new"); err == nil || exists(dir+"/new") {
		t.Errorf("link of what was swapped: %v, made: %t", err, exists(dir+"/new"))
	}
}

func TestMakeDir(t *testing.T) {
	dir := t.TempDir()
	uid, gid := ownable()
	must(t, MakeDir(dir+"/new", Attr{Mode: 0o2751, UID: uid, GID: gid}))
	d := openDir(t, dir)
	info, err := d.Lstat("new")
	if must(t, err); info.Kind != Directory || info.Mode != 0o2751 || info.UID != uid || info.GID != gid {
		t.Errorf("made %+v", info)
	}
	write(t, dir+"/file", "")
	symlink(t, dir+"/nowhere", dir+"/link")
	for _, name := range []string{"new", "file", "link"} {
		if err := MakeDir(dir+"/"+name, keep); !errors.Is(err, fs.ErrExist) {
			t.Errorf("over the %s: %v", name, err)
		}
	}
	if err := MakeDir(dir+"/none/new", keep); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a missing directory: %v", err)
	}
	setFault(t, func(point string) error {
		if point == "mkdir" {
			return unix.EIO
		}
		return nil
	})
	if err := MakeDir(dir+"/failed", keep); !errors.Is(err, unix.EIO) || exists(dir+"/failed") {
		t.Errorf("a directory that failed: %v, left: %t", err, exists(dir+"/failed"))
	}
}

// A directory that was swapped for the new one, or filled meanwhile, is not given away.
func TestMakeDirGivesNothingAway(t *testing.T) {
	uid, gid := ownable()
	for name, swap := range map[string]func(t *testing.T, dir string){
		"filled": func(t *testing.T, dir string) { t.Helper(); write(t, dir+"/new/secret", "") },
		"swapped": func(t *testing.T, dir string) {
			t.Helper()
			must(t, os.Remove(dir+"/new"))
			must(t, os.Rename(dir+"/private", dir+"/new"))
		},
		"link": func(t *testing.T, dir string) {
			t.Helper()
			must(t, os.Remove(dir+"/new"))
			symlink(t, dir+"/private", dir+"/new")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, mkdir(t, dir, "private")+"/secret", "")
			setFault(t, func(point string) error {
				if point == "mkdir" {
					swap(t, dir)
				}
				return nil
			})
			if err := MakeDir(dir+"/new", Attr{Mode: 0o777, UID: uid, GID: gid}); err == nil {
				t.Error("it was given away")
			}
			for _, path := range []string{"/private", "/new"} {
				if info, err := os.Stat(dir + path); err == nil && (info.Mode().Perm() == 0o777 || !ownedByMe(info)) {
					t.Errorf("%s is of %v", path, info.Sys())
				}
			}
		})
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func mustStat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info
}

func ownedByMe(info os.FileInfo) bool {
	return int(info.Sys().(*syscall.Stat_t).Uid) == os.Geteuid()
}
