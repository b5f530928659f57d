package journal

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// A Writer appends records to one journal.
type Writer struct {
	mu     sync.Mutex
	file   *os.File
	seq    int
	now    func() time.Time
	broken error
}

// Append writes a record and returns when it is on disk. After an error the
// writer refuses everything: what stands after a failed write or fsync cannot
// be known, so nothing may be done on the strength of it.
func (w *Writer) Append(r Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return w.broken
	}
	r.Seq = w.seq + 1
	r.Time = w.now().UTC()
	line, err := encode(r)
	if err != nil {
		return err
	}
	if _, err := w.file.Write(line); err != nil {
		return w.fail(err)
	}
	if err := w.file.Sync(); err != nil {
		return w.fail(err)
	}
	w.seq++
	return nil
}

func (w *Writer) fail(err error) error {
	w.broken = fmt.Errorf("write journal: %w", err)
	return w.broken
}

// Broken tells why nothing can be appended any more; nil while all is well.
func (w *Writer) Broken() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

// Close closes the file.
func (w *Writer) Close() error {
	if err := w.file.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("close journal: %w", err)
	}
	return nil
}
