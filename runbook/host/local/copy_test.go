package local

import (
	"bytes"
	"os"
	"testing"

	"redbook/internal/safefs"
	"redbook/runbook/host"
)

// bigDump is one string of 1 MiB, without a checksum.
func bigDump() []byte {
	const header = "REDIS0009\xfe\x00\x00\x01k\x80\x00\x10\x00\x00"
	return append(append([]byte(header), bytes.Repeat([]byte("v"), 1<<20)...), "\xff\x00\x00\x00\x00\x00\x00\x00\x00"...)
}

// TestCopiedDump: of a copied dump what was found when it was written is remembered, until something changes it.
func TestCopiedDump(t *testing.T) {
	dir, mode := t.TempDir(), uint32(0o600)
	attr := host.Attr{UID: -1, GID: -1, Mode: &mode}
	for name, content := range map[string][]byte{"whole": bigDump(), "cut": bigDump()[:1<<20], "text": make([]byte, 1<<20)} {
		from, to := dir+"/"+name, dir+"/"+name+".copy"
		if err := os.WriteFile(from, content, 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := New(nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := m.ReadDump(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.CopyFile(t.Context(), from, to, attr); err != nil {
			t.Fatal(err)
		}
		remembered, ok := m.copies.get(stampOf(t, to))
		if ok != want.IsDump || ok && !sameDump(remembered, want) {
			t.Errorf("%s: %+v is remembered, %t", name, remembered, ok)
		}
		if got, err := m.ReadDump(t.Context(), to); err != nil || !sameDump(got, want) {
			t.Errorf("%s: the copy is %+v, the original %+v; %v", name, got, want, err)
		}
		if err := os.WriteFile(to, content[:len(content)-1], 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := m.ReadDump(t.Context(), to); err != nil || got.Damage == nil || got.Digest == want.Digest {
			t.Errorf("%s, changed: %+v, %v", name, got, err)
		}
	}
}

// TestCopyIsNotReadAgain puts a false memory in the place of the true one.
func TestCopyIsNotReadAgain(t *testing.T) {
	dir, mode := t.TempDir(), uint32(0o600)
	if err := os.WriteFile(dir+"/from", bigDump(), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := New(nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.CopyFile(t.Context(), dir+"/from", dir+"/to", host.Attr{UID: -1, GID: -1, Mode: &mode}); err != nil {
		t.Fatal(err)
	}
	m.copies.add(stampOf(t, dir+"/to"), host.Dump{Digest: host.Digest{Size: 5}})
	if got, err := m.ReadDump(t.Context(), dir+"/to"); err != nil || got.Digest.Size != 5 {
		t.Errorf("%+v, %v", got, err)
	}
}

func sameDump(a, b host.Dump) bool {
	return a.Digest == b.Digest && a.IsDump == b.IsDump && (a.Damage == nil) == (b.Damage == nil) &&
		(a.Summary == nil) == (b.Summary == nil) && (a.Summary == nil || a.Summary.Keys() == b.Summary.Keys())
}

func stampOf(t *testing.T, path string) safefs.Stamp {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return safefs.StampOf(f)
}
