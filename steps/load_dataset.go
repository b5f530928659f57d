package steps

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"redbook/internal/rdb"
	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

//go:embed load_dataset.hcl
var loadDatasetExample string

var loadDatasetKind = runbook.Kind{
	Name:    "load-dataset",
	Summary: "Give the running server the dataset of a dump, over the replication protocol: no restart, no failed read",
	New:     func() runbook.Step { return new(loadDataset) },
	Outputs: loadOutputs{},
	Timeout: long,
	Example: loadDatasetExample,
}

type loadDataset struct {
	Path         string `arg:"path" doc:"Path of the dump to load"`
	Snapshot     string `arg:"snapshot" doc:"Path of a dump of what the server holds now, from an earlier step: a roll-back loads it the same way"`
	Listen       string `arg:"listen" default:"" doc:"Address of this machine, host or host:port, at which the server reaches it; needed where the server is on another machine"`
	AllowLoading bool   `arg:"allow_loading" default:"false" doc:"Whether a server before 7.0 may answer LOADING to its readers while it loads"`
}

type loadOutputs struct {
	Keys runbook.Late[int64] `out:"keys" doc:"Number of keys in the dump"`
}

func (l *loadDataset) Check() error {
	if l.Path == l.Snapshot && l.Path != "" {
		return &runbook.ArgumentError{Argument: "snapshot", Problem: "is the same path as path; take a dump of the server before, with fetch-dump"}
	}
	return errors.Join(absolute("path", l.Path), absolute("snapshot", l.Snapshot))
}

func (l *loadDataset) Run(ctx context.Context, h runbook.Host) (any, error) {
	s, d, err := description(ctx, h)
	if err != nil {
		return nil, err
	}
	sum, err := l.loadable(ctx, h, l.Path)
	if err != nil {
		return nil, err
	}
	if _, err := l.loadable(ctx, h, l.Snapshot); err != nil {
		return nil, fmt.Errorf("the way back: %w", err)
	}
	if err := l.checkServer(ctx, h, s, sum); err != nil {
		return nil, err
	}
	l.foretell(h, d, sum)
	if d.AppendOnly {
		// After a load the server must write its AOF anew; where it cannot, it exits. That it can shows now.
		if err := h.Apply(ctx, &effect.RewriteAOF{Redis: h.Redis()}); err != nil {
			return nil, err
		}
	}
	e := &effect.LoadDataset{Redis: h.Redis(), Path: l.Path, Snapshot: l.Snapshot, Listen: l.Listen, AllowLoading: l.AllowLoading}
	if err := h.Apply(ctx, e); err != nil {
		return nil, err
	}
	if err := checkAOF(ctx, h, s, d.AppendOnly); err != nil {
		return nil, err
	}
	var out loadOutputs
	if sum != nil {
		out.Keys = runbook.Known(int64(sum.Keys()))
	}
	return out, nil
}

// loadable reads a dump; nil when only the run will know it. A server does not survive
// damage, so a dump without a checksum will not do.
func (l *loadDataset) loadable(ctx context.Context, h runbook.Host, path string) (*rdb.Summary, error) {
	sum, _, err := readDump(ctx, h, path)
	if errors.Is(err, host.ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if sum.Checksum != rdb.Good {
		return nil, refuseDump(path, "it was written without a checksum, and a server that loads a damaged one while it serves does not survive it",
			"restore it with a restart (restore.hcl)")
	}
	return sum, fitsServer(ctx, h, path, sum)
}

func (l *loadDataset) checkServer(ctx context.Context, h runbook.Host, s host.Server, sum *rdb.Summary) error {
	load := host.Load{Path: l.Path, Listen: l.Listen, AllowLoading: l.AllowLoading}
	if sum != nil {
		load.Memory = sum.UsedMemory
	}
	unknown, err := s.CheckLoad(ctx, load)
	for _, what := range unknown {
		h.Note("its user may not ask %s", what)
	}
	var refused *host.LoadError
	if errors.As(err, &refused) {
		return &runbook.CheckError{
			Problem: fmt.Sprintf("redis.%s cannot be given a dataset while it serves: %s", h.Redis(), refused.Problem),
			Remedy:  refused.Remedy,
		}
	}
	return err
}

// foretell says what clients will notice, and for how long.
func (l *loadDataset) foretell(h runbook.Host, d host.Description, sum *rdb.Summary) {
	about := "while it loads"
	if sum != nil {
		about = "for about " + (time.Second + runbook.AssumedLoadRate.Duration(sum.Size)).Truncate(time.Second).String()
	}
	if d.MultiPart { // 7.0 brought both
		h.Note("readers are served throughout; writers get READONLY %s", about)
		return
	}
	h.Note("readers get LOADING and writers READONLY %s: %s %s cannot serve while it loads", about, d.Product, d.Version)
}

// checkAOF wants the AOF as it was: the server stops it for the load.
func checkAOF(ctx context.Context, h runbook.Host, s host.Server, was bool) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if on := info["aof_enabled"] == "1"; on != was {
		return &runbook.CheckError{
			Problem: fmt.Sprintf("the AOF of redis.%s was on before the load: %t, and is now: %t", h.Redis(), was, on),
			Remedy:  "look into its log",
		}
	}
	return nil
}
