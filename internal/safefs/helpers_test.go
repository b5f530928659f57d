package safefs

import (
	"os"
	"path/filepath"
	"sort"
	"testing"

	"golang.org/x/sys/unix"
)

// stranger is a user id that is neither root's nor, as a rule, anybody's.
const stranger = 64999

// keep is the Attr of the process itself.
var keep = Attr{Mode: 0o640, UID: -1, GID: -1}

// giveAway makes a stranger the owner of paths, without following links. A test that is not root cannot give files
// away: there, the process plays root, to whom its real user is the stranger.
func giveAway(t *testing.T, paths ...string) (owner int) {
	t.Helper()
	if me := os.Geteuid(); me != 0 {
		euid = func() int { return 0 }
		t.Cleanup(func() { euid = unix.Geteuid })
		return me
	}
	for _, p := range paths {
		if err := os.Lchown(p, stranger, stranger); err != nil {
			t.Fatal(err)
		}
	}
	return stranger
}

func setFault(t *testing.T, f func(point string) error) {
	t.Helper()
	fault = f
	t.Cleanup(func() { fault = nil })
}

func openDir(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mkdir(t *testing.T, elem ...string) string {
	t.Helper()
	path := filepath.Join(elem...)
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func symlink(t *testing.T, target, path string) string {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// list returns the names in a directory, sorted.
func list(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	sort.Strings(names)
	return names
}

func modeOf(t *testing.T, path string) uint32 {
	t.Helper()
	var st unix.Stat_t
	must(t, unix.Lstat(path, &st))
	return st.Mode & 0o7777
}
