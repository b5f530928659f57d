package nspawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// tools are the programs needed and the Debian packages that hold them.
var tools = map[string]string{
	"debootstrap":    "debootstrap",
	"systemd-nspawn": "systemd-container",
	"nsenter":        "util-linux",
	"mount":          "mount",
}

// Prepare makes sure that hosts can be made here, and installs missing tools with
// apt-get. Its error is one line that says what a person has to do.
func Prepare(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return errors.New("booting a Debian host takes root: run this as root")
	}
	packages := missingPackages(exec.LookPath)
	if len(packages) == 0 {
		return checkMounts(ctx)
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("no apt-get to install %s with: install them by hand", strings.Join(packages, ", "))
	}
	if err := runTool(ctx, "apt-get", "update", "-q"); err != nil {
		return err
	}
	install := append([]string{"install", "-q", "-y", "--no-install-recommends"}, packages...)
	if err := runTool(ctx, "apt-get", install...); err != nil {
		return err
	}
	return checkMounts(ctx)
}

// checkMounts makes and removes what every host stands on: a control group, a layer
// in memory and an overlay. A container may have root and not these.
func checkMounts(ctx context.Context) error {
	g, err := makeGroup()
	if err != nil {
		return fmt.Errorf("a Debian host takes control groups that root may make: %w", err)
	}
	if err := g.remove(); err != nil {
		return err
	}
	const script = `set -e
mount -t tmpfs redbook-layer /mnt
mkdir /mnt/lower /mnt/upper /mnt/work /mnt/root
mount -t overlay redbook-host -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root`
	cmd := exec.CommandContext(ctx, "sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("a Debian host takes mounts that root may make: %w: %s", err, lastOf(string(out)))
	}
	return nil
}

func missingPackages(lookPath func(string) (string, error)) []string {
	var packages []string
	for program, pkg := range tools {
		if _, err := lookPath(program); err != nil {
			packages = append(packages, pkg)
		}
	}
	return packages
}

// lastOf is the last line that a program printed, mostly why it gave up.
func lastOf(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return lines[len(lines)-1]
}

// runTool runs a program to its end; the error holds the last line it printed.
func runTool(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, args[0], err, lastOf(string(out)))
	}
	return nil
}
