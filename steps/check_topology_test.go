package steps_test

import (
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbook"
	"redbook/runbook/host"
)

func TestCheckTopologyExample(t *testing.T) {
	scenario{
		path: "check_topology.hcl",
		ran: func(t *testing.T, m *machine, o *runbook.Outcome) {
			got := m.outputs(t, o.Run, "step.check-topology.server")
			want := map[string]any{"role": "primary", "primary": "", "cluster": false, "sentinels": 0.0, "replicas": 0.0}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("outputs %v, want %v", got, want)
			}
			m.Start(t) // the roll-back then finds it as the run might have left it
		},
	}.test(t)
}

func TestCheckTopologyArguments(t *testing.T) {
	testArguments(t, "check-topology", []argumentCase{
		{"", ""},
		{`allow = ["replica", "cluster", "sentinel"]`, ""},
		{`allow = ["replicas"]`, "it can hold replica, cluster, sentinel"},
	})
}

// restoreOf loads one of the shipped restores.
func (m *machine) restoreOf(t *testing.T, name string, allow string) *loaded {
	t.Helper()
	given := map[string]string{"backup": m.backup}
	if allow != "" {
		given["allow_topology"] = fmt.Sprintf("[%q]", allow)
	}
	return m.load(t, name, string(read(t, "../runbooks/"+name)), given)
}

// refusesRestore wants the plans of both restores to end at their first step with what
// would happen, and to get further once the topology is allowed.
func (m *machine) refusesRestore(t *testing.T, topology string, want ...string) {
	t.Helper()
	for _, name := range []string{"restore.hcl", "restore-tutorial.hcl"} {
		f := m.restoreOf(t, name, "").plan(t).Failed()
		switch {
		case f == nil:
			t.Errorf("%s is not refused", name)
			continue
		case f.Address != "step.check-topology.server":
			t.Errorf("%s fails at %s: %s", name, f.Address, f.Failure)
		}
		for _, w := range append(want, fmt.Sprintf("allow_topology=[%q]", topology)) {
			if !strings.Contains(f.Failure, w) {
				t.Errorf("%s: the refusal does not say %q:\n%s", name, w, f.Failure)
			}
		}
		p := m.restoreOf(t, name, topology).plan(t)
		if !strings.Contains(notes(p, "step.check-topology.server"), "which allow names") {
			t.Errorf("%s with %s allowed: notes %q", name, topology, notes(p, "step.check-topology.server"))
		}
	}
}

func TestRestoreRefusesReplica(t *testing.T) {
	primary := redistest.New(t)
	primary.Start(t)
	m := newMachine(t)
	m.Do(t, "REPLICAOF", "127.0.0.1", primary.Port)
	m.Do(t, "CONFIG", "REWRITE")
	want := []string{fmt.Sprintf("a replica of 127.0.0.1:%d", primary.Port), "throw away", "Restore the primary"}
	m.refusesRestore(t, "replica", want...)
	m.Stop(t)
	m.refusesRestore(t, "replica", want...)
}

func TestRestoreRefusesClusterNode(t *testing.T) {
	m := newMachine(t)
	m.Do(t, "FLUSHALL") // a Cluster has db 0 alone
	m.Stop(t)
	setOnce(t, m.Conf, "daemonize no\n", "daemonize no\ncluster-enabled yes\n")
	want := []string{"a node of a Redis Cluster", "slots", "nodes.conf"}
	m.refusesRestore(t, "cluster", want...)
	m.Start(t)
	m.refusesRestore(t, "cluster", want...)
}

func TestRestoreRefusesPrimaryUnderSentinel(t *testing.T) {
	m := newMachine(t)
	startSentinel(t, m.Server)
	m.awaitTopology(t, "a Sentinel to find it", func(top host.Topology) bool { return top.Sentinels == 1 })
	want := []string{"1 Sentinel watches", "make a replica the primary", "SENTINEL REMOVE"}
	m.refusesRestore(t, "sentinel", want...)

	// Where PUBSUB is forbidden, the names of its clients tell; where CLIENT is too,
	// the plan says that it does not know.
	m.Do(t, "ACL", "SETUSER", "default", "-pubsub")
	m.refusesRestore(t, "sentinel", want...)
	m.Do(t, "ACL", "SETUSER", "default", "-client")
	p := m.steps(t, `step "check-topology" "x" {}`).runnable(t)
	if got := notes(p, "step.check-topology.x"); !strings.Contains(got, "is not known") {
		t.Errorf("notes %q", got)
	}
}

// startSentinel lets a Sentinel watch a server until the test ends.
func startSentinel(t *testing.T, s *redistest.Server) {
	t.Helper()
	conf := s.Dir + "/sentinel.conf"
	write(t, conf, fmt.Appendf(nil, "port 0\nunixsocket %s/sentinel.sock\nlogfile %[1]s/sentinel.log\nsentinel monitor main 127.0.0.1 %d 2\nsentinel down-after-milliseconds main 600000\n", s.Dir, s.Port))
	cmd := exec.Command("redis-server", conf, "--sentinel")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// awaitTopology waits until redbook sees the server as it is to be.
func (m *machine) awaitTopology(t *testing.T, what string, ok func(host.Topology) bool) {
	t.Helper()
	r, err := connect([]host.ServerConfig{{Name: "main", Address: "unix://" + m.Socket}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := r.Server("main")
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		top, err := s.Topology(t.Context())
		switch {
		case err != nil:
			t.Fatal(err)
		case ok(top):
			return
		case time.Now().After(deadline):
			t.Fatalf("gave up waiting for %s: %+v", what, top)
		}
	}
}
