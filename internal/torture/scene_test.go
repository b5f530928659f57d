package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
	"redbook/internal/sshtest"
	"redbook/runbook"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
	"redbook/runbook/journal"
	"redbook/steps"
)

// A play is one of the shipped runbooks on a server with or without AOF.
type play struct {
	runbook string
	aof     bool
}

var plays = []play{
	{"backup.hcl", false}, {"backup.hcl", true},
	{"restore.hcl", false}, {"restore.hcl", true},
	{"restore-tutorial.hcl", false}, {"restore-tutorial.hcl", true},
	{restoreLive, false}, {restoreLive, true},
}

// transfers move the backup between this machine and one that an sshd of this machine plays.
var transfers = []play{{"push-backup.hcl", false}, {"fetch-backup.hcl", false}}

// restoreLive is the one that changes the data of a server that serves on.
const restoreLive = "restore-live.hcl"

func (p play) String() string {
	if p.aof {
		return p.runbook + "/aof"
	}
	return p.runbook + "/no-aof"
}

// A scene is a play on a server of its own, ready to begin.
type scene struct {
	play   play
	server *redistest.Server
	far    *sshtest.Server // nil where nothing is moved
	state  string          // redbook's state directory
	backup string          // a dump in which the triangles have three sides
	before picture
}

// A picture is all that a run may change and must put back.
type picture struct {
	data   string   // digest of all keys
	config string   // redis.conf
	aof    string   // appendonly of the running server
	load   string   // its role, and the options that a live load changes
	files  []string // names in the data directory, set-aside ones left out
}

