package local

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLoadedFrom(t *testing.T) {
	const log = `7:M 26 Nov 2026 02:21:09.725 * DB loaded from disk: 0.000 seconds
8:M 26 Nov 2026 02:21:10.000 * Server initialized
8:M 26 Nov 2026 02:21:10.725 * DB loaded from base file appendonly.aof.1.base.rdb: 0.012 seconds
8:M 26 Nov 2026 02:21:10.726 * DB loaded from incr file appendonly.aof.1.incr.aof: 0.001 seconds
8:M 26 Nov 2026 02:21:10.727 * DB loaded from append only file: 0.013 seconds
8:M 26 Nov 2026 02:21:10.728 * Ready to accept connections
`
	want := []string{"base file appendonly.aof.1.base.rdb", "incr file appendonly.aof.1.incr.aof", "append only file"}
	if diff := cmp.Diff(want, loadedFrom(log, 8)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := loadedFrom(log, 9); len(got) != 0 {
		t.Errorf("of a process that logged nothing: %q", got)
	}
	forged := strings.Repeat("9:M x * DB loaded from \x1b[2J"+strings.Repeat("x", 1000)+": 1.0 seconds\n", 100)
	got := loadedFrom(forged, 9)
	if len(got) != mostLoaded || strings.Contains(got[0], "\x1b") || len(got[0]) > 2*lineLimit {
		t.Errorf("of a log that somebody wrote: %d lines, %q", len(got), got[0])
	}
}
