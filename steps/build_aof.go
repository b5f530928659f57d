package steps

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"redbook/internal/aof"
	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

//go:embed build_aof.hcl
var buildAOFExample string

var buildAOFKind = runbook.Kind{
	Name: "build-aof",
	Summary: "Build beside the data the append-only file that a server with AOF on would load: " +
		"a directory for Redis 7.0 and later, one file before; to be renamed into place while the server is down",
	New:     func() runbook.Step { return new(buildAOF) },
	Outputs: buildAOFOutputs{},
	Timeout: long,
	Example: buildAOFExample,
}

type buildAOF struct {
	From string `arg:"from" doc:"Path of the dump, which a verify-dump step has found to be whole; it should be the server's own user's, since the AOF is made of it"`
	To   string `arg:"to" doc:"Path of the new AOF, which must not exist, on the filesystem of redis.NAME.aof_path"`
}

type buildAOFOutputs struct {
	Path string `out:"path" doc:"Path of the new AOF"`
}

func (b *buildAOF) Check() error {
	return errors.Join(absolute("from", b.From), absolute("to", b.To), different(b.From, b.To))
}

func (b *buildAOF) Run(ctx context.Context, h runbook.Host) (any, error) {
	_, d, err := description(ctx, h)
	if err != nil {
		return nil, err
	}
	if err := mustBeDump(h, b.From); err != nil {
		return nil, err
	}
	uid, gid, err := h.Account(d.User, d.Group)
	if err != nil {
		return nil, err
	}
	dir, files := aofModes(h, d)
	owned := func(mode uint32) host.Attr { return host.Attr{UID: uid, GID: gid, Mode: &mode} }
	// The one file of older servers is appended to, so it is nobody's second name.
	var e effect.Effect = &effect.Copy{From: b.From, To: b.To, Attr: owned(files)}
	if d.MultiPart {
		e = &effect.BuildAOF{From: b.From, To: b.To, Name: d.AOFName, Dir: owned(dir), Files: owned(files)}
	}
	if err := h.Apply(ctx, e); err != nil {
		return nil, err
	}
	return buildAOFOutputs{Path: b.To}, nil
}

// mustBeDump refuses what a server would read as commands. A dump that only the run
// will know passes.
func mustBeDump(h host.Files, path string) error {
	f, err := h.Open(path)
	if errors.Is(err, host.ErrUnknown) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("build AOF of %s: %w", path, err)
	}
	defer f.Close()
	first := make([]byte, 9)
	n, err := io.ReadFull(f, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("build AOF of %s: %w", path, err)
	}
	if !aof.HasRDBPreamble(first[:n]) {
		return refuseDump(path, "it does not begin as a dump does", "choose another file")
	}
	return nil
}

// aofModes are those of the AOF that the server made itself, else what it makes
// under the umask of Debian's unit. Its user can always use what is built.
func aofModes(h host.Files, d host.Description) (dir, files uint32) {
	dir, files = 0o750, 0o640
	file := d.AOFPath
	if d.MultiPart {
		if info, err := h.Stat(d.AOFPath); err == nil && info.Kind == host.KindDirectory {
			dir = info.Mode&0o777 | 0o700
		}
		file = filepath.Join(d.AOFPath, aof.ManifestName(d.AOFName))
	}
	if info, err := h.Stat(file); err == nil && info.Kind == host.KindFile {
		files = info.Mode&0o777 | 0o600
	}
	return dir, files
}
