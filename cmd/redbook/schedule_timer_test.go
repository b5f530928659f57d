package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/dbus"
	"github.com/google/go-cmp/cmp"

	"redbook/internal/schedule"
)

// A fakeBus is a systemd that reads the unit files of one directory, and fails where it is
// told to. It notes what it was asked to do.
type fakeBus struct {
	dir     string
	fail    string // the call that fails
	bad     bool   // units do not load
	foreign string // where another unit of the name stands

	loaded          map[string]bool
	enabled, active map[string]bool
	calls           []string
}

func newFakeBus(dir string) *fakeBus {
	return &fakeBus{dir: dir, loaded: map[string]bool{}, enabled: map[string]bool{}, active: map[string]bool{}}
}

func (b *fakeBus) call(name, unit string) error {
	b.calls = append(b.calls, strings.TrimSpace(name+" "+filepath.Ext(unit)))
	if name == b.fail {
		b.fail = ""
		return errors.New("no " + name)
	}
	return nil
}

func (b *fakeBus) ReloadContext(context.Context) error {
	if err := b.call("reload", ""); err != nil {
		return err
	}
	b.loaded = map[string]bool{}
	entries, err := os.ReadDir(b.dir)
	for _, e := range entries {
		b.loaded[e.Name()] = true
	}
	return err
}

func (b *fakeBus) EnableUnitFilesContext(_ context.Context, files []string, _, _ bool) (bool, []dbus.EnableUnitFileChange, error) {
	b.enabled[files[0]] = true
	return true, nil, b.call("enable", files[0])
}

func (b *fakeBus) DisableUnitFilesContext(_ context.Context, files []string, _ bool) ([]dbus.DisableUnitFileChange, error) {
	delete(b.enabled, files[0])
	return nil, b.call("disable", files[0])
}

func (b *fakeBus) RestartUnitContext(_ context.Context, name, _ string, result chan<- string) (int, error) {
	b.active[name] = true
	return b.job("restart", name, result)
}

func (b *fakeBus) StopUnitContext(_ context.Context, name, _ string, result chan<- string) (int, error) {
	delete(b.active, name)
	return b.job("stop", name, result)
}

func (b *fakeBus) ResetFailedUnitContext(_ context.Context, name string) error {
	return b.call("reset", name)
}

func (b *fakeBus) job(what, name string, result chan<- string) (int, error) {
	if err := b.call(what, name); err != nil {
		return 0, err
	}
	if b.fail == what+" job" {
		b.fail = ""
		result <- "failed"
		return 1, nil
	}
	result <- "done"
	return 1, nil
}

func (b *fakeBus) GetAllPropertiesContext(_ context.Context, unit string) (map[string]any, error) {
	p := map[string]any{"LoadState": "not-found", "ActiveState": "inactive", "FragmentPath": b.foreign}
	if b.loaded[unit] {
		p["LoadState"], p["FragmentPath"] = "loaded", filepath.Join(b.dir, unit)
	}
	if b.bad {
		p["LoadState"] = "bad-setting"
	}
	if b.enabled[unit] {
		p["UnitFileState"] = "enabled"
	}
	if b.active[unit] {
		p["ActiveState"] = "active"
	}
	return p, nil
}

func (b *fakeBus) Close() {}

// scheduleFor makes the files of a schedule as they are to be, beside those that are there.
func scheduleFor(t *testing.T, dir, calendar string) []*scheduleFile {
	t.Helper()
	m := schedule.Meta{Name: "x", Runbook: "/x.hcl", Calendar: calendar}
	files, err := unitFiles(dir, schedule.Service{Meta: m, Argv: []string{"/bin/true"}}, schedule.Timer{Meta: m})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&world{}).checkFiles(m, files); err != nil {
		t.Fatal(err)
	}
	return files
}

// contents are the files of a directory.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all[e.Name()] = readFile(t, filepath.Join(dir, e.Name()))
	}
	return all
}

