package effect_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redbook/runbook/effect"
	"redbook/runbook/host"
)

// How far an effect came before its undo.
type progress int

const (
	never progress = iota
	part           // the bytes stand under host.PartName, incomplete
	cut            // it ended, and the journal does not say so
	ended
)

// An undoCase is an effect on files, how far it came, and what somebody else
// did before the undo. Nothing may be lost: want holds every content that was
// there and is not the effect's own.
type undoCase struct {
	name      string
	effect    effect.Effect // of paths relative to the directory
	progress  progress
	made      bool
	saved     bool
	meanwhile func(t *testing.T, dir string)
	want      map[string]string // changes against the files planted; "-" is gone
	note      string            // in the notes; "" for none
	err       string            // in the error; "" for none
}

// planted are the files of every case.
var planted = map[string]string{
	"source": "content", "other": "of somebody else", "dir/file": "deep",
	"redis.conf": "# first\nappendonly yes\n# appendonly yes is above\nsave 900 1\n",
}

func keep() effect.Effect {
	return &effect.Copy{From: "source", To: "copy", Attr: host.Attr{UID: -1, GID: -1}}
}
func move() effect.Effect  { return &effect.Rename{From: "source", To: "moved"} }
func moved() effect.Effect { return &effect.Rename{From: "dir", To: "moved"} }
func edit(name, value string) effect.Effect {
	return &effect.EditConfig{Config: "redis.conf", Name: name, Value: value}
}

func does(steps ...func(t *testing.T, dir string)) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		for _, s := range steps {
			s(t, dir)
		}
	}
}

func writes(name, content string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { t.Helper(); write(t, filepath.Join(dir, name), content) }
}

func replaces(name, content string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { t.Helper(); replace(t, filepath.Join(dir, name), content) }
}

func removes(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { t.Helper(); must(t, os.RemoveAll(filepath.Join(dir, name))) }
}

func replacesText(from, to string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, "redis.conf")
		content, err := os.ReadFile(path)
		must(t, err)
		if strings.Count(string(content), from) != 1 {
			t.Fatalf("%q is not once in %q", from, content)
		}
		replace(t, path, strings.Replace(string(content), from, to, 1))
	}
}

const aside = ".redbook-" + run

