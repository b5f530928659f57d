package local

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/dbus"
	"github.com/google/go-cmp/cmp"

	"redbook/internal/redisconf"
	"redbook/internal/redistest"
)

// A fakeUnits is a systemd that has the services of commands.
type fakeUnits struct {
	loaded, files []string
	commands      map[string][]string
}

func (f *fakeUnits) ListUnitsContext(context.Context) (list []dbus.UnitStatus, err error) {
	for _, name := range f.loaded {
		list = append(list, dbus.UnitStatus{Name: name})
	}
	return list, nil
}

func (f *fakeUnits) ListUnitFilesContext(context.Context) (list []dbus.UnitFile, err error) {
	for _, name := range f.files {
		list = append(list, dbus.UnitFile{Path: "/usr/lib/systemd/system/" + name})
	}
	return list, nil
}

func (f *fakeUnits) GetAllPropertiesContext(_ context.Context, name string) (map[string]any, error) {
	if name == "redis.service" { // Debian's alias
		name = "redis-server.service"
	}
	command, ok := f.commands[name]
	if !ok {
		return nil, errors.New("no such unit")
	}
	return map[string]any{
		"Id": name, "LoadState": "loaded", "User": "redis", "MainPID": uint32(7),
		"DropInPaths": []string{"/etc/systemd/system/" + name + ".d/x.conf"},
		"ExecStart":   [][]any{{command[0], command}},
	}, nil
}

// Units are found by their command, whatever they are called: also instances of
// templates and units that have only a file; aliases once, and Sentinels not.
func TestFindUnits(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "redis.conf")
	if err := os.WriteFile(conf, []byte("port 7001\ndir "+dir+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := findUnits(t.Context(), &fakeUnits{
		loaded: []string{"redis-server@one.service", "redis.service", "redis.socket", "ssh.service", "gone.service"},
		files:  []string{"redis-server.service", "redis-server@.service", "cache.service", "redis-sentinel.service", "redis.service"},
		commands: map[string][]string{
			"redis-server.service":     {"/usr/bin/redis-server", conf, "--supervised", "systemd"},
			"redis-server@one.service": {"/usr/bin/redis-server", conf, "--port", "7002"},
			"cache.service":            {"/usr/bin/taskset", "1", "/opt/valkey-server", "/none.conf"},
			"redis-sentinel.service":   {"/usr/bin/redis-sentinel", "/etc/redis/sentinel.conf"},
			"ssh.service":              {"/usr/sbin/sshd", "-D"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range got {
		list = append(list, f.Service+" "+f.Config+" "+f.Address)
	}
	want := []string{
		"cache.service /none.conf ",
		"redis-server.service " + conf + " 127.0.0.1:7001",
		"redis-server@one.service " + conf + " 127.0.0.1:7002",
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f := got[1]; f.User != "redis" || f.PID != 7 || len(f.DropIns) != 1 {
		t.Errorf("got %+v", f)
	}
}

func TestDiscoverProcesses(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	find := func(units ...Found) int {
		return slices.IndexFunc(discoverProcesses(units), func(f Found) bool { return f.PID == s.PID() })
	}
	if find() < 0 {
		t.Error("a server that runs is not found")
	}
	if find(Found{Service: "redis.service", PID: s.PID()}) >= 0 {
		t.Error("a unit's process is found a second time")
	}
}

func TestListenAddress(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "127.0.0.1:6379",
		"port 7000\nbind 0.0.0.0":            "127.0.0.1:7000",
		"bind 10.0.0.1 127.0.0.1":            "127.0.0.1:6379",
		"bind 10.0.0.1":                      "10.0.0.1:6379",
		"bind -::1":                          "[::1]:6379",
		"port 0\nunixsocket /run/redis.sock": "unix:///run/redis.sock",
		"port 0\ntls-port 6380":              "",
	} {
		conf, err := redisconf.Load("redis.conf", func(string) ([]byte, error) { return []byte(text), nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := ListenAddress(conf); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTitleAddress(t *testing.T) {
	for title, want := range map[string]string{
		"redis-server *:6379":                  "127.0.0.1:6379",
		"redis-server 10.0.0.1:7000 [cluster]": "10.0.0.1:7000",
		"redis-server ::1:6379":                "[::1]:6379",
		"redis-server unixsocket:/run/r.sock":  "unix:///run/r.sock",
		"redis-server /etc/redis.conf":         "",
		"redis-server":                         "",
	} {
		if got := titleAddress(strings.Fields(title)); got != want {
			t.Errorf("%q: got %q, want %q", title, got, want)
		}
	}
}

// A process may end while it is looked at.
func TestFoundProcessIsGone(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	gone := mainProcess{pid: cmd.Process.Pid, started: 1}
	if words := gone.commandLine(); len(words) > 0 {
		t.Errorf("command line %q", words)
	}
	if f := foundProcess(gone); len(f.Command) > 0 || f.Config != "" {
		t.Errorf("found %+v", f)
	}
}
