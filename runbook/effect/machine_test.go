package effect_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redbook/runbook/effect"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

// run is the id of the run that the undos are part of.
const run = "RUN"

var ctx = context.Background()

func newMachine(t *testing.T, servers ...host.ServerConfig) *local.Machine {
	t.Helper()
	m, err := local.New(servers, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// reread is an effect as another process finds it in the journal.
func reread(t *testing.T, e effect.Effect) effect.Effect {
	t.Helper()
	enc, err := effect.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	e, err = effect.Decode(enc)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// tree lists the files below dir with their content, and empty directories.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path) // both are absolute
		if d.IsDir() {
			if entries, err := os.ReadDir(path); err != nil || len(entries) > 0 {
				return err
			}
			name += "/"
		} else {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files[name] = string(content)
			return nil
		}
		files[name] = ""
		return nil
	})
	must(t, err)
	return files
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o640))
}

// replace puts another file, with another inode, in a file's place.
func replace(t *testing.T, path, content string) {
	t.Helper()
	write(t, path+"~", content)
	must(t, os.Rename(path+"~", path))
}

func compareTree(t *testing.T, want, got map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
