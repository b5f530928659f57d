package safefs

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestChmodAndChownRefuseLinksAndOddKinds(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	victim := write(t, dir+"/victim", "")
	before := modeOf(t, victim)
	symlink(t, victim, dir+"/link")
	must(t, unix.Mkfifo(dir+"/fifo", 0o600))
	for _, name := range []string{"link", "fifo"} {
		for _, err := range []error{d.Chmod(name, 0o777), d.Chown(name, os.Geteuid(), os.Getegid())} {
			var kind *KindError
			if !errors.As(err, &kind) {
				t.Errorf("%s: %v, want a KindError", name, err)
			}
		}
	}
	if got := modeOf(t, victim); got != before {
		t.Errorf("mode of the link's target is %04o", got)
	}
}

func TestChmodAndChown(t *testing.T) {
	dir := t.TempDir()
	d := openDir(t, dir)
	write(t, dir+"/file", "")
	mkdir(t, dir, "directory")
	for _, name := range []string{"file", "directory"} {
		must(t, d.Chmod(name, 0o4711))
		must(t, d.Chown(name, os.Geteuid(), -1)) // no change: the setuid bit stays
		if got := modeOf(t, dir+"/"+name); got != 0o4711 {
			t.Errorf("%s has mode %04o", name, got)
		}
		uid, gid := ownable()
		must(t, d.Chown(name, uid, gid))
		info, err := d.Lstat(name)
		if must(t, err); info.UID != uid || info.GID != gid {
			t.Errorf("%s belongs to %d:%d, want %d:%d", name, info.UID, info.GID, uid, gid)
		}
	}
}

// ownable returns an owner that this process may give a file to.
func ownable() (uid, gid int) {
	if os.Geteuid() == 0 {
		return stranger, stranger
	}
	return os.Geteuid(), os.Getegid()
}

// A file with two names in a directory of another user may be any file of the file system.
func TestHardLinks(t *testing.T) {
	for _, foreign := range []bool{false, true} {
		dir := t.TempDir()
		victim := write(t, dir+"/victim", "")
		in := mkdir(t, dir, "in")
		must(t, os.Link(victim, in+"/planted"))
		must(t, os.Chmod(in, 0o755))
		if foreign {
			giveAway(t, in)
		}
		d := openDir(t, in)
		for op, err := range map[string]error{
			"chmod": d.Chmod("planted", 0o666),
			"chown": d.Chown("planted", stranger+1, -1),
		} {
			var hard *HardLinkError
			if got := errors.As(err, &hard); got != foreign {
				t.Errorf("foreign directory: %t, %s: %v", foreign, op, err)
			}
		}
		if got := modeOf(t, victim); foreign && got == 0o666 {
			t.Error("the planted file's mode was changed")
		}
		must(t, d.Chmod("planted", modeOf(t, victim))) // what is so already is no change
	}
}
