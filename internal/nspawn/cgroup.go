package nspawn

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Two systemds in one control group would take each other's services for their
// own, so every host has a group. Its name begins so, then comes the number of the
// process that it belongs to.
const groupPrefix = "redbook-host-"

var groupsMade atomic.Int32

// A group is a control group in each hierarchy that systemd keeps services in.
type group []string

// hierarchies are systemd's own mount points, whichever version of control groups
// the machine has.
func hierarchies() []string {
	var mounted []string
	for _, dir := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"} {
		if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err == nil {
			mounted = append(mounted, dir)
		}
	}
	return mounted
}

func makeGroup() (group, error) {
	removeStaleGroups()
	name := fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), groupsMade.Add(1))
	var g group
	for _, h := range hierarchies() {
		dir := filepath.Join(h, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, errors.Join(fmt.Errorf("make a control group: %w", err), g.remove())
		}
		g = append(g, dir)
	}
	return g, nil
}

// remove removes the groups and all below; no process may be left in them. One
// that was killed a moment ago may still be there.
func (g group) remove() error {
	var all error
	for _, dir := range g {
		var err error
		for range 100 {
			if err = removeGroup(dir); !errors.Is(err, syscall.EBUSY) {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		all = errors.Join(all, err)
	}
	return all
}

// removeGroup removes directories from the bottom up; their files are the kernel's.
func removeGroup(dir string) error {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			dirs = append(dirs, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove control group: %w", err)
	}
	for _, d := range slices.Backward(dirs) {
		if err := syscall.Rmdir(d); err != nil {
			return fmt.Errorf("remove control group %s: %w", d, err)
		}
	}
	return nil
}

// removeStaleGroups removes what killed processes left: their hosts died with them.
func removeStaleGroups() {
	for _, h := range hierarchies() {
		left, _ := filepath.Glob(filepath.Join(h, groupPrefix+"*"))
		for _, dir := range left {
			owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), groupPrefix), "-")
			if pid, err := strconv.Atoi(owner); err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
				_ = removeGroup(dir) // the next start tries again
			}
		}
	}
}
