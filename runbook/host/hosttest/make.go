package hosttest

import (
	"context"
	"io/fs"
	"testing"

	"redbook/runbook/host"
)

// makeCases are those of host.FileMaker but for CopyFile.
var makeCases = []testCase{
	{name: "create", do: creating("new", "written", mode(0o640)), come: map[string]string{"new": `file 0640 "written"`}},
	{name: "create without a mode", do: creating("new", "written", keep), come: map[string]string{"new": `file 0600 "written"`}},
	{name: "create an empty file", do: creating("full/new", "", mode(0o644)), come: map[string]string{"full/new": `file 0644 ""`}},
	{name: "create over a file", do: creating("a", "written", keep), err: fs.ErrExist},
	{name: "create over a directory", do: creating("empty", "written", keep), err: fs.ErrExist},
	{name: "create over a link that leads nowhere", do: creating("dangling", "written", keep), err: fs.ErrExist},
	{name: "create in a missing directory", do: creating("absent/new", "written", keep), err: fs.ErrNotExist},
	{name: "create where a part was left behind", do: creating("full/z", "written", mode(0o640)),
		gone: []string{"full/.z.redbook-part"}, come: map[string]string{"full/z": `file 0640 "written"`}},
	{name: "create, then copy", do: inTurn(creating("new", "written", mode(0o640)), copying("new", "newer", keep)),
		come: map[string]string{"new": `file 0640 "written"`, "newer": `file 0640 "written"`}},

	{name: "link", do: linking("a", "full/new"), come: map[string]string{"full/new": `file 0640 "content of a"`}},
	{name: "link over a file", do: linking("a", "b"), err: fs.ErrExist},
	{name: "link onto itself", do: linking("a", "a"), err: fs.ErrExist},
	{name: "link over a link that leads nowhere", do: linking("a", "dangling"), err: fs.ErrExist},
	{name: "link a missing file", do: linking("absent", "new"), err: fs.ErrNotExist},
	{name: "link into a missing directory", do: linking("a", "absent/new"), err: fs.ErrNotExist},
	{name: "link a directory", do: linking("full", "new"), err: errAny},
	{name: "link a symbolic link", do: linking("link", "new"), err: errAny},
	{name: "link a FIFO", do: linking("fifo", "new"), err: errAny},
	{name: "link, then replace the first name", do: inTurn(linking("a", "new"), replacing("a", "other")),
		come: map[string]string{"new": `file 0640 "content of a"`, "a": `file 0640 "other"`}},
	{name: "link, then remove the first name", do: inTurn(linking("a", "new"), removing("a")),
		gone: []string{"a"}, come: map[string]string{"new": `file 0640 "content of a"`}},
	{name: "link a copy", do: inTurn(copying("a", "new", keep), linking("new", "newer"), renaming("new", "full/new")),
		come: map[string]string{"full/new": `file 0640 "content of a"`, "newer": `file 0640 "content of a"`}},

	{name: "make a directory", do: making("new", mode(0o750)), come: map[string]string{"new": "directory 0750"}},
	{name: "make a directory without a mode", do: making("full/new", keep), come: map[string]string{"full/new": "directory 0700"}},
	{name: "make a directory over a file", do: making("a", keep), err: fs.ErrExist},
	{name: "make a directory over a directory", do: making("empty", mode(0o755)), err: fs.ErrExist},
	{name: "make a directory over a link that leads nowhere", do: making("dangling", keep), err: fs.ErrExist},
	{name: "make a directory in a missing one", do: making("absent/new", keep), err: fs.ErrNotExist},
	{name: "make a directory, fill and rename it",
		do:   inTurn(making("new", mode(0o755)), creating("new/x", "written", mode(0o640)), linking("a", "new/a"), renaming("new", "newer")),
		come: map[string]string{"newer": "directory 0755", "newer/x": `file 0640 "written"`, "newer/a": `file 0640 "content of a"`}},
	{name: "make a directory and remove it", do: inTurn(making("new", keep), removing("new"))},
}

// linksIdentity: two names of a file are one inode, and both tell so.
func linksIdentity(t *testing.T, open func(t *testing.T) FileMachine) {
	dir := t.TempDir()
	plant(t, dir)
	m := open(t)
	must(t, m.Link(context.Background(), dir+"/a", dir+"/full/a"))
	var names []host.Info
	for _, path := range []string{"/a", "/full/a"} {
		info, err := m.Stat(dir + path)
		must(t, err)
		names = append(names, info)
	}
	a, b := names[0], names[1]
	if a.Inode != b.Inode || a.Device != b.Device || !a.ModTime.Equal(b.ModTime) || a.Links != 2 || b.Links != 2 {
		t.Errorf("two names of a file are %+v and %+v", a, b)
	}
}
