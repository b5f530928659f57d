package safefs

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// playDisk makes syncs begin early, and the n-th of them fail; n < 0: none.
func playDisk(t *testing.T, n int32) *atomic.Int32 {
	t.Helper()
	realSync, realEagerness := syncData, eagerness
	t.Cleanup(func() { syncData, eagerness = realSync, realEagerness })
	eagerness = chunk
	var syncs atomic.Int32
	syncData = func(f *os.File) error {
		if syncs.Add(1) == n {
			return unix.EIO
		}
		return realSync(f)
	}
	return &syncs
}

// TestEarlySync: an error of a sync amidst the writing, which the last sync would not tell again, is one of the copy.
func TestEarlySync(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/from", make([]byte, 8*chunk), 0o600))
	playClone(t, false)
	for name, produce := range map[string]func() error{
		"Copy": func() error { _, err := Copy(t.Context(), dir+"/from", dir+"/to", keep); return err },
		"Create": func() error {
			_, err := Create(dir+"/to", keep, func(w io.Writer) error {
				for range 8 {
					if _, err := w.Write(make([]byte, chunk)); err != nil {
						return err
					}
				}
				return nil
			})
			return err
		},
	} {
		syncs := playDisk(t, -1)
		must(t, produce())
		if syncs.Load() == 0 {
			t.Errorf("%s: nothing was synced before the end", name)
		}
		must(t, os.Remove(dir+"/to"))
		playDisk(t, 1)
		if err := produce(); !errors.Is(err, unix.EIO) {
			t.Errorf("%s of a disk that fails: %v", name, err)
		}
		if got := list(t, dir); !cmp.Equal(got, []string{"from"}) {
			t.Errorf("%s of a disk that fails leaves %q", name, got)
		}
	}
}
