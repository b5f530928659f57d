package steps_test

import (
	"bytes"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook"
)

func TestDisableAOFExample(t *testing.T) {
	scenario{
		path: "disable_aof.hcl",
		ran:  func(t *testing.T, m *machine, _ *runbook.Outcome) { wantAppendOnly(t, m, "no") },
	}.test(t)
}

// wantAppendOnly holds the running server and its config file to one value.
func wantAppendOnly(t *testing.T, m *machine, want string) {
	t.Helper()
	if got := m.Do(t, "CONFIG", "GET", "appendonly").([]any)[1]; got != want {
		t.Errorf("in the server appendonly is %v, want %s", got, want)
	}
	got := "no" // when no line says so
	for line := range strings.Lines(string(read(t, m.Conf))) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "appendonly "); ok {
			got = value
		}
	}
	if got != want {
		t.Errorf("in redis.conf appendonly is %s, want %s", got, want)
	}
}

func TestDisableAOFArguments(t *testing.T) {
	testArguments(t, "disable-aof", []argumentCase{
		{"", ""},
		{"config = \"/etc/redis/redis.conf\"", "config"},
	})
}

// The file keeps its comments, order and every line but one.
func TestDisableAOFEditsOneLine(t *testing.T) {
	m := newMachine(t, redistest.WithConf("# keep the AOF", "appendonly yes", "", "  # the end"))
	before := read(t, m.Conf)
	l := m.steps(t, `step "disable-aof" "off" {}`)
	o := l.done(t, l.runnable(t))
	wantAppendOnly(t, m, "no")
	want := bytes.Replace(before, []byte("\nappendonly yes\n"), []byte("\nappendonly no\n"), 1)
	if got := read(t, m.Conf); !bytes.Equal(got, want) {
		t.Errorf("redis.conf is\n%s\nwant\n%s", got, want)
	}
	m.rollBack(t, o.Run)
	if got := read(t, m.Conf); !bytes.Equal(got, before) {
		t.Errorf("after the roll-back redis.conf is\n%s\nwant\n%s", got, before)
	}

	m.Do(t, "CONFIG", "SET", "appendonly", "no")
	setOnce(t, m.Conf, "appendonly yes", "appendonly no")
	l = m.steps(t, `step "disable-aof" "off" {}`)
	p := l.runnable(t)
	if got := notes(p, "step.disable-aof.off"); p.Effects() != 0 || !strings.Contains(got, "already") {
		t.Errorf("AOF is off: %d effects, notes %q", p.Effects(), got)
	}
}

// A server that is down has its file alone.
func TestDisableAOFOfStoppedServer(t *testing.T) {
	m := newMachine(t, redistest.WithAOF())
	m.Stop(t)
	l := m.steps(t, `step "disable-aof" "off" {}`)
	p := l.runnable(t)
	if p.Effects() != 1 {
		t.Errorf("%d effects, want the edit alone", p.Effects())
	}
	l.done(t, p)
	m.Start(t)
	wantAppendOnly(t, m, "no")
}
