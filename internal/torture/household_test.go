package torture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redbook/internal/aof"
	"redbook/internal/rdb"
	"redbook/internal/redistest"
)

// A household is a server with random data and other files in its data directory,
// made anew for each random runbook.
type household struct {
	scene
	test   *testing.T
	conf   []byte
	hasAOF bool
	dump   []byte // another server's

	held string // the keys that the server holds, or held when it was stopped

	refused, runs, resumed, rolledBack, effects, onServer int
}

// homeNames are the files that random steps choose from.
var homeNames = []string{"dump.rdb", "dump.rdb.old", "appendonlydir", "appendonlydir.old", "other.rdb", "notes"}

func newHousehold(t *testing.T, conf ...string) *household {
	t.Helper()
	server := redistest.New(t, redistest.WithConf(append(conf, "databases 4", "hz 500", "appendfsync no")...))
	h := &household{test: t, hasAOF: conf[0] == "appendonly yes"}
	h.scene = scene{server: server, state: filepath.Join(server.Dir, "state")}
	h.play.runbook = filepath.Join(server.Dir, "random.hcl")
	var err error
	if h.conf, err = os.ReadFile(server.Conf); err != nil {
		t.Fatal(err)
	}
	server.Start(t)
	server.Do(t, "SET", "other", "data")
	server.Do(t, "SAVE")
	if h.dump, err = os.ReadFile(h.path("dump.rdb")); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *household) path(name string) string { return filepath.Join(h.server.Data, name) }

