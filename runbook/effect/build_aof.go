package effect

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"

	"redbook/internal/aof"
	"redbook/runbook/host"
)

// BuildAOF makes the directory of a multi-part append-only file (Redis 7.0 and
// later) whose base is a dump and to which nothing was written since. The base is a
// second name of the dump, which no server ever writes into, or a copy where
// the filesystem has no second names. The directory must not be there.
type BuildAOF struct {
	From  string    `json:"from"` // the dump
	To    string    `json:"to"`   // the directory
	Name  string    `json:"name"` // the server's appendfilename
	Dir   host.Attr `json:"dir"`
	Files host.Attr `json:"files"`
	// After is the base as it was made. Nothing else in the directory needs to be
	// noted: what it holds is given by Name.
	After *host.Info `json:"after,omitempty"`
}

func (*BuildAOF) Kind() string { return "build-aof" }

func (e *BuildAOF) Change() Change {
	from := e.From
	if filepath.Dir(e.From) == filepath.Dir(e.To) {
		from = filepath.Base(e.From)
	}
	return Change{Action: "build", Target: e.To, Detail: "as the AOF of " + from, Class: Additive}
}

func (e *BuildAOF) Prepare(_ context.Context, r host.Reader) error {
	info, err := r.Stat(e.From)
	if err != nil {
		return fmt.Errorf("build AOF of %s: %w", e.From, err)
	}
	if info.Kind != host.KindFile {
		return fmt.Errorf("build AOF of %s: it is a %s, not a regular file", e.From, info.Kind)
	}
	_, exists, err := lookup(r, e.To)
	if err != nil {
		return fmt.Errorf("build AOF in %s: %w", e.To, err)
	}
	if exists {
		return fmt.Errorf("build AOF in %w", refuseExisting(e.To))
	}
	if _, err := r.Space(filepath.Dir(e.To)); err != nil {
		return fmt.Errorf("build AOF in %s: %w", e.To, err)
	}
	return nil
}

// Do makes the manifest last: without it no server takes the directory for an AOF.
func (e *BuildAOF) Do(ctx context.Context, m host.Machine) error {
	manifest := aof.ForDump(e.Name)
	if err := m.Sync(ctx, e.From); err != nil {
		return fmt.Errorf("build AOF of %s: %w", e.From, err)
	}
	if err := m.MakeDir(ctx, e.To, e.Dir); err != nil {
		return fmt.Errorf("build AOF in %s: %w", e.To, err)
	}
	if err := e.makeBase(ctx, m); err != nil {
		return fmt.Errorf("build AOF in %s: %w", e.To, err)
	}
	for _, incr := range manifest.Incrs() {
		if err := m.CreateFile(ctx, filepath.Join(e.To, incr.Name), nil, e.Files); err != nil {
			return fmt.Errorf("build AOF in %s: %w", e.To, err)
		}
	}
	if err := m.CreateFile(ctx, e.manifest(), []byte(manifest.String()), e.Files); err != nil {
		return fmt.Errorf("build AOF in %s: %w", e.To, err)
	}
	base, err := e.check(m)
	if err != nil {
		return fmt.Errorf("build AOF in %s: %w", e.To, err)
	}
	e.After = &base
	return nil
}

// makeBase links the dump, or copies it where the filesystem or the kernel allows
// no link (link(2)). Any other error is one.
func (e *BuildAOF) makeBase(ctx context.Context, m host.Machine) error {
	err := m.Link(ctx, e.From, e.base())
	for _, noLinks := range []error{syscall.EPERM, syscall.EXDEV, syscall.EMLINK, errors.ErrUnsupported} {
		if errors.Is(err, noLinks) {
			_, err = m.CopyFile(ctx, e.From, e.base(), e.Files)
			return err
		}
	}
	return err
}

// check reads the AOF as a server would find it.
func (e *BuildAOF) check(f host.Files) (base host.Info, err error) {
	r, err := f.Open(e.manifest())
	if err != nil {
		return base, err
	}
	defer r.Close()
	m, err := aof.ParseManifest(r)
	if err != nil {
		return base, fmt.Errorf("%s: %w", e.manifest(), err)
	}
	for _, entry := range m.Entries {
		info, err := f.Stat(filepath.Join(e.To, entry.Name))
		if err != nil {
			return base, err
		}
		if entry.Type == aof.TypeBase {
			base = info
		}
	}
	source, err := f.Stat(e.From)
	if err == nil && source.Size != base.Size {
		err = fmt.Errorf("%s is of %d bytes, and %s of %d: somebody changed one of them", base.Path, base.Size, e.From, source.Size)
	}
	return base, err
}

func (e *BuildAOF) base() string     { return filepath.Join(e.To, aof.BaseName(e.Name, 1)) }
func (e *BuildAOF) manifest() string { return filepath.Join(e.To, aof.ManifestName(e.Name)) }

// Undo removes the AOF while it is as it was built. One that a server has written
// to, or somebody else, is set aside whole.
func (e *BuildAOF) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	list, err := walk(m, e.To)
	if err != nil {
		return nil, fmt.Errorf("undo build: %w", err)
	}
	for _, info := range list {
		mine, err := e.isMine(ctx, m, info)
		if err != nil {
			return nil, fmt.Errorf("undo build: %w", err)
		}
		if !mine {
			note, err := setAside(ctx, m, e.To, u, "it is no longer the AOF that the run built")
			return []string{note}, err
		}
	}
	for _, info := range list {
		if err := m.Remove(ctx, info.Path); err != nil {
			return nil, fmt.Errorf("undo build: %w", err)
		}
	}
	if len(list) > 0 {
		return nil, nil
	}
	return nil, settle(ctx, m, e.To)
}

// isMine tells whether an entry is what Do made. What stands under the name of a part
// is incomplete, so that nothing is lost with it, whatever a power cut made of it.
func (e *BuildAOF) isMine(ctx context.Context, m host.Machine, now host.Info) (bool, error) {
	if now.Path == e.To {
		return now.Kind == host.KindDirectory, nil
	}
	if now.Kind != host.KindFile {
		return false, nil
	}
	if now.Path == e.base() {
		return e.isBase(ctx, m, now)
	}
	for path, want := range e.written() {
		if now.Path == path && now.Size == int64(len(want)) {
			got, err := host.ReadFile(m, path, now.Size)
			return string(got) == want, err
		}
	}
	return e.isPart(now.Path), nil
}

// written is the content of what Do wrote itself, by path.
func (e *BuildAOF) written() map[string]string {
	m := aof.ForDump(e.Name)
	content := map[string]string{e.manifest(): m.String()}
	for _, incr := range m.Incrs() {
		content[filepath.Join(e.To, incr.Name)] = ""
	}
	return content
}

func (e *BuildAOF) isPart(path string) bool {
	for of := range e.written() {
		if path == host.PartName(of) {
			return true
		}
	}
	return path == host.PartName(e.base())
}

// isBase tells whether a file is the base. One that was not noted is judged by the
// dump, which it is another name or a copy of.
func (e *BuildAOF) isBase(ctx context.Context, m host.Machine, now host.Info) (bool, error) {
	if e.After != nil {
		return sameEntry(*e.After, now) && now.Size == e.After.Size && now.ModTime.Equal(e.After.ModTime), nil
	}
	source, exists, err := lookup(m, e.From)
	if err != nil || !exists {
		return false, err
	}
	if sameEntry(source, now) {
		return true, nil
	}
	if source.Size != now.Size {
		return false, nil
	}
	return isBeginning(ctx, m, now.Path, e.From)
}
