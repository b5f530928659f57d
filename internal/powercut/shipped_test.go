//go:build torture

package powercut

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// config is a redis.conf of more than one sector.
var config = "# " + strings.Repeat("a comment of the distribution ", 40) + `
dir ` + hostDir + `/data
dbfilename dump.rdb
appendonly yes
appendfilename "appendonly.aof"
appenddirname "appendonlydir"
`

// serverBlock is a server that is down.
const serverBlock = `
redis "main" {
  address = "unix://` + hostDir + `/none.sock"
  config  = "` + hostDir + `/etc/redis.conf"
  process {
    command = ["redis-server", "` + hostDir + `/etc/redis.conf"]
  }
}
`

// dump stands for a dump of a few pages; nobody reads it here.
var dump = "REDIS0010" + strings.Repeat("shapes:triangles 3 sides ", 500)

// plays are what the shipped runbooks do to files, with a server that is down.
var plays = []play{
	{
		name: "restore",
		source: serverBlock + `
step "copy" "stage" {
  from  = "` + hostDir + `/backup/dump.rdb"
  to    = "${redis.main.dump}.staged"
  owner = "7"
  group = "7"
  mode  = "0660"
}
step "build-aof" "stage" {
  from = step.copy.stage.path
  to   = "${redis.main.aof_path}.staged"
}
step "disable-aof" "for-the-start" {}
step "rename" "dump" {
  from      = redis.main.dump
  to        = "${redis.main.dump}.old"
  if_exists = "rotate"
}
step "rename" "aof" {
  from      = redis.main.aof_path
  to        = "${redis.main.aof_path}.old"
  if_exists = "rotate"
}
step "rename" "in-place" {
  from = step.copy.stage.path
  to   = redis.main.dump
}
step "rename" "aof-in-place" {
  from = step.build-aof.stage.path
  to   = redis.main.aof_path
}
step "chown" "data" {
  path  = redis.main.dir
  owner = "7"
  mode  = "0750"
}
step "copy" "config" {
  from = redis.main.config
  to   = "${redis.main.config}.restored"
}
`,
		files: []file{
			{path: "backup/", mode: 0o700}, {path: "data/", mode: 0o755}, {path: "etc/", mode: 0o755},
			{path: "data/appendonlydir/", mode: 0o755}, {path: "data/appendonlydir.old/", mode: 0o755},
			{path: "etc/redis.conf", content: config, mode: 0o640, gid: 7},
			{path: "backup/dump.rdb", content: dump, mode: 0o600},
			{path: "data/dump.rdb", content: "REDIS0010 of now", mode: 0o660, uid: 7, gid: 7},
			{path: "data/dump.rdb.old", content: "REDIS0010 of old", mode: 0o660, uid: 7, gid: 7},
			{path: "data/appendonlydir/appendonly.aof.manifest", content: "file a seq 1 type b\n", mode: 0o644, uid: 7, gid: 7},
			{path: "data/appendonlydir.old/x", content: "x", mode: 0o644},
		},
	},
	{
		name: "backup",
		source: serverBlock + `
step "copy" "dump" {
  from = redis.main.dump
  to   = "` + hostDir + `/backup/redis.rdb"
  mode = "0400"
}
step "copy" "config" {
  from = redis.main.config
  to   = "` + hostDir + `/backup/redis.conf"
}
step "rename" "publish" {
  from      = "` + hostDir + `/backup/redis.rdb"
  to        = "` + hostDir + `/backup/latest/redis.rdb"
  if_exists = "rotate"
}
`,
		files: []file{
			{path: "backup/", mode: 0o700}, {path: "backup/latest/", mode: 0o700}, {path: "data/", mode: 0o755}, {path: "etc/", mode: 0o755},
			{path: "etc/redis.conf", content: config, mode: 0o640, gid: 7},
			{path: "data/dump.rdb", content: dump, mode: 0o660, uid: 7, gid: 7},
			{path: "backup/latest/redis.rdb", content: "yesterday's", mode: 0o400},
		},
	},
}

// TestBackupAndRestore cuts the power of the file side of a backup and of a
// restore.
func TestBackupAndRestore(t *testing.T) {
	s := newStage(t)
	for _, p := range plays {
		t.Run(p.name, func(t *testing.T) {
			f, err := s.perform(p)
			if err != nil {
				t.Fatal(err)
			}
			total, failures := f.attack(rand.New(rand.NewPCG(1, 2)), imagesPerPlay, 8)
			report(t, p, failures)
			t.Logf("%d events; %s", f.record.Len()-1, total)
		})
	}
}

// TestAnotherDevice boots each image as a device with another number, which is
// what a reboot makes of btrfs, LVM or a second disk.
func TestAnotherDevice(t *testing.T) {
	s := newStage(t)
	for _, p := range plays {
		f, err := s.perform(p)
		if err != nil {
			t.Fatal(err)
		}
		s.mount(t) // over the first
		total, failures := f.attack(rand.New(rand.NewPCG(3, 4)), imagesPerPlay/4, 8)
		report(t, p, failures)
		t.Log(p.name, total)
	}
}
