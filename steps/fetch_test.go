package steps_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/sshtest"
	"redbook/runbook"
)

func (f far) fetchStep(from, to, more string) string {
	return strings.NewReplacer(`"push"`, `"fetch"`).Replace(f.step(from, to, more))
}

func TestFetchExamples(t *testing.T) {
	for _, path := range []string{"fetch.hcl", "../runbooks/fetch-backup.hcl"} {
		f, here := newFar(t), t.TempDir()
		scenario{
			path: path, servers: oneServer,
			given: func(m *machine) map[string]string { return f.variables(m.backup, here) },
			ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
				wantCopy(t, here, m.backup)
				for _, v := range o.Values {
					if v.Name == "keys" && v.Value.AsBigFloat().String() != "22" {
						t.Errorf("keys = %s", v.Value.AsBigFloat())
					}
				}
			},
			back: func(t *testing.T, _ *machine, _ *runbook.Outcome) { wantNothing(t, here) },
		}.test(t)
	}
}

func TestFetchArguments(t *testing.T) {
	testArguments(t, "fetch", []argumentCase{
		{`host = "host"
		  from = "/a"
		  to = "/b"
		  owner = "redis"
		  sha256 = "` + strings.Repeat("0f", 32) + `"`, ""},
		{`host = "host"
		  from = "/a"
		  to = "/b"
		  sha256 = "0F"`, "64 hexadecimal digits"},
		{`host = "host:/a"
		  from = "/a"
		  to = "/b"`, "name the machine alone"},
		{`from = "/a"
		  to = "/b"`, "host"},
	})
}

func TestFetchRefuses(t *testing.T) {
	m, f := newMachine(t), newFar(t)
	from := filepath.Join(f.dir, "source")
	write(t, from, []byte("content"))
	m.fails(t, f.fetchStep(from, m.backup, ""), "step.fetch.x", "never overwrites")
	m.fails(t, f.fetchStep(from+"x", m.backups+"/new", ""), "step.fetch.x", "look at far:"+from+"x")
	m.fails(t, f.fetchStep(f.dir, m.backups+"/new", ""), "step.fetch.x", "not a regular file")
	m.fails(t, f.fetchStep(from, m.backups+"/none/new", ""), "step.fetch.x", "no such file")
	m.fails(t, f.fetchStep(from, m.backups+"/new", `owner = "no-such-user"`), "step.fetch.x", "no-such-user")
	f.Refuse(t)
	m.fails(t, f.fetchStep(from, m.backups+"/new", ""), "step.fetch.x", "Permission denied")
}

// The SHA-256 that was given counts, for a file that is here already too.
func TestFetchChecked(t *testing.T) {
	m, f := newMachine(t), newFar(t)
	from, to := filepath.Join(f.dir, "source"), filepath.Join(m.backups, "target")
	write(t, from, []byte("content"))
	sum := sha256.Sum256([]byte("content"))
	given := func(sum []byte) *loaded {
		return m.steps(t, f.fetchStep(from, to, fmt.Sprintf("sha256 = %q", hex.EncodeToString(sum))))
	}
	wrong := given(make([]byte, 32))
	if o := wrong.run(t, wrong.runnable(t)); o.Status != runbook.StatusRolledBack || !strings.Contains(o.Cause.Error(), "as was given") {
		t.Errorf("another SHA-256: %s, %v", o.Status, o.Cause)
	}
	if exists(t, to) {
		t.Error("it came all the same")
	}
	right := given(sum[:])
	o := right.done(t, right.runnable(t))
	if out := m.outputs(t, o.Run, "step.fetch.x"); out["checked"] != "against the given SHA-256" || out["sha256"] != hex.EncodeToString(sum[:]) {
		t.Errorf("outputs %v", out)
	}
	if o := right.done(t, right.runnable(t)); m.effects(t, o.Run) != 0 {
		t.Error("the same file was fetched again")
	}
	p := wrong.plan(t)
	if failed := p.Failed(); failed == nil || !strings.Contains(failed.Failure, "not the file that was meant") || !strings.Contains(failed.Failure, sshtest.Host) {
		t.Errorf("the plan of a wrong SHA-256 for a file that is here: %+v", failed)
	}
}
