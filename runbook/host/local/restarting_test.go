package local

import (
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

// A server that ended under Restart=always has no main process for a moment.
func TestUnitRestarting(t *testing.T) {
	f := newFakeSystemd(redistest.New(t).Conf)
	i := unitInstance(t, f, redistest.New(t))
	for _, c := range []struct {
		active, sub string
		want        bool
	}{
		{"activating", "auto-restart", true},
		{"activating", "auto-restart-queued", true}, // systemd 254 and later
		{"inactive", "dead", false},
		{"failed", "failed", false},
	} {
		f.is(c.active, c.sub, 0)
		st, err := i.Status(t.Context())
		if want := (host.Status{Restarting: c.want}); err != nil || st != want {
			t.Errorf("%s, %s: got %+v, %v; want %+v", c.active, c.sub, st, err, want)
		}
	}
}
