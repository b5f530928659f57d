package local

import (
	"cmp"
	"context"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
)

// A Found is a Redis server that the machine has: a systemd unit, or a process that
// belongs to none.
type Found struct {
	Service string   // the unit's name
	DropIns []string // files that change the unit
	PID     int      // of the main process; 0 while it is down
	Address string   // where it listens, as a redis block has it; "" when unknown
	TLS     string   // where it listens with TLS; "" when nowhere, or unknown
	CA      string   // tls-ca-cert-file of its config
	Config  string   // path of its config file; "" when unknown
	Command []string // what starts it; of a process, as far as that can be told
	Dir     string   // where a unit is started, where a process works; "" when unknown
	User    string   // that it runs as; "" when unknown
}

// Discover finds the Redis and Valkey servers of the machine, the units first, each
// group in the order of its names and addresses. Sentinels are none. It asks systemd
// and /proc, and no server.
func Discover(ctx context.Context) ([]Found, error) {
	units, err := discoverUnits(ctx)
	if err != nil {
		return nil, err
	}
	return append(units, discoverProcesses(units)...), nil
}

// discoverProcesses finds the servers that run without one of the units.
func discoverProcesses(units []Found) (list []Found) {
	servers := slices.DeleteFunc(allProcesses(), func(p mainProcess) bool {
		return !p.isRedis() || !isServer(p.commandLine())
	})
	for _, p := range withoutRelatives(servers) {
		if slices.ContainsFunc(units, func(u Found) bool { return u.PID == p.pid }) {
			continue
		}
		if f := foundProcess(p); len(f.Command) > 0 { // else it ended while it was looked at
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b Found) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), cmp.Compare(a.PID, b.PID))
	})
	return list
}

// commandLine is the words of a command line or of the title over it; none when the process is gone.
func (p mainProcess) commandLine() []string {
	args := p.args() // once: it may end meanwhile
	if len(args) != 1 {
		return args
	}
	return strings.Fields(args[0])
}

// isServer tells the command of a server from those of a Sentinel, redis-cli and others.
func isServer(command []string) bool {
	at := slices.IndexFunc(command, func(arg string) bool {
		return strings.HasSuffix(filepath.Base(arg), "-server") && isServerName(filepath.Base(arg))
	})
	return at >= 0 && !slices.Contains(command, "--sentinel") && !slices.Contains(command, "[sentinel]")
}

// foundProcess tells what can be seen of a process from outside: its command line
// until the server has written its title over it, "redis-server *:6379".
func foundProcess(p mainProcess) Found {
	f := Found{PID: p.pid, Dir: p.cwd()}
	if uid, _, err := p.owner(); err == nil {
		f.User, _ = accountNames(uid, -1)
	}
	words := p.commandLine()
	if address := titleAddress(words); address != "" {
		f.Address, f.Command = address, words[:1]
		return f
	}
	f.Command = words
	f.Config, _ = parseCommand(words)
	if f.Config != "" && !filepath.IsAbs(f.Config) {
		f.Config = filepath.Join(p.cwd(), f.Config)
	}
	if conf, err := loadOverridden(f.Config, words); err == nil {
		f.listens(conf)
	}
	return f
}

// titleAddress reads {listen-addr} of proc-title-template: HOST:PORT, or
// unixsocket:PATH of a server without a port.
func titleAddress(title []string) string {
	if len(title) < 2 {
		return ""
	}
	if path, ok := strings.CutPrefix(title[1], "unixsocket:"); ok {
		return "unix://" + path
	}
	at := strings.LastIndexByte(title[1], ':')
	if at < 0 {
		return ""
	}
	if _, err := strconv.ParseUint(title[1][at+1:], 10, 16); err != nil {
		return ""
	}
	return net.JoinHostPort(reachable(strings.Trim(title[1][:at], "[]")), title[1][at+1:])
}

// reachable is an address of this machine on which a server answers that is bound to host.
func reachable(host string) string {
	switch host = strings.TrimPrefix(host, "-"); host {
	case "", "*", "0.0.0.0":
		return "127.0.0.1"
	case "::", "::*":
		return "::1"
	}
	return host
}

// listens fills in where a server with this config can be reached.
func (f *Found) listens(conf *redisconf.Config) {
	f.Address, f.CA = ListenAddress(conf), conf.Lookup("tls-ca-cert-file")
	if port := conf.Lookup("tls-port"); port != "" && port != "0" {
		f.TLS = net.JoinHostPort(boundHost(conf), port)
	}
}

// ListenAddress is where a server with this config can be reached from its machine, as a
// redis block has it; "" when it listens without TLS nowhere.
func ListenAddress(conf *redisconf.Config) string {
	port := conf.Lookup("port")
	if port == "0" {
		if socket := conf.Lookup("unixsocket"); socket != "" {
			return "unix://" + socket
		}
		return ""
	}
	return net.JoinHostPort(boundHost(conf), port)
}

// boundHost is an address of this machine on which a server with this config answers, the
// loopback one if that is among them.
func boundHost(conf *redisconf.Config) string {
	first := ""
	for _, bound := range strings.Fields(conf.Lookup("bind")) {
		at := reachable(bound)
		if ip := net.ParseIP(at); ip != nil && ip.IsLoopback() {
			return at
		}
		first = cmp.Or(first, at)
	}
	return cmp.Or(first, "127.0.0.1")
}

// loadOverridden reads the config that a command line names, with its options.
func loadOverridden(path string, command []string) (*redisconf.Config, error) {
	s := &server{machine: &Machine{}, config: host.ServerConfig{Config: path}}
	s.supervisor = &process{server: s, Process: host.Process{Command: command, Dir: "/"}}
	conf, _, err := s.loadConfig(context.Background(), "")
	return conf, err
}

// FoundCommand is the server that a command line starts, a program and the absolute path of
// its config file, whether or not it runs.
func FoundCommand(command []string) (Found, error) {
	f := Found{Command: command}
	f.Config, _ = parseCommand(command)
	conf, err := loadOverridden(f.Config, command)
	if err != nil {
		return f, err
	}
	f.listens(conf)
	return f, nil
}
