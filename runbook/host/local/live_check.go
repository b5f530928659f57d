package local

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// builtInModule comes with Redis 8, is listed as a module and loads asynchronously.
const builtInModule = "vectorset"

func (s *server) refuse(remedy, problem string, args ...any) error {
	return &host.LoadError{Server: s.config.Name, Problem: fmt.Sprintf(problem, args...), Remedy: remedy}
}

// CheckLoad implements host.LoadChecker.
func (s *server) CheckLoad(ctx context.Context, l host.Load) (unknown []string, err error) {
	unknown, err = s.checkLoad(ctx, l)
	var refused *host.LoadError
	if errors.As(err, &refused) {
		return nil, err // it names the server itself
	}
	return unknown, s.wrap("look at", err)
}

func (s *server) checkLoad(ctx context.Context, l host.Load) (unknown []string, err error) {
	if l.Listen == "" && !isLocal(ctx, s.config.Address) {
		return nil, s.refuse("Run redbook there, or say with listen at which address of this machine the server reaches it.",
			"%s is another machine", s.config.Address)
	}
	err = s.session(ctx, 0, func(c *redis.Client) error {
		fields, err := info(ctx, c, "everything")
		if err != nil {
			return err
		}
		for _, check := range []func() (string, error){
			func() (string, error) { return "", s.checkRole(fields) },
			func() (string, error) { return "", s.checkVersion(fields, l) },
			func() (string, error) { return "", s.checkConfig(ctx, c) },
			func() (string, error) { return s.checkGrant(ctx, c) },
			func() (string, error) { return s.checkSentinel(ctx, c) },
			func() (string, error) { return s.checkModules(ctx, c) },
			func() (string, error) { _, err := s.sourceTLS(ctx); return "", err },
			func() (string, error) { return "", s.checkMemory(fields, l) },
		} {
			untold, err := check()
			if err != nil {
				return err
			}
			if untold != "" {
				unknown = append(unknown, untold)
			}
		}
		return nil
	})
	return unknown, err
}

func (s *server) checkRole(fields map[string]string) error {
	switch {
	case fields["cluster_enabled"] == "1":
		return s.refuse("Restore each of its nodes with a restart.", "it is a node of a cluster, which cannot be told to replicate")
	case fields["role"] != "master":
		return s.refuse("Load it into the primary.",
			"it is a replica of %s:%s, whose data would replace what is loaded", fields["master_host"], fields["master_port"])
	}
	return nil
}

func (s *server) checkVersion(fields map[string]string, l host.Load) error {
	product, version := runningVersion(fields)
	if multiPart(product, version) || l.AllowLoading { // 7.0 brought both
		return nil
	}
	return s.refuse("Say allow_loading = true if readers can bear that, or restore it with a restart (restore.hcl).",
		"%s %s answers LOADING to every reader while it loads; only Redis 7.0 and later go on serving", product, version)
}

// checkConfig makes sure that CONFIG is there under its name and allowed.
func (s *server) checkConfig(ctx context.Context, c *redis.Client) error {
	_, err := option(ctx, c, "repl-diskless-load")
	switch {
	case refusedTo(err):
		return s.refuse("Allow it, or restore with a restart (restore.hcl).", "this user may not use CONFIG: %v", err)
	case forbidden(err):
		return s.refuse(nameBack, "its command CONFIG is renamed or taken away")
	}
	return err
}

const nameBack = "Give it its name back in the config, or restore with a restart (restore.hcl)."

// checkGrant asks the server whether REPLICAOF is there and allowed, where that can be asked
// without doing it: ACL DRYRUN, since 7.0. Else the run finds out, and nothing has happened then.
func (s *server) checkGrant(ctx context.Context, c *redis.Client) (untold string, err error) {
	user := s.permissions().user
	answer, err := c.Do(ctx, "ACL", "DRYRUN", user, "REPLICAOF", "NO", "ONE").Text()
	switch {
	case err == nil && answer != "OK":
		return "", s.refuse("Allow it with ACL SETUSER "+user+" +replicaof, or name another username in the redis block.",
			"this user may not use REPLICAOF: %s", answer)
	case isReply(err) && strings.Contains(err.Error(), "not found"):
		return "", s.refuse(nameBack, "its command REPLICAOF is renamed or taken away")
	case forbidden(err):
		return "whether its user may use REPLICAOF, which the run finds out (ACL DRYRUN)", nil
	}
	return "", nil // before 7.0
}

// checkSentinel refuses a server that a Sentinel would take for a replica.
func (s *server) checkSentinel(ctx context.Context, c *redis.Client) (untold string, err error) {
	n, err := sentinels(ctx, c)
	switch {
	case err != nil:
		return "", err
	case n == host.UnknownSentinels:
		return "whether a Sentinel monitors it (PUBSUB NUMSUB, CLIENT LIST)", nil
	case n == 0:
		return "", nil
	}
	return "", s.refuse("Have Sentinel forget it for a while (SENTINEL REMOVE).",
		"a Sentinel monitors it, and would see it become a replica: it would reconfigure it or fail over")
}

// checkModules refuses modules, since one that is not made for it makes the server
// take the dataset by a file, and be empty while it loads that.
func (s *server) checkModules(ctx context.Context, c *redis.Client) (untold string, err error) {
	reply, err := c.Do(ctx, "MODULE", "LIST").Slice()
	if err != nil {
		return "which modules it has loaded (MODULE LIST)", nil
	}
	for _, m := range reply {
		if text := fmt.Sprint(m); !strings.Contains(text, builtInModule) {
			return "", s.refuse("Restore it with a restart (restore.hcl).", "it has modules loaded, with which it may not load and serve at once: %s", text)
		}
	}
	return "", nil
}

// checkMemory wants room for both datasets.
func (s *server) checkMemory(fields map[string]string, l host.Load) error {
	used := parseUint(fields["used_memory"])
	need := l.Memory
	if need == 0 {
		need = used
	}
	if limit := parseUint(fields["maxmemory"]); limit > 0 && used+need > limit {
		return s.refuse("Raise maxmemory (CONFIG SET) for the restore.",
			"for a while it holds both datasets, about %s and %s, and maxmemory is %s", size(used), size(need), size(limit))
	}
	available, known := availableMemory()
	if l.Listen == "" && known && need > available {
		return s.refuse("Free memory, or restore with a restart (restore.hcl).",
			"for a while it holds both datasets: about %s more, and this machine has %s available", size(need), size(available))
	}
	return nil
}

// availableMemory is MemAvailable of /proc/meminfo, proc(5), in bytes.
func availableMemory() (bytes uint64, known bool) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if kb, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			return parseUint(strings.TrimSuffix(strings.TrimSpace(kb), " kB")) << 10, true
		}
	}
	return 0, false
}

func parseUint(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}

func atoi(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

func size(bytes uint64) string { return fmt.Sprintf("%d MiB", (bytes+1<<20-1)>>20) }
