package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
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
}

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
	state  string // redbook's state directory
	backup string // a dump in which the triangles have three sides
	before picture
}

// A picture is all that a run may change and must put back.
type picture struct {
	data   string   // digest of all keys
	config string   // redis.conf
	aof    string   // appendonly of the running server
	files  []string // names in the data directory, set-aside ones left out
}

// stage starts a server with two keys, backs it up and loses one of the keys.
func stage(t *testing.T, p play) *scene {
	t.Helper()
	opts := []redistest.Option{redistest.WithConf("databases 4")}
	if p.aof {
		opts = append(opts, redistest.WithAOF())
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
	s.before = s.look(t)
	return s
}

// look takes a picture of the scene; the server must serve.
func (s *scene) look(t *testing.T) picture {
	t.Helper()
	s.server.Await(t)
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
		files:  s.files(t),
	}
}

// backupTime is the part of a backup's name that differs from run to run.
var backupTime = regexp.MustCompile(`\d{8}-\d{6}`)

// files names what is in the data and backup directories.
func (s *scene) files(t *testing.T) (names []string) {
	t.Helper()
	for _, dir := range []string{s.server.Data, filepath.Join(s.server.Dir, "backups")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !strings.Contains(e.Name(), ".redbook-2") && !strings.HasPrefix(e.Name(), "temp-") {
				names = append(names, backupTime.ReplaceAllString(e.Name(), "TIME"))
			}
		}
	}
	slices.Sort(names)
	return names
}

// differs says in what two pictures differ.
func (p picture) differs(want picture) string {
	var b strings.Builder
	for _, x := range []struct{ what, got, want string }{
		{"data", p.data, want.data}, {"config", p.config, want.config}, {"appendonly", p.aof, want.aof},
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
	Socket, Conf   string
	Backup         string
	Backups        string
	Kill           int    // the moment at which the process kills itself, from 1; 0: never
	Report         string // file for the moments that came, one a line
}

func (s *scene) order(verb string) order {
	return order{
		Verb: verb, Runbook: s.play.runbook, State: s.state,
		Socket: s.server.Socket, Conf: s.server.Conf, Backup: s.backup,
		Backups: filepath.Join(s.server.Dir, "backups"),
	}
}

func (o order) variables() map[string]string {
	process, _ := json.Marshal([]string{"redis-server", o.Conf}) // strings always encode
	v := map[string]string{"address": "unix://" + o.Socket, "process": string(process)}
	if o.Runbook == "backup.hcl" {
		v["directory"] = o.Backups
		return v
	}
	v["backup"], v["key"], v["value"] = o.Backup, "shapes:triangles", "3 sides"
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
	in := runbook.Inputs{Environment: runbook.Environment{Getenv: e.Getenv, Now: time.Now()}}
	if o.Verb != "run" {
		id, err := e.Store.Find("")
		if err != nil {
			return nil, err
		}
		if o.Verb == "resume" {
			return e.Resume(ctx, id, in)
		}
		return e.RollBack(ctx, id, "", in)
	}
	path := filepath.Join("..", "..", "runbooks", o.Runbook)
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, diags := runbook.Load(path, src, e.Kinds)
	if diags.HasErrors() {
		return nil, diags
	}
	in.Given = o.variables()
	vars, diags := r.Resolve(in)
	if diags.HasErrors() {
		return nil, diags
	}
	p, err := e.Plan(ctx, r, vars)
	if err != nil {
		return nil, err
	}
	if f := p.Failed(); f != nil {
		return nil, fmt.Errorf("plan: %s: %s", f.Address, f.Failure)
	}
	return e.Run(ctx, r, vars, p)
}
