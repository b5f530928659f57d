package local

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// sentinelChannel is where each Sentinel tells the others that it watches a server,
// and listens to them (SENTINEL_HELLO_CHANNEL in sentinel.c).
const sentinelChannel = "__sentinel__:hello"

// Topology implements host.TopologyReader.
func (s *server) Topology(ctx context.Context) (host.Topology, error) {
	var t host.Topology
	err := s.session(ctx, 0, func(c *redis.Client) error {
		fields, err := info(ctx, c, "everything")
		if err != nil {
			return err
		}
		t = readTopology(fields)
		t.Sentinels, err = sentinels(ctx, c)
		return err
	})
	if errors.Is(err, host.ErrDown) && ctx.Err() == nil {
		t, err = s.configuredTopology(ctx)
	}
	return t, s.wrap("find out the topology of", err)
}

// readTopology reads the sections Replication and Cluster of INFO. The lines of
// replicas are "slave0:ip=...,port=...,state=online,offset=...,lag=...".
func readTopology(fields map[string]string) host.Topology {
	t := host.Topology{Cluster: fields["cluster_enabled"] == "1"}
	if fields["role"] == "slave" {
		t.Primary = net.JoinHostPort(fields["master_host"], fields["master_port"])
	}
	t.Offset, _ = strconv.ParseInt(fields["master_repl_offset"], 10, 64)
	for n := 0; ; n++ {
		line, ok := fields["slave"+strconv.Itoa(n)]
		if !ok {
			return t
		}
		parts := map[string]string{}
		for part := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(part, "=")
			parts[name] = value
		}
		r := host.Replica{Address: net.JoinHostPort(parts["ip"], parts["port"]), State: parts["state"]}
		r.Offset, _ = strconv.ParseInt(parts["offset"], 10, 64)
		t.Replicas = append(t.Replicas, r)
	}
}

// sentinels counts the Sentinels that listen to each other through the server, or
// else those among its clients by their names, "sentinel-<id>-cmd".
func sentinels(ctx context.Context, c *redis.Client) (int, error) {
	listening, err := c.PubSubNumSub(ctx, sentinelChannel).Result()
	if err == nil {
		return int(listening[sentinelChannel]), nil
	}
	if !forbidden(err) {
		return 0, err
	}
	clients, err := c.ClientList(ctx).Result()
	if forbidden(err) {
		return host.UnknownSentinels, nil
	}
	n := 0
	for client := range strings.Lines(clients) {
		for field := range strings.FieldsSeq(client) {
			if strings.HasPrefix(field, "name=sentinel-") && strings.HasSuffix(field, "-cmd") {
				n++
			}
		}
	}
	return n, err
}

// configuredTopology is what a server that is down will be when it starts.
func (s *server) configuredTopology(ctx context.Context) (host.Topology, error) {
	conf, _, err := s.loadConfig(ctx, "")
	if err != nil {
		return host.Topology{}, err
	}
	return host.Topology{
		Primary:   conf.Primary(),
		Cluster:   conf.Bool("cluster-enabled"),
		Sentinels: host.UnknownSentinels,
	}, nil
}
