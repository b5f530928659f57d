package hostile

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A sabotageJob is what the attacker's program is to do. It works as the attacker.
type sabotageJob struct {
	Paths  []string // where to plant
	Kinds  []string // what
	Secret string   // a directory of root's: see newSecret
	Owned  string   // a directory of the attacker's, on the same file system
	Race   bool     // without end, by turns with what belongs there
}

// kinds are what can be planted.
var kinds = []string{"link to a file", "link to a directory", "FIFO", "hard link", "directory"}

// make makes a plant at a name that is free.
func (j sabotageJob) make(kind, at, likeFile string) error {
	switch kind {
	case "link to a file":
		return os.Symlink(filepath.Join(j.Secret, likeFile), at)
	case "link to a directory":
		return os.Symlink(filepath.Join(j.Secret, "appendonlydir"), at)
	case "FIFO":
		return unix.Mkfifo(at, 0o666)
	case "hard link":
		return os.Link(filepath.Join(j.Owned, "owned"), at)
	case "directory":
		return os.Mkdir(at, 0o755)
	}
	return fmt.Errorf("there is no %s", kind)
}

// secretFor is the file of root's that a link at path leads to: one of the same kind, so
// that whoever follows the link is pleased with it.
func secretFor(path string) string {
	switch filepath.Ext(path) {
	case ".conf":
		return "redis.conf"
	case ".manifest":
		return "appendonlydir/appendonly.aof.manifest"
	case ".log", ".pid":
		return "plain"
	}
	return "dump.rdb"
}

func sabotage(encoded string) (code int) {
	var j sabotageJob
	err := json.Unmarshal([]byte(encoded), &j)
	switch {
	case err == nil && j.Race:
		j.race()
	case err == nil:
		err = j.plant()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// plant puts one thing at one path; what was there stands beside it afterwards.
func (j sabotageJob) plant() error {
	path := j.Paths[0]
	if err := os.Rename(path, path+".real"); err != nil && !os.IsNotExist(err) {
		return err
	}
	return j.make(j.Kinds[0], path, secretFor(path))
}

// race plants until it is killed, mostly for less than a millisecond. What goes wrong with that is no matter: the
// other side moves the same files.
func (j sabotageJob) race() {
	for n := 0; ; n++ {
		path, kind := j.Paths[rand.IntN(len(j.Paths))], j.Kinds[rand.IntN(len(j.Kinds))]
		plant := filepath.Join(j.Owned, fmt.Sprintf("plant%d", n))
		if j.make(kind, plant, secretFor(path)) != nil {
			continue
		}
		pause := time.Duration(rand.IntN(2000)) * time.Microsecond
		if unix.Renameat2(unix.AT_FDCWD, plant, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE) == nil {
			time.Sleep(pause)
			_ = unix.Renameat2(unix.AT_FDCWD, plant, unix.AT_FDCWD, path, unix.RENAME_EXCHANGE)
		} else if unix.Renameat2(unix.AT_FDCWD, plant, unix.AT_FDCWD, path, unix.RENAME_NOREPLACE) == nil {
			time.Sleep(pause)
			_ = os.Rename(path, plant)
		}
		_ = os.RemoveAll(plant)
		time.Sleep(pause)
	}
}

// start begins a job as the attacker.
func (j sabotageJob) start(t *testing.T) *exec.Cmd {
	t.Helper()
	job, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := asAttacker(exec.Command(saboteur))
	cmd.Env = []string{asSaboteur + "=" + string(job)}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatalf("run as %s: %v", attacker.name, err)
	}
	return cmd
}
