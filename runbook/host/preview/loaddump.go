package preview

import (
	"context"
	"fmt"

	"redbook/runbook/host"
)

// fromDump is what a start with the AOF off loads.
func (l *load) fromDump(ctx context.Context) (dataset, error) {
	f, err := l.find(l.set.dump)
	switch {
	case missing(err):
		return l.empty(ctx, host.TrapStartsEmpty,
			fmt.Sprintf("there is no file %s (dir and dbfilename of %s), so it would start empty", l.set.dump, l.description.Config))
	case err != nil:
		return dataset{}, err
	case f.info.Kind != host.KindFile && f.info.Kind != host.KindSymlink:
		return dataset{}, l.refuse(host.TrapDamagedDump, "Move it away.", "%s is a %s, not a dump", l.set.dump, f.info.Kind)
	}
	if err := l.checkAccess(l.set.dump, mayRead); err != nil {
		return dataset{}, err
	}
	return l.fromFile(ctx, l.set.dump, f.content)
}

// fromFile loads a file that is a dump as a whole.
func (l *load) fromFile(ctx context.Context, path string, c content) (dataset, error) {
	if c.snapshot != nil {
		return c.snapshot.loaded(path), nil
	}
	scan, err := l.picture.dumps.scan(ctx, path, c)
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
func (l *load) empty(ctx context.Context, trap host.Trap, cause string) (dataset, error) {
	none := dataset{kind: dataEmpty, origin: "none"}
	if l.server.allowEmpty {
		return none, nil
	}
	remedy := l.meant(ctx)
	if remedy == "" {
		l.picture.warn(trap, fmt.Sprintf("redis %q: %s", l.server.name, cause))
		return none, nil
	}
	return none, l.refuse(trap, remedy, "%s", cause)
}

// meant says what data the server was to have, "" if there is no sign of any.
func (l *load) meant(ctx context.Context) string {
	const orElse = " If an empty server is meant, say allow_empty in the start step."
	for i := len(l.picture.copies) - 1; i >= 0; i-- {
		c := l.picture.copies[i]
		if scan, err := l.picture.dumps.scan(ctx, c.path, c.content); err == nil && scan.IsDump {
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
