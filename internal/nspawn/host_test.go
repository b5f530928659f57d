package nspawn

import (
	"os/exec"
	"testing"
)

func TestImageName(t *testing.T) {
	one := Image{Suite: "bookworm", Packages: []string{"redis-server", "cron"}}
	same := Image{Suite: "bookworm", Packages: []string{"cron", "redis-server", "systemd"}}
	if one.name() != same.name() {
		t.Errorf("the same packages in another order have another name: %s, %s", one.name(), same.name())
	}
	for _, other := range []Image{
		{Suite: "trixie", Packages: one.Packages},
		{Suite: "bookworm", Packages: []string{"redis-server"}},
		{Suite: "bookworm", Packages: one.Packages, Disabled: []string{"redis-server.service"}},
	} {
		if other.name() == one.name() {
			t.Errorf("%+v has the name of %+v: %s", other, one, one.name())
		}
	}
}

func TestFirstMirror(t *testing.T) {
	for _, c := range []struct{ listed, want string }{
		{"http://mirror.example/debian/\nhttp://other.example/debian/\n", "http://mirror.example/debian"},
		{"file:/srv/debian\nhttps://mirror.example/debian\n", "https://mirror.example/debian"},
		{"", publicMirror},
	} {
		if got := firstMirror(c.listed); got != c.want {
			t.Errorf("firstMirror(%q) = %s, want %s", c.listed, got, c.want)
		}
	}
}

func TestMissingPackages(t *testing.T) {
	got := missingPackages(func(program string) (string, error) {
		if program == "systemd-nspawn" {
			return "", exec.ErrNotFound
		}
		return "/usr/bin/" + program, nil
	})
	if len(got) != 1 || got[0] != "systemd-container" {
		t.Errorf("without systemd-nspawn, got %q, want systemd-container", got)
	}
}
