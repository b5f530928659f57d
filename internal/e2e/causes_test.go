//go:build e2e

package e2e

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// spoils runs a script as root each time before the server starts, once there is
// one: then redbook's plan has looked already.
const spoils = "[Service]\nExecStartPre=+/bin/sh -c 'if [ -e /run/spoil ]; then . /run/spoil; fi'\n"

// A spoiled start is one of a server that cannot come up, in a way that only the
// start itself can show.
type spoiledStart struct {
	name   string
	script string // on the host, in the data directory
	aof    bool
	dropIn string // besides spoils
	mend   string // a script that takes back what reset does not
	cause  string
	remedy string
}

// append to the config, as the script of a spoiledStart.
func configLine(line string) string { return "echo '" + line + "' >>/etc/redis/redis.conf" }

// spoiledStarts are all ways known to make a server exit at its start: those of its
// files, of its config, and of its unit.
func spoiledStarts() (all []scenario) {
	for _, group := range [][]spoiledStart{spoiledDumps(), spoiledAOFs(), spoiledConfigs(), spoiledUnits()} {
		for _, c := range group {
			all = append(all, scenario{"start " + c.name, setup{aof: c.aof, dropIn: spoils + c.dropIn},
				"exit 10, unit inactive, cause, remedy, log", c.run})
		}
	}
	return all
}

func (c spoiledStart) run(t *testing.T, s *server) string {
	s.dumped(t)
	if c.script != "" {
		if err := s.host.WriteFile("/run/spoil", "cd "+s.dir()+"\n"+c.script+"\n", 0o644); err != nil {
			t.Fatal(err)
		}
		defer s.must(t, "sh", "-c", "rm /run/spoil; "+c.mend)
	}
	o := s.one(t, "start")
	got := fmt.Sprintf("exit %d, %s", o.code, s.state(t))
	sentence, rest, _ := strings.Cut(o.cause, "\n")
	remedy, log, _ := strings.Cut(rest, "\n")
	for _, part := range []struct {
		name, text, want string
	}{{"cause", sentence, c.cause}, {"remedy", remedy, c.remedy}, {"log", log, "  | "}} {
		if !strings.Contains(part.text, part.want) {
			return fmt.Sprintf("%s, no %s: %q", got, part.name, o.cause)
		}
		got += ", " + part.name
	}
	return got
}

func spoiledDumps() []spoiledStart {
	const damaged, check = "the dump is damaged", "restore another backup"
	return []spoiledStart{
		{name: "with a dump of root's", script: "chown root:root dump.rdb; chmod 0600 dump.rdb",
			cause: "the server may not read its dump /var/lib/redis/dump.rdb", remedy: "give it to redis"},
		{name: "with a dump of more databases", script: "sed -i 's/^databases .*/databases 2/' /etc/redis/redis.conf",
			cause: "more databases than the 2", remedy: "raise databases in /etc/redis/redis.conf"},
		{name: "with a dump of a newer format", script: "printf REDIS0099 | dd of=dump.rdb conv=notrunc status=none",
			cause: "the dump has RDB version 99", remedy: "restore into a server of the version that wrote it"},
		{name: "with a dump that needs a module", script: "echo " + moduleDump + " | base64 -d >dump.rdb",
			cause: "data of the module AAAAAAAAA", remedy: "install the module"},
		{name: "in a cluster with a dump of two databases", script: configLine("cluster-enabled yes"),
			cause: "the dump holds keys outside database 0", remedy: "restore into a server that is not in cluster mode"},
		{name: "with a dump that was cut off", script: "truncate -s -200 dump.rdb", cause: damaged, remedy: check},
		{name: "with a dump of another checksum", script: "printf xxxx | dd of=dump.rdb bs=1 seek=$(($(stat -c %s dump.rdb)-8)) conv=notrunc status=none",
			cause: damaged, remedy: check},
		{name: "with a dump that is none", script: "echo this is no dump >dump.rdb", cause: "is no RDB file", remedy: "redis-check-rdb"},
	}
}

// moduleDump holds one value of a module that nobody has: in rdb.h's terms a
// RDB_TYPE_MODULE_2 with the key k, whose module id is nine times A.
var moduleDump = base64.StdEncoding.EncodeToString([]byte("REDIS0010\xfe\x00\x07\x01k\x81\x00\x00\x00\x00\x00\x00\x00\x00\xff\x00\x00\x00\x00\x00\x00\x00\x00"))