func TestInstallTimer(t *testing.T) {
	dir := t.TempDir()
	bus := newFakeBus(dir)
	timers := &timers{bus: bus, stamps: t.TempDir()}
	install := func(calendar string) bool {
		t.Helper()
		changed, err := timers.install(t.Context(), "x", scheduleFor(t, dir, calendar))
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	if !install("daily") || len(contents(t, dir)) != 2 || !bus.enabled["redbook-x.timer"] || !bus.active["redbook-x.timer"] {
		t.Errorf("after an add: %+v, %v", bus, contents(t, dir))
	}
	bus.calls = nil
	if install("daily") || len(bus.calls) != 0 {
		t.Errorf("the same again did %v", bus.calls)
	}
	if !install("weekly") || !strings.Contains(contents(t, dir)["redbook-x.timer"], "OnCalendar=weekly") {
		t.Errorf("after a change: %v", contents(t, dir))
	}
	delete(bus.active, "redbook-x.timer")
	if install("weekly"); !bus.active["redbook-x.timer"] {
		t.Error("a timer that was stopped is not started")
	}
	stamp := filepath.Join(timers.stamps, "stamp-redbook-x.timer")
	writeFile(t, stamp, "")
	if err := timers.remove(t.Context(), "x", scheduleFor(t, dir, "weekly")); err != nil {
		t.Fatal(err)
	}
	if left := contents(t, dir); len(left) != 0 || bus.enabled["redbook-x.timer"] || bus.active["redbook-x.timer"] || exists(timers.stamps, filepath.Base(stamp)) {
		t.Errorf("after a removal: %+v, %v", bus, left)
	}
}

// Whatever fails, files and timer are as they were.
func TestInstallTimerUndone(t *testing.T) {
	for _, fail := range []string{"reload", "enable", "restart", "restart job", "load"} {
		for _, before := range []string{"", "daily"} {
			t.Run(fail+" "+before, func(t *testing.T) {
				dir := t.TempDir()
				bus := newFakeBus(dir)
				timers := &timers{bus: bus, stamps: t.TempDir()}
				if before != "" {
					if _, err := timers.install(t.Context(), "x", scheduleFor(t, dir, before)); err != nil {
						t.Fatal(err)
					}
				}
				was := contents(t, dir)
				bus.fail, bus.bad = fail, fail == "load"
				if _, err := timers.install(t.Context(), "x", scheduleFor(t, dir, "weekly")); err == nil {
					t.Fatal("it does not fail")
				}
				if diff := cmp.Diff(was, contents(t, dir)); diff != "" {
					t.Errorf("the files are not as they were:\n%s", diff)
				}
				if there := before != ""; bus.enabled["redbook-x.timer"] != there || bus.active["redbook-x.timer"] != there {
					t.Errorf("enabled and active: %v and %v, want %v", bus.enabled, bus.active, there)
				}
				if last := bus.calls[len(bus.calls)-1]; !slices.Contains([]string{"reload", "restart .timer"}, last) {
					t.Errorf("systemd does not know of it: %v", bus.calls)
				}
			})
		}
	}
}

// What others wrote is neither written over nor hidden.
func TestForeignUnits(t *testing.T) {
	dir := t.TempDir()
	bus := newFakeBus(dir)
	bus.foreign = "/usr/lib/systemd/system/redbook-x.service"
	if _, err := (&timers{bus: bus}).install(t.Context(), "x", scheduleFor(t, dir, "daily")); err == nil || len(contents(t, dir)) != 0 {
		t.Errorf("got %v, %v", err, contents(t, dir))
	}
	m := schedule.Meta{Name: "x", Runbook: "/x.hcl"}
	for name, make := range map[string]func(path string) error{
		"a file":       func(path string) error { return os.WriteFile(path, []byte("[Service]\n"), 0o644) },
		"an empty one": func(path string) error { return os.WriteFile(path, nil, 0o644) },
		"a link":       func(path string) error { return os.Symlink("/dev/null", path) },
		"a directory":  func(path string) error { return os.Mkdir(path, 0o755) },
	} {
		path := filepath.Join(t.TempDir(), "redbook-x.service")
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if err := (&world{}).checkFiles(m, []*scheduleFile{{path: path, text: "x"}}); err == nil || !strings.Contains(err.Error(), "did not write") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	other := schedule.Meta{Name: "x", Runbook: "/other.hcl"}
	if err := sameSchedule(m, other); err == nil || !strings.Contains(err.Error(), "/other.hcl") {
		t.Errorf("another runbook of the name: got %v", err)
	}
}
