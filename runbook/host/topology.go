package host

import "context"

// A TopologyReader tells what other servers a server belongs together with.
type TopologyReader interface {
	// Topology asks the server, or reads the config file of one that is down. A
	// picture does not know who has found a server that is yet to be started: there
	// it is ErrUnknown.
	Topology(ctx context.Context) (Topology, error)
}

// A Topology is a server's place among others.
type Topology struct {
	// Primary is the host:port whose data the server follows, "" when it is a primary itself.
	Primary string
	// Cluster tells that it is a node of a Redis Cluster.
	Cluster bool
	// Sentinels is how many Sentinels watch it: UnknownSentinels where it is down
	// or does not tell this user.
	Sentinels int
	// Replicas are those that are linked to it; none while it is down.
	Replicas []Replica
	// Offset is how far its stream of changes has come, in bytes (master_repl_offset).
	Offset int64
}

// UnknownSentinels stands in Topology.Sentinels for a number that is not known.
const UnknownSentinels = -1

// A Replica is a server that follows another, as that one sees it.
type Replica struct {
	Address string // host:port
	State   string // as in INFO replication: wait_bgsave, send_bulk, online
	Offset  int64  // how much of the stream of changes it has acknowledged, in bytes
}

// Follows tells whether a replica has taken in all of its primary's changes up to offset. One that
// is sent a whole dataset acknowledges nothing until it has loaded it.
func (r Replica) Follows(offset int64) bool {
	return r.State == "online" && r.Offset >= max(offset, 1)
}
