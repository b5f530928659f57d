package preview

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// Topology implements host.TopologyReader. Of a server that is to be started the
// config tells what it will be; who finds it then, replicas and Sentinels, only
// the run knows.
func (s *server) Topology(ctx context.Context) (host.Topology, error) {
	switch {
	case !s.touched:
		return s.real.Topology(ctx)
	case s.running:
		return host.Topology{}, fmt.Errorf("which replicas find redis %q when it is started: %w", s.name, host.ErrUnknown)
	}
	set, err := s.configured(ctx)
	if err != nil {
		return host.Topology{}, fmt.Errorf("find out the topology of redis %q: %w", s.name, err)
	}
	return host.Topology{
		Primary:   set.config.Primary(),
		Cluster:   set.config.Bool("cluster-enabled"),
		Sentinels: host.UnknownSentinels,
	}, nil
}
