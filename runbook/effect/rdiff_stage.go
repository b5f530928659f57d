package effect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"redbook/internal/aof"
	"redbook/internal/rdb"
	"redbook/runbook/host"
)

// RdiffStage copies what a full backup holds into a directory of its own, which must
// not be there: rdiff-backup on the files themselves leaves out those that change
// meanwhile. The copy holds dump and AOF under their own names, and each configuration
// file under config and its whole path.
type RdiffStage struct {
	Redis  string  `json:"redis"`
	Stage  string  `json:"stage"`
	Before *Staged `json:"before,omitempty"`
	After  *Staged `json:"after,omitempty"`
}

// Staged is what a stage is made of, or is.
type Staged struct {
	Files []StagedFile `json:"files,omitempty"`
	Tree  []Copied     `json:"tree,omitempty"`
}

// A StagedFile is a file to copy and its path in the stage.
type StagedFile struct {
	From string `json:"from"`
	Name string `json:"name"`
}

func (*RdiffStage) Kind() string { return "rdiff-stage" }

func (e *RdiffStage) Change() Change {
	return Change{Action: "stage", Target: "redis." + e.Redis, Detail: "dump, AOF if it is on, configuration and ACL file to " + e.Stage, Class: Additive}
}

func (e *RdiffStage) Prepare(ctx context.Context, r host.Reader) error {
	if err := mustBePrivate(r, filepath.Dir(e.Stage)); err != nil {
		return fmt.Errorf("stage in %s: %w", e.Stage, err)
	}
	if _, exists, err := lookup(r, e.Stage); err != nil {
		return fmt.Errorf("stage in %s: %w", e.Stage, err)
	} else if exists {
		return fmt.Errorf("stage in %w", refuseExisting(e.Stage))
	}
	s, err := r.Server(e.Redis)
	if err != nil {
		return err
	}
	d, err := s.Describe(ctx)
	if err != nil {
		return fmt.Errorf("describe redis.%s: %w", e.Redis, err)
	}
	if d.AppendOnly && d.Running {
		if err := awaitRewrite(ctx, r, s); err != nil {
			return fmt.Errorf("wait for the AOF rewrite of redis.%s: %w", e.Redis, err)
		}
	}
	files, err := toStage(r, d)
	if err != nil {
		return err
	}
	e.Before = &Staged{Files: files}
	return e.mustFit(r)
}