func spoiledAOFs() []spoiledStart {
	const check = "redis-check-aof"
	return []spoiledStart{
		{name: "with an AOF directory of root's", aof: true, script: "chown root:root appendonlydir; chmod 0700 appendonlydir",
			cause: "the server may not read or write its AOF", remedy: "give it to redis"},
		{name: "with a manifest that lacks its newline", aof: true, script: "truncate -s -1 appendonlydir/*.manifest",
			cause: "the AOF's manifest is broken", remedy: check},
		{name: "with a manifest that names a missing file", aof: true, script: "rm -f appendonlydir/*.base.*",
			cause: "the AOF's manifest names appendonly.aof.1.base.rdb, which is not there", remedy: "put the file back"},
		{name: "with an AOF that is damaged", aof: true, script: "printf 'no command\\r\\n' >>$(ls appendonlydir/*.incr.aof)",
			cause: "is damaged", remedy: check},
		{name: "with a file in the place of the AOF's directory", aof: true, script: "rm -r appendonlydir; touch appendonlydir",
			cause: "appendonlydir is no directory", remedy: "move that file away"},
	}
}

func spoiledConfigs() []spoiledStart {
	const refused, mend = "the server refuses its config", "/etc/redis/redis.conf"
	return []spoiledStart{
		{name: "with a mistake in the config", script: configLine("maxmemory-policy no-such-policy"), cause: refused, remedy: mend},
		{name: "with an option of another version", script: configLine("no-such-option yes"), cause: refused, remedy: mend},
		{name: "with a config of root's", script: "chown root:root /etc/redis/redis.conf; chmod 0600 /etc/redis/redis.conf",
			mend:  "chown redis:redis /etc/redis/redis.conf; chmod 0640 /etc/redis/redis.conf",
			cause: "the server cannot read its config", remedy: "read the file"},
		{name: "with an include that is missing", script: configLine("include /etc/redis/none.conf"),
			cause: "the server cannot read its config /etc/redis/none.conf", remedy: "read the file"},
		{name: "with dir missing", script: configLine("dir /var/lib/redis/none"), cause: "dir /var/lib/redis/none", remedy: mend},
		{name: "with the log's directory missing", script: configLine("logfile /var/log/none/redis.log"), cause: "log file", remedy: "logfile"},
		{name: "with an address of another machine", script: "sed -i 's/^bind .*/bind 192.0.2.1/' /etc/redis/redis.conf",
			cause: "is no address of this machine", remedy: "mend bind in /etc/redis/redis.conf"},
		{name: "with a socket in a missing directory", script: configLine("unixsocket /run/none/redis.sock"),
			cause: "cannot make its socket", remedy: "mend unixsocket"},
		{name: "with a module that is missing", script: configLine("loadmodule /usr/lib/redis/none.so"),
			cause: "the server cannot load the module /usr/lib/redis/none.so", remedy: "install the module"},
		{name: "with an ACL file that is missing", script: configLine("aclfile /etc/redis/none.acl"),
			cause: "the server refuses its ACL file", remedy: "aclfile"},
		{name: "with a mistake in the ACL file", script: "echo user sam +no-such-command >/etc/redis/users.acl; " + configLine("aclfile /etc/redis/users.acl"),
			cause: "the server refuses its ACL file", remedy: "aclfile"},
		{name: "with TLS without a certificate", script: configLine("tls-port 6380"), cause: "the server cannot set up TLS", remedy: "tls-"},
		{name: "on a port that is taken meanwhile", script: "cd /tmp; redis-server --port 6379 --save '' --dir /tmp --daemonize yes >/dev/null; until redis-cli ping >/dev/null; do sleep 0.1; done",
			cause: "in use by another process", remedy: "ss -ltnp"},
	}
}

func spoiledUnits() []spoiledStart {
	return []spoiledStart{
		{name: "by a unit whose program is missing", script: "mv /usr/bin/redis-server /usr/bin/redis-away",
			mend:  "mv /usr/bin/redis-away /usr/bin/redis-server",
			cause: "the unit names /usr/bin/redis-server, which is not there", remedy: "put it back"},
	}
}
