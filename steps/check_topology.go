package steps

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
)

//go:embed check_topology.hcl
var checkTopologyExample string

var checkTopologyKind = runbook.Kind{
	Name:    "check-topology",
	Summary: "Refuse a replica, a node of a Cluster and a primary that Sentinels watch: a restore goes wrong there",
	New:     func() runbook.Step { return new(checkTopology) },
	Outputs: topologyOutputs{},
	Timeout: time.Minute,
	Example: checkTopologyExample,
}

type checkTopology struct {
	Allow []string `arg:"allow" optional:"true" doc:"Which of them to go on with all the same: replica, cluster, sentinel"`
}

type topologyOutputs struct {
	Role      string `out:"role" doc:"primary or replica"`
	Primary   string `out:"primary" doc:"Address of the server that a replica follows; empty for a primary"`
	Cluster   bool   `out:"cluster" doc:"Whether it is a node of a Cluster"`
	Sentinels int64  `out:"sentinels" doc:"Number of Sentinels that watch it; -1 where that cannot be told"`
	Replicas  int64  `out:"replicas" doc:"Number of replicas that are linked to it; 0 while it is down"`
}

// topologies are what allow may name.
var topologies = []string{"replica", "cluster", "sentinel"}

func (c *checkTopology) Check() error {
	for _, name := range c.Allow {
		if !slices.Contains(topologies, name) {
			return &runbook.ArgumentError{Argument: "allow", Problem: fmt.Sprintf("has %q; it can hold %s", name, strings.Join(topologies, ", "))}
		}
	}
	return nil
}

func (c *checkTopology) Run(ctx context.Context, h runbook.Host) (any, error) {
	s, d, err := description(ctx, h)
	if err != nil {
		return nil, err
	}
	noteUntold(h, d)
	t, err := s.Topology(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range refusals(t) {
		if !slices.Contains(c.Allow, r.topology) {
			return nil, r.asError(h.Redis())
		}
		h.Note("redis.%s is %s, which allow names", h.Redis(), r.is)
	}
	out := topologyOutputs{Role: "primary", Primary: t.Primary, Cluster: t.Cluster, Sentinels: int64(t.Sentinels), Replicas: int64(len(t.Replicas))}
	if t.Primary != "" {
		out.Role = "replica"
	}
	return out, note(ctx, h, s, t)
}

// note says what of a topology is worth a line.
func note(ctx context.Context, h runbook.Host, s host.Server, t host.Topology) error {
	status, err := s.Status(ctx)
	switch {
	case err != nil:
		return err
	case !status.Serving:
		h.Note("redis.%s is down: its config tells what it is; who follows or watches it is not known", h.Redis())
	case t.Sentinels == host.UnknownSentinels:
		h.Note("whether Sentinels watch redis.%s is not known: its user may not ask (PUBSUB NUMSUB, CLIENT LIST)", h.Redis())
	}
	if len(t.Replicas) > 0 {
		h.Note("a primary; what it loads goes on to %s", addresses(t.Replicas))
	}
	return nil
}

func addresses(replicas []host.Replica) string {
	var list []string
	for _, r := range replicas {
		list = append(list, r.Address)
	}
	return strings.Join(list, ", ")
}

// A refusal is a topology in which a restore goes wrong.
type refusal struct {
	topology string
	is       string // what the server is
	happens  string // what a restore would lead to
	instead  string
}

func (r refusal) asError(redis string) error {
	return &runbook.CheckError{
		Problem: fmt.Sprintf("redis.%s is %s: %s", redis, r.is, r.happens),
		Remedy:  fmt.Sprintf("%s To go on all the same, allow it by the name %q (the restore runbooks: --var 'allow_topology=[%q]').", r.instead, r.topology, r.topology),
	}
}

func refusals(t host.Topology) (list []refusal) {
	if t.Primary != "" {
		list = append(list, refusal{
			"replica", "a replica of " + t.Primary,
			"it would throw away what is restored and take its primary's data again.",
			"Restore the primary; its replicas follow. Or make this server stand alone first (REPLICAOF NO ONE, and no replicaof in its config).",
		})
	}
	if t.Cluster {
		list = append(list, refusal{
			"cluster", "a node of a Redis Cluster",
			"it would claim the slots of whatever keys the dump holds, fail over while it is down, and not start when there are keys outside db 0.",
			"Create an empty Cluster and load the data by its clients, or restore every primary from the dump of its own shard, together with its nodes.conf, while no other node runs.",
		})
	}
	if t.Sentinels > 0 {
		list = append(list, refusal{
			"sentinel", fmt.Sprintf("a primary that %s", watchers(t.Sentinels)),
			"while it is stopped they would make a replica the primary, and it would come back as that one's replica and lose what is restored.",
			"On each Sentinel: SENTINEL REMOVE NAME, restore, then SENTINEL MONITOR NAME again.",
		})
	}
	return list
}

func watchers(n int) string {
	if n == 1 {
		return "1 Sentinel watches"
	}
	return fmt.Sprintf("%d Sentinels watch", n)
}
