package preview

import (
	"context"
	"fmt"
	"path/filepath"

	"redbook/runbook/host"
)

// Save implements host.Instance.
func (s *server) Save(ctx context.Context, _ bool) error {
	if err := s.mustServe(ctx, "save"); err != nil {
		return err
	}
	set, err := s.settings(ctx)
	if err != nil {
		return fmt.Errorf("save redis %q: %w", s.name, err)
	}
	if f, err := s.picture.find("save", set.dump); err == nil && f.placed.planned() && f.placed.seq > s.started {
		s.picture.warn(host.TrapSwapWhileRunning, fmt.Sprintf("redis %q saves its memory over %s (%s)", s.name, set.dump, f.placed.by()))
	}
	return s.writeDump(ctx, set, "the dump that redis "+s.name+" saves")
}

// writeDump puts a snapshot at dir/dbfilename, by a new file as Redis does.
func (s *server) writeDump(ctx context.Context, set settings, origin string) error {
	dir, err := s.picture.pin("save", set.dir)
	if err != nil {
		return fmt.Errorf("save redis %q: %w", s.name, err)
	}
	return s.writeFile(ctx, dir.node, set.dump, s.data.snapshot(origin))
}

// defaultMode is what the usual umask of 022 leaves; a unit may have another.
const defaultMode = 0o644

// writeFile makes the server write the file at path, in dir, anew. Owner and group are the
// service's; the mode is that of the file before, since its umask is not known.
func (s *server) writeFile(ctx context.Context, dir *node, path string, c content) error {
	d, err := s.describeReal(ctx)
	if err != nil {
		return err
	}
	info := host.Info{
		Kind: host.KindFile, Size: -1, Mode: defaultMode, UID: d.UID, GID: d.GID,
		Device: dir.info.Device, ModTime: s.picture.now, Links: 1,
	}
	if c.snapshot == nil {
		info.Size = int64(len(c.bytes))
	}
	name := filepath.Base(path)
	if before, err := s.picture.child(dir, name); err == nil {
		if before.info.Kind != host.KindFile {
			return fmt.Errorf("redis %q cannot write %s: there is a %s in its place; move it away", s.name, path, before.info.Kind)
		}
		info.Mode = before.info.Mode
	} else if !missing(err) {
		return err
	}
	s.put(dir, name, &node{info: info, content: c})
	return nil
}

// put makes n the entry name of dir, by the server.
func (s *server) put(dir *node, name string, n *node) {
	s.picture.put(dir, name, n)
	n.place.byServer = true
}
