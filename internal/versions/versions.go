// Package versions runs the programs of every server version that a supported Debian ships, each out of that Debian's
// own tree, so that tests can hold this module against all of them on one machine.
//
// It needs root, and makes trees that are missing; see [nspawn]. It must not know what the servers are run for. It is
// for tests alone.
package versions

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"redbook/internal/nspawn"
)

// A Version is a server that a Debian ships.
type Version struct {
	Suite   string // bookworm, trixie, ...
	Product string // redis, valkey: what its programs' names begin with
	Number  string // of the suite's package now; security updates do not change it
}

// All is every version, the oldest first.
func All() []Version {
	return []Version{
		{"bullseye", "redis", "6.0.16"},
		{"bookworm", "redis", "7.0.15"},
		{"trixie", "redis", "8.0.2"},
		{"trixie", "valkey", "8.1.1"},
	}
}

func (v Version) String() string { return v.Product + "-" + v.Number }

// Image is a Debian of one suite with the servers that the suite has, and with what redbook works with. The servers
// are not started at boot: two of them would fight for the port.
func Image(suite string) nspawn.Image {
	i := nspawn.Image{
		Suite:    suite,
		Packages: []string{"redis-server", "openssh-server", "rdiff-backup", "cron"},
		Disabled: []string{"redis-server.service"},
	}
	if suite == "trixie" {
		i.Packages = append(i.Packages, "valkey-server")
		i.Disabled = append(i.Disabled, "valkey-server.service")
	}
	return i
}

// Program returns the path of a script that becomes a program of the version: "server" is redis-server or
// valkey-server, "check-rdb" the one that checks dumps. The program sees the version's own Debian, which it must not write
// to, and in it the machine's directory for temporary files, at its place. It has the machine's network, processes
// and time.
func (v Version) Program(t testing.TB, name string) (path string) {
	t.Helper()
	tree, err := Image(v.Suite).Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// The mount is in a namespace of the program's own, and gone when it is.
	script := fmt.Sprintf(`#!/bin/sh
tree='%s' temporary='%s'
if [ -z "$REDBOOK_UNSHARED" ]; then
	REDBOOK_UNSHARED=yes exec unshare --mount "$0" "$@"
fi
mkdir -p "$tree$temporary" && mount --bind "$temporary" "$tree$temporary" && exec chroot "$tree" '/usr/bin/%s-%s' "$@"
`, tree, os.TempDir(), v.Product, name)
	path = filepath.Join(t.TempDir(), v.Product+"-"+name)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
