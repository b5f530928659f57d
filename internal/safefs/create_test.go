package safefs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new")
	attr := Attr{Mode: 0o640, UID: -1, GID: -1}
	broken := errors.New("broken")
	_, err := Create(path, attr, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broken
	})
	if entries, _ := os.ReadDir(dir); !errors.Is(err, broken) || len(entries) > 0 {
		t.Fatalf("a file that could not be written: %v, left %v", err, entries)
	}
	got, err := Create(path, attr, func(w io.Writer) error {
		_, err := io.WriteString(w, "whole")
		return err
	})
	want, err2 := DigestFile(t.Context(), path)
	if err != nil || err2 != nil || got != want || got.Size != 5 {
		t.Errorf("Create = %+v, %v; the file is %+v, %v", got, err, want, err2)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode: %v, %v", info.Mode(), err)
	}
	_, err = Create(path, attr, func(io.Writer) error { return broken })
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that is there: %v", err)
	}
}
