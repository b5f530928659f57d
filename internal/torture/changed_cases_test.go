package torture

import (
	"path/filepath"
	"testing"
)

const (
	liveLoad = `
step "fetch-dump" "before" { to = "DIR/snapshot.rdb" }
step "load-dataset" "it" {
  path     = "DIR/backup.rdb"
  snapshot = step.fetch-dump.before.path
}`
	increments = `
step "rdiff-backup" "first" { to = "DIR/increments" }
step "exec" "until-the-next-second" {
  argv = ["sleep", "1"]
  undo = ["true"]
}
step "rdiff-backup" "second" {
  to   = "DIR/increments"
  keep = "1D"
}`
)

var changedEffects = []changedEffect{
	{
		kind: "copy", name: "the copy is replaced", steps: `step "copy" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/copy"
}`,
		do: replacesFile("copy"), note: "no longer the copy",
	},
	{
		kind: "rename", name: "what was renamed is replaced", steps: `step "rename" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/moved"
}`,
		do: replacesFile("moved"), refused: "does not hold what was", stays: "moved",
	},
	{
		kind: "rename", name: "the dump is moved away and back, and saved over", steps: `
step "stop-service" "it" {}
step "rename" "away" {
  from = "DIR/data/dump.rdb"
  to   = "DIR/data/dump.rdb.old"
}
step "rename" "back" {
  from = "DIR/data/dump.rdb.old"
  to   = "DIR/data/dump.rdb"
}
step "start" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "SAVE") }, note: "as it is now",
	},
	{
		kind: "set-attr", name: "the file is replaced", steps: `step "chown" "it" {
  path = "DIR/backup.rdb"
  mode = "0644"
}`,
		do: replacesFile("backup.rdb"), note: "no longer the file that the run handed over",
	},
	{
		kind: "edit-config", name: "redis.conf is edited", steps: `
step "stop-service" "it" {}
step "enable-aof" "it" {}`,
		do: func(t *testing.T, s *scene) { appendTo(t, s.server.Conf, "maxmemory 0\n") }, note: "only redbook's line was taken back",
	},
	{
		kind: "stop", name: "the server is started", steps: `step "stop-service" "it" {}
step "copy" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/copy"
}`,
		do:      func(t *testing.T, s *scene) { s.server.Start(t) },
		refused: "was started by somebody else", putRight: func(t *testing.T, s *scene) { s.server.Stop(t) },
	},
	{
		kind: "start", name: "the server is killed", steps: `step "stop-service" "it" {}
step "start" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Kill(t) },
	},
	{
		kind: "save", name: "the dump is removed", steps: `step "save" "it" {}`,
		do: func(t *testing.T, s *scene) { s.remove(t, "data/dump.rdb"); s.server.Do(t, "SAVE") },
	},
	{
		kind: "rewrite-aof", name: "the AOF is switched on", steps: `step "bgrewriteaof" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "CONFIG", "SET", "appendonly", "yes") }, stays: "data/appendonlydir",
	},
	{
		kind: "try-write", name: "the server is restarted", steps: `step "verify-dataset" "it" {
  path     = "DIR/backup.rdb"
  restored = false
  canary   = true
}`,
		do: func(t *testing.T, s *scene) { s.server.Stop(t); s.server.Start(t) },
	},
	{
		kind: "set-option", name: "the AOF is switched off again", steps: `step "enable-aof" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "CONFIG", "SET", "appendonly", "no") }, note: "appendonlydir was set aside",
	},
	{
		kind: "set-option", aof: true, name: "the server is started without its AOF", steps: `step "disable-aof" "it" {}`,
		do: func(t *testing.T, s *scene) { s.server.Stop(t); s.server.Start(t) }, note: "appendonlydir was set aside",
	},
	{
		kind: "exec", name: "what the command made is removed", steps: `step "exec" "it" {
  argv = ["touch", "DIR/made"]
  undo = ["rm", "DIR/made"]
}`,
		do: func(t *testing.T, s *scene) { s.remove(t, "made") }, refused: "No such file",
		putRight: func(t *testing.T, s *scene) { appendTo(t, filepath.Join(s.server.Dir, "made"), "") },
	},
	{
		kind: "fetch-dump", name: "the dump is replaced", steps: `step "fetch-dump" "it" { to = "DIR/fetched.rdb" }`,
		do: replacesFile("fetched.rdb"), note: "fetched.rdb was set aside",
	},
	{
		kind: "load-dataset", name: "a key is written", steps: liveLoad,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "SET", "key", mine) }, note: "before it went back is in",
	},
	{
		kind: "load-dataset", name: "the server is stopped and started", steps: liveLoad,
		do: func(t *testing.T, s *scene) { s.server.Stop(t); s.server.Start(t) }, note: "before it went back is in",
	},
	{
		kind: "load-dataset", name: "the way back is moved away", steps: liveLoad,
		do: moves("snapshot.rdb", "elsewhere.rdb"), refused: "no such file", putRight: moves("elsewhere.rdb", "snapshot.rdb"),
	},
	{
		kind: "load-dataset", name: "the server is made a replica", steps: liveLoad,
		do: func(t *testing.T, s *scene) { s.server.Do(t, "REPLICAOF", "127.0.0.2", "1") }, refused: "somebody made it a replica",
		putRight: func(t *testing.T, s *scene) { s.server.Do(t, "REPLICAOF", "NO", "ONE") },
	},
	{
		kind: "build-aof", name: "a file is put into the AOF", steps: `step "build-aof" "it" {
  from = "DIR/backup.rdb"
  to   = "DIR/data/built"
}`,
		do: writes("data/built/more"), note: "built was set aside",
	},
	{
		kind: "rdiff-stage", name: "a file is put where the stage was", steps: increments,
		do: writes("increments.stage/more"), note: "increments.stage was set aside",
	},
	{
		kind: "rdiff-unstage", name: "the stage is a file", steps: increments,
		do: writes("increments.stage"), note: "increments.stage was set aside",
	},
	{
		kind: "rdiff-backup", name: "another increment is made", steps: increments,
		do: func(t *testing.T, s *scene) { s.addIncrement(t) }, stays: "increments",
	},
	{
		kind: "rdiff-prune", name: "the increments are moved away", steps: increments,
		do: moves("increments", "elsewhere"), refused: "nothing brings them back", putRight: moves("elsewhere", "increments"),
	},
	{
		kind: "rdiff-restore", name: "the restored file is written to", first: (*scene).addIncrement, steps: `
step "rdiff-restore" "it" {
  from = "DIR/increments"
  path = "dump.rdb"
  to   = "DIR/restored.rdb"
}`,
		do: writes("restored.rdb"), note: "restored.rdb was set aside",
	},
}
