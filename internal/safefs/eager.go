package safefs

import (
	"os"

	"golang.org/x/sys/unix"
)

// An eagerFile has the disk keep what was written while more is, so that little is left for the sync at the end, and a
// large file does not hold up what others sync meanwhile.
type eagerFile struct {
	file    *os.File
	written int64
	asked   int64      // of it the disk was asked to keep
	syncing chan error // of the sync that is under way; nil when none is
}

// eagerness is how much is written between two syncs, in bytes, at least. It is a variable for tests.
var eagerness int64 = 32 << 20

// syncData is a variable so that tests can have it fail.
var syncData = func(f *os.File) error { return retry(func() error { return unix.Fdatasync(int(f.Fd())) }) }

// Write implements [io.Writer]. An error may be that of a sync of what was written before: the kernel tells it once.
func (e *eagerFile) Write(p []byte) (int, error) {
	n, err := e.file.Write(p)
	e.written += int64(n)
	if err != nil || e.written-e.asked < eagerness {
		return n, err
	}
	if e.syncing != nil {
		select {
		case err := <-e.syncing:
			if e.syncing = nil; err != nil {
				return n, err
			}
		default:
			return n, nil
		}
	}
	e.asked = e.written
	done := make(chan error, 1)
	e.syncing = done
	go func() { done <- syncData(e.file) }()
	return n, nil
}

// settle waits for the sync that is under way, before the file may be closed, and returns err or else its error.
func (e *eagerFile) settle(err error) error {
	if e.syncing == nil {
		return err
	}
	syncErr := <-e.syncing
	e.syncing = nil
	if err == nil {
		err = syncErr
	}
	return err
}
