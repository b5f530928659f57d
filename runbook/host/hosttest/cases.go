package hosttest

import (
	"context"
	"io/fs"
	"syscall"

	"redbook/runbook/host"
)

// A testCase is one change and what it makes of the planted files.
type testCase struct {
	name string
	do   func(m FileMachine, dir string) error
	err  error             // nil: none
	gone []string          // names that are no more
	come map[string]string // names that are new or other
}

var keep = host.Attr{UID: -1, GID: -1}

func mode(bits uint32) host.Attr { return host.Attr{UID: -1, GID: -1, Mode: &bits} }

func copying(from, to string, a host.Attr) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		_, err := m.CopyFile(context.Background(), dir+"/"+from, dir+"/"+to, a)
		return err
	}
}

func creating(path, content string, a host.Attr) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		return m.CreateFile(context.Background(), dir+"/"+path, []byte(content), a)
	}
}

func linking(from, to string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		return m.Link(context.Background(), dir+"/"+from, dir+"/"+to)
	}
}

func making(path string, a host.Attr) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error { return m.MakeDir(context.Background(), dir+"/"+path, a) }
}

func renaming(from, to string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		return m.Rename(context.Background(), dir+"/"+from, dir+"/"+to)
	}
}

func removing(path string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error { return m.Remove(context.Background(), dir+"/"+path) }
}

func replacing(path, content string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		return m.ReplaceFile(context.Background(), dir+"/"+path, []byte(content))
	}
}

func syncing(path string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error { return m.Sync(context.Background(), dir+"/"+path) }
}

func setting(path string, a host.Attr) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error { return m.SetAttr(context.Background(), dir+"/"+path, a) }
}

func looking(path string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		_, err := m.Stat(dir + "/" + path)
		return err
	}
}

func opening(path string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		r, err := m.Open(dir + "/" + path)
		if err == nil {
			r.Close()
		}
		return err
	}
}

func listing(path string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		_, err := m.ReadDir(dir + "/" + path)
		return err
	}
}

func measuring(path string) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		_, err := m.Space(dir + "/" + path)
		return err
	}
}

// inTurn does one after the other and returns the last one's error.
func inTurn(steps ...func(FileMachine, string) error) func(FileMachine, string) error {
	return func(m FileMachine, dir string) error {
		last := len(steps) - 1
		for _, do := range steps[:last] {
			if err := do(m, dir); err != nil {
				return err
			}
		}
		return steps[last](m, dir)
	}
}

