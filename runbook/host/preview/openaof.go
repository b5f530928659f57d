package preview

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"redbook/internal/aof"
	"redbook/runbook/host"
)

// openAOF makes the files that a server with the AOF on makes at its start.
func (l *load) openAOF(ctx context.Context) error {
	if !l.set.appendOnly {
		return nil
	}
	if err := l.beginAOF(ctx); err != nil {
		return fmt.Errorf("start redis %q: %w", l.server.name, err)
	}
	return nil
}

func (l *load) beginAOF(ctx context.Context) error {
	p, path := l.picture, l.set.aof
	if l.description.MultiPart {
		path = manifestPath(l.set)
	}
	_, err := p.Stat(path)
	switch {
	case err == nil && !l.description.MultiPart:
		return nil
	case err == nil:
		return l.addIncr(ctx, path)
	case !missing(err):
		return err
	case l.description.MultiPart && p.exists(l.oldAOF()):
		return l.takeOver(ctx, l.oldAOF())
	}
	return l.server.writeAOF(ctx, l.set, true)
}

// oldAOF is the one file of the versions before 7.0.
func (l *load) oldAOF() string { return filepath.Join(l.set.dir, l.set.aofName) }

// addIncr gives an AOF the incremental file that it lacks: a rewrite while the
// AOF was off left none.
func (l *load) addIncr(ctx context.Context, manifest string) error {
	m, err := l.picture.readManifest(manifest)
	if errors.Is(err, host.ErrUnknown) {
		return nil
	}
	if err != nil || len(m.Incrs()) > 0 {
		return err
	}
	return l.appendIncr(ctx, m)
}

func (l *load) appendIncr(ctx context.Context, m *aof.Manifest) error {
	s := l.server
	dir, err := s.aofDir(l.set)
	if err != nil {
		return err
	}
	incr := aof.Entry{Name: aof.IncrName(l.set.aofName, 1), Seq: 1, Type: aof.TypeIncremental}
	if err := s.writeFile(ctx, dir, filepath.Join(l.set.aof, incr.Name), s.data.snapshot("the AOF that redis "+s.name+" writes")); err != nil {
		return err
	}
	m.Entries = append(m.Entries, incr)
	return s.writeFile(ctx, dir, manifestPath(l.set), content{bytes: []byte(m.String())})
}

// takeOver makes the one file of an older version the base of an AOF of many
// (aofUpgradePrepare in aof.c).
func (l *load) takeOver(ctx context.Context, old string) error {
	dir, err := l.server.aofDir(l.set)
	if err != nil {
		return err
	}
	f, err := l.picture.pin("move", old)
	if err != nil {
		return err
	}
	f.parent.attach(f.name, nil)
	l.server.put(dir, l.set.aofName, f.node)
	return l.appendIncr(ctx, &aof.Manifest{Entries: []aof.Entry{{Name: l.set.aofName, Seq: 1, Type: aof.TypeBase}}})
}