// reset makes the household anew.
func (h *household) reset(t *rapid.T) {
	h.server.Kill(h.test)
	err := errors.Join(
		os.RemoveAll(h.server.Data), os.RemoveAll(h.state), os.Mkdir(h.server.Data, 0o750),
		os.WriteFile(h.server.Conf, h.conf, 0o640),
	)
	for name, content := range map[string][]byte{"other.rdb": h.dump, "dump.rdb.old": h.dump, "notes": []byte("words")} {
		if rapid.Bool().Draw(t, "exists "+name) {
			err = errors.Join(err, os.WriteFile(h.path(name), content, 0o640))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	h.server.Start(h.test)
	h.server.Do(h.test, "SET", "saved", "yes")
	if rapid.Bool().Draw(t, "saved") {
		h.server.Do(h.test, "SAVE")
	}
	h.server.Do(h.test, "SET", "unsaved", rapid.SampledFrom([]string{"a", "b"}).Draw(t, "value"))
	h.held = h.keys()
	if rapid.IntRange(0, 3).Draw(t, "stopped") == 0 {
		h.server.Stop(h.test)
	}
}

// A homePicture is all that a run may change and must put back. Files of the server's
// own, which it writes as it likes, are told by the keys in them.
type homePicture struct {
	running    bool
	keys       string // "" of a server that does not run
	appendOnly string // in the running server
	config     string
	dump       string // keys in the dump at the server's own path; "none"
	aof        string // keys in the AOF at the server's own path; "none"
	files      string // all others
}

// differ says in what two pictures differ. A dump may also have been saved anew.
func (h *household) differ(p, want homePicture) string {
	var b strings.Builder
	for _, x := range []struct{ what, got, want string }{
		{"running", fmt.Sprint(p.running), fmt.Sprint(want.running)}, {"keys", p.keys, want.keys},
		{"appendonly", p.appendOnly, want.appendOnly}, {"config", p.config, want.config}, {"files", savedAs(p.files, want.files), want.files},
		{"AOF", p.aof, want.aof},
	} {
		if x.got != x.want {
			fmt.Fprintf(&b, "%s:\n got  %s\n want %s\n", x.what, x.got, x.want)
		}
	}
	if p.dump != want.dump && p.dump != h.held {
		fmt.Fprintf(&b, "dump:\n got  %s\n want %s\n", p.dump, want.dump)
	}
	return b.String()
}

// saved is how a line of files tells the mode of a dump which the server wrote, by its umask.
var saved = regexp.MustCompile(`^( *\S+ )-rw-r--r--( \[)`)

// savedAs gives each dump that has the mode of one which the server wrote the mode that is
// wanted: a roll-back brings back what the server saved over a file that was moved there.
func savedAs(files, want string) string {
	got, wanted := strings.Split(files, "\n"), strings.Split(want, "\n")
	for i := range min(len(got), len(wanted)) {
		if mode := strings.Fields(wanted[i]); len(mode) > 1 {
			got[i] = saved.ReplaceAllString(got[i], "${1}"+mode[1]+"${2}")
		}
	}
	return strings.Join(got, "\n")
}

func (h *household) picture(t *rapid.T) (p homePicture) {
	if p.running = h.server.PID() != 0; p.running {
		if !h.server.Serving() {
			t.Fatal("the server runs and does not serve")
		}
		p.keys = h.keys()
		p.appendOnly = fmt.Sprint(h.server.Do(h.test, "CONFIG", "GET", "appendonly"))
	}
	config, err := os.ReadFile(h.server.Conf)
	if err != nil {
		t.Fatal(err)
	}
	p.config = string(config)
	p.dump, p.aof = "none", "none"
	if content, err := os.ReadFile(h.path("dump.rdb")); rdb.HasMagic(content) {
		p.dump = dumped(t, content)
	} else if err == nil {
		p.dump = string(content)
	}
	if _, err := os.Lstat(h.path("appendonlydir")); err == nil {
		p.aof = inAOF(t, h.path("appendonlydir"))
	}
	p.files = h.files(t)
	return p
}

// keys are what the server holds: strings in database 0.
func (h *household) keys() string {
	keys := map[string]string{}
	for _, name := range h.server.Do(h.test, "KEYS", "*").([]any) {
		keys[name.(string)] = h.server.Do(h.test, "GET", name).(string)
	}
	return spelled(keys)
}

// spelled writes keys down.
func spelled(keys map[string]string) string {
	lines := []string{}
	for name, value := range keys {
		lines = append(lines, name+"="+value)
	}
	slices.Sort(lines)
	return fmt.Sprint(lines)
}

// inDump adds the keys of a dump.
func inDump(t *rapid.T, keys map[string]string, dump []byte) {
	r, err := rdb.NewReader(bytes.NewReader(dump))
	for err == nil {
		if _, err = r.Next(); err != nil {
			break
		}
		var key *rdb.Key
		if key, err = r.Key(); err == nil {
			keys[string(key.Name)] = fmt.Sprintf("%s", key.Value)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatalf("read dump: %v\n%q", err, dump)
	}
}

func dumped(t *rapid.T, dump []byte) string {
	keys := map[string]string{}
	inDump(t, keys, dump)
	return spelled(keys)
}

var set = regexp.MustCompile(`SET\r\n\$\d+\r\n(.*)\r\n\$\d+\r\n(.*)\r\n`)

// inAOF are the keys that a server would load from an AOF of this household, "" when
// the directory holds none.
func inAOF(t *rapid.T, dir string) string {
	manifest, err := os.ReadFile(filepath.Join(dir, "appendonly.aof.manifest"))
	if err != nil {
		return ""
	}
	m, err := aof.ParseManifest(bytes.NewReader(manifest))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for _, e := range m.Entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name))
		switch {
		case e.Type == aof.TypeHistory:
		case err != nil:
			t.Fatal(err)
		case rdb.HasMagic(content):
			inDump(t, keys, content)
		default:
			for _, command := range set.FindAllSubmatch(content, -1) {
				keys[string(command[1])] = string(command[2])
			}
		}
	}
	return spelled(keys)
}

// files writes down what is in the data directory: names, modes, contents, what was
// set aside and the server's own dump and AOF left out. An AOF may be written anew, so it
// is told by its keys.
func (h *household) files(t *rapid.T) string {
	var lines []string
	err := filepath.WalkDir(h.server.Data, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(strings.TrimPrefix(path, h.server.Data), "/")
		switch {
		case errors.Is(err, fs.ErrNotExist), name == "":
			return nil
		case err != nil:
			return err
		case strings.Contains(name, ".redbook-2"), strings.HasPrefix(name, "temp-"), name == "dump.rdb", name == "appendonlydir":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			lines = append(lines, name+" "+inAOF(t, path))
			return fs.SkipDir
		}
		line, err := describe(t, path, d)
		lines = append(lines, name+" "+line)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n      ")
}

func describe(t *rapid.T, path string, d fs.DirEntry) (string, error) {
	info, err := d.Info()
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(path)
	if err == nil && rdb.HasMagic(content) {
		return fmt.Sprint(info.Mode(), " ", dumped(t, content)), nil
	}
	return fmt.Sprintf("%s %q", info.Mode(), content), err
}