// stage starts a server with two keys, backs it up and loses one of the keys.
func stage(t *testing.T, p play) *scene {
	t.Helper()
	opts := []redistest.Option{redistest.WithConf("databases 4", "hz 100", "repl-diskless-sync-delay 0")}
	if p.aof {
		opts = append(opts, redistest.WithAOF())
	}
	if p.runbook == restoreLive { // slow enough to be seen loading
		opts = append(opts, redistest.WithConf("key-load-delay 10000", "loading-process-events-interval-bytes 1024"))
	}
	s := &scene{play: p, server: redistest.New(t, opts...)}
	s.state = filepath.Join(s.server.Dir, "state")
	backups := filepath.Join(s.server.Dir, "backups")
	if err := os.Mkdir(backups, 0o700); err != nil {
		t.Fatal(err)
	}
	s.server.Start(t)
	s.server.Do(t, "SET", "shapes:triangles", "3 sides")
	s.server.Do(t, "SET", "shapes:squares", "4 sides")
	if slices.Contains(transfers, p) {
		s.far = sshtest.Start(t)
		bulk := make([]byte, 4<<20) // more than goes at once
		rand.NewChaCha8([32]byte{}).Read(bulk)
		s.server.Do(t, "SET", "bulk", bulk)
	}
	s.server.Do(t, "SAVE")
	s.backup = filepath.Join(s.server.Dir, "backup.rdb")
	content, err := os.ReadFile(filepath.Join(s.server.Data, "dump.rdb"))
	if err == nil {
		err = os.WriteFile(s.backup, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.server.Do(t, "DEL", "shapes:triangles")
	s.server.Do(t, "SET", "shapes:circles", "no sides")
	if p.runbook == restoreLive {
		s.server.Do(t, "SAVE") // so that a crash shows whether what is held is on disk too
	}
	s.before = s.look(t)
	return s
}

// look takes a picture of the scene; the server must serve, and take a write.
func (s *scene) look(t *testing.T) picture {
	t.Helper()
	s.server.Await(t)
	s.server.Do(t, "SET", "canary", "sings")
	s.server.Do(t, "DEL", "canary")
	config, err := os.ReadFile(s.server.Conf)
	if err != nil {
		t.Fatal(err)
	}
	aof, err := s.server.Client(t).ConfigGet(context.Background(), "appendonly").Result()
	if err != nil {
		t.Fatal(err)
	}
	return picture{
		data:   redistest.Digest(t, s.server.Client(t)),
		config: strings.NewReplacer(s.server.Dir, "DIR", fmt.Sprint("port ", s.server.Port), "port PORT").Replace(string(config)),
		aof:    aof["appendonly"],
		load:   s.loadOptions(t),
		files:  s.files(t),
	}
}

func (s *scene) loadOptions(t *testing.T) string {
	t.Helper()
	lines := []string{s.role(t)}
	for _, name := range slices.Sorted(maps.Keys(host.LoadOptions())) {
		lines = append(lines, fmt.Sprint(s.server.Do(t, "CONFIG", "GET", name)))
	}
	return strings.Join(lines, " ")
}

func (s *scene) role(t *testing.T) string {
	t.Helper()
	return s.server.Do(t, "ROLE").([]any)[0].(string)
}

// backupTime is the part of a backup's name that differs from run to run.
var backupTime = regexp.MustCompile(`\d{8}-\d{6}`)

// same tells that two files can be read and hold the same.
func same(a, b string) bool {
	x, errA := os.ReadFile(a)
	y, errB := os.ReadFile(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// files names what is in the data and backup directories.
func (s *scene) files(t *testing.T) (names []string) {
	t.Helper()
	for _, dir := range []string{s.server.Data, filepath.Join(s.server.Dir, "backups")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.Contains(e.Name(), ".redbook-2") || strings.HasPrefix(e.Name(), "temp-") {
				continue
			}
			name := backupTime.ReplaceAllString(e.Name(), "TIME")
			if s.far != nil && !same(filepath.Join(dir, e.Name()), s.backup) {
				name += ", which is not the backup"
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// differs says in what two pictures differ.
func (p picture) differs(want picture) string {
	var b strings.Builder
	for _, x := range []struct{ what, got, want string }{
		{"data", p.data, want.data}, {"config", p.config, want.config}, {"appendonly", p.aof, want.aof}, {"load", p.load, want.load},
		{"files", fmt.Sprint(p.files), fmt.Sprint(want.files)},
	} {
		if x.got != x.want {
			fmt.Fprintf(&b, "%s:\n got  %s\n want %s\n", x.what, x.got, x.want)
		}
	}
	return b.String()
}

// An order is what a redbook process is to do.
type order struct {
	Verb           string // run, resume, rollback
	Runbook, State string
	Variables      map[string]string
	Kill           int    // the moment at which the process kills itself, from 1; 0: never
	Report         string // file for the moments that came, one a line
}

func (s *scene) order(verb string) order {
	path := s.play.runbook
	if !filepath.IsAbs(path) {
		path = filepath.Join("..", "..", "runbooks", path)
	}
	return order{Verb: verb, Runbook: path, State: s.state, Variables: s.variables()}
}

// variables are what the play's runbook asks for.
func (s *scene) variables() map[string]string {
	process, _ := json.Marshal([]string{"redis-server", s.server.Conf}) // strings always encode
	v := map[string]string{"address": "unix://" + s.server.Socket, "process": string(process)}
	backups := filepath.Join(s.server.Dir, "backups")
	switch {
	case s.far != nil:
		return map[string]string{"backup": s.backup, "host": sshtest.Host, "directory": backups, "ssh_config": s.far.Config}
	case filepath.IsAbs(s.play.runbook) && filepath.Base(s.play.runbook) != stopsOnFailure: // of the test's own making
		return v
	case s.play.runbook == "backup.hcl":
		v["directory"] = backups
		return v
	case s.play.runbook == restoreLive:
		delete(v, "process")
		v["snapshot"] = filepath.Join(backups, "before.rdb")
	}
	v["backup"], v["key"], v["value"] = s.backup, "shapes:triangles", "3 sides"
	return v
}

// engine makes an engine whose machine is a saboteur.
func (o order) engine(sabotage *saboteur, observe func(runbook.Event)) (*runbook.Engine, error) {
	store, err := journal.Open(o.State)
	if err != nil {
		return nil, err
	}
	return &runbook.Engine{
		Kinds: steps.All(), Store: store, Now: time.Now, Observe: observe,
		Getenv: func(string) string { return "" },
		Connect: func(c []host.ServerConfig) (runbook.Machine, error) {
			m, err := local.New(c, local.Options{})
			if err != nil {
				return nil, err
			}
			sabotage.Machine = m
			return sabotage, nil
		},
	}, nil
}

// obey does what the order says.
func (o order) obey(ctx context.Context, e *runbook.Engine) (*runbook.Outcome, error) {
	if o.Verb != "run" {
		id, err := e.Store.Find("")
		if err != nil {
			return nil, err
		}
		if o.Verb == "resume" {
			return e.Resume(ctx, id, inputs(e))
		}
		return e.RollBack(ctx, id, "", inputs(e))
	}
	r, vars, p, err := o.plan(ctx, e)
	if err != nil {
		return nil, err
	}
	if f := p.Failed(); f != nil {
		return nil, fmt.Errorf("plan: %s: %s", f.Address, f.Failure)
	}
	return e.Run(ctx, r, vars, p)
}

func inputs(e *runbook.Engine) runbook.Inputs {
	return runbook.Inputs{Environment: runbook.Environment{Getenv: e.Getenv, Now: time.Now()}}
}

func (o order) plan(ctx context.Context, e *runbook.Engine) (*runbook.Runbook, runbook.Variables, *runbook.Plan, error) {
	src, err := os.ReadFile(o.Runbook)
	if err != nil {
		return nil, runbook.Variables{}, nil, err
	}
	r, diags := runbook.Load(o.Runbook, src, e.Kinds)
	if diags.HasErrors() {
		return nil, runbook.Variables{}, nil, diags
	}
	in := inputs(e)
	in.Given = o.Variables
	vars, diags := r.Resolve(in)
	if diags.HasErrors() {
		return nil, runbook.Variables{}, nil, diags
	}
	p, err := e.Plan(ctx, r, vars)
	return r, vars, p, err
}
