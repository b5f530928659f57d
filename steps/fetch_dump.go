package steps

import (
	"context"
	_ "embed"
	"errors"

	"redbook/runbook"
	"redbook/runbook/effect"
)

//go:embed fetch_dump.hcl
var fetchDumpExample string

var fetchDumpKind = runbook.Kind{
	Name:    "fetch-dump",
	Summary: "Take a dump of the server as a replica does, checked while it comes; needs no access to its files",
	New:     func() runbook.Step { return new(fetchDump) },
	Outputs: fetchOutputs{},
	Timeout: long,
	Example: fetchDumpExample,
}

type fetchDump struct {
	To   string `arg:"to" doc:"Path of the new file, which must not exist"`
	Mode string `arg:"mode" default:"0600" doc:"Its permissions in octal"`
}

type fetchOutputs struct {
	Path   string               `out:"path" doc:"Path of the new file"`
	Size   runbook.Late[int64]  `out:"size" doc:"Its size in bytes"`
	Keys   runbook.Late[int64]  `out:"keys" doc:"Number of keys in it"`
	SHA256 runbook.Late[string] `out:"sha256" doc:"SHA-256 of its content, in hex"`
}

func (f *fetchDump) Check() error {
	_, err := parseMode(&f.Mode)
	return errors.Join(absolute("to", f.To), err)
}

func (f *fetchDump) Run(ctx context.Context, h runbook.Host) (any, error) {
	attr, err := attributes(h, nil, nil, &f.Mode)
	if err != nil {
		return nil, err
	}
	e := &effect.FetchDump{Redis: h.Redis(), To: f.To, Attr: attr}
	if err := h.Apply(ctx, e); err != nil {
		return nil, err
	}
	out := fetchOutputs{Path: f.To}
	if d := e.After.Dump; d.Digest.SHA256 != "" {
		out.Size, out.Keys, out.SHA256 = runbook.Known(d.Digest.Size), runbook.Known(d.Keys), runbook.Known(d.Digest.SHA256)
	}
	return out, nil
}
