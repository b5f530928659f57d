package preview

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// Start implements host.Instance. A server that would not come up, or not with
// the data meant, is a *host.StartError.
func (s *server) Start(ctx context.Context) error {
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	if st.PID != 0 || st.Serving {
		return fmt.Errorf("start redis %q: it runs already", s.name)
	}
	set, err := s.configured(ctx)
	if err != nil {
		return fmt.Errorf("start redis %q: %w", s.name, err)
	}
	d, err := s.describeReal(ctx)
	if err != nil {
		return err
	}
	l := &load{server: s, picture: s.picture, ctx: ctx, description: d, set: set}
	data, err := l.dataset()
	if err != nil {
		return err
	}
	s.picture.seq++
	s.touched, s.running, s.started = true, true, s.picture.seq
	s.config, s.data, s.options, s.allowEmpty = &set, data, map[string]string{}, false
	return l.openAOF()
}

// A load decides what a server that starts now would load.
type load struct {
	server      *server
	picture     *Picture
	ctx         context.Context
	description host.Description
	set         settings
}

func (l *load) refuse(trap, remedy, cause string, args ...any) error {
	return &host.StartError{Server: l.server.name, Trap: trap, Remedy: remedy, Cause: fmt.Sprintf(cause, args...)}
}

func (l *load) dataset() (dataset, error) {
	if err := l.checkAgreement(); err != nil {
		return dataset{}, err
	}
	if err := l.checkDir(); err != nil {
		return dataset{}, err
	}
	if l.set.config.Lookup("replicaof") != "" {
		l.picture.warn("replica", fmt.Sprintf("redis %q is a replica by its config: its primary's data will replace what it loads; restore the primary", l.server.name))
	}
	if l.set.appendOnly {
		return l.fromAOF()
	}
	return l.fromDump()
}

// checkAgreement finds an AOF that was switched at run time alone.
func (l *load) checkAgreement() error {
	was := l.server.stopped
	if was == nil || was.appendOnly == was.inConfig || was.appendOnly == l.set.appendOnly {
		return nil
	}
	return l.refuse("config-disagrees",
		fmt.Sprintf("Set appendonly to %s in %s before the start.", yesNo(was.appendOnly), l.description.Config),
		"it ran with appendonly %s, but its config file says %s, and a start goes by the file",
		yesNo(was.appendOnly), yesNo(l.set.appendOnly))
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (l *load) checkDir() error {
	info, err := l.picture.Stat(l.set.dir)
	switch {
	case missing(err):
		return l.refuse("", "Set dir in "+l.description.Config+" to the directory that holds the data.", "its data directory %s is not there", l.set.dir)
	case err != nil:
		return err
	case info.Kind != host.KindDirectory && info.Kind != host.KindSymlink:
		return l.refuse("", "Set dir in "+l.description.Config+" to the directory that holds the data.", "its data directory %s is a %s", l.set.dir, info.Kind)
	}
	return l.checkAccess(l.set.dir, maySearch)
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
	return l.refuse("unreadable", fmt.Sprintf("Give it to %s before the start.", owner),
		"it runs as %s and may not %s %s: %s is of uid %d, gid %d, mode %04o", owner, verb(want), path, blocked, info.UID, info.GID, info.Mode)
}

func verb(want uint32) string {
	if want&mayWrite != 0 {
		return "write"
	}
	return "read"
}

// fromDump is what a start with the AOF off loads.
func (l *load) fromDump() (dataset, error) {
	f, err := l.find(l.set.dump)
	switch {
	case missing(err):
		return l.empty("starts-empty",
			fmt.Sprintf("there is no file %s (dir and dbfilename of %s), so it would start empty", l.set.dump, l.description.Config))
	case err != nil:
		return dataset{}, err
	case f.info.Kind == host.KindDirectory || f.info.Kind == host.KindOther:
		return dataset{}, l.refuse("damaged-dump", "Move it away.", "%s is a %s, not a dump", l.set.dump, f.info.Kind)
	}
	if err := l.checkAccess(l.set.dump, mayRead); err != nil {
		return dataset{}, err
	}
	return l.fromFile(l.set.dump, f.content)
}

// fromFile loads a file that is a dump as a whole.
func (l *load) fromFile(path string, c content) (dataset, error) {
	if c.snapshot != nil {
		return c.snapshot.loaded(path), nil
	}
	scan, err := l.picture.dumps.scan(l.ctx, path, c)
	if err != nil {
		return dataset{}, fmt.Errorf("start redis %q: read %s: %w", l.server.name, path, err)
	}
	if err := l.checkDump(path, scan); err != nil {
		return dataset{}, err
	}
	return dataset{kind: dataFile, file: c, path: path, origin: "that of " + path}, nil
}

// find is the file that the server opens at path: behind a symlink as well,
// and where that leads only the real machine can tell.
func (l *load) find(path string) (found, error) {
	f, err := l.picture.find("load", path)
	if err != nil || f.info.Kind != host.KindSymlink {
		return f, err
	}
	target, ok, err := l.picture.follow(f.node)
	if err != nil {
		return found{}, err
	}
	if ok {
		to, err := l.picture.find("load", target)
		to.placed = later(f.placed, to.placed)
		return to, err
	}
	behind := *f.node
	behind.info.Size = -1
	behind.content = dataset{kind: dataUnknown}.snapshot("what the symlink " + path + " leads to")
	f.node = &behind
	return f, nil
}

// empty is a start without data: refused where data was meant, unless the
// start said that it may be.
func (l *load) empty(trap, cause string) (dataset, error) {
	none := dataset{kind: dataEmpty, origin: "none"}
	if l.server.allowEmpty {
		return none, nil
	}
	remedy := l.meant()
	if remedy == "" {
		l.picture.warn(trap, fmt.Sprintf("redis %q: %s", l.server.name, cause))
		return none, nil
	}
	return none, l.refuse(trap, remedy, "%s", cause)
}

// meant says what data the server was to have, "" if there is no sign of any.
func (l *load) meant() string {
	const orElse = " If an empty server is meant, say allow_empty in the start step."
	for i := len(l.picture.copies) - 1; i >= 0; i-- {
		c := l.picture.copies[i]
		if scan, err := l.picture.dumps.scan(l.ctx, c.path, c.content); err == nil && scan.isDump {
			return fmt.Sprintf("A dump was put at %s (%s).", c.path, c.place.by()) + orElse
		}
	}
	if l.picture.exists(l.set.dump) {
		return fmt.Sprintf("There is a dump at %s that it would not read.", l.set.dump) + orElse
	}
	if l.server.stopped != nil && l.server.stopped.hadKeys {
		return "It held keys when it was stopped." + orElse
	}
	return ""
}

func manifestPath(set settings) string {
	return filepath.Join(set.aof, set.aofName+".manifest")
}

// asUnknown tells whether err says that only the run will know.
func asUnknown(err error) bool { return errors.Is(err, host.ErrUnknown) }
