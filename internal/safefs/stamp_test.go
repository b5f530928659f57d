package safefs

import (
	"os"
	"testing"
	"time"
)

// TestStamp: a copy has its Stamp as long as nothing was done to it, and nothing else ever has it.
func TestStamp(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/from", large, 0o600))
	for name, change := range map[string]func(path string) error{
		"written":  func(path string) error { return flip(path) },
		"appended": func(path string) error { return os.Truncate(path, worthStamp+1) },
		"chmod":    func(path string) error { return os.Chmod(path, 0o640) },
		"renamed": func(path string) error {
			return os.Rename(path, path+".old")
		},
		"replaced": func(path string) error {
			if err := os.WriteFile(path+"2", large, 0o600); err != nil {
				return err
			}
			return os.Rename(path+"2", path)
		},
		"written and dated back": func(path string) error {
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			if err := flip(path); err != nil {
				return err
			}
			return os.Chtimes(path, time.Time{}, info.ModTime())
		},
	} {
		to := dir + "/" + name
		c, err := Copy(t.Context(), dir+"/from", to, keep)
		must(t, err)
		if c.Stamp == (Stamp{}) || stampAt(t, to) != c.Stamp {
			t.Fatalf("%s: the copy has %+v, its file %+v", name, c.Stamp, stampAt(t, to))
		}
		must(t, change(to))
		if name == "renamed" {
			to += ".old"
		}
		if stampAt(t, to) == c.Stamp {
			t.Errorf("%s: it has the Stamp of before", name)
		}
	}
}

// TestNoStamp: a file that another user could write is not vouched for.
func TestNoStamp(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/from", large, 0o600))
	uid, gid := ownable()
	for name, attr := range map[string]Attr{
		"group may write":  {Mode: 0o660, UID: -1, GID: -1},
		"others may write": {Mode: 0o602, UID: -1, GID: -1},
		"another's":        {Mode: 0o600, UID: uid, GID: gid},
	} {
		if name == "another's" && uid == os.Geteuid() {
			continue // only root can give files away
		}
		c, err := Copy(t.Context(), dir+"/from", dir+"/"+name, attr)
		must(t, err)
		if c.Stamp != (Stamp{}) {
			t.Errorf("%s: %+v", name, c.Stamp)
		}
	}
}

var large = make([]byte, worthStamp)

// flip changes one byte of a file.
func flip(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt([]byte{1}, worthStamp/2)
	return err
}

func stampAt(t *testing.T, path string) Stamp {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	return StampOf(f)
}
