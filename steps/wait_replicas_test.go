package steps_test

import (
	"fmt"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook"
	"redbook/runbook/host"
)

func TestWaitReplicasExample(t *testing.T) { scenario{path: "wait_replicas.hcl"}.test(t) }

func TestWaitReplicasArguments(t *testing.T) {
	testArguments(t, "wait-replicas", []argumentCase{
		{"count = 1", ""},
		{"", "count"},
		{"count = 0", "is below 1"},
		{`count = 1
		  interval = "1ms"`, "below 10ms"},
	})
}

// replica gives the machine's server a replica that has followed.
func (m *machine) replica(t *testing.T) *redistest.Server {
	t.Helper()
	r := redistest.New(t, redistest.WithConf(fmt.Sprintf("replicaof 127.0.0.1 %d", m.Port), "repl-diskless-sync-delay 0"))
	r.Start(t)
	m.awaitTopology(t, "the replica to follow", func(top host.Topology) bool {
		return len(top.Replicas) == 1 && top.Replicas[0].Follows(top.Offset)
	})
	return r
}

// A primary with a replica is restored, and when the run is done the replica holds
// the restored data; so after the roll-back it holds the old.
func TestRestoreOfPrimaryWithReplica(t *testing.T) {
	t.Parallel() // it waits most of its time
	tests := map[string]func(*testing.T){}
	for _, name := range []string{"restore.hcl", "restore-tutorial.hcl"} {
		for aof, options := range withAndWithoutAOF {
			tests[name+", "+aof] = func(t *testing.T) {
				m := newMachine(t, append(options, redistest.WithConf("repl-diskless-sync-delay 0"))...)
				r := m.replica(t)
				damage(t, m)
				m.awaitTopology(t, "the replica to follow", func(top host.Topology) bool { return top.Replicas[0].Follows(top.Offset) })

				l := m.restoreOf(t, name, "")
				p := l.runnable(t)
				if got := notes(p, "step.check-topology.server"); !strings.Contains(got, fmt.Sprintf("goes on to 127.0.0.1:%d", r.Port)) {
					t.Errorf("the plan does not name the replica: %q", got)
				}
				if last := p.Steps[len(p.Steps)-1]; last.Address != "step.wait-replicas.all" || !strings.Contains(last.Undecided, "which replicas") {
					t.Errorf("the plan decides %+v", last)
				}
				o := l.done(t, p)
				if got := redistest.Digest(t, r.Client(t)); got != m.digest(t) {
					t.Error("the run is done, and the replica holds other data")
				}
				if got := r.Do(t, "GET", "shapes:triangles"); got != "3 sides" {
					t.Errorf("shapes:triangles of the replica is %v", got)
				}
				if got := fmt.Sprint(m.outputs(t, o.Run, "step.wait-replicas.all")["replicas"]); !strings.Contains(got, fmt.Sprint(r.Port)) {
					t.Errorf("it waited for %s", got)
				}
			}
		}
	}
	redistest.AllAtOnce(t, tests)
}

// A replica that does not come back is waited for in vain, and the step says so.
func TestWaitReplicasInVain(t *testing.T) {
	t.Parallel() // it waits most of its time
	m := newMachine(t)
	m.replica(t).Stop(t)
	m.awaitTopology(t, "the replica to be gone", func(top host.Topology) bool { return len(top.Replicas) == 0 })
	l := m.steps(t, `step "wait-replicas" "x" {
  count    = 1
  interval = "10ms"
  timeout  = "2s"
}`)
	p := l.runnable(t)
	if p.Steps[0].Undecided == "" {
		t.Errorf("the plan decides %+v", p.Steps[0])
	}
	o := l.run(t, p)
	if o.Status != runbook.StatusFailed || o.Cause == nil || !strings.Contains(o.Cause.Error(), "of which 0 have followed") {
		t.Errorf("a wait in vain is %s: %v", o.Status, o.Cause)
	}
}