var undoCases = []undoCase{
	{name: "copy never begun", effect: keep(), progress: never},
	{name: "copy half way", effect: keep(), progress: part},
	{name: "copy cut off after its end", effect: keep(), progress: cut},
	{name: "copy ended", effect: keep(), progress: ended},
	{name: "copy removed", effect: keep(), progress: ended, meanwhile: removes("copy")},
	{
		name: "copy changed", effect: keep(), progress: ended, meanwhile: writes("copy", "changed"),
		want: map[string]string{"copy" + aside: "changed"}, note: "no longer the copy",
	},
	{
		name: "copy changed, same size", effect: keep(), progress: ended, meanwhile: writes("copy", "CONTENT"),
		want: map[string]string{"copy" + aside: "CONTENT"}, note: "no longer the copy",
	},
	{
		name: "copy replaced", effect: keep(), progress: ended, meanwhile: replaces("copy", "other content"),
		want: map[string]string{"copy" + aside: "other content"}, note: "copy" + aside,
	},
	{
		name: "copy replaced by the only one of the same content", effect: keep(), progress: ended,
		meanwhile: does(replaces("copy", "content"), removes("source")),
		want:      map[string]string{"source": "-", "copy" + aside: "content"}, note: "no longer the copy",
	},
	{name: "copy's source removed", effect: keep(), progress: ended, meanwhile: removes("source"), want: map[string]string{"source": "-"}},
	{
		name: "copy cut off, source removed", effect: keep(), progress: cut, meanwhile: removes("source"),
		want: map[string]string{"source": "-", "copy" + aside: "content"}, note: "no longer the copy",
	},
	{
		name: "copy's place taken before it began", effect: keep(), progress: never, meanwhile: writes("copy", "foreign"),
		want: map[string]string{"copy" + aside: "foreign"}, note: "copy" + aside,
	},
	{
		name: "copy became a directory", effect: keep(), progress: ended,
		meanwhile: does(removes("copy"), func(t *testing.T, dir string) { must(t, os.Mkdir(filepath.Join(dir, "copy"), 0o700)) }),
		want:      map[string]string{"copy" + aside + "/": ""}, note: "copy" + aside,
	},
	{
		name: "copy changed, first name aside taken", effect: keep(), progress: ended,
		meanwhile: does(writes("copy", "changed"), writes("copy"+aside, "earlier")),
		want:      map[string]string{"copy" + aside: "earlier", "copy" + aside + ".1": "changed"}, note: "copy" + aside + ".1",
	},

	{name: "rename never begun", effect: move(), progress: never},
	{name: "rename cut off after its end", effect: move(), progress: cut},
	{name: "rename ended", effect: move(), progress: ended},
	{name: "rename of a directory", effect: moved(), progress: ended},
	{
		name: "rename of a directory that changed within", effect: moved(), progress: ended, meanwhile: writes("moved/new", "new"),
		want: map[string]string{"dir/new": "new"},
	},
	{
		name: "renamed file changed", effect: move(), progress: ended, meanwhile: writes("moved", "changed since"),
		want: map[string]string{"source": "changed since"}, note: "changed after the rename",
	},
	{
		name: "its place taken", effect: move(), progress: ended, meanwhile: writes("source", "came after"),
		want: map[string]string{"source" + aside: "came after"}, note: "came there after the rename",
	},
	{
		name: "renamed file removed", effect: move(), progress: ended, meanwhile: removes("moved"),
		want: map[string]string{"source": "-"}, err: "look for that by hand",
	},
	{
		name: "renamed file replaced", effect: move(), progress: ended, meanwhile: replaces("moved", "foreign"),
		want: map[string]string{"source": "-", "moved": "foreign"}, err: "look for that by hand",
	},
	{
		name: "renamed file that the run had made removed", effect: move(), progress: ended, made: true, meanwhile: removes("moved"),
		want: map[string]string{"source": "-"},
	},
	{
		name: "renamed file that the run had made replaced", effect: move(), progress: ended, made: true, meanwhile: replaces("moved", "saved over"),
		want: map[string]string{"source": "-", "moved" + aside: "saved over"}, note: "moved" + aside,
	},
	{
		name: "renamed file that a server saved over", effect: move(), progress: ended, saved: true, meanwhile: replaces("moved", "saved over"),
		want: map[string]string{"source": "saved over"}, note: "as it is now",
	},
	{
		name: "renamed file that a server saved over, its place taken", effect: move(), progress: ended, saved: true,
		meanwhile: does(replaces("moved", "saved over"), writes("source", "came after")),
		want:      map[string]string{"source": "saved over", "source" + aside: "came after"}, note: "as it is now",
	},
	{
		name: "renamed file that a server could have saved over removed", effect: move(), progress: ended, saved: true, meanwhile: removes("moved"),
		want: map[string]string{"source": "-"}, err: "look for that by hand",
	},
	{
		name: "renamed directory replaced where a server saves", effect: moved(), progress: ended, saved: true,
		meanwhile: does(removes("moved"), writes("moved", "foreign")),
		want:      map[string]string{"dir/file": "-", "moved": "foreign"}, err: "look for that by hand",
	},

	{name: "edit never begun", effect: edit("appendonly", "no"), progress: never},
	{name: "edit half way", effect: edit("appendonly", "no"), progress: part},
	{name: "edit cut off after its end", effect: edit("appendonly", "no"), progress: cut},
	{name: "edit ended", effect: edit("appendonly", "no"), progress: ended},
	{name: "edit of a line that was not there", effect: edit("maxmemory", "1gb"), progress: ended},
	{name: "edit to what it was", effect: edit("appendonly", "yes"), progress: ended},
	{
		name: "edited file edited elsewhere", effect: edit("appendonly", "no"), progress: ended, meanwhile: replacesText("save 900 1", "save 60 1"),
		want: map[string]string{"redis.conf": "# first\nappendonly yes\n# appendonly yes is above\nsave 60 1\n"}, note: "only redbook's line was taken back",
	},
	{
		name: "edited line edited again", effect: edit("appendonly", "no"), progress: ended, meanwhile: replacesText("appendonly no\n", "appendonly maybe\n"),
		want: map[string]string{"redis.conf": "# first\nappendonly maybe\n# appendonly yes is above\nsave 900 1\n"}, err: "set it by hand",
	},
	{
		name: "edited line made a comment", effect: edit("appendonly", "no"), progress: ended, meanwhile: replacesText("appendonly no\n", "# appendonly no\n"),
		want: map[string]string{"redis.conf": "# first\n# appendonly no\n# appendonly yes is above\nsave 900 1\n"}, err: "set it by hand",
	},
	{
		name: "edited line there twice", effect: edit("appendonly", "no"), progress: ended,
		meanwhile: replacesText("save 900 1\n", "appendonly no\n"),
		want:      map[string]string{"redis.conf": "# first\nappendonly no\n# appendonly yes is above\nappendonly no\n"}, err: "set it by hand",
	},
	{
		name: "added line edited again", effect: edit("maxmemory", "1gb"), progress: ended, meanwhile: replacesText("maxmemory 1gb\n", "maxmemory 2gb\n"),
		want: map[string]string{"redis.conf": planted["redis.conf"] + "maxmemory 2gb\n"}, note: "no longer in it",
	},
	{
		name: "edited line set back by hand, and another edited", effect: edit("appendonly", "no"), progress: ended,
		meanwhile: does(replacesText("appendonly no\n", "appendonly yes\n"), replacesText("save 900 1\n", "save 60 1\n")),
		want:      map[string]string{"redis.conf": "# first\nappendonly yes\n# appendonly yes is above\nsave 60 1\n"}, note: "no longer in it",
	},
	{
		name: "edited file removed", effect: edit("appendonly", "no"), progress: ended, meanwhile: removes("redis.conf"),
		want: map[string]string{"redis.conf": "-"}, err: "no such file",
	},
}

