package preview_test

import (
	"strings"
	"testing"

	"redbook/runbook/host"
	"redbook/runbook/host/preview"
)

// dumpOf is an RDB file: the version's digits and opcodes, no checksum.
func dumpOf(version, body string) string {
	return "REDIS" + version + body + "\xff" + strings.Repeat("\x00", 8)
}

const (
	oneKey   = "\xfe\x00\x00\x01k\x04dump"                  // database 0: k is "dump"
	farKey   = "\xfe\x05\x00\x01k\x03far"                   // database 5
	expired  = "\xfe\x00\xfd\x01\x00\x00\x00\x00\x01k\x01v" // k expired in 1970
	ofModule = "\xfe\x00\x07\x01m\x81ABCDEFGH\x00"          // m is of a module's type
	bigUsage = "\xfa\x08used-mem\x0a1000000000"             // an aux field
)

func TestStartDecides(t *testing.T) {
	good := dumpOf("0009", oneKey)
	multi := "*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nEXEC\r\n"
	manifest := "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
	for _, tt := range []struct {
		name             string
		product, version string
		conf             []string
		overrides        []string
		files            map[string]string
		trap             host.Trap
		want             string // the value of k, "none" or "unknown"
		warnings         string
	}{
		{name: "dump", product: "redis", version: "6.0.16", files: map[string]string{"dump.rdb": good}, want: "dump", warnings: "unchecked-dump"},
		{name: "nothing at all", product: "redis", version: "7.0.15", want: "none", warnings: "starts-empty"},
		{name: "expired key", product: "redis", version: "7.0.15", files: map[string]string{"dump.rdb": dumpOf("0009", expired)}, want: "none", warnings: "unchecked-dump"},
		{name: "6.x without an AOF", product: "redis", version: "6.2.7", conf: []string{"appendonly yes"},
			files: map[string]string{"dump.rdb": good}, trap: "empty-aof"},
		{name: "6.x with an AOF of no length", product: "redis", version: "6.2.7", conf: []string{"appendonly yes"},
			files: map[string]string{"dump.rdb": good, "appendonly.aof": ""}, trap: "empty-aof"},
		{name: "6.x with a dump as its AOF", product: "redis", version: "6.2.7", conf: []string{"appendonly yes"},
			files: map[string]string{"appendonly.aof": good}, want: "dump", warnings: "unchecked-dump"},
		{name: "6.x with a dump and commands", product: "redis", version: "6.2.7", conf: []string{"appendonly yes"},
			files: map[string]string{"appendonly.aof": good + "*1\r\n$4\r\nPING\r\n"}, want: "unknown", warnings: "unchecked-dump"},
		{name: "6.x with commands", product: "redis", version: "6.2.7", conf: []string{"appendonly yes"},
			files: map[string]string{"appendonly.aof": "*1\r\n$4\r\nPING\r\n"}, want: "unknown"},
		{name: "6.x ignores appendonlydir", product: "redis", version: "6.2.7", conf: []string{"appendonly yes"},
			files: map[string]string{"appendonlydir/appendonly.aof.manifest": manifest, "dump.rdb": good}, trap: "empty-aof"},
		{name: "valkey without an AOF", product: "valkey", version: "8.1.1", conf: []string{"appendonly yes"},
			files: map[string]string{"dump.rdb": good}, trap: "empty-aof"},
		{name: "new server with the AOF on", product: "redis", version: "8.0.2", conf: []string{"appendonly yes"}, want: "none", warnings: "empty-aof"},
		{name: "AOF on by the command line", product: "redis", version: "7.0.15", overrides: []string{"appendonly yes"},
			files: map[string]string{"dump.rdb": good}, trap: "empty-aof"},
		{name: "AOF of a dump", product: "redis", version: "7.0.15", conf: []string{"appendonly yes"},
			files: map[string]string{"appendonlydir/appendonly.aof.manifest": manifest, "appendonlydir/appendonly.aof.1.base.rdb": good,
				"appendonlydir/appendonly.aof.1.incr.aof": ""}, want: "dump", warnings: "unchecked-dump"},
		{name: "AOF of a dump and commands", product: "redis", version: "7.0.15", conf: []string{"appendonly yes"},
			files: map[string]string{"appendonlydir/appendonly.aof.manifest": manifest, "appendonlydir/appendonly.aof.1.base.rdb": good,
				"appendonlydir/appendonly.aof.1.incr.aof": "*1\r\n$4\r\nPING\r\n"}, want: "unknown", warnings: "unchecked-dump"},
		{name: "transactions of a default user without rights", product: "valkey", version: "8.1.1", conf: []string{"appendonly yes", "user default off"},
			files: map[string]string{"appendonlydir/appendonly.aof.manifest": manifest, "appendonlydir/appendonly.aof.1.base.rdb": good,
				"appendonlydir/appendonly.aof.1.incr.aof": multi}, trap: "default-user", warnings: "unchecked-dump"},
		{name: "transactions of a default user without rights in the aclfile", product: "redis", version: "7.0.15",
			conf: []string{"appendonly yes", "aclfile users.acl"}, files: map[string]string{"users.acl": "user default off\n",
				"appendonly.aof": good + multi}, trap: "default-user"},
		{name: "transactions of a default user that is off", product: "redis", version: "7.0.15", conf: []string{"appendonly yes", "user default off ~* +@all"},
			files: map[string]string{"appendonly.aof": good + multi}, want: "unknown", warnings: "unchecked-dump"},
		{name: "transactions before 7.0", product: "redis", version: "6.2.7", conf: []string{"appendonly yes", "user default off"},
			files: map[string]string{"appendonly.aof": multi}, want: "unknown"},
		{name: "AOF whose base is damaged", product: "redis", version: "7.0.15", conf: []string{"appendonly yes"},
			files: map[string]string{"appendonlydir/appendonly.aof.manifest": manifest, "appendonlydir/appendonly.aof.1.base.rdb": good[:20],
				"appendonlydir/appendonly.aof.1.incr.aof": ""}, trap: "damaged-dump"},
		{name: "dump of 7.0 on 6.2", product: "redis", version: "6.2.7", files: map[string]string{"dump.rdb": dumpOf("0010", oneKey)}, trap: "newer-rdb"},
		{name: "dump of 7.4 on valkey", product: "valkey", version: "8.1.1", files: map[string]string{"dump.rdb": dumpOf("0012", oneKey)}, trap: "newer-rdb"},
		{name: "database out of range", product: "redis", version: "7.0.15", conf: []string{"databases 5"},
			files: map[string]string{"dump.rdb": dumpOf("0009", farKey)}, trap: "databases"},
		{name: "cluster", product: "redis", version: "7.0.15", conf: []string{"cluster-enabled yes"},
			files: map[string]string{"dump.rdb": dumpOf("0009", farKey)}, trap: "cluster"},
		{name: "replica", product: "redis", version: "7.0.15", conf: []string{"replicaof 127.0.0.1 1"},
			files: map[string]string{"dump.rdb": good}, want: "dump", warnings: "replica unchecked-dump"},
		{name: "module", product: "redis", version: "7.0.15", files: map[string]string{"dump.rdb": dumpOf("0009", ofModule)},
			want: "none", warnings: "modules unchecked-dump"},
		{name: "too little memory", product: "redis", version: "7.0.15", conf: []string{"maxmemory 1mb", "maxmemory-policy allkeys-lru"},
			files: map[string]string{"dump.rdb": dumpOf("0009", bigUsage+oneKey)}, want: "dump", warnings: "eviction unchecked-dump"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := newFake(t, tt.product, tt.version, tt.conf, tt.files)
			m.server.overrides = tt.overrides
			p := preview.New(m, preview.Options{})
			err := start(ctx(t), p, nil)
			if trap := host.TrapOf(err); trap != tt.trap {
				t.Fatalf("trap %q, want %q; the error: %v", trap, tt.trap, err)
			}
			if tt.trap == "" {
				if got := outcome(t, p, err, "k"); got != tt.want {
					t.Errorf("k = %s, want %s", got, tt.want)
				}
			}
			if got := strings.Join(trapsOf(p.Warnings()), " "); got != tt.warnings {
				t.Errorf("warnings %q, want %q", got, tt.warnings)
			}
		})
	}
}
