package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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

// notOwned are the files of the dataset that do not belong to the user that the server runs as.
func notOwned(h host.Reader, d host.Description) ([]string, error) {
	paths := []string{d.Dump}
	if d.AppendOnly {
		paths = append(paths, d.AOFPath)
	}
	var others []string
	for _, path := range paths {
		entries, err := entriesAt(h, path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.UID != d.UID {
				others = append(others, e.Path)
			}
		}
	}
	return others, nil
}

// entriesAt is what is at path, and in it where that is a directory; nothing where there is nothing.
func entriesAt(h host.Reader, path string) ([]host.Info, error) {
	info, err := h.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || info.Kind != host.KindDirectory {
		return []host.Info{info}, err
	}
	inside, err := h.ReadDir(path)
	return append([]host.Info{info}, inside...), err
}

// notOnline are the replicas that INFO replication lists and that are not served yet.
func notOnline(info map[string]string) []string {
	var waiting []string
	for _, name := range slices.Sorted(maps.Keys(info)) {
		number, is := strings.CutPrefix(name, "slave")
		if !is || number == "" || strings.Trim(number, "0123456789") != "" {
			continue
		}
		if !strings.Contains(info[name], "state=online") {
			waiting = append(waiting, info[name])
		}
	}
	return waiting
}

// surroundings checks what is around the data: unit, files, replicas. Only a unit that is not active is a failure.
func surroundings(ctx context.Context, h runbook.Host, s host.Server, d host.Description, info map[string]string) (checked []string, err error) {
	if checked, err = startState(ctx, h, s); err != nil {
		return nil, err
	}
	others, err := notOwned(h, d)
	if err != nil {
		return nil, err
	}
	for _, path := range others {
		h.Note("%s does not belong to %s, the user of redis.%s: give it to it (chown)", path, d.User, h.Redis())
	}
	checked = append(checked, "the owner of "+filepath.Base(d.Dump))
	if d.AppendOnly {
		checked = append(checked, "the owner of the AOF")
	}
	if replicas, told := number(info, "connected_slaves"); told && replicas > 0 {
		checked = append(checked, "connected_slaves")
		for _, r := range notOnline(info) {
			h.Note("a replica does not follow yet: %s", r)
		}
	}
	return checked, nil
}
