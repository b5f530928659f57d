package preview

import (
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

const (
	mayRead   = 4
	mayWrite  = 2
	maySearch = 1
)

// allowed tells whether the server's user may do to the existing path what want
// says, and search every directory above it; blocked is the entry that forbids
// it. Supplementary groups, ACLs and what a unit's sandbox hides are not looked at.
func (p *Picture) allowed(d host.Description, path string, want uint32) (blocked string, ok bool) {
	if d.UID <= 0 { // root, or not known
		return "", true
	}
	var above []string
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		above = append(above, dir)
		if dir == "/" {
			break
		}
	}
	for i := len(above) - 1; i >= 0; i-- {
		info, err := p.Stat(above[i])
		if err != nil || info.Kind == host.KindSymlink {
			continue // the directory behind it is what counts, and cannot be seen from here
		}
		if !permits(info, d.UID, d.GID, maySearch) {
			return above[i], false
		}
	}
	info, err := p.Stat(path)
	if err != nil || info.Kind == host.KindSymlink {
		return "", true
	}
	return path, permits(info, d.UID, d.GID, want)
}

// permits is the kernel's check of permission bits: the first class that
// matches decides.
func permits(i host.Info, uid, gid int, want uint32) bool {
	bits := i.Mode
	switch {
	case i.UID == uid:
		bits >>= 6
	case i.GID == gid:
		bits >>= 3
	}
	return bits&want == want
}

// checkAccess refuses what the server's user may not use as it must.
func (l *load) checkAccess(path string, want uint32) error {
	blocked, ok := l.picture.allowed(l.description, path, want)
	if ok {
		return nil
	}
	info, err := l.picture.Stat(blocked)
	if err != nil {
		return err
	}
	owner := fmt.Sprintf("%s:%s", l.description.User, l.description.Group)
	return l.refuse(host.TrapUnreadable, fmt.Sprintf("Give it to %s before the start.", owner),
		"it runs as %s and may not %s %s: %s is of uid %d, gid %d, mode %04o", owner, verb(want), path, blocked, info.UID, info.GID, info.Mode)
}

func verb(want uint32) string {
	if want&mayWrite != 0 {
		return "write"
	}
	return "read"
}
