package preview

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"redbook/internal/rdb"
	"redbook/internal/redisconf"
	"redbook/runbook/host"
)

// checkDump refuses a dump on which the server would exit, and warns of one
// that it would load in part.
func (l *load) checkDump(path string, s *host.Dump) error {
	if errors.Is(s.Damage, rdb.ErrVersion) {
		return l.refuse(host.TrapNewerRDB, "Restore it to a newer server.", "%s cannot be loaded: %v", path, s.Damage)
	}
	if s.Damage != nil {
		return l.refuse(host.TrapDamagedDump, "Restore another backup.", "%s is not a whole dump: %v", path, s.Damage)
	}
	return l.checkContent(path, s.Summary)
}

// checkContent looks at what a whole dump holds.
func (l *load) checkContent(path string, sum *rdb.Summary) error {
	d := l.description
	readable, known := sum.ReadableBy(d.Version, d.Product == "valkey")
	switch {
	case known && !readable:
		return l.refuse(host.TrapNewerRDB, "Restore it to a server of the version that wrote it, or newer.",
			"%s is of format %s, written by version %q, which %s %s does not read", path, sum.Magic, sum.Aux["redis-ver"], d.Product, d.Version)
	case sum.MaxDB() >= l.set.databases:
		return l.refuse(host.TrapDatabases, fmt.Sprintf("Set databases to at least %d in %s.", sum.MaxDB()+1, d.Config),
			"%s holds keys in database %d, and the config says databases %d", path, sum.MaxDB(), l.set.databases)
	case l.set.config.Bool("cluster-enabled") && sum.MaxDB() > 0:
		return l.refuse(host.TrapCluster, "Restore it to a server that is not in a cluster.",
			"%s holds keys in database %d, and a cluster has database 0 alone", path, sum.MaxDB())
	}
	l.warnOfContent(path, sum)
	return nil
}

func (l *load) warnOfContent(path string, sum *rdb.Summary) {
	if len(sum.Modules) > 0 {
		l.picture.warn(host.TrapModules, fmt.Sprintf("%s holds data of modules: %s; redis %q exits at the start if one is not loaded by its config",
			path, strings.Join(sum.Modules, ", "), l.server.name))
	}
	if sum.Checksum != rdb.Good {
		l.picture.warn(host.TrapUncheckedDump, fmt.Sprintf("the checksum of %s is %s: nothing vouches for its bytes", path, sum.Checksum))
	}
	limit, _ := redisconf.ParseMemory(l.set.config.Lookup("maxmemory"))
	policy := l.set.config.Lookup("maxmemory-policy")
	if limit > 0 && sum.UsedMemory > limit && policy != "noeviction" {
		l.picture.warn(host.TrapEviction, fmt.Sprintf("the dataset of %s took %d bytes, and maxmemory is %s with policy %s: keys will be evicted",
			path, sum.UsedMemory, strconv.FormatUint(limit, 10), policy))
	}
}
