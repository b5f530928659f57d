package redisconf

import (
	"math"
	"strconv"
	"strings"
)

// aliases are the old names that Redis still takes (the second name in config.c's table).
var aliases = map[string]string{
	"cluster-slave-no-failover":     "cluster-replica-no-failover",
	"cluster-slave-validity-factor": "cluster-replica-validity-factor",
	"hash-max-ziplist-entries":      "hash-max-listpack-entries",
	"hash-max-ziplist-value":        "hash-max-listpack-value",
	"list-max-ziplist-size":         "list-max-listpack-size",
	"lua-time-limit":                "busy-reply-threshold",
	"min-slaves-max-lag":            "min-replicas-max-lag",
	"min-slaves-to-write":           "min-replicas-to-write",
	"repl-ping-slave-period":        "repl-ping-replica-period",
	"slave-announce-ip":             "replica-announce-ip",
	"slave-announce-port":           "replica-announce-port",
	"slave-ignore-maxmemory":        "replica-ignore-maxmemory",
	"slave-lazy-flush":              "replica-lazy-flush",
	"slave-priority":                "replica-priority",
	"slave-read-only":               "replica-read-only",
	"slave-serve-stale-data":        "replica-serve-stale-data",
	"slaveof":                       "replicaof",
	"zset-max-ziplist-entries":      "zset-max-listpack-entries",
	"zset-max-ziplist-value":        "zset-max-listpack-value",
}

// Canonical returns the name that Directive.Name has for any way to write it.
func Canonical(name string) string {
	name = strings.ToLower(name)
	if today, old := aliases[name]; old {
		return today
	}
	return name
}

// takesList says whether a directive takes several arguments (MULTI_ARG_CONFIG); Redis then splits a
// single argument at its spaces. Those in Accumulates but save split nothing, except client-output-buffer-limit.
func takesList(name string) bool {
	switch name {
	case "save", "bind", "client-output-buffer-limit", "oom-score-adj-values", "replicaof",
		"latency-tracking-info-percentiles", "shutdown-on-sigint", "shutdown-on-sigterm":
		return true
	}
	return false
}

// Accumulates says whether every line with this name counts, not only the last.
func Accumulates(name string) bool {
	switch Canonical(name) {
	case "save", "client-output-buffer-limit", "rename-command", "loadmodule", "user", "include", "sentinel":
		return true
	}
	return false
}

// defaults are the values compiled into Redis 7.0, in the form that CONFIG GET gives; those without a
// note are the same in 6.x and 7.2.
var defaults = map[string]string{
	"aclfile":                     "",
	"aof-load-truncated":          "yes",
	"aof-use-rdb-preamble":        "yes",
	"appenddirname":               "appendonlydir", // since 7.0
	"appendfilename":              "appendonly.aof",
	"appendfsync":                 "everysec",
	"appendonly":                  "no",
	"auto-aof-rewrite-min-size":   "67108864",
	"auto-aof-rewrite-percentage": "100",
	"bind":                        "* -::*", // since 7.0; none before, which means the same
	"cluster-config-file":         "nodes.conf",
	"cluster-enabled":             "no",
	"daemonize":                   "no",
	"databases":                   "16",
	"dbfilename":                  "dump.rdb",
	"dir":                         "./",
	"logfile":                     "",
	"masterauth":                  "",
	"masteruser":                  "",
	"maxmemory":                   "0",
	"maxmemory-policy":            "noeviction",
	"pidfile":                     "",
	"port":                        "6379",
	"protected-mode":              "yes",
	"rdb-del-sync-files":          "no",
	"rdbchecksum":                 "yes",
	"rdbcompression":              "yes",
	"repl-diskless-load":          "disabled",
	"replica-read-only":           "yes",
	"replicaof":                   "",
	"requirepass":                 "",
	"save":                        "3600 1 300 100 60 10000", // since 7.0; 6.x: see SavePoints
	"shutdown-timeout":            "10",                      // since 7.0
	"stop-writes-on-bgsave-error": "yes",
	"supervised":                  "no",
	"tls-port":                    "0",
	"unixsocket":                  "",
}

// Default returns the value that Redis 7.0 has for a directive that stands nowhere. Only directives that
// matter to backup and restore are known.
func Default(name string) (value string, ok bool) {
	value, ok = defaults[Canonical(name)]
	return value, ok
}

// normalize writes a value as CONFIG GET does: names and memory are told from the default's form.
func normalize(name, value string) string {
	name = Canonical(name)
	switch name {
	case "maxmemory", "auto-aof-rewrite-min-size":
		if bytes, ok := ParseMemory(value); ok {
			return strconv.FormatUint(bytes, 10)
		}
	case "appendfsync", "maxmemory-policy", "repl-diskless-load", "supervised":
		return strings.ToLower(value)
	case "replicaof":
		if strings.EqualFold(value, "no one") {
			return ""
		}
	}
	if lower := strings.ToLower(value); defaults[name] == "yes" || defaults[name] == "no" {
		return lower
	}
	return value
}

// ParseMemory returns a number of bytes as Redis reads it (memtoull in util.c): 1k is 1000, 1kb is 1024.
func ParseMemory(s string) (bytes uint64, ok bool) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	n, err := strconv.ParseUint(s[:digits], 10, 64)
	if err != nil {
		return 0, false
	}
	unit := map[string]uint64{"": 1, "b": 1, "k": 1e3, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30}[strings.ToLower(s[digits:])]
	if unit == 0 || n > math.MaxUint64/unit {
		return 0, false
	}
	return n * unit, true
}
