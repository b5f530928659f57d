package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/runbooks"
)

// patience bounds a verb of redbook: one that takes longer hangs.
const patience = 100 * time.Second

// defined are the exit codes that docs/cli.md gives to runs and roll-backs. 2, with
// which Go programs crash, is not among them.
var defined = []int{0, 1, 10, 11, 12, 13, 20, 21, 23}

// A scene is a machine with a server of the attacker's, a backup, and files of root's.
//
//	base/secret   what the attacker must not get, 0700
//	base/keep     root's: backups, state, runbooks, 0700
//	server.Dir    the attacker's: redis.conf, log, pid file, data
type scene struct {
	server *redistest.Server
	base   string
	owned  string // a directory of the attacker's
	secret *watched
	given  int // how often variables were given
}

func newScene(t *testing.T, secret string, aof bool) *scene {
	t.Helper()
	options := []redistest.Option{redistest.WithUser(attacker.uid, attacker.gid), redistest.WithConf("repl-diskless-sync-delay 0")}
	if aof {
		options = append(options, redistest.WithAOF())
	}
	s := &scene{server: redistest.New(t, options...), base: t.TempDir()}
	s.server.Start(t)
	redistest.Fill(t, s.server.Client(t))
	s.server.Do(t, "SAVE")
	for _, dir := range []string{s.base + "/keep/backups", s.base + "/secret", s.base + "/keep/state"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(s.base+"/secret", os.DirFS(secret)); err != nil {
		t.Fatal(err)
	}
	writeFile(t, s.base+"/keep/good.rdb", readFile(t, s.server.Data+"/dump.rdb"))
	s.owned = s.server.Dir + "/owned"
	if out, err := asAttacker(exec.Command("sh", "-c", `mkdir "$0" && echo mine >"$0/owned"`, s.owned)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.runbooks(t)
	s.secret = watch(t, s.base+"/secret")
	return s
}

// runbooks writes the shipped runbooks, which start the server as the attacker, and one
// with the kinds that these do not use.
func (s *scene) runbooks(t *testing.T) {
	t.Helper()
	names, err := runbooks.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := runbooks.Files.ReadFile(name.Name())
		if err != nil {
			t.Fatal(err)
		}
		started := strings.Replace(string(text), "    command = var.process\n", fmt.Sprintf("    command = var.process\n    user = %q\n", attacker.name), 1)
		writeFile(t, s.base+"/keep/"+name.Name(), started)
	}
	s.writeRunbook(t, "other.hcl", `
step "chown" "dump" {
  path  = redis.main.dump
  owner = redis.main.user
  group = redis.main.group
  mode  = "0660"
}
step "disable-aof" "off" {}
step "rename" "aof" {
  when      = redis.main.aof_exists
  from      = redis.main.aof_path
  to        = "${redis.main.aof_path}.old"
  if_exists = "rotate"
}
step "enable-aof" "on" {}
step "bgrewriteaof" "now" {}
`)
}

// writeRunbook writes a runbook of some steps about the scene's server.
func (s *scene) writeRunbook(t *testing.T, name, steps string) {
	t.Helper()
	writeFile(t, s.base+"/keep/"+name, fmt.Sprintf(`
variable "address" {}
variable "process" { type = list(string) }
redis "main" {
  address = var.address
  process {
    command = var.process
    user    = %q
  }
}
`, attacker.name)+steps)
}

// prepare makes what a runbook wants to be there, before anything is planted.
func (s *scene) prepare(t *testing.T, runbook string) {
	t.Helper()
	if runbook != "restore-increment.hcl" {
		return
	}
	if e := s.run(t, "backup-increments.hcl"); e.code != 0 {
		t.Fatal(e.output)
	}
}

// variables are those of each runbook; names of new files are others each time.
func (s *scene) variables(runbook string) []string {
	keep := s.base + "/keep"
	s.given++
	given := map[string][]string{
		"backup.hcl":            {"directory=" + keep + "/backups"},
		"backup-increments.hcl": {"repository=" + keep + "/increments"},
		"restore.hcl":           {"backup=" + keep + "/good.rdb", "key=shapes:triangles", "value=3 sides"},
		"restore-live.hcl":      {"backup=" + keep + "/good.rdb", fmt.Sprintf("snapshot=%s/backups/before%d.rdb", keep, s.given)},
		"restore-tutorial.hcl":  {"backup=" + keep + "/good.rdb"},
		"restore-increment.hcl": {"repository=" + keep + "/increments"},
	}[runbook]
	given = append(given, fmt.Sprintf("address=127.0.0.1:%d", s.server.Port))
	if runbook == "restore-live.hcl" { // it starts nothing
		return given
	}
	return append(given, fmt.Sprintf("process=[%q, %q]", "redis-server", s.server.Conf))
}

// plant has the attacker put something at a path.
func (s *scene) plant(t *testing.T, kind, path string) {
	t.Helper()
	cmd := s.job([]string{path}, []string{kind}, false).start(t)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("plant a %s at %s: %v", kind, path, err)
	}
}

