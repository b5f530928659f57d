package nspawn

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// An Image is a Debian system that hosts are booted from. Hosts never change it.
type Image struct {
	Suite    string   // bookworm, trixie, ...
	Packages []string // besides those of debootstrap's minbase
	Disabled []string // units that are not to start at boot
}

// base is what every image needs to boot and to be looked at.
var base = []string{"systemd", "systemd-sysv", "dbus", "iproute2"}

func (i Image) packages() []string {
	all := append(slices.Clone(base), i.Packages...)
	slices.Sort(all)
	return slices.Compact(all)
}

// name tells images apart by all that they are made from.
func (i Image) name() string {
	sum := sha256.Sum256([]byte(strings.Join(i.packages(), " ") + "\n" + strings.Join(i.Disabled, " ")))
	return fmt.Sprintf("%s-%x", i.Suite, sum[:6])
}

// cacheDirectory holds the images, and the mount point of every host's layer.
func cacheDirectory() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache directory: %w", err)
	}
	dir := filepath.Join(cache, "redbook", "hosts")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the cache directory: %w", err)
	}
	return dir, nil
}

// Build returns the image's tree, made when the cache does not hold it: about a
// minute. Processes that want the same image wait for the one that makes it; an
// image is there completely or not at all.
func (i Image) Build(ctx context.Context) (tree string, err error) {
	dir, err := cacheDirectory()
	if err != nil {
		return "", err
	}
	tree = filepath.Join(dir, i.name())
	unlock, err := lock(tree + ".lock")
	if err != nil {
		return "", fmt.Errorf("build image %s: %w", i.Suite, err)
	}
	defer unlock()
	if _, err := os.Stat(tree); err == nil {
		return tree, nil
	}
	partial := tree + ".partial"
	if err := i.download(ctx, partial); err != nil {
		return "", fmt.Errorf("build image %s: %w", i.Suite, err)
	}
	if err := os.Rename(partial, tree); err != nil {
		return "", fmt.Errorf("build image %s: %w", i.Suite, err)
	}
	return tree, nil
}

// download makes the tree, and begins anew where a mirror fails.
func (i Image) download(ctx context.Context, tree string) (err error) {
	for _, m := range mirrors(ctx) {
		if err := os.RemoveAll(tree); err != nil {
			return fmt.Errorf("remove an unfinished image: %w", err)
		}
		if err = i.debootstrap(ctx, tree, m); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// debootstrap runs in a mount namespace of its own: what it mounts in the tree is
// gone when it is, however it ends.
func (i Image) debootstrap(ctx context.Context, tree, mirror string) error {
	const script = `set -e
debootstrap --variant=minbase --include="$2" "$1" "$3" "$4"
if [ -n "$5" ]; then chroot "$3" systemctl --quiet disable $5; fi
rm -rf "$3"/var/cache/apt/archives/*.deb "$3"/var/lib/apt/lists/*
: >"$3/etc/machine-id"`
	cmd := exec.CommandContext(ctx, "sh", "-c", script, "sh",
		i.Suite, strings.Join(i.packages(), ","), tree, mirror, strings.Join(i.Disabled, " "))
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	log := tree + ".log"
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		printed, _ := os.ReadFile(log)
		return fmt.Errorf("debootstrap from %s: %w: %s; %s has all that it printed", mirror, err, lastOf(string(printed)), log)
	}
	return os.Remove(log)
}

// lock takes a lock file, waiting for whoever has it. The kernel lets go of a lock
// whose owner is dead.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}
