package safefs

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// rounds bounds the races: they end whether or not an attack came in time.
const rounds = 100

// swap exchanges two entries over and over until the test's body is done.
func swap(t *testing.T, a, b string, body func()) {
	t.Helper()
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			_ = unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
			runtime.Gosched()
		}
	}()
	body()
	stop.Store(true)
	<-done
}

// While somebody swaps the directory for a link to root's own, nothing of root's changes.
func TestRaceOfADirectoryWithALink(t *testing.T) {
	dir := t.TempDir()
	victim := write(t, mkdir(t, dir, "victim")+"/file", "root's own")
	mkdir(t, dir, "victim", "sub")
	data := mkdir(t, dir, "data")
	write(t, data+"/file", "theirs")
	giveAway(t, symlink(t, dir+"/victim", dir+"/link"))
	mode := modeOf(t, victim)
	swap(t, data, dir+"/link", func() {
		for range rounds {
			_ = WriteFile(data+"/file", []byte("written"), Attr{Mode: 0o606, UID: -1, GID: -1})
			_, _ = Copy(t.Context(), dir+"/victim/file", data+"/copy", keep)
			if d, err := OpenDir(data); err == nil {
				_ = d.Chmod("file", 0o666)
				_ = d.RemoveAll("copy")
				_ = d.RemoveAll("sub")
				d.Close()
			}
		}
	})
	if got := list(t, dir+"/victim"); len(got) != 2 {
		t.Errorf("the victim's directory holds %q", got)
	}
	if read(t, victim) != "root's own" || modeOf(t, victim) != mode {
		t.Errorf("the victim's file is %q with mode %04o", read(t, victim), modeOf(t, victim))
	}
}

// While somebody swaps a file for a link, or for a FIFO, the file that the link names is neither read nor changed.
func TestRaceOfAFileWithALink(t *testing.T) {
	for _, plant := range []string{"link", "fifo"} {
		dir := t.TempDir()
		victim := write(t, dir+"/victim", "root's own")
		mode := modeOf(t, victim)
		data := mkdir(t, dir, "data")
		write(t, data+"/file", "theirs")
		if plant == "link" {
			symlink(t, victim, data+"/plant")
		} else {
			must(t, unix.Mkfifo(data+"/plant", 0o600))
		}
		giveAway(t, data, data+"/file", data+"/plant")
		d := openDir(t, data)
		swap(t, data+"/file", data+"/plant", func() {
			for range rounds {
				_ = d.Chmod("file", 0o666)
				_ = d.Chown("file", stranger+1, -1)
				if content, err := ReadFile(data+"/file", 100); err == nil && string(content) != "theirs" {
					t.Fatalf("read %q through %s", content, plant)
				}
			}
		})
		info, err := openDir(t, dir).Lstat("victim")
		must(t, err)
		if read(t, victim) != "root's own" || info.Mode != mode || info.UID != os.Geteuid() {
			t.Errorf("the victim's file is %q: %+v", read(t, victim), info)
		}
	}
}
