package safefs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestOpenDirRefusesOddPaths(t *testing.T) {
	for _, path := range []string{"", ".", "a/b", "../a", "/tmp/../etc", "/.."} {
		if d, err := OpenDir(path); err == nil {
			d.Close()
			t.Errorf("OpenDir(%q) works", path)
		}
	}
	for _, path := range []string{"/", "//", "/tmp/", "/./tmp//."} {
		d, err := OpenDir(path)
		if err != nil {
			t.Errorf("OpenDir(%q): %v", path, err)
			continue
		}
		if d.Path() != filepath.Clean(path) {
			t.Errorf("OpenDir(%q).Path() = %q", path, d.Path())
		}
		d.Close()
	}
}

func TestOpenDirErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "")
	symlink(t, "loop", filepath.Join(dir, "loop"))
	if _, err := OpenDir(dir + "/none/x"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir+"/none") {
		t.Errorf("missing component: %v", err)
	}
	var kind *KindError
	if _, err := OpenDir(dir + "/file/x"); !errors.As(err, &kind) || kind.Got != File {
		t.Errorf("file as component: %v", err)
	}
	if _, err := OpenDir(dir + "/loop"); !errors.Is(err, unix.ELOOP) {
		t.Errorf("loop of links: %v", err)
	}
}

func TestOpenDirFollowsTrustedLinks(t *testing.T) {
	dir := t.TempDir()
	want, err := os.Stat(mkdir(t, dir, "real", "sub"))
	must(t, err)
	mkdir(t, dir, "other")
	symlink(t, dir+"/real", dir+"/absolute")
	symlink(t, "real/.", dir+"/relative")
	symlink(t, "../real/sub/..", dir+"/other/upwards")
	symlink(t, "relative", dir+"/chain")
	symlink(t, "real/sub", dir+"/last")
	for _, path := range []string{"real/sub", "absolute/sub", "relative/sub", "other/upwards/sub", "chain/sub", "last"} {
		d, err := OpenDir(filepath.Join(dir, path))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		info, err := d.Stat()
		must(t, err)
		if got := want.Sys(); info.Inode != inodeOf(got) {
			t.Errorf("%s leads to inode %d, want %d", path, info.Inode, inodeOf(got))
		}
		d.Close()
	}
}

func TestOpenDirRefusesPlantedLinkAtEachComponent(t *testing.T) {
	names := []string{"a", "b", "c", "d"}
	for i := range names {
		dir := t.TempDir()
		path := mkdir(t, dir, filepath.Join(names...))
		link := filepath.Join(dir, filepath.Join(names[:i+1]...))
		must(t, os.Rename(link, dir+"/moved"))
		symlink(t, dir+"/moved", link)
		owner := giveAway(t, link)
		_, err := OpenDir(path)
		var planted *PlantedLinkError
		if !errors.As(err, &planted) {
			t.Errorf("link at %s: %v, want a PlantedLinkError", link, err)
			continue
		}
		if planted.Path != path || planted.Link != link || planted.Owner != owner {
			t.Errorf("link at %s: got %+v", link, planted)
		}
	}
}

// A link of root's own counts only where nobody else could have moved it to.
func TestOpenDirLooksAtTheDirectoryOfALink(t *testing.T) {
	for _, tt := range []struct {
		name    string
		mode    uint32
		foreign bool
		ok      bool
	}{
		{"private", 0o755, false, true},
		{"sticky", 0o1777, false, true},
		{"group writes", 0o775, false, false},
		{"others write", 0o757, false, false},
		{"foreign", 0o755, true, false},
		{"foreign and sticky", 0o1777, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			in := mkdir(t, dir, "in")
			mkdir(t, dir, "target")
			symlink(t, "../target", in+"/link")
			if tt.foreign {
				giveAway(t, in)
			}
			must(t, unix.Chmod(in, tt.mode))
			d, err := OpenDir(in + "/link")
			if err == nil {
				d.Close()
			}
			var planted *PlantedLinkError
			if tt.ok && err != nil || !tt.ok && !errors.As(err, &planted) {
				t.Errorf("got %v, want success: %t", err, tt.ok)
			}
		})
	}
}

// A directory that is held stays the same one when its path is given to another.
func TestDirOutlivesItsPath(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "data")
	mkdir(t, dir, "victim")
	d := openDir(t, dir+"/data")
	must(t, os.Rename(dir+"/data", dir+"/moved"))
	symlink(t, "victim", dir+"/data")
	f, err := d.Create("new", 0o600)
	must(t, err)
	f.Close()
	if got := list(t, dir+"/victim"); len(got) != 0 {
		t.Errorf("victim holds %v", got)
	}
	if got := list(t, dir+"/moved"); len(got) != 1 {
		t.Errorf("the directory that was opened holds %v", got)
	}
}

func TestSplit(t *testing.T) {
	dir := t.TempDir()
	d, name, err := Split(dir + "/-a file")
	must(t, err)
	d.Close()
	if name != "-a file" || d.Path() != dir {
		t.Errorf("got %q in %q", name, d.Path())
	}
	for _, path := range []string{"/", dir + "/", dir + "/.", dir + "/..", "name", ""} {
		if _, _, err := Split(path); err == nil {
			t.Errorf("Split(%q) works", path)
		}
	}
}
