package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// checkOwners refuses to have root run what others can change.
func (s *scheduledRun) checkOwners(o *scheduleOptions) error {
	if o.cron && os.Geteuid() != 0 {
		return nil
	}
	paths := append([]string{s.meta.Runbook}, o.files...)
	for _, c := range s.credentials {
		paths = append(paths, c.Path)
	}
	for _, path := range paths {
		if err := checkOwner(path); err != nil {
			return err
		}
	}
	return nil
}

// checkOwner looks at a file and at the directories on the way to it.
func checkOwner(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return err
	}
	for at := real; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return err
		}
		if writable(info) {
			return fmt.Errorf("root is to run %s unattended, and others can change %s: chown root: %[2]s; chmod go-w %[2]s", path, shellQuote(at))
		}
		if at == "/" {
			return nil
		}
	}
}

// writable tells whether others than root and this user can change a file, or put another
// one into a directory in place of what is there.
func writable(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Uid != 0 && int(st.Uid) != os.Geteuid() {
		return true
	}
	sticky := info.IsDir() && info.Mode()&os.ModeSticky != 0
	byGroup := info.Mode()&0o020 != 0 && st.Gid != 0
	return !sticky && (info.Mode()&0o002 != 0 || byGroup && !info.IsDir())
}
