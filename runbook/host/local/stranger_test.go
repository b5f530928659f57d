package local

import (
	"strings"
	"testing"

	"redbook/internal/redistest"
)

// What answers at a unit's address while the unit is down, or has another Redis
// server as its main process, must not be taken for the unit's server.
func TestStrangerAnswers(t *testing.T) {
	s, other := redistest.New(t), redistest.New(t)
	s.Start(t)
	other.Start(t)
	f := newFakeSystemd(s.Conf)
	i := unitInstance(t, f, s)
	for _, c := range []struct {
		active, sub string
		pid         int
		want        string // in the error of Describe; "": none
	}{
		{"inactive", "dead", 0, "is down"},
		{"failed", "failed", 0, "is down"},
		{"active", "running", other.PID(), "is process"},
		{"active", "exited", 0, ""}, // Type=oneshot, which starts something else
		{"active", "running", s.PID(), ""},
	} {
		f.is(c.active, c.sub, c.pid)
		st, err := i.Status(t.Context())
		if err != nil || st.Serving != (c.want == "") {
			t.Errorf("%s with process %d: Status is %+v, %v", c.active, c.pid, st, err)
		}
		_, err = i.Describe(t.Context())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s with process %d: Describe says %v, want %q", c.active, c.pid, err, c.want)
		}
	}
}
