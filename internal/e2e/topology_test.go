//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// beforeReplica are restores of a primary that has a replica.
func beforeReplica(replica *server) (all []scenario) {
	for _, aof := range []bool{false, true} {
		all = append(all, scenario{"restore.hcl of a primary with a replica", setup{aof: aof},
			"exit 0, backup data, AOF " + onOff(aof) + "; the replica: backup data", func(t *testing.T, s *server) string {
				s.start(t)
				s.follow(t, replica)
				defer replica.stop(t)
				got := s.observe(t, s.redbook(t, s.restoring(t, "restore.hcl", s.replaced(t))...))
				replica.digests = s.digests
				return got + "; the replica: " + replica.data(t) // at once: the run has waited for it
			}})
	}
	return all
}

// follow starts the other server as a replica and waits until it is linked.
func (s *server) follow(t *testing.T, replica *server) {
	t.Helper()
	replica.configureAs(t, setup{config: fmt.Sprintf("replicaof 127.0.0.1 %d\n", s.port)})
	replica.start(t)
	replica.awaitInfo(t, "master_link_status:up")
}

// configureAs changes the setup of a server that is down, and leaves data and runs be.
func (s *server) configureAs(t *testing.T, want setup) {
	t.Helper()
	s.setup = want
	s.writeConfig(t, s.configured(t))
}

func (s *server) awaitInfo(t *testing.T, line string) {
	t.Helper()
	s.eventually(t, line, func() bool {
		return strings.Contains(s.client(t).Info(context.Background(), "everything").Val(), line)
	})
}

// asReplica are restores of a replica.
func asReplica(primary *server) []scenario {
	following := setup{config: fmt.Sprintf("replicaof 127.0.0.1 %d\n", primary.port)}
	return []scenario{
		{"restore.hcl of a replica", following, "exit 23, says Restore the primary, backup data, same process", func(t *testing.T, s *server) string {
			backup := s.copyOf(t, primary)
			pid := s.property(t, "MainPID")
			o := s.redbook(t, s.restoring(t, "restore.hcl", backup)...)
			return fmt.Sprintf("exit %d", o.code) + says(o, "Restore the primary") + ", " + s.data(t) + same(pid, s)
		}},
		{"restore.hcl of a replica whose primary is gone, allowed", following, "exit 0, backup data, AOF off", func(t *testing.T, s *server) string {
			backup := s.copyOf(t, primary)
			primary.stop(t)
			defer primary.start(t)
			return s.observe(t, s.redbook(t, s.restoring(t, "restore.hcl", backup, `allow_topology=["replica"]`)...))
		}},
	}
}

// copyOf has the replica follow its primary, and returns a backup of that one.
func (s *server) copyOf(t *testing.T, primary *server) (backup string) {
	t.Helper()
	backup = primary.backUp(t)
	s.start(t)
	s.awaitInfo(t, "master_link_status:up")
	s.digests["backup data"] = primary.digests["backup data"]
	if now := s.data(t); now != "backup data" {
		t.Fatalf("the replica holds %s", now)
	}
	s.clearFailures(t)
	return backup
}

func same(pid string, s *server) string {
	out, _ := s.host.Run(context.Background(), "systemctl", "show", "-P", "MainPID", s.unit())
	if strings.TrimSpace(out.Stdout) == pid {
		return ", same process"
	}
	return ", another process"
}

// clustered are restores of a node of a Cluster.
func clustered() []scenario {
	node := setup{aof: true, config: "cluster-enabled yes\n"}
	return []scenario{
		{"restore.hcl of a Cluster node", node, "exit 23, says Create an empty Cluster, current data, AOF on", func(t *testing.T, s *server) string {
			o := s.redbook(t, s.restoring(t, "restore.hcl", s.shard(t))...)
			got, rest, _ := strings.Cut(s.observe(t, o), ", ")
			return got + says(o, "Create an empty Cluster") + ", " + rest
		}},
		{"restore.hcl of a Cluster node, allowed", node, "exit 0, backup data, AOF on", func(t *testing.T, s *server) string {
			o := s.redbook(t, s.restoring(t, "restore.hcl", s.shard(t), `allow_topology=["cluster"]`)...)
			s.awaitCluster(t)
			return s.observe(t, o)
		}},
	}
}

// shard makes a Cluster of one node, backs it up and changes its data.
func (s *server) shard(t *testing.T) (backup string) {
	t.Helper()
	s.start(t)
	if err := s.client(t).Do(context.Background(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	s.awaitCluster(t)
	s.set(t, "shapes:triangles", "3 sides")
	s.remember(t, "backup data")
	backup = s.backUp(t)
	s.set(t, "shapes:triangles", "lost its sides")
	s.remember(t, "current data")
	s.clearFailures(t)
	return backup
}

// awaitCluster waits until a node answers for its slots: after a start it takes its time.
func (s *server) awaitCluster(t *testing.T) {
	t.Helper()
	s.eventually(t, "cluster_state:ok", func() bool {
		return strings.Contains(s.client(t).ClusterInfo(context.Background()).Val(), "cluster_state:ok")
	})
}

// watched are restores of a primary that a Sentinel watches.
func watched() []scenario {
	return []scenario{
		{"restore.hcl under a Sentinel, then without", setup{aof: true},
			"exit 23, says SENTINEL REMOVE, current data, AOF on; then exit 0, backup data, AOF on", func(t *testing.T, s *server) string {
				backup := s.replaced(t)
				defer s.sentinel(t)()
				o := s.redbook(t, s.restoring(t, "restore.hcl", backup)...)
				got, rest, _ := strings.Cut(s.observe(t, o), ", ")
				got += says(o, "SENTINEL REMOVE") + ", " + rest
				s.must(t, "redis-cli", "-p", "26379", "SENTINEL", "REMOVE", "shapes")
				s.eventually(t, "the Sentinel to leave", func() bool { return s.watchers(t) == 0 })
				return got + "; then " + s.observe(t, s.redbook(t, s.restoring(t, "restore.hcl", backup)...))
			}},
		{"restore.hcl under a patient Sentinel, allowed", setup{}, "exit 0, backup data, AOF off", func(t *testing.T, s *server) string {
			backup := s.replaced(t)
			defer s.sentinel(t)()
			return s.observe(t, s.redbook(t, s.restoring(t, "restore.hcl", backup, `allow_topology=["sentinel"]`)...))
		}},
	}
}

// sentinel watches the server, and would wait for minutes before it takes it for down.
func (s *server) sentinel(t *testing.T) (leave func()) {
	t.Helper()
	config := fmt.Sprintf("port 26379\ndir /tmp\nsentinel monitor shapes 127.0.0.1 %d 1\nsentinel down-after-milliseconds shapes 600000\n", s.port)
	if err := s.host.WriteFile("/run/sentinel.conf", config, 0o644); err != nil {
		t.Fatal(err)
	}
	s.must(t, "systemd-run", "--quiet", "--unit", "sentinel", s.product+"-server", "/run/sentinel.conf", "--sentinel")
	s.eventually(t, "a Sentinel", func() bool { return s.watchers(t) == 1 })
	return func() { s.must(t, "systemctl", "stop", "sentinel") }
}

func (s *server) watchers(t *testing.T) int64 {
	t.Helper()
	const channel = "__sentinel__:hello"
	return s.client(t).PubSubNumSub(context.Background(), channel).Val()[channel]
}
