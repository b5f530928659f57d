package preview

import (
	"context"
	"fmt"
	"path/filepath"

	"redbook/internal/aof"
	"redbook/runbook/host"
)

// RewriteAOF implements host.Instance.
func (s *server) RewriteAOF(ctx context.Context) error {
	if err := s.mustServe(ctx, "rewrite the AOF of"); err != nil {
		return err
	}
	set, err := s.settings(ctx)
	if err != nil {
		return fmt.Errorf("rewrite the AOF of redis %q: %w", s.name, err)
	}
	return s.rewrite(ctx, set, set.appendOnly)
}

// rewrite writes the AOF from memory; on tells whether the AOF is on, then. Of
// an AOF that was off, the old files are not what the server holds, and are lost.
func (s *server) rewrite(ctx context.Context, set settings, on bool) error {
	path := set.aof
	if s.base.MultiPart {
		path = manifestPath(set)
	}
	f, err := s.picture.find("rewrite", path)
	if err == nil && !f.placed.byServer && !set.appendOnly {
		s.picture.warn(host.TrapAOFHistoryUnlinked, fmt.Sprintf(
			"redis %q writes a new AOF at %s and removes the files of the old one, which a way back would need; move %s aside before",
			s.name, set.aof, set.aof))
	}
	return s.writeAOF(ctx, set, on)
}

// writeAOF makes the files of an AOF that was written from memory.
func (s *server) writeAOF(ctx context.Context, set settings, on bool) error {
	if _, err := s.describeReal(ctx); err != nil {
		return err
	}
	origin := "the AOF that redis " + s.name + " writes"
	if !s.base.MultiPart {
		dir, err := s.picture.pin("write", set.dir)
		if err != nil {
			return fmt.Errorf("write the AOF of redis %q: %w", s.name, err)
		}
		if err := s.writeFile(ctx, dir.node, set.aof, s.data.snapshot(origin)); err != nil {
			return err
		}
		dir.children[set.aofName].rewrittenWhileOff = !on
		return nil
	}
	dir, err := s.aofDir(set)
	if err != nil {
		return fmt.Errorf("write the AOF of redis %q: %w", s.name, err)
	}
	old, err := s.picture.readManifest(manifestPath(set))
	if missing(err) {
		old = &aof.Manifest{}
	} else if err != nil {
		return fmt.Errorf("write the AOF of redis %q: %w", s.name, err)
	}
	return s.writeParts(ctx, set, dir, old, on)
}

// writeParts replaces the files of the old manifest. With the AOF off there is
// no incremental file: nothing is appended.
func (s *server) writeParts(ctx context.Context, set settings, dir *node, old *aof.Manifest, on bool) error {
	base, incr := 1, 1
	for _, e := range old.Entries {
		dir.attach(e.Name, nil)
		switch e.Type {
		case aof.TypeBase:
			base = e.Seq + 1
		case aof.TypeIncremental:
			incr = e.Seq + 1
		}
	}
	name := aof.BaseName(set.aofName, base)
	if !set.preamble {
		name = fmt.Sprintf("%s.%d.base.aof", set.aofName, base)
	}
	manifest := &aof.Manifest{Entries: []aof.Entry{{Name: name, Seq: base, Type: aof.TypeBase}}}
	if on {
		manifest.Entries = append(manifest.Entries, aof.Entry{Name: aof.IncrName(set.aofName, incr), Seq: incr, Type: aof.TypeIncremental})
	}
	for _, e := range manifest.Entries {
		if err := s.writeFile(ctx, dir, filepath.Join(set.aof, e.Name), s.data.snapshot("the AOF that redis "+s.name+" writes")); err != nil {
			return err
		}
	}
	if err := s.writeFile(ctx, dir, manifestPath(set), content{bytes: []byte(manifest.String())}); err != nil {
		return err
	}
	dir.children[aof.ManifestName(set.aofName)].rewrittenWhileOff = !on
	return nil
}

// aofDir is appenddirname, made if it is not there.
func (s *server) aofDir(set settings) (*node, error) {
	f, err := s.picture.pin("write", set.aof)
	if err == nil {
		return f.node, nil
	}
	if !missing(err) {
		return nil, err
	}
	dir, err := s.picture.pin("write", filepath.Dir(set.aof))
	if err != nil {
		return nil, err
	}
	n := &node{info: host.Info{
		Kind: host.KindDirectory, Mode: 0o755, UID: s.base.UID, GID: s.base.GID,
		Device: dir.info.Device, ModTime: s.picture.now, Links: 2,
	}}
	s.put(dir.node, filepath.Base(set.aof), n)
	return n, nil
}

// closeAOF makes the file that the server appended to a snapshot: what it will
// hold is not known before.
func (s *server) closeAOF(set settings) {
	path := set.aof
	if s.base.MultiPart {
		m, err := s.picture.readManifest(manifestPath(set))
		if err != nil {
			return // it was moved away under the server, which goes on writing there
		}
		incrs := m.Incrs()
		if len(incrs) == 0 {
			return
		}
		path = filepath.Join(set.aof, incrs[len(incrs)-1].Name)
	}
	f, err := s.picture.pin("write", path)
	if err != nil || f.info.Kind != host.KindFile {
		return
	}
	f.content = s.data.snapshot("the AOF of redis " + s.name)
	f.info.Size = -1
}
