package nspawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
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
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("no apt-get to install %s with: install them by hand", strings.Join(packages, ", "))
	}
	if err := runTool(ctx, "apt-get", "update", "-q"); err != nil {
		return err
	}
	install := append([]string{"install", "-q", "-y", "--no-install-recommends"}, packages...)
	return runTool(ctx, "apt-get", install...)
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

// runTool runs a program to its end; the error holds the last line it printed.
func runTool(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s %s: %w: %s", name, args[0], err, lines[len(lines)-1])
	}
	return nil
}