func TestUndo(t *testing.T) {
	for _, c := range slices.Concat(undoCases, buildCases) {
		t.Run(c.name, func(t *testing.T) {
			dir := plant(t)
			m := newMachine(t)
			e := reread(t, under(t, c.effect, dir))
			must(t, e.Prepare(ctx, m))
			e = advance(t, m, e, c.progress)
			if c.meanwhile != nil {
				c.meanwhile(t, dir)
			}
			want := maps.Clone(planted)
			maps.Copy(want, c.want)
			maps.DeleteFunc(want, func(_, content string) bool { return content == "-" })

			notes, err := e.Undo(ctx, m, effect.Undo{Run: run, Made: c.made, Saved: c.saved})
			checkTold(t, c, notes, err)
			compareTree(t, want, tree(t, dir))

			// A crash after the undo, before the journal says so: it comes again.
			_, again := reread(t, e).Undo(ctx, m, effect.Undo{Run: run, Made: c.made, Saved: c.saved})
			if (again == nil) != (err == nil) {
				t.Errorf("a second undo says %v, the first said %v", again, err)
			}
			compareTree(t, want, tree(t, dir))
		})
	}
}

func checkTold(t *testing.T, c undoCase, notes []string, err error) {
	t.Helper()
	if (c.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.err) {
		t.Errorf("error = %v, want %q", err, c.err)
	}
	if said := strings.Join(notes, "\n"); (c.note == "") != (said == "") || !strings.Contains(said, c.note) {
		t.Errorf("notes = %q, want %q", said, c.note)
	}
}

func plant(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "dir"), 0o750))
	for name, content := range planted {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

// under is a copy of an effect with its paths made absolute.
func under(t *testing.T, e effect.Effect, dir string) effect.Effect {
	t.Helper()
	e = reread(t, e)
	switch e := e.(type) {
	case *effect.BuildAOF:
		e.From, e.To = filepath.Join(dir, e.From), filepath.Join(dir, e.To)
	case *effect.Copy:
		e.From, e.To = filepath.Join(dir, e.From), filepath.Join(dir, e.To)
	case *effect.Rename:
		e.From, e.To = filepath.Join(dir, e.From), filepath.Join(dir, e.To)
	case *effect.EditConfig:
		e.Config = filepath.Join(dir, e.Config)
	case *effect.SetAttr:
		e.Path = filepath.Join(dir, e.Path)
	}
	return e
}

// advance does as much of a prepared effect as was done, and returns it as the
// journal has it.
func advance(t *testing.T, m host.Machine, e effect.Effect, p progress) effect.Effect {
	t.Helper()
	journalled := reread(t, e) // the intent
	switch p {
	case part:
		target := ""
		switch e := e.(type) {
		case *effect.Copy:
			target = e.To
		case *effect.EditConfig:
			target = e.Config
		case *effect.FetchDump:
			target = e.To
		}
		write(t, host.PartName(target), "cont")
	case cut:
		must(t, e.Do(ctx, m))
	case ended:
		must(t, e.Do(ctx, m))
		journalled = reread(t, e)
	}
	return journalled
}
