package steps

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"redbook/internal/rdb"
	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

//go:embed verify_dataset.hcl
var verifyDatasetExample string

var verifyDatasetKind = runbook.Kind{
	Name: "verify-dataset",
	Summary: "Compare what the server holds with a dump: keys of each database, functions, and the types, " +
		"expiries and values of a sample of keys or of all",
	New:     func() runbook.Step { return new(verifyDataset) },
	Outputs: datasetOutputs{},
	Timeout: long,
	Example: verifyDatasetExample,
}

type verifyDataset struct {
	Path      string        `arg:"path" doc:"Path of the dump"`
	Sample    int64         `arg:"sample" default:"1000" doc:"Number of keys that are compared: the same ones each time, some of every type"`
	All       bool          `arg:"all" default:"false" doc:"Compare every key"`
	Tolerance time.Duration `arg:"tolerance" default:"2s" doc:"The most that two expiries may differ"`
	Restored  bool          `arg:"restored" default:"true" doc:"Whether the server has just loaded the dump, so that its counters of the load, of evictions and of saves must agree too"`
	Canary    bool          `arg:"canary" default:"false" doc:"Whether a write is tried at the end: a key is set and deleted in one transaction, which needs the right to"`
	Writes    string        `arg:"writes" default:"tolerate" oneof:"tolerate,refuse" doc:"Whether differences are told and are no failure where clients have written to the server since it started, and keys that may not be read are passed over"`
}

type datasetOutputs struct {
	Keys        int64 `out:"keys" doc:"Number of keys in the dump"`
	Compared    int64 `out:"compared" doc:"Number of keys whose type, expiry and value were compared"`
	Differences int64 `out:"differences" doc:"Number of differences that were tolerated"`
}

func (v *verifyDataset) Check() error {
	if v.Sample < 0 {
		return &runbook.ArgumentError{Argument: "sample", Problem: "is negative; give a number of keys, or all = true"}
	}
	if v.Tolerance < 0 {
		return &runbook.ArgumentError{Argument: "tolerance", Problem: "is negative"}
	}
	return absolute("path", v.Path)
}

func (v *verifyDataset) Run(ctx context.Context, h runbook.Host) (any, error) {
	s, d, err := description(ctx, h)
	if err != nil {
		return nil, err
	}
	c := &comparison{host: h, server: s, tolerance: v.Tolerance, strict: v.Writes == "refuse"}
	dump, err := v.compareKeys(ctx, h, c)
	if err != nil {
		return nil, err
	}
	if err := c.keyspace(ctx, dump); err != nil {
		return nil, err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask redis.%s: %w", h.Redis(), err)
	}
	out := datasetOutputs{Keys: int64(dump.summary.Keys()), Compared: c.compared}
	if v.Restored {
		if err := afterRestore(ctx, h, s, d, info, out.Keys, c); err != nil {
			return nil, err
		}
	}
	v.note(h, c)
	if err := v.judge(h, c, info); err != nil {
		return nil, err
	}
	out.Differences = c.total
	if v.Canary {
		return out, h.Apply(ctx, &effect.TryWrite{Redis: h.Redis()})
	}
	return out, nil
}

// judge makes differences an error, unless writes of clients may be why.
func (v *verifyDataset) judge(h runbook.Host, c *comparison, info map[string]string) error {
	switch {
	case c.total == 0:
		return nil
	case v.Writes == "tolerate" && written(info):
		h.Note("clients have written to the server since it started, so this is no failure; first of it:")
		for _, line := range c.differences {
			h.Note("%s", line)
		}
		return nil
	}
	return &runbook.CheckError{
		Problem: fmt.Sprintf("redis.%s does not hold what %s holds: %s\n%s", h.Redis(), v.Path,
			plural(c.total, "difference"), strings.Join(c.differences, "\n")),
		Remedy: "if clients or a replication may have written to it, that may be why; else the restore is not to be trusted",
	}
}

func (v *verifyDataset) note(h runbook.Host, c *comparison) {
	h.Note("compared %s by type, expiry and value, and the keys of each database", plural(c.compared, "key"))
	if c.forbidden != nil {
		h.Note("other keys were not compared: %v", c.forbidden)
	}
	if c.unread > 0 {
		h.Note("of %s only type and expiry: a module's value, or a hash with fields that expire within the hour", plural(c.unread, "key"))
	}
	if !c.librariesKnown {
		h.Note("functions were not compared: the server has none or does not tell")
	}
}

// written tells whether the dataset may have changed since the server loaded
// it. A save resets the counter of changes, so after one it cannot be told.
func written(info map[string]string) bool {
	changes, told := info["rdb_changes_since_last_save"]
	return told && (changes != "0" || info["rdb_saves"] != "0")
}

func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// A datasetDump is what one reading of the dump told besides its keys.
type datasetDump struct {
	summary *rdb.Summary
	// mayBeGone counts by database the keys that have expired, or do within the hour.
	mayBeGone map[int]int64
}

// A wantedKey is a key as the dump has it.
type wantedKey struct {
	host.KeyName
	host.Value
	unread bool // the value is not compared
}