// awaitRewrite waits until no AOF rewrite is at work, which would change the set of files.
func awaitRewrite(ctx context.Context, r host.Reader, s host.Server) error {
	for {
		info, err := s.Info(ctx)
		if errors.Is(err, host.ErrDown) || err == nil && info["aof_rewrite_in_progress"] != "1" && info["aof_rewrite_scheduled"] != "1" {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.Sleep(ctx, 100*time.Millisecond); err != nil {
			if errors.Is(err, host.ErrUnknown) {
				return nil // the run waits
			}
			return err
		}
	}
}

// toStage lists the files of a full backup, the dump first.
func toStage(r host.Files, d host.Description) ([]StagedFile, error) {
	files := []StagedFile{{d.Dump, d.DBFilename}}
	if d.AppendOnly {
		of, err := aofFiles(r, d)
		if err != nil {
			return nil, err
		}
		files = append(files, of...)
	}
	if d.Config == "" {
		return files, nil
	}
	conf, err := LoadConfig(r, d.Config)
	if err != nil {
		return nil, err
	}
	for _, path := range append(conf.Files(), conf.Lookup("aclfile")) {
		if path == "" {
			continue
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(d.Dir, path)
		}
		path = filepath.Clean(path)
		files = append(files, StagedFile{path, filepath.Join("config", path)})
	}
	return files, nil
}

// aofFiles lists the files that are the AOF of now, the manifest first.
func aofFiles(r host.Files, d host.Description) ([]StagedFile, error) {
	name := filepath.Base(d.AOFPath)
	if !d.MultiPart {
		return []StagedFile{{d.AOFPath, name}}, nil
	}
	manifest := filepath.Join(d.AOFPath, aof.ManifestName(d.AOFName))
	f, err := r.Open(manifest)
	if err != nil {
		return nil, fmt.Errorf("read the AOF's manifest: %w", err)
	}
	defer f.Close()
	m, err := aof.ParseManifest(f)
	if err != nil {
		return nil, fmt.Errorf("read the AOF's manifest %s: %w", manifest, err)
	}
	files := []StagedFile{{manifest, filepath.Join(name, filepath.Base(manifest))}}
	for _, entry := range m.Entries {
		if entry.Type != aof.TypeHistory {
			files = append(files, StagedFile{filepath.Join(d.AOFPath, entry.Name), filepath.Join(name, entry.Name)})
		}
	}
	return files, nil
}

// mustFit refuses a stage that there is no room for, or whose sources are not there.
func (e *RdiffStage) mustFit(r host.Files) error {
	var need int64
	for _, f := range e.Before.Files {
		info, err := r.Stat(f.From)
		if err != nil {
			return fmt.Errorf("stage %s: %w", f.From, err)
		}
		if info.Kind != host.KindFile {
			return fmt.Errorf("stage %s: it is a %s, not a regular file", f.From, info.Kind)
		}
		need += max(0, info.Size)
	}
	space, err := r.Space(filepath.Dir(e.Stage))
	if err != nil {
		return fmt.Errorf("stage in %s: %w", e.Stage, err)
	}
	if uint64(need) > space.Available {
		return fmt.Errorf("stage in %s: no room: %d bytes are needed, %d are free; name a stage on another filesystem", e.Stage, need, space.Available)
	}
	return nil
}

func (e *RdiffStage) Do(ctx context.Context, m host.Machine) error {
	made, err := makeDirectory(ctx, m, e.Stage)
	if err != nil || !made {
		return err
	}
	for _, dir := range e.directories() {
		if _, err := makeDirectory(ctx, m, dir); err != nil {
			return err
		}
	}
	for _, f := range e.Before.Files {
		if err := stageFile(ctx, m, f.From, filepath.Join(e.Stage, f.Name)); err != nil {
			return fmt.Errorf("stage %s: %w", f.From, err)
		}
	}
	if err := e.stillWhole(ctx, m); err != nil {
		return err
	}
	tree, err := digestTree(ctx, m, e.Stage)
	e.After = &Staged{Tree: tree}
	return err
}

// directories are those in the stage, outer ones first.
func (e *RdiffStage) directories() []string {
	var dirs []string
	for _, f := range e.Before.Files {
		for dir := filepath.Dir(f.Name); dir != "."; dir = filepath.Dir(dir) {
			dirs = append(dirs, filepath.Join(e.Stage, dir))
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// stageFile keeps owner and mode of the source. Only root may give a file away; for
// anybody else it stays their own.
func stageFile(ctx context.Context, m host.Machine, from, to string) error {
	info, err := m.Stat(from)
	if err != nil {
		return err
	}
	mode := info.Mode & 0o777
	_, err = m.CopyFile(ctx, from, to, host.Attr{UID: info.UID, GID: info.GID, Mode: &mode})
	if errors.Is(err, fs.ErrPermission) {
		_, err = m.CopyFile(ctx, from, to, host.Attr{UID: -1, GID: -1, Mode: &mode})
	}
	return err
}

// stillWhole holds the copy against what it is a copy of: the dump can be loaded, and no
// rewrite took the AOF's files away while they were copied.
func (e *RdiffStage) stillWhole(ctx context.Context, m host.Machine) error {
	for i, f := range e.Before.Files {
		staged := filepath.Join(e.Stage, f.Name)
		if i == 0 {
			if err := checkDump(m, staged); err != nil {
				return fmt.Errorf("stage %s: %w", f.From, err)
			}
		}
		if !strings.HasSuffix(f.Name, ".manifest") {
			continue
		}
		was, err := m.Digest(ctx, staged)
		if err != nil {
			return fmt.Errorf("stage %s: %w", f.From, err)
		}
		if now, err := m.Digest(ctx, f.From); err != nil || now != was {
			return errors.Join(fmt.Errorf("stage %s: somebody had the AOF rewritten while it was copied; run it again", f.From), err)
		}
	}
	return nil
}

func checkDump(f host.Files, path string) error {
	r, err := f.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := rdb.Check(r); err != nil {
		return fmt.Errorf("the server wrote a dump that cannot be loaded: %w", err)
	}
	return nil
}

func (e *RdiffStage) Undo(ctx context.Context, m host.Machine, u Undo) ([]string, error) {
	list, err := walk(m, e.Stage)
	if err != nil {
		return nil, fmt.Errorf("undo stage: %w", err)
	}
	for _, info := range list {
		mine, err := e.isMine(ctx, m, info)
		if err != nil {
			return nil, fmt.Errorf("undo stage: %w", err)
		}
		if !mine {
			note, err := setAside(ctx, m, e.Stage, u, "it holds "+info.Path+", which is not what the run put there")
			return []string{note}, err
		}
		if err := m.Remove(ctx, info.Path); err != nil {
			return nil, fmt.Errorf("undo stage: %w", err)
		}
	}
	return nil, settle(ctx, m, e.Stage)
}

// isMine tells whether an entry in the stage is a copy that the run made. Directories
// come after what they hold, so one that is looked at is empty.
func (e *RdiffStage) isMine(ctx context.Context, m host.Machine, info host.Info) (bool, error) {
	if info.Kind == host.KindDirectory {
		return info.Path == e.Stage || slices.Contains(e.directories(), info.Path), nil
	}
	for _, f := range e.Before.Files {
		to := filepath.Join(e.Stage, f.Name)
		if info.Kind != host.KindFile || info.Path != to && info.Path != host.PartName(to) {
			continue
		}
		if e.noted(ctx, m, info.Path) {
			return true, nil
		}
		return isBeginning(ctx, m, info.Path, f.From)
	}
	return false, nil
}

// noted tells whether a file is still what Do noted.
func (e *RdiffStage) noted(ctx context.Context, m host.Machine, path string) bool {
	if e.After == nil {
		return false
	}
	digest, err := m.Digest(ctx, path)
	return err == nil && slices.ContainsFunc(e.After.Tree, func(c Copied) bool { return c.Info.Path == path && c.Digest == digest })
}