func (s *scene) job(paths, kinds []string, race bool) sabotageJob {
	return sabotageJob{Paths: paths, Kinds: kinds, Secret: s.base + "/secret", Owned: s.owned, Race: race}
}

// An end is how a verb of redbook ended.
type end struct {
	code   int
	output string
}

func (s *scene) run(t *testing.T, runbook string) end {
	t.Helper()
	return s.redbook(t, append([]string{"run", "--yes"}, s.on(runbook)...)...)
}

// on is the part of a command line that names a runbook and what is given to it.
func (s *scene) on(runbook string) []string {
	args := []string{s.base + "/keep/" + runbook}
	for _, v := range s.variables(runbook) {
		args = append(args, "--var", v)
	}
	return args
}

// endStuckServer kills the attacker's own server when that waits in a FIFO of the
// attacker's, in place of the five minutes that redbook gives it to start. So it does when the server read a directory for
// its config, and listens where nobody looks for it.
func (s *scene) endStuckServer(ctx context.Context, redbook int) {
	for stuck := map[string]int{}; ctx.Err() == nil; time.Sleep(200 * time.Millisecond) {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", redbook))
		for _, path := range threads {
			children, _ := os.ReadFile(path)
			for child := range strings.FieldsSeq(string(children)) {
				title, _ := os.ReadFile("/proc/" + child + "/cmdline")
				if pid, err := strconv.Atoi(child); err == nil && bytes.HasPrefix(title, []byte("redis-server *:6379")) {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		}
		places, _ := filepath.Glob("/proc/[0-9]*/wchan")
		for _, path := range places {
			at, _ := os.ReadFile(path)
			if name := string(at); name != "wait_for_partner" && name != "fifo_open" || !s.isServer(filepath.Dir(path)) {
				delete(stuck, path)
			} else if stuck[path]++; stuck[path] > 5 {
				pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}

// isServer tells by its title whether a process is the scene's server. It opens
// nothing that the attacker can plant.
func (s *scene) isServer(proc string) bool {
	title, _ := os.ReadFile(proc + "/cmdline")
	return bytes.Contains(title, []byte("redis-server")) && !bytes.Contains(title, []byte("--var")) &&
		(bytes.Contains(title, []byte(s.server.Conf)) || bytes.Contains(title, fmt.Appendf(nil, ":%d", s.server.Port)))
}

// redbook runs a verb and checks what holds for all of them.
func (s *scene) redbook(t *testing.T, args ...string) end {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), patience, errors.New("it hangs"))
	defer cancel()
	cmd := exec.CommandContext(ctx, redbook, append(args, "--state-dir", s.base+"/keep/state")...)
	cmd.Dir, cmd.WaitDelay = s.base+"/keep", time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // it says where it hangs
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go s.endStuckServer(ctx, cmd.Process.Pid)
	_ = cmd.Wait() // the exit code says it
	out := printed.Bytes()
	e := end{cmd.ProcessState.ExitCode(), string(out)}
	if cause := context.Cause(ctx); cause != nil {
		t.Fatalf("redbook %v: %v:\n%s", args, cause, out)
	}
	if !slices.Contains(defined, e.code) {
		t.Errorf("redbook %v: exit code %d:\n%s", args, e.code, out)
	}
	if strings.Contains(e.output, canary) {
		t.Errorf("redbook %v prints what is root's:\n%s", args, out)
	}
	s.secret.check(t)
	return e
}

// check holds the whole scene against what the attacker must not reach.
func (s *scene) check(t *testing.T) {
	t.Helper()
	for _, root := range []string{s.server.Dir, s.base + "/keep"} {
		mustNotHold(t, root)
	}
	err := filepath.Walk(s.base+"/keep", func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Sys().(*syscall.Stat_t).Uid == uint32(attacker.uid) && !strings.Contains(path, "/increments") {
			t.Errorf("%s was handed over", path) // a repository keeps the owners of what it holds
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