var cases = []testCase{
	{name: "stat a missing entry", do: looking("absent"), err: fs.ErrNotExist},
	{name: "stat in a missing directory", do: looking("absent/a"), err: fs.ErrNotExist},
	{name: "stat under a file", do: looking("a/b"), err: errAny},
	{name: "stat a link that leads nowhere", do: looking("dangling")},
	{name: "open a missing file", do: opening("absent"), err: fs.ErrNotExist},
	{name: "open a directory", do: opening("full"), err: errAny},
	{name: "open a link", do: opening("link"), err: errAny},
	{name: "open a FIFO", do: opening("fifo"), err: errAny},
	{name: "list a missing directory", do: listing("absent"), err: fs.ErrNotExist},
	{name: "list a file", do: listing("a"), err: errAny},
	{name: "space of a missing entry", do: measuring("absent"), err: fs.ErrNotExist},
	{name: "space of a file", do: measuring("full/x")},

	{name: "copy", do: copying("a", "new", mode(0o600)), come: map[string]string{"new": `file 0600 "content of a"`}},
	{name: "copy keeping the mode", do: copying("a", "full/new", keep), come: map[string]string{"full/new": `file 0640 "content of a"`}},
	{name: "copy an empty file", do: copying("none", "new", keep), come: map[string]string{"new": `file 0640 ""`}},
	{name: "copy over a file", do: copying("a", "b", keep), err: fs.ErrExist},
	{name: "copy onto itself", do: copying("a", "a", keep), err: fs.ErrExist},
	{name: "copy over a directory", do: copying("a", "full", keep), err: fs.ErrExist},
	{name: "copy over a link that leads nowhere", do: copying("a", "dangling", keep), err: fs.ErrExist},
	{name: "copy a missing file", do: copying("absent", "new", keep), err: fs.ErrNotExist},
	{name: "copy into a missing directory", do: copying("a", "absent/new", keep), err: fs.ErrNotExist},
	{name: "copy under a file", do: copying("a", "b/new", keep), err: errAny},
	{name: "copy a directory", do: copying("full", "new", keep), err: errAny},
	{name: "copy a link", do: copying("link", "new", keep), err: errAny},
	{name: "copy a FIFO", do: copying("fifo", "new", keep), err: errAny},
	{name: "copy where a part was left behind", do: copying("a", "full/z", keep),
		gone: []string{"full/.z.redbook-part"}, come: map[string]string{"full/z": `file 0640 "content of a"`}},
	{name: "copy a copy", do: inTurn(copying("a", "new", keep), copying("new", "newer", keep)),
		come: map[string]string{"new": `file 0640 "content of a"`, "newer": `file 0640 "content of a"`}},
	{name: "copy, then replace the source", do: inTurn(copying("a", "new", keep), replacing("a", "other")),
		come: map[string]string{"new": `file 0640 "content of a"`, "a": `file 0640 "other"`}},
	{name: "copy, then remove the source", do: inTurn(copying("a", "new", keep), removing("a")),
		gone: []string{"a"}, come: map[string]string{"new": `file 0640 "content of a"`}},

	{name: "replace", do: replacing("a", "other"), come: map[string]string{"a": `file 0640 "other"`}},
	{name: "replace keeps the mode", do: inTurn(setting("a", mode(0o604)), replacing("a", "")), come: map[string]string{"a": `file 0604 ""`}},
	{name: "replace a missing file", do: replacing("absent", "other"), err: fs.ErrNotExist},
	{name: "replace a directory", do: replacing("full", "other"), err: errAny},
	{name: "replace a link", do: replacing("link", "other"), err: errAny},

	{name: "rename a file", do: renaming("a", "new"), gone: []string{"a"}, come: map[string]string{"new": `file 0640 "content of a"`}},
	{name: "rename a link", do: renaming("dangling", "full/new"), gone: []string{"dangling"}, come: map[string]string{"full/new": "symlink 0777"}},
	{name: "rename a directory", do: renaming("full", "other/new"),
		gone: []string{"full", "full/x", "full/deep", "full/deep/y", "full/.z.redbook-part"},
		come: map[string]string{
			"other/new": "directory 0750", "other/new/deep": "directory 0750", "other/new/x": `file 0640 "content of x"`,
			"other/new/deep/y": `file 0640 "content of y"`, "other/new/.z.redbook-part": `file 0640 "left behind"`,
		}},
	{name: "rename over a file", do: renaming("a", "b"), err: fs.ErrExist},
	{name: "rename onto itself", do: renaming("a", "a"), err: fs.ErrExist},
	{name: "rename over an empty directory", do: renaming("other", "empty"), err: fs.ErrExist},
	{name: "rename over a link that leads nowhere", do: renaming("a", "dangling"), err: fs.ErrExist},
	{name: "rename a missing entry", do: renaming("absent", "new"), err: fs.ErrNotExist},
	{name: "rename into a missing directory", do: renaming("a", "absent/new"), err: fs.ErrNotExist},
	{name: "rename a directory into itself", do: renaming("full", "full/deep/new"), err: errAny},
	{name: "rename to a name that was given up", do: inTurn(renaming("a", "a.old"), renaming("b", "a")),
		gone: []string{"b"}, come: map[string]string{"a": `file 0640 "content of b"`, "a.old": `file 0640 "content of a"`}},
	{name: "rename what is no longer there", do: inTurn(renaming("a", "new"), renaming("a", "newer")), err: fs.ErrNotExist,
		gone: []string{"a"}, come: map[string]string{"new": `file 0640 "content of a"`}},
	{name: "rename there and back", do: inTurn(renaming("full", "new"), renaming("new", "full"))},
	{name: "copy out of a renamed directory", do: inTurn(renaming("full", "empty/new"), copying("empty/new/x", "full", keep)),
		gone: []string{"full/x", "full/deep", "full/deep/y", "full/.z.redbook-part"},
		come: map[string]string{
			"empty/new": "directory 0750", "empty/new/deep": "directory 0750", "empty/new/x": `file 0640 "content of x"`,
			"empty/new/deep/y": `file 0640 "content of y"`, "empty/new/.z.redbook-part": `file 0640 "left behind"`,
			"full": `file 0640 "content of x"`,
		}},

	{name: "remove a file", do: removing("a"), gone: []string{"a"}},
	{name: "remove a link", do: removing("link"), gone: []string{"link"}},
	{name: "remove an empty directory", do: removing("empty"), gone: []string{"empty"}},
	{name: "remove a FIFO", do: removing("fifo"), gone: []string{"fifo"}},
	{name: "remove a directory with entries", do: removing("full"), err: syscall.ENOTEMPTY},
	{name: "remove a directory that was emptied", do: inTurn(removing("full/deep/y"), removing("full/deep")), gone: []string{"full/deep", "full/deep/y"}},
	{name: "remove a directory that was filled", do: inTurn(copying("a", "empty/new", keep), removing("empty")), err: syscall.ENOTEMPTY,
		come: map[string]string{"empty/new": `file 0640 "content of a"`}},
	{name: "remove a missing entry", do: removing("absent"), err: fs.ErrNotExist},
	{name: "remove twice", do: inTurn(removing("a"), removing("a")), err: fs.ErrNotExist, gone: []string{"a"}},
	{name: "remove, then copy there", do: inTurn(removing("a"), copying("b", "a", keep)), come: map[string]string{"a": `file 0640 "content of b"`}},

	{name: "set the mode of a file", do: setting("a", mode(0o4755)), come: map[string]string{"a": `file 4755 "content of a"`}},
	{name: "set the mode of a directory", do: setting("empty", mode(0o700)), come: map[string]string{"empty": "directory 0700"}},
	{name: "set nothing", do: setting("a", keep)},
	{name: "set the mode of a link", do: setting("link", mode(0o600)), err: errAny},
	{name: "sync a file", do: syncing("a")},
	{name: "sync a directory", do: syncing("full")},
	{name: "sync a link", do: syncing("link")},
	{name: "sync a FIFO", do: syncing("fifo")},
	{name: "sync a missing entry", do: syncing("absent")},
	{name: "sync a missing entry of a missing directory", do: syncing("absent/a")},
	{name: "set the mode of a missing entry", do: setting("absent", mode(0o600)), err: fs.ErrNotExist},
}
