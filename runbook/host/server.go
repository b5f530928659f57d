package host

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// A Server is one Redis or Valkey server together with what supervises it: a
// systemd unit or, where there is none, a process that redbook starts itself.
type Server interface {
	// Describe tells where the server keeps what: asked of the server, or read
	// from its config file where it is down.
	Describe(ctx context.Context) (Description, error)
	// Info returns the fields of INFO everything; ErrDown when it does not serve.
	Info(ctx context.Context) (map[string]string, error)
	// Option returns the value of CONFIG GET name at run time; ErrDown likewise.
	Option(ctx context.Context, name string) (string, error)
	// Key looks at one key. A missing key is no error.
	Key(ctx context.Context, db int, key string) (Key, error)
	KeyspaceReader
	TopologyReader
	LoadChecker
	ProcessReader
}

// An Instance is a Server that can be changed. Every method waits for its end
// and gives up with ctx's error; the server may then be half way.
type Instance interface {
	Server
	// Start starts the server and returns when it serves: PING is answered and
	// INFO says loading:0. A server that does not come up is a *StartError.
	Start(ctx context.Context) error
	// Stop returns when the main process is gone.
	Stop(ctx context.Context) error
	// Save writes the dump and returns when it is complete: SAVE, or BGSAVE
	// awaited by rdb_last_save_time (LASTSAVE), rdb_bgsave_in_progress and rdb_last_bgsave_status.
	Save(ctx context.Context, background bool) error
	// RewriteAOF is BGREWRITEAOF, awaited until it ended well.
	RewriteAOF(ctx context.Context) error
	// SetOption is CONFIG SET; setting appendonly to yes also awaits the
	// initial rewrite that it begins.
	SetOption(ctx context.Context, name, value string) error
	DatasetLoader
	WriteTester
}

// Key is what a server holds under one name in one database.
type Key struct {
	Exists bool
	Type   string        // as TYPE answers: string, list, set, zset, hash, stream
	Value  string        // of a string; "" for other types
	TTL    time.Duration // -1: no expiry
}

// A Description is what a redis block exports to the steps of its runbook.
type Description struct {
	Address    string `json:"address"    export:"address"     doc:"Where the server listens"`
	Config     string `json:"config"     export:"config"      doc:"Path of redis.conf"`
	Dir        string `json:"dir"        export:"dir"         doc:"The data directory, absolute"`
	DBFilename string `json:"dbfilename" export:"dbfilename"  doc:"Name of the dump inside dir"`
	Dump       string `json:"dump"       export:"dump"        doc:"Path of the dump: dir and dbfilename"`
	AppendOnly bool   `json:"appendonly" export:"aof_enabled" doc:"Whether the AOF is on: the running server's word, or the config's"`
	AOFPath    string `json:"aof_path"   export:"aof_path"    doc:"Path that holds the AOF: a directory since 7.0, one file before"`
	AOFExists  bool   `json:"aof_exists" export:"aof_exists"  doc:"Whether aof_path is there when the plan is made"`
	DumpExists bool   `json:"dump_exists" export:"dump_exists" doc:"Whether dump is there when the plan is made"`
	MultiPart  bool   `json:"multi_part" export:"aof_multi_part" doc:"Whether aof_path is a directory with a manifest (7.0 and later)"`
	AOFName    string `json:"aof_name"   export:"aof_name"    doc:"appendfilename"`
	Product    string `json:"product"    export:"product"     doc:"redis or valkey"`
	Version    string `json:"version"    export:"version"     doc:"The server's version, such as 7.0.15"`
	User       string `json:"user"       export:"user"        doc:"The user that the server runs as"`
	Group      string `json:"group"      export:"group"       doc:"The group that the server runs as"`
	Databases  int    `json:"databases"  export:"databases"   doc:"Number of databases in the config"`
	Running    bool   `json:"running"    export:"running"     doc:"Whether the server serves when the plan is made"`
	UID        int    `json:"uid"`
	GID        int    `json:"gid"`
	// Untold: the server runs and does not tell its settings (CONFIG GET), so they are
	// those of its config file.
	Untold bool `json:"untold,omitempty"`
}

// Major is the first number of Version; 0 if it has none.
func (d Description) Major() int {
	first, _, _ := strings.Cut(d.Version, ".")
	major, _ := strconv.Atoi(first)
	return major
}

// A ServerConfig is what a redis block says: how to reach and supervise a server.
// The password is no part of its JSON.
type ServerConfig struct {
	Name     string   `json:"name"`
	Address  string   `json:"address"` // host:port or unix:///path
	Username string   `json:"username,omitempty"`
	Password Secret   `json:"-"`
	TLS      *TLS     `json:"tls,omitempty"`
	Service  string   `json:"service,omitempty"` // a systemd unit; else Process
	Process  *Process `json:"process,omitempty"`
	Config   string   `json:"config,omitempty"` // else INFO's config_file
}

// TLS holds the files that a TLS connection needs; all are PEM, all optional.
type TLS struct {
	CA         string `json:"ca,omitempty"`
	Cert       string `json:"cert,omitempty"`
	Key        string `json:"key,omitempty"`
	ServerName string `json:"server_name,omitempty"`
}

// A Process is a server that redbook supervises itself. Command must name
// redis-server, or a compatible program, and its config file. It is started
// detached, in Dir when that is set, as User when that is set.
type Process struct {
	Command []string `json:"command"`
	Dir     string   `json:"dir,omitempty"`
	User    string   `json:"user,omitempty"`
}
