package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/redistest"
)

func giveAll(t *testing.T, user, root string) {
	t.Helper()
	uid, err := lookUpUser(user)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			giveTo(t, uid, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func dumpOf(content string) func(*testing.T, *redistest.Server) {
	return func(t *testing.T, s *redistest.Server) {
		writeFile(t, filepath.Join(s.Data, "dump.rdb"), content, 0o644)
	}
}

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func unreadableDump(t *testing.T, s *redistest.Server) {
	writeFile(t, filepath.Join(s.Data, "dump.rdb"), "REDIS0009", 0o600)
}

// makeAOF lets a server of root's write an AOF.
func makeAOF(t *testing.T, s *redistest.Server) (manifest string) {
	t.Helper()
	i := instance(t, blockOf(s))
	if err := i.Start(background(t)); err != nil {
		t.Fatal(err)
	}
	s.Do(t, "SET", "k", "v")
	s.Stop(t)
	if err := os.RemoveAll(filepath.Join(s.Data, "dump.rdb")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(s.Data, "appendonlydir", "appendonly.aof.manifest")
}

func unreadableAOF(t *testing.T, s *redistest.Server) {
	dir := filepath.Dir(makeAOF(t, s))
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	takeLog(t, s)
}

func unreadableAOFFile(t *testing.T, s *redistest.Server) {
	dir := filepath.Dir(makeAOF(t, s))
	giveAll(t, "redis", dir)
	base := filepath.Join(dir, "appendonly.aof.1.base.rdb")
	if err := errors.Join(os.Chown(base, 0, 0), os.Chmod(base, 0o600)); err != nil {
		t.Fatal(err)
	}
	takeLog(t, s)
}

// takeLog removes what root's server left, so that the next one can log.
func takeLog(t *testing.T, s *redistest.Server) {
	t.Helper()
	for _, p := range []string{s.LogFile, s.PIDFile, s.Socket} {
		if err := os.RemoveAll(p); err != nil {
			t.Fatal(err)
		}
	}
}

func missingBase(t *testing.T, s *redistest.Server) {
	manifest := makeAOF(t, s)
	if err := os.Remove(filepath.Join(filepath.Dir(manifest), "appendonly.aof.1.base.rdb")); err != nil {
		t.Fatal(err)
	}
}

func cutManifest(t *testing.T, s *redistest.Server) {
	manifest := makeAOF(t, s)
	content, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, manifest, strings.TrimSuffix(string(content), "\n"), 0o644)
}

func aofOfNoDirectory(t *testing.T, s *redistest.Server) {
	writeFile(t, filepath.Join(s.Data, "appendonlydir"), "", 0o644)
}

func damagedAOF(t *testing.T, s *redistest.Server) {
	manifest := makeAOF(t, s)
	writeFile(t, filepath.Join(filepath.Dir(manifest), "appendonly.aof.1.incr.aof"), "*3\r\n$3\r\nSET\r\nnonsense\r\n", 0o644)
}

func hideConf(t *testing.T, s *redistest.Server) {
	t.Helper()
	if err := errors.Join(os.Chown(s.Conf, 0, 0), os.Chmod(s.Conf, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// moduleID is the 64-bit id of a module type, nine characters and a version, as
// moduleTypeEncodeId in module.c makes it, in network order.
func moduleID(name string, version uint64) []byte {
	const set = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var id uint64
	for _, c := range name {
		id = id<<6 | uint64(strings.IndexRune(set, c))
	}
	id = id<<10 | version
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(id >> (56 - 8*i))
	}
	return b
}
