package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"redbook/runbook"
	"redbook/runbook/host"
)

// startState checks what the supervisor and the log say of the last start.
func startState(ctx context.Context, h runbook.Host, s host.Server) (checked []string, err error) {
	last, err := s.LastStart(ctx)
	if err != nil {
		return nil, err
	}
	if last.Unit != "" {
		checked = append(checked, "ActiveState", "NRestarts")
		if last.Unit != "active" {
			return nil, &runbook.CheckError{
				Problem: fmt.Sprintf("the unit of redis.%s is %s, not active", h.Redis(), last.Unit),
				Remedy:  "look at systemctl status of it",
			}
		}
		if last.Restarts > 0 {
			h.Note("systemd has restarted redis.%s %d times by itself (NRestarts): look into its log", h.Redis(), last.Restarts)
		}
	}
	if len(last.Loaded) > 0 {
		h.Note("its log says: DB loaded from %s", strings.Join(last.Loaded, ", "))
	}
	return checked, nil
}

// checkFiles looks whether the files of the dataset belong to the user that the server runs as, and who may write them.
// What is not on this machine, or may not be seen, is not checked.
func checkFiles(h runbook.Host, d host.Description) (checked []string, err error) {
	paths := []string{d.Dump}
	if d.AppendOnly {
		paths = append(paths, d.AOFPath)
	}
	for _, path := range paths {
		entries, err := entriesAt(h, path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return nil, err
		}
		checked = append(checked, "owner and mode of "+filepath.Base(path))
		for _, e := range entries {
			if e.UID != d.UID {
				h.Note("%s does not belong to %s, the user of redis.%s: give it to that user (chown)", e.Path, d.User, h.Redis())
			}
			if wrong := wrongMode(e.Mode); wrong != "" {
				h.Note("%s has the mode %04o: %s (chmod)", e.Path, e.Mode, wrong)
			}
		}
	}
	return checked, nil
}

// wrongMode says what is wrong with the permissions of a file or directory of the dataset, "" when nothing is. That others
// may read it is left to the umask of the server, which goes by it at each save.
func wrongMode(mode uint32) string {
	switch {
	case mode&0o600 != 0o600:
		return "its owner may not read and write it"
	case mode&0o002 != 0:
		return "every user may write it"
	}
	return ""
}

// entriesAt is what is at path, and in it where that is a directory.
func entriesAt(h host.Reader, path string) ([]host.Info, error) {
	info, err := h.Stat(path)
	if err != nil || info.Kind != host.KindDirectory {
		return []host.Info{info}, err
	}
	inside, err := h.ReadDir(path)
	return append([]host.Info{info}, inside...), err
}

// checkReplicas looks whether the replicas that the server knows are linked to it.
func checkReplicas(ctx context.Context, h runbook.Host, s host.Server) (checked []string, err error) {
	t, err := s.Topology(ctx)
	if errors.Is(err, host.ErrUnknown) || err == nil && len(t.Replicas) == 0 {
		return nil, nil
	}
	for _, r := range t.Replicas {
		if r.State != "online" {
			h.Note("replica %s does not follow redis.%s yet (%s)", r.Address, h.Redis(), r.State)
		}
	}
	return []string{"the state of its replicas"}, err
}

// surroundings checks what is around the data: unit, files, replicas. Only a unit that is not active is a failure.
func surroundings(ctx context.Context, h runbook.Host, s host.Server, d host.Description) (checked []string, err error) {
	unit, err1 := startState(ctx, h, s)
	files, err2 := checkFiles(h, d)
	replicas, err3 := checkReplicas(ctx, h, s)
	return slices.Concat(unit, files, replicas), errors.Join(err1, err2, err3)
}
