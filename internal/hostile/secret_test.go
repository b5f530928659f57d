package hostile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"redbook/internal/redistest"
)

// canary is in all that the attacker must not get.
const canary = "c4n4ry-0f-4-r00t-f1l3"

// newSecret makes a directory of files that are valid where the attacker plants links to
// them: a dump, an AOF, a config, and a text.
func newSecret(t *testing.T) string {
	t.Helper()
	s := redistest.New(t, redistest.WithAOF())
	s.Start(t)
	s.Do(t, "SET", "canary", canary)
	s.Do(t, "SAVE")
	s.Stop(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(s.Data)); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir+"/redis.conf", "# "+canary+"\ndir /\n")
	writeFile(t, dir+"/plain", canary+"\n")
	return dir
}

// A watched is a tree outside of what redbook has to do with.
type watched struct {
	root   string
	before []string
	events int // an inotify descriptor
}

// opened are the events of interest. A close would come late where a child process that another test starts
// still has the descriptor.
const opened = unix.IN_OPEN | unix.IN_ACCESS | unix.IN_MODIFY | unix.IN_ATTRIB | unix.IN_CREATE | unix.IN_DELETE | unix.IN_MOVE

// watch remembers a tree, and from now on sees each file of it that is opened.
func watch(t *testing.T, root string) *watched {
	t.Helper()
	w := &watched{root: root, before: list(t, root)}
	var err error
	if w.events, err = unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(w.events) })
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			_, err = unix.InotifyAddWatch(w.events, path, opened)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	drain(w.events) // the walk itself
	return w
}

// check wants that nobody has opened or changed anything.
func (w *watched) check(t *testing.T) {
	t.Helper()
	if events := drain(w.events); len(events) > 0 {
		t.Errorf("%s was opened or changed: %q", w.root, events)
	}
	if diff := cmp.Diff(w.before, list(t, w.root)); diff != "" {
		t.Errorf("%s changed (-before +after):\n%s", w.root, diff)
	}
	drain(w.events) // the list
}

// drain returns the events so far, inotify(7).
func drain(fd int) (events []string) {
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil || n <= 0 {
			return events
		}
		for b := buf[:n]; len(b) >= unix.SizeofInotifyEvent; {
			mask, size := le32(b[4:]), le32(b[12:])
			name := string(bytes.TrimRight(b[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+size], "\x00"))
			events = append(events, fmt.Sprintf("%#x %s", mask, name))
			b = b[unix.SizeofInotifyEvent+size:]
		}
	}
}

func le32(b []byte) int { return int(binary.NativeEndian.Uint32(b)) }

// list is a tree with all that a stat tells and what the files hold.
func list(t *testing.T, root string) (lines []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%s %s %d:%d links %d inode %d size %d modified %d changed %d",
			path, info.Mode(), st.Uid, st.Gid, st.Nlink, st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano())
		if info.Mode().IsRegular() {
			line += fmt.Sprintf(" sha256 %x", sha256.Sum256([]byte(readFile(t, path))))
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// mustNotHold looks for the canary in every file of a tree.
func mustNotHold(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(readFile(t, path), canary) {
			t.Errorf("%s holds what is root's", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
