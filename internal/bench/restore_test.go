package bench

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"redbook/internal/redistest"
)

// A scene is what every measurement starts from: a server's data of now, and a
// backup of other data.
type scene struct {
	dir             string
	redbook         string // the program
	current, backup string // dumps
	keys            int64  // of the backup
}

// newScene has a server write the two dumps, of about size bytes each.
func newScene(b *testing.B, size int64) *scene {
	b.Helper()
	dir := b.TempDir()
	sc := &scene{
		dir: dir, redbook: buildRedbook(b),
		current: filepath.Join(dir, "current.rdb"), backup: filepath.Join(dir, "backup.rdb"),
	}
	s := redistest.New(b, redistest.WithoutSave())
	s.Start(b)
	fillServer(b, s.Socket, size)
	s.Do(b, "SET", "counter", 0)
	for _, dump := range []struct{ which, path string }{{"current", sc.current}, {"backup", sc.backup}} {
		s.Do(b, "SET", "which", dump.which)
		s.Do(b, "SAVE")
		if err := os.Rename(filepath.Join(s.Data, "dump.rdb"), dump.path); err != nil {
			b.Fatal(err)
		}
	}
	sc.keys = s.Do(b, "DBSIZE").(int64)
	s.Kill(b)
	return sc
}

// server starts a server with AOF, as Debian configures it else, which holds the current data.
func (sc *scene) server(b *testing.B) *redistest.Server {
	b.Helper()
	s := redistest.New(b, redistest.WithAOF())
	aof := filepath.Join(s.Data, "appendonlydir")
	const manifest = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
	// A link is enough: Redis puts new files in the place of old ones.
	if err := errors.Join(
		os.Mkdir(aof, 0o750),
		os.Link(sc.current, filepath.Join(s.Data, "dump.rdb")),
		os.Link(sc.current, filepath.Join(aof, "appendonly.aof.1.base.rdb")),
		os.WriteFile(filepath.Join(aof, "appendonly.aof.1.incr.aof"), nil, 0o640),
		os.WriteFile(filepath.Join(aof, "appendonly.aof.manifest"), []byte(manifest), 0o640),
	); err != nil {
		b.Fatal(err)
	}
	s.Start(b)
	return s
}

// A procedure is a way to restore the backup.
type procedure struct {
	name    string
	command func(sc *scene, s *redistest.Server) *exec.Cmd
}

var procedures = []procedure{
	{"the tutorial by shell script", func(sc *scene, s *redistest.Server) *exec.Cmd {
		return exec.Command("sh", "testdata/tutorial.sh", s.Data, s.Conf, s.Socket, s.PIDFile, sc.backup)
	}},
	{"restore.hcl", func(sc *scene, s *redistest.Server) *exec.Cmd {
		process, _ := json.Marshal([]string{"redis-server", s.Conf}) // strings never fail
		return sc.run("restore.hcl", "address=unix://"+s.Socket, "process="+string(process), "backup="+sc.backup)
	}},
	{"restore-live.hcl", func(sc *scene, s *redistest.Server) *exec.Cmd {
		return sc.run("restore-live.hcl", "address=unix://"+s.Socket, "backup="+sc.backup, "snapshot="+filepath.Join(s.Dir, "before.rdb"))
	}},
}

// run is the command line of a shipped runbook.
func (sc *scene) run(runbook string, variables ...string) *exec.Cmd {
	args := []string{"--state-dir", filepath.Join(sc.dir, "state"), "run", "--yes", "../../runbooks/" + runbook}
	for _, v := range variables {
		args = append(args, "--var", v)
	}
	return exec.Command(sc.redbook, args...)
}

// A restore is what a procedure did to the clients.
type restore struct {
	Name          string
	Took          time.Duration // from the begin of the procedure to its end
	Reads, Writes experience
	Loads         []time.Duration // at each start of the server, as it logged them
}

// Slowest is the longest that any client waited for a good answer.
func (r restore) Slowest() time.Duration { return max(r.Reads.Slowest, r.Writes.Slowest) }

// restore measures one procedure. Afterwards the server must hold the backup's data and have its AOF on.
func (sc *scene) restore(b *testing.B, p procedure) restore {
	b.Helper()
	s := sc.server(b)
	logged := len(s.Log(b))
	ctx, stop := context.WithCancel(context.Background())
	var users sync.WaitGroup
	reader := probing(ctx, &users, s.Socket, "GET which")
	writer := probing(ctx, &users, s.Socket, "INCR counter")
	const calm = 200 // good answers
	awaitProbes(b, s, calm, reader, writer)
	begin := time.Now()
	out, err := p.command(sc, s).CombinedOutput()
	took := time.Since(begin)
	if err != nil {
		b.Fatalf("%s: %v\n%s\n%s", p.name, err, out, s.Log(b))
	}
	awaitProbes(b, s, calm, reader, writer)
	stop()
	users.Wait()
	if which, keys := s.Do(b, "GET", "which"), s.Do(b, "DBSIZE"); which != "backup" || keys != sc.keys {
		b.Fatalf("%s: the server holds %v keys of %v, want %d of backup", p.name, keys, which, sc.keys)
	}
	if aof := s.Do(b, "CONFIG", "GET", "appendonly").([]any)[1]; aof != "yes" {
		b.Fatalf("%s: appendonly is %v", p.name, aof)
	}
	r := restore{
		Name: p.name, Took: took,
		Reads: reader.experience(begin), Writes: writer.experience(begin), Loads: loads(s.Log(b)[logged:]),
	}
	s.Kill(b)
	if err := os.RemoveAll(s.Data); err != nil {
		b.Fatal(err)
	}
	return r
}

// awaitProbes waits until clients have had n good answers in a row.
func awaitProbes(b *testing.B, s *redistest.Server, n int, probers ...*prober) {
	b.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		well := true
		for _, p := range probers {
			well = well && p.good() >= n
		}
		if well {
			return
		}
		if time.Now().After(deadline) {
			b.Fatalf("the server does not serve its clients; its log:\n%s", s.Log(b))
		}
	}
}

var loadLine = regexp.MustCompile(`DB loaded from (?:disk|append only file): ([0-9.]+) seconds`)

// loads are the times that a server logged for loading its data.
func loads(log string) (all []time.Duration) {
	for _, m := range loadLine.FindAllStringSubmatch(log, -1) {
		if d, err := time.ParseDuration(m[1] + "s"); err == nil {
			all = append(all, d)
		}
	}
	return all
}
