package effect_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// samples is one effect of each kind with every field filled in.
func samples() []effect.Effect {
	mode := uint32(0o660)
	info := host.Info{
		Path: "/a", Kind: host.KindFile, Size: 3, Mode: 0o640, UID: 1, GID: 2, Device: 3, Inode: 4,
		ModTime: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Links: 1,
	}
	status := host.Status{PID: 7, Serving: true}
	return append(transferSamples(info, &mode), []effect.Effect{
		&effect.Rename{From: "/a", To: "/b", Before: &info},
		&effect.Copy{
			From: "/a", To: "/b", Attr: host.Attr{UID: 1, GID: -1, Mode: &mode},
			After: &effect.Copied{Digest: host.Digest{Size: 3, SHA256: "00"}, Info: info},
		},
		&effect.BuildAOF{
			From: "/a", To: "/b", Name: "appendonly.aof", Dir: host.Attr{UID: 1, GID: -1, Mode: &mode}, Files: host.Attr{UID: 1, GID: -1, Mode: &mode},
			After: &info,
		},
		&effect.SetAttr{Path: "/a", Attr: host.Attr{UID: -1, GID: 5, Mode: &mode}, Before: &info},
		&effect.EditConfig{
			Config: "/etc/redis.conf", Name: "appendonly", Value: "no",
			Before: &effect.Splice{File: "/etc/redis.conf", Offset: 9, Old: "appendonly yes\n", New: "appendonly no\n", OldSum: "00", NewSum: "11"},
		},
		&effect.Start{Redis: "main", AllowEmpty: true, Before: &status},
		&effect.Stop{Redis: "main", Before: &status},
		&effect.Save{Redis: "main", Background: true},
		&effect.TryWrite{Redis: "main"},
		&effect.RewriteAOF{Redis: "main", Before: &effect.OldAOF{NewAOF: "/a"}},
		&effect.SetOption{Redis: "main", Name: "appendonly", Value: "no", Before: &effect.OldOption{Value: "yes", NewAOF: "/a"}},
		&effect.FetchDump{
			Redis: "main", To: "/a", Attr: host.Attr{UID: 1, GID: -1, Mode: &mode},
			After: &effect.FetchedDump{Dump: host.Fetched{Digest: host.Digest{Size: 3, SHA256: "00"}, Keys: 2}, Info: info},
		},
		&effect.LoadDataset{
			Redis: "main", Path: "/a", Snapshot: "/b", Listen: "127.0.0.1", AllowLoading: true,
			Before: &effect.Replication{ID: "0123456789ab", Offset: 5, Options: map[string]string{"repl-diskless-load": "disabled"}},
			After:  &effect.Loaded{ID: "ba9876543210"},
		},
		&effect.RdiffStage{
			Redis: "main", Stage: "/a.stage",
			Before: &effect.Staged{Files: []effect.StagedFile{{From: "/a", Name: "config/a"}}},
			After:  &effect.Staged{Tree: []effect.Copied{{Digest: host.Digest{Size: 3, SHA256: "00"}, Info: info}}},
		},
		&effect.RdiffBackup{
			From: "/a.stage", To: "/a",
			Before: &effect.RdiffRepository{Newest: &info.ModTime, Increments: []time.Time{info.ModTime}},
			After:  &effect.RdiffIncrement{Time: info.ModTime},
		},
		&effect.RdiffUnstage{Stage: "/a.stage"},
		&effect.RdiffPrune{Repository: "/a", Keep: "30D", Before: &effect.RdiffRepository{Increments: []time.Time{info.ModTime}}},
		&effect.RdiffRestore{
			Repository: "/a", Path: "dump.rdb", At: info.ModTime, To: "/b",
			After: &effect.RestoredTree{Tree: []effect.Copied{{Digest: host.Digest{Size: 3, SHA256: "00"}, Info: info}}},
		},
		&effect.Exec{Args: []string{"a", "b c"}, Dir: "/", UndoArgs: []string{"undo"}},
	}...)
}

func TestCodecRoundTrip(t *testing.T) {
	var kinds []string
	for _, want := range samples() {
		kinds = append(kinds, want.Kind())
		enc, err := effect.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := effect.Decode(enc)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(effect.Exec{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Kind(), diff)
		}
		if c, d := want.Change(), got.Change(); c != d || c.Action == "" || c.Target == "" || c.Class == "" {
			t.Errorf("%s is described as %+v, then as %+v", want.Kind(), c, d)
		}
	}
	slices.Sort(kinds)
	if diff := cmp.Diff(effect.Kinds(), kinds); diff != "" {
		t.Errorf("kinds that are tested (-all +tested):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, e := range samples() {
		enc, err := effect.Encode(e)
		must(t, err)
		newer := enc
		newer.Effect = json.RawMessage(strings.Replace(string(enc.Effect), "{", `{"newer":1,`, 1))
		if _, err := effect.Decode(newer); err == nil || !strings.Contains(err.Error(), "newer") {
			t.Errorf("%s with an unknown field: %v", e.Kind(), err)
		}
		cut := enc
		cut.Effect = enc.Effect[:len(enc.Effect)-1]
		if _, err := effect.Decode(cut); err == nil {
			t.Errorf("%s cut off is decoded", e.Kind())
		}
	}
	if _, err := effect.Decode(effect.Encoded{Kind: "format-disk", Effect: json.RawMessage("{}")}); err == nil || !strings.Contains(err.Error(), `"format-disk" is unknown`) {
		t.Errorf("unknown kind: %v", err)
	}
}

// The arguments are an effect's identity: all fields but Before and After, in
// one spelling.
func TestArguments(t *testing.T) {
	for _, e := range samples() {
		enc, err := effect.Encode(e)
		must(t, err)
		got, err := effect.Arguments(enc)
		must(t, err)
		if strings.Contains(string(got), `"before"`) || strings.Contains(string(got), `"after"`) {
			t.Errorf("the arguments of %s hold what the machine was like: %s", e.Kind(), got)
		}
		indented := enc
		indented.Effect, err = json.MarshalIndent(enc.Effect, "", "  ")
		must(t, err)
		again, err := effect.Arguments(indented)
		must(t, err)
		if !slices.Equal(got, again) {
			t.Errorf("%s has the arguments %s, and indented %s", e.Kind(), got, again)
		}
		if bare, err := effect.Decode(effect.Encoded{Kind: enc.Kind, Effect: got}); err != nil || bare.Kind() != e.Kind() {
			t.Errorf("the arguments of %s do not make an effect: %v", e.Kind(), err)
		}
	}
}
