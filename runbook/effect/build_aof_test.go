package effect_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"redbook/internal/aof"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

func build() effect.Effect {
	dir, files := uint32(0o750), uint32(0o640)
	return &effect.BuildAOF{
		From: "source", To: "aof", Name: "a.aof",
		Dir: host.Attr{UID: -1, GID: -1, Mode: &dir}, Files: host.Attr{UID: -1, GID: -1, Mode: &files},
	}
}

// The names of what build makes of the planted source.
const (
	base     = "aof/a.aof.1.base.rdb"
	incr     = "aof/a.aof.1.incr.aof"
	manifest = "aof/a.aof.manifest"
)

// built is the tree of an AOF that was set aside, with changes.
func built(changes map[string]string) map[string]string {
	all := map[string]string{base: "content", incr: "", manifest: aof.ForDump("a.aof").String()}
	set := map[string]string{}
	for name, content := range all {
		if changed, is := changes[name]; is {
			content = changed
		}
		set["aof"+aside+name[len("aof"):]] = content
	}
	return set
}

func makes(dir string) func(*testing.T, string) {
	return func(t *testing.T, at string) { t.Helper(); must(t, os.Mkdir(filepath.Join(at, dir), 0o700)) }
}

const notBuilt = "no longer the AOF"

var buildCases = []undoCase{
	{name: "build never begun", effect: build(), progress: never},
	{name: "build cut off after its end", effect: build(), progress: cut},
	{name: "build ended", effect: build(), progress: ended},
	{name: "built AOF removed", effect: build(), progress: ended, meanwhile: removes("aof")},
	{name: "build that made the directory", effect: build(), progress: never, meanwhile: makes("aof")},
	{
		name: "build that copied some of the base", effect: build(), progress: never,
		meanwhile: does(makes("aof"), writes("aof/.a.aof.1.base.rdb.redbook-part", "cont")),
	},
	{
		name: "build that made some of the manifest", effect: build(), progress: cut,
		meanwhile: does(removes(manifest), writes("aof/.a.aof.manifest.redbook-part", "file a.aof.1.b")),
	},
	{name: "built AOF whose source was removed", effect: build(), progress: ended, meanwhile: removes("source"), want: map[string]string{"source": "-"}},
	{
		name: "build cut off, source removed", effect: build(), progress: cut, meanwhile: removes("source"),
		want: with(built(nil), "source", "-"), note: notBuilt,
	},
	{
		name: "built AOF that a server wrote to", effect: build(), progress: ended, meanwhile: writes(incr, "*1\r\n"),
		want: built(map[string]string{incr: "*1\r\n"}), note: notBuilt,
	},
	{
		name: "built AOF whose base was replaced", effect: build(), progress: ended, meanwhile: replaces(base, "CONTENT"),
		want: built(map[string]string{base: "CONTENT"}), note: notBuilt,
	},
	{
		name: "built AOF that was rewritten", effect: build(), progress: ended, meanwhile: writes(manifest, "file a.aof.2.base.rdb seq 2 type b\n"),
		want: built(map[string]string{manifest: "file a.aof.2.base.rdb seq 2 type b\n"}), note: notBuilt,
	},
	{
		name: "built AOF with a file of somebody else", effect: build(), progress: ended, meanwhile: writes("aof/mine", "foreign"),
		want: with(built(nil), "aof"+aside+"/mine", "foreign"), note: "aof" + aside,
	},
	{
		name: "built AOF that is a file now", effect: build(), progress: ended, meanwhile: does(removes("aof"), writes("aof", "foreign")),
		want: map[string]string{"aof" + aside: "foreign"}, note: notBuilt,
	},
}

func with(tree map[string]string, name, content string) map[string]string {
	tree[name] = content
	return tree
}

func TestBuildAOF(t *testing.T) {
	for _, links := range []bool{true, false} {
		dir := plant(t)
		m := host.Machine(newMachine(t))
		if !links {
			m = linkless{m}
		}
		e := reread(t, under(t, build(), dir)).(*effect.BuildAOF)
		must(t, e.Prepare(ctx, m))
		must(t, e.Do(ctx, m))
		want := with(with(with(maps.Clone(planted), base, "content"), incr, ""), manifest, aof.ForDump("a.aof").String())
		compareTree(t, want, tree(t, dir))
		source, err := m.Stat(e.From)
		must(t, err)
		if same := source.Inode == e.After.Inode; same != links {
			t.Errorf("the base is the dump's second name: %t, want %t", same, links)
		}
		var modes []uint32
		for _, name := range []string{"aof", incr, manifest} {
			info, err := m.Stat(filepath.Join(dir, name))
			must(t, err)
			modes = append(modes, info.Mode)
		}
		if want := []uint32{0o750, 0o640, 0o640}; !slices.Equal(modes, want) {
			t.Errorf("modes %o, want %o", modes, want)
		}
		if err := e.Prepare(ctx, m); !errors.Is(err, os.ErrExist) {
			t.Errorf("built twice: %v", err)
		}
		notes, err := reread(t, e).Undo(ctx, m, effect.Undo{Run: run})
		if err != nil || len(notes) > 0 {
			t.Errorf("undo: %q, %v", notes, err)
		}
		if diff := cmp.Diff(planted, tree(t, dir)); diff != "" {
			t.Errorf("after the undo (-want +got):\n%s", diff)
		}
	}
}

// linkless is a machine whose filesystem has no second names.
type linkless struct{ host.Machine }

func (linkless) Link(_ context.Context, from, to string) error {
	return &os.LinkError{Op: "link", Old: from, New: to, Err: unix.EPERM}
}

// TestBuildAOFCutOff fails each change of a build in turn: whatever was made by then, the undo takes it away.
func TestBuildAOFCutOff(t *testing.T) {
	for allowed := 0; ; allowed++ {
		dir := plant(t)
		m := newMachine(t)
		e := under(t, build(), dir)
		must(t, e.Prepare(ctx, m))
		intent := reread(t, e)
		failing := &exhausted{Machine: m, left: allowed}
		failed := e.Do(ctx, failing)
		notes, err := intent.Undo(ctx, m, effect.Undo{Run: run})
		if err != nil || len(notes) > 0 {
			t.Errorf("undo of a build that failed after %d changes: %q, %v", allowed, notes, err)
		}
		compareTree(t, planted, tree(t, dir))
		if failed == nil {
			if allowed != 4 {
				t.Errorf("a build is of %d changes, want 4", allowed)
			}
			return
		}
	}
}

// exhausted is a machine that fails when it has made so many changes.
type exhausted struct {
	host.Machine
	left int
}

func (m *exhausted) spend() error {
	if m.left == 0 {
		return unix.EIO
	}
	m.left--
	return nil
}

func (m *exhausted) MakeDir(ctx context.Context, path string, a host.Attr) error {
	if err := m.spend(); err != nil {
		return err
	}
	return m.Machine.MakeDir(ctx, path, a)
}

func (m *exhausted) CreateFile(ctx context.Context, path string, content []byte, a host.Attr) error {
	if err := m.spend(); err != nil {
		return err
	}
	return m.Machine.CreateFile(ctx, path, content, a)
}

func (m *exhausted) CopyFile(ctx context.Context, from, to string, a host.Attr) (host.Digest, error) {
	if err := m.spend(); err != nil {
		return host.Digest{}, err
	}
	return m.Machine.CopyFile(ctx, from, to, a)
}

func (m *exhausted) Link(ctx context.Context, from, to string) error {
	if err := m.spend(); err != nil {
		return err
	}
	return m.Machine.Link(ctx, from, to)
}
