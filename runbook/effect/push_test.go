package effect_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/sshtest"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// transferSamples are effects on other machines as a journal may hold them.
func transferSamples(info host.Info, mode *uint32) []effect.Effect {
	peer := host.Peer{Host: "far", Config: "/ssh_config"}
	done := &host.Transferred{Digest: host.Digest{Size: 3, SHA256: "00"}, Info: info, Checked: "by sha256sum there"}
	return []effect.Effect{
		&effect.Push{From: "/a", Peer: peer, To: "/b", Attr: host.Attr{UID: -1, GID: -1, Mode: mode}, Before: &done.Digest, After: done},
		&effect.Fetch{Peer: peer, From: "/a", To: "/b", Attr: host.Attr{UID: 1, GID: -1, Mode: mode}, SHA256: "00", After: done},
		&effect.RemoteRename{Peer: peer, From: "/a", To: "/b", Before: &info},
	}
}

// An undoneTransfer is what is done between a change and its undo, and what then is there.
type undoneTransfer struct {
	name string
	did  progress // of the effect
	// meddle is what somebody does meanwhile, in the target's directory.
	meddle func(t *testing.T, dir string)
	again  bool
	want   []string // names in the directory, "*" for one that was set aside or is a part
}

func (c undoneTransfer) run(t *testing.T, make func(dir string) effect.Effect) {
	t.Run(c.name, func(t *testing.T) {
		dir := t.TempDir()
		m := newMachine(t)
		e := make(dir)
		must(t, e.Prepare(ctx, m))
		if c.did != never {
			journalled := reread(t, e)
			must(t, e.Do(ctx, m))
			if c.did == ended {
				journalled = reread(t, e)
			}
			e = journalled
		}
		if c.meddle != nil {
			c.meddle(t, dir)
		}
		for range 2 { // an undo may be done twice
			_, err := reread(t, e).Undo(ctx, newMachine(t), effect.Undo{Run: run, Again: c.again})
			must(t, err)
		}
		var got []string
		entries, err := os.ReadDir(dir)
		must(t, err)
		for _, entry := range entries {
			name := entry.Name()
			if strings.Contains(name, "redbook-") {
				name = "*"
			}
			got = append(got, name)
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("there is %q, want %q", got, c.want)
		}
	})
}

func changeTarget(t *testing.T, dir string) {
	write(t, filepath.Join(dir, "target"), "somebody else's")
}

func TestUndoPush(t *testing.T) {
	s := sshtest.Start(t)
	from := filepath.Join(t.TempDir(), "source")
	write(t, from, "content")
	push := func(dir string) effect.Effect {
		return &effect.Push{From: from, Peer: host.Peer{Host: sshtest.Host, Config: s.Config}, To: filepath.Join(dir, "target"), Attr: host.Attr{UID: -1, GID: -1}}
	}
	for _, c := range []undoneTransfer{
		{name: "never began", did: never},
		{name: "ended", did: ended},
		{name: "not noted", did: cut},
		{name: "not noted, runs again", did: cut, again: true, want: []string{"*"}},
		{name: "changed since", did: ended, meddle: changeTarget, want: []string{"*"}},
		{name: "somebody else's", did: never, meddle: changeTarget, want: []string{"*"}},
	} {
		c.run(t, push)
	}
}

func TestUndoFetch(t *testing.T) {
	s := sshtest.Start(t)
	from := filepath.Join(t.TempDir(), "source")
	write(t, from, "content")
	fetch := func(dir string) effect.Effect {
		return &effect.Fetch{Peer: host.Peer{Host: sshtest.Host, Config: s.Config}, From: from, To: filepath.Join(dir, "target"), Attr: host.Attr{UID: -1, GID: -1}}
	}
	part := func(t *testing.T, dir string) { write(t, host.PartName(filepath.Join(dir, "target")), "cont") }
	for _, c := range []undoneTransfer{
		{name: "never began", did: never},
		{name: "ended", did: ended},
		{name: "not noted", did: cut},
		{name: "half", did: never, meddle: part},
		{name: "half, runs again", did: never, meddle: part, again: true, want: []string{"*"}},
		{name: "changed since", did: ended, meddle: changeTarget, want: []string{"*"}},
	} {
		c.run(t, fetch)
	}
}

func TestUndoRemoteRename(t *testing.T) {
	s := sshtest.Start(t)
	rename := func(dir string) effect.Effect {
		write(t, filepath.Join(dir, "old"), "content")
		return &effect.RemoteRename{Peer: host.Peer{Host: sshtest.Host, Config: s.Config}, From: filepath.Join(dir, "old"), To: filepath.Join(dir, "new")}
	}
	for _, c := range []undoneTransfer{
		{name: "never began", did: never, want: []string{"old"}},
		{name: "ended", did: ended, want: []string{"old"}},
		{name: "its place was taken", did: ended, meddle: func(t *testing.T, dir string) { write(t, filepath.Join(dir, "old"), "another") }, want: []string{"old", "*"}},
	} {
		c.run(t, rename)
	}
}

// Whether a machine that is gone is an error depends on what is known to be there.
func TestUndoUnreachable(t *testing.T) {
	s := sshtest.Start(t)
	dir := t.TempDir()
	from := filepath.Join(dir, "source")
	write(t, from, "content")
	e := &effect.Push{From: from, Peer: host.Peer{Host: sshtest.Host, Config: s.Config}, To: filepath.Join(dir, "target"), Attr: host.Attr{UID: -1, GID: -1}}
	m := newMachine(t)
	must(t, e.Prepare(ctx, m))
	begun := reread(t, e)
	must(t, e.Do(ctx, m))
	s.Stop()
	notes, err := begun.Undo(ctx, newMachine(t), effect.Undo{Run: run})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "may be left") {
		t.Errorf("a push that was cut off: notes %q, %v", notes, err)
	}
	if _, err := e.Undo(ctx, newMachine(t), effect.Undo{Run: run}); err == nil || !strings.Contains(err.Error(), "Connection refused") {
		t.Errorf("a push that ended: %v", err)
	}
}
