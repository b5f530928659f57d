package host

import (
	"context"
	"strconv"
)

// A Load is a dataset that a serving server is to be given in place of its own.
type Load struct {
	Path string // of the dump
	// Offset is the replication offset at which the server goes on afterwards. It
	// tells this load from others: see Done.
	Offset int64
	// Memory is what the dataset will take, in bytes; 0 when it is not known.
	Memory uint64
	// Listen is where the server can reach redbook, host or host:port; "" is
	// the loopback address, for a server on this machine.
	Listen string
	// AllowLoading: a server that cannot serve while it loads may do so all the same.
	AllowLoading bool
}

// span is how far the offset may move on until somebody asks whether a load is done.
const span = 1 << 36

// Done tells from the fields of INFO replication whether the server holds, or
// held last, what this load gave it.
func (l Load) Done(info map[string]string) bool {
	for _, name := range []string{"second_repl_offset", "master_repl_offset"} {
		at, err := strconv.ParseInt(info[name], 10, 64)
		if err == nil && at >= l.Offset && at < l.Offset+span {
			return true
		}
	}
	return false
}

// LoadOptions are the options that a load needs, and that have their old values
// again afterwards.
func LoadOptions() map[string]string {
	return map[string]string{
		"repl-diskless-load":       "swapdb", // the old dataset serves, and stays when the new one breaks off
		"replica-serve-stale-data": "yes",
		"replica-read-only":        "yes", // a write to what is about to go would be lost
	}
}

// A LoadChecker tells beforehand what a DatasetLoader would meet.
type LoadChecker interface {
	// CheckLoad refuses with a *LoadError what LoadDataset cannot do. It looks at the
	// server and the machine, not at the dump. unknown is what the server does not
	// tell its user, each with the command that asks.
	CheckLoad(ctx context.Context, l Load) (unknown []string, err error)
}

// A DatasetLoader gives and takes whole datasets over the replication protocol.
type DatasetLoader interface {
	// LoadDataset makes the server's dataset that of a dump. It serves the old one
	// until it swaps them at once, and refuses writes meanwhile. When an error is
	// returned the server holds exactly one of both, and is writable.
	LoadDataset(ctx context.Context, l Load) error
	// EndLoad makes a server writable that a load which was cut off left read-only,
	// and gives it its options back. It changes nothing when there is nothing to end.
	EndLoad(ctx context.Context, l Load, options map[string]string) error
	// FetchDump makes a new file with the server's dataset, as it is now, checked
	// while it comes. It needs no access to the server's files.
	FetchDump(ctx context.Context, to string, a Attr) (Fetched, error)
}

// Fetched is a dump that was fetched. In a picture only the run knows it: Size is -1.
type Fetched struct {
	Digest Digest `json:"digest"`
	Keys   int64  `json:"keys"`
}

// A LoadError says why a server cannot be given another dataset while it serves.
type LoadError struct {
	Server  string // the redis block's name
	Problem string
	Remedy  string
}

func (e *LoadError) Error() string {
	return "load a dataset into redis " + strconv.Quote(e.Server) + ": " + e.Problem + "\n" + e.Remedy
}
