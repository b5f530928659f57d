package steps

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"redbook/internal/rdb"
	"redbook/runbook"
	"redbook/runbook/host"
)

//go:embed verify_dump.hcl
var verifyDumpExample string

var verifyDumpKind = runbook.Kind{
	Name:    "verify-dump",
	Summary: "Read a dump from end to end: structure, checksum, keys, age, and whether the server can load it",
	New:     func() runbook.Step { return new(verifyDump) },
	Outputs: dumpOutputs{},
	Timeout: long,
	Example: verifyDumpExample,
	NoRedis: true,
}

type verifyDump struct {
	Path     string                `arg:"path" doc:"Path of the dump"`
	Checksum string                `arg:"checksum" default:"required" oneof:"required,optional" doc:"Whether a dump that was written without a checksum is refused"`
	SHA256   *runbook.Late[string] `arg:"sha256" doc:"The SHA-256 that the file must have, in hex"`
	MaxAge   *time.Duration        `arg:"max_age" doc:"The most that the dump may be old, by the time that it says it was written"`
	MinKeys  *int64                `arg:"min_keys" doc:"The least number of keys that it must hold"`
}

type dumpOutputs struct {
	Keys    int64            `out:"keys" doc:"Number of keys in all databases"`
	DBs     map[string]int64 `out:"dbs" doc:"Number of keys in each database, by its number"`
	Version int64            `out:"version" doc:"RDB version"`
	Created string           `out:"created" doc:"When the server wrote it, in UTC; empty when the dump does not say"`
	Size    int64            `out:"size" doc:"Size in bytes"`
	SHA256  string           `out:"sha256" doc:"SHA-256 of the file, in hex"`
}

func (v *verifyDump) Check() error { return absolute("path", v.Path) }

func (v *verifyDump) Run(ctx context.Context, h runbook.Host) (any, error) {
	summary, digest, err := readDump(ctx, h, v.Path)
	if errors.Is(err, host.ErrUnknown) {
		return nil, fmt.Errorf("the content of %s: %w", v.Path, host.ErrUnknown)
	}
	if err != nil {
		return nil, err
	}
	if err := v.checkFile(h, summary, digest); err != nil {
		return nil, err
	}
	if err := fitsServer(ctx, h, v.Path, summary); err != nil {
		return nil, err
	}
	out := dumpOutputs{
		Keys: int64(summary.Keys()), DBs: map[string]int64{}, Version: int64(summary.Version),
		Size: summary.Size, SHA256: digest,
	}
	for _, db := range summary.DBs {
		out.DBs[fmt.Sprint(db.Index)] = int64(db.Keys)
	}
	if !summary.Created.IsZero() {
		out.Created = summary.Created.UTC().Format(time.RFC3339)
	}
	h.Note("%s, RDB version %d, %d bytes, written %s", plural(out.Keys, "key"), out.Version, out.Size, orUnknown(out.Created))
	if v.SHA256 != nil && !v.SHA256.Known {
		return nil, fmt.Errorf("the SHA-256 that %s must have: %w", v.Path, host.ErrUnknown)
	}
	return out, nil
}

func orUnknown(created string) string {
	if created == "" {
		return "at an unknown time"
	}
	return created
}

// checkFile holds the dump against the step's arguments.
func (v *verifyDump) checkFile(h host.Reader, s *rdb.Summary, digest string) error {
	age := h.Now().Sub(s.Created)
	switch {
	case s.Checksum != rdb.Good && v.Checksum == "required":
		return refuseDump(v.Path, "it was written without a checksum, so damage in values cannot be seen",
			`set checksum = "optional" to take it all the same`)
	case v.SHA256 != nil && v.SHA256.Known && v.SHA256.Value != digest:
		return refuseDump(v.Path, fmt.Sprintf("its SHA-256 is %s, not %s", digest, v.SHA256.Value), "it is not the file that was meant")
	case v.MinKeys != nil && int64(s.Keys()) < *v.MinKeys:
		return refuseDump(v.Path, fmt.Sprintf("it holds %d keys, fewer than %d", s.Keys(), *v.MinKeys), "choose another backup")
	case v.MaxAge != nil && s.Created.IsZero():
		return refuseDump(v.Path, "it does not say when it was written", "leave max_age out to take it all the same")
	case v.MaxAge != nil && age > *v.MaxAge:
		return refuseDump(v.Path, fmt.Sprintf("it is %s old, more than %s", age.Round(time.Second), *v.MaxAge), "choose a newer backup")
	}
	return nil
}

func refuseDump(path, problem, remedy string) error {
	return &runbook.CheckError{Problem: "dump " + path + " is refused: " + problem, Remedy: remedy}
}

// fitsServer refuses a dump that the step's server could not load.
func fitsServer(ctx context.Context, h runbook.Host, path string, s *rdb.Summary) error {
	if h.Redis() == "" {
		return nil
	}
	_, d, err := description(ctx, h)
	if err != nil {
		return err
	}
	if readable, known := s.ReadableBy(d.Version, d.Product == "valkey"); known && !readable {
		return refuseDump(path, fmt.Sprintf("its RDB version is %d, which %s %s does not read", s.Version, d.Product, d.Version),
			"restore it to a server of the version that wrote it or a newer one, or choose a backup of this one")
	}
	if s.MaxDB() >= d.Databases {
		return refuseDump(path, fmt.Sprintf("it has keys in db %d, and the server has %d databases", s.MaxDB(), d.Databases),
			fmt.Sprintf("set databases to at least %d in %s", s.MaxDB()+1, d.Config))
	}
	return nil
}
