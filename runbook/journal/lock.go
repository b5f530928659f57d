package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Lock keeps a data directory for one run: an flock on the directory itself.
// The kernel holds it, so a dead run holds nothing, and redbook processes with
// different state directories see each other.
type Lock struct{ dir *os.File }

// A HeldError says that another process has the lock.
type HeldError struct {
	Dir     string
	PID     int    // 0 when it cannot be seen from here
	Command string // its command line
	Since   time.Time
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is held by another run", e.Dir)
	}
	return fmt.Sprintf("%s is held by another run: pid %d, since %s: %s", e.Dir, e.PID, e.Since.Format(time.DateTime), e.Command)
}

// Acquire takes the lock of a directory or fails with a *HeldError: at once, unless
// its holder is gone. One that was killed as it started a program leaves the lock to
// that for the moment until its exec closes it.
func Acquire(path string) (*Lock, error) { return AcquireBy(path, openDirectory) }

// AcquireBy is Acquire with another way to open the directory, for one on whose path
// somebody else could put links.
func AcquireBy(path string, open func(path string) (*os.File, error)) (*Lock, error) {
	for attempt := 0; ; attempt++ {
		l, err := acquire(path, open)
		var held *HeldError
		if attempt == 100 || !errors.As(err, &held) || !held.gone() {
			return l, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func openDirectory(path string) (*os.File, error) {
	return os.OpenFile(path, unix.O_DIRECTORY|unix.O_RDONLY|unix.O_CLOEXEC, 0)
}

func acquire(path string, open func(path string) (*os.File, error)) (*Lock, error) {
	f, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		held := holder(f, path)
		_ = f.Close()
		return nil, held
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock data directory %s: %w", path, err)
	}
	return &Lock{dir: f}, nil
}

// Release gives the lock back, also where a program that is just being started has the
// directory still, up to its exec.
func (l *Lock) Release() error {
	return errors.Join(unix.Flock(int(l.dir.Fd()), unix.LOCK_UN), l.dir.Close())
}

// holder looks the lock up in /proc/locks, whose lines read
// "1: FLOCK  ADVISORY  WRITE PID MAJOR:MINOR:INODE START END".
//
// The kernel writes that list in pieces, and locks that come and go meanwhile
// can push a line between two of them: a look that finds nothing is repeated.
func holder(f *os.File, path string) *HeldError {
	held := &HeldError{Dir: path}
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil {
		return held
	}
	want := fmt.Sprintf("%02x:%02x:%d", unix.Major(st.Dev), unix.Minor(st.Dev), st.Ino)
	for range 50 {
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			return held
		}
		if held.PID = lockedBy(string(locks), want); held.PID != 0 {
			held.describe()
			return held
		}
		time.Sleep(time.Millisecond)
	}
	return held
}

// lockedBy finds the process that holds the flock of an inode; 0 when there is
// none that can be seen from here.
func lockedBy(locks, inode string) int {
	for line := range strings.Lines(locks) {
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] != "FLOCK" || fields[5] != inode {
			continue
		}
		if pid, err := strconv.Atoi(fields[4]); err == nil && pid > 0 {
			return pid
		}
	}
	return 0
}

// gone tells whether the process that took the lock is no more, as far as can be seen: the
// kernel's list may not show one that has just ended, and never one of another PID namespace.
func (e *HeldError) gone() bool {
	if e.PID == 0 {
		return true
	}
	_, err := os.Stat(fmt.Sprintf("/proc/%d", e.PID))
	return errors.Is(err, fs.ErrNotExist)
}

func (e *HeldError) describe() {
	proc := fmt.Sprintf("/proc/%d", e.PID)
	if info, err := os.Stat(proc); err == nil {
		e.Since = info.ModTime()
	}
	if args, err := os.ReadFile(proc + "/cmdline"); err == nil {
		e.Command = string(bytes.ReplaceAll(bytes.TrimRight(args, "\x00"), []byte{0}, []byte{' '}))
	}
}
