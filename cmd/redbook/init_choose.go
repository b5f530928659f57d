package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

// chooseServer finds the one server that the flags mean and says how to reach and
// to start it.
func (w *world) chooseServer(ctx context.Context, o *initOptions) (host.ServerConfig, local.Found, error) {
	c := host.ServerConfig{Name: "main", Address: o.address, Username: o.username, Password: host.NewSecret(cmp.Or(w.getenv("REDBOOK_VAR_password"), w.getenv("REDISCLI_AUTH")))}
	if o.tls {
		c.TLS = &host.TLS{CA: o.caCert, Cert: o.cert, Key: o.key}
	}
	if o.process != "" {
		f, err := givenProcess(ctx, o.process)
		if err != nil {
			return c, f, err
		}
		return complete(ctx, c, f)
	}
	found, err := local.Discover(ctx)
	if err != nil {
		return c, local.Found{}, err
	}
	chosen := slices.DeleteFunc(found, func(f local.Found) bool { return !o.means(f) })
	switch {
	case len(chosen) == 1:
		return complete(ctx, c, chosen[0])
	case len(chosen) > 1:
		w.listServers(chosen)
		return c, local.Found{}, errors.New("there are several servers; say which by a flag of the list")
	case o.service != "":
		return c, local.Found{}, fmt.Errorf("no unit %s runs a Redis server: see systemctl list-units --all '*redis*' '*valkey*'", o.service)
	case o.address != "":
		return c, local.Found{}, fmt.Errorf("no server of this machine listens at %s: start it, or name what starts it: --service UNIT or --process COMMAND", o.address)
	}
	return c, local.Found{}, errors.New("no Redis server was found, neither a unit nor a process: name what starts it by --process 'redis-server /path/redis.conf'")
}

// means tells whether a server is one that the flags allow.
func (o *initOptions) means(f local.Found) bool {
	service := o.service
	if service != "" && !strings.Contains(service, ".") {
		service += ".service"
	}
	return (service == "" || service == f.Service) && (o.address == "" || o.service != "" || sameAddress(o.address, f.Address) || f.TLS != "" && sameAddress(o.address, f.TLS))
}

// sameAddress takes the names of the loopback address for one.
func sameAddress(a, b string) bool {
	host, port, err := net.SplitHostPort(a)
	if err != nil || strings.HasPrefix(a, "unix://") {
		return a == b
	}
	otherHost, otherPort, _ := net.SplitHostPort(b)
	return port == otherPort && (host == otherHost || isLoopback(host) && isLoopback(otherHost))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// givenProcess reads --process. The one that runs, if it does, tells its user.
func givenProcess(ctx context.Context, command string) (local.Found, error) {
	words, err := redisconf.SplitArgs(command)
	switch {
	case err != nil:
		return local.Found{}, fmt.Errorf("--process: %w", err)
	case len(words) < 2 || !filepath.IsAbs(words[1]):
		return local.Found{}, fmt.Errorf("--process %q: write the program and the absolute path of its config file, as 'redis-server /etc/redis/redis.conf'", command)
	}
	f, err := local.FoundCommand(words)
	if err != nil {
		return f, err
	}
	found, err := local.Discover(ctx)
	for _, running := range found {
		if running.Service == "" && (f.Address != "" && sameAddress(f.Address, running.Address) || f.TLS != "" && sameAddress(f.TLS, running.Address)) {
			f.User, f.PID, f.Dir = running.User, running.PID, running.Dir
		}
	}
	return f, err
}

// complete fills in what a process alone does not show by asking its server, and
// makes the redis block of it.
func complete(ctx context.Context, c host.ServerConfig, f local.Found) (host.ServerConfig, local.Found, error) {
	if c.TLS != nil {
		c.Address = cmp.Or(c.Address, f.TLS)
	}
	c.Address = cmp.Or(c.Address, f.Address)
	if c.Address == "" && f.TLS != "" {
		return c, f, fmt.Errorf("%s listens with TLS alone, at %s: add --tls --cacert %s, and --cert and --key if it wants a certificate",
			nameOf(f), f.TLS, cmp.Or(f.CA, "FILE"))
	}
	if c.Address == "" {
		return c, f, fmt.Errorf("where %s listens is not known: name it by --redis ADDRESS", nameOf(f))
	}
	if f.Service != "" {
		c.Service, c.Config = f.Service, f.Config
		return c, f, nil
	}
	if f.Config == "" {
		if err := askConfig(ctx, c, &f); err != nil {
			return c, f, err
		}
	}
	dir, err := startDirectory(f)
	if err != nil {
		return c, f, err
	}
	c.Config = f.Config
	c.Process = &host.Process{Command: f.Command, Dir: dir, User: f.User}
	return c, f, nil
}

// startDirectory is where a process must be started for a relative dir of its config to
// lead to where it works; "" when that does not matter.
func startDirectory(f local.Found) (string, error) {
	conf, err := redisconf.Load(f.Config, os.ReadFile, filepath.Glob)
	if err != nil {
		return "", err
	}
	dir := conf.Dir()
	if filepath.IsAbs(dir) || f.Dir == "" {
		return "", nil
	}
	return filepath.Clean(strings.TrimSuffix(f.Dir, filepath.Join("/", dir))), nil
}

// askConfig asks a server by which program and config file it was started: its
// title has taken the place of its command line.
func askConfig(ctx context.Context, c host.ServerConfig, f *local.Found) error {
	var info map[string]string
	err := withServer(c, func(s host.Server) (err error) {
		info, err = s.Info(ctx)
		return err
	})
	switch {
	case isLocked(err):
		return fmt.Errorf("%s does not say its config file without a password: %w\nset REDBOOK_VAR_password for this command, or name what starts it by --process 'redis-server /path/redis.conf'", nameOf(*f), err)
	case err != nil:
		return err
	case info["process_id"] != strconv.Itoa(f.PID):
		return fmt.Errorf("process %s answers at %s, not %s: name the right address by --redis", info["process_id"], c.Address, nameOf(*f))
	case info["config_file"] == "":
		return fmt.Errorf("%s was started without a config file, so nothing would start it as it is: write one, or name what starts it by --process", nameOf(*f))
	}
	f.Config = info["config_file"]
	program := f.Command[0]
	if path := info["executable"]; isFile(path) { // a program found in PATH is named as if it were in the working directory
		program = path
	}
	f.Command = []string{program, f.Config}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// isLocked tells that a server wants another password than it was given.
func isLocked(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "NOAUTH") || strings.Contains(err.Error(), "WRONGPASS"))
}

func nameOf(f local.Found) string {
	switch {
	case f.Service != "":
		return f.Service
	case f.PID != 0:
		return fmt.Sprintf("process %d (%s)", f.PID, f.Command[0])
	}
	return strings.Join(f.Command, " ")
}
