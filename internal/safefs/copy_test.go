package safefs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"redbook/internal/ahead"
)

const chunk = ahead.ChunkSize

func TestCopy(t *testing.T) {
	for _, size := range []int{0, 1, chunk - 1, chunk, 2*chunk + 17} {
		for _, clone := range []bool{false, true} {
			dir := t.TempDir()
			content := bytes.Repeat([]byte("redis!"), size/6+1)[:size]
			must(t, os.WriteFile(dir+"/from", content, 0o600))
			playClone(t, clone)
			uid, gid := ownable()
			tapped := new(bytes.Buffer)
			got, err := Copy(t.Context(), dir+"/from", dir+"/to", Attr{Mode: 0o4640, UID: uid, GID: gid}, tapped)
			must(t, err)
			sum := sha256.Sum256(content)
			want := Digest{Size: int64(size), SHA256: hex.EncodeToString(sum[:])}
			if got.Digest != want || !bytes.Equal(tapped.Bytes(), content) {
				t.Errorf("size %d, clone %t: digest %+v, want %+v; the tap got %d bytes", size, clone, got.Digest, want, tapped.Len())
			}
			info, err := openDir(t, dir).Lstat("to")
			must(t, err)
			if read(t, dir+"/to") != string(content) || info.Mode != 0o4640 || info.UID != uid || info.GID != gid {
				t.Errorf("size %d, clone %t: wrong copy: %+v", size, clone, info)
			}
			if digest, err := DigestFile(t.Context(), dir+"/to"); err != nil || digest != want {
				t.Errorf("DigestFile = %+v, %v", digest, err)
			}
			if got := list(t, dir); !cmp.Equal(got, []string{"from", "to"}) {
				t.Errorf("directory holds %q", got)
			}
		}
	}
}

// playClone makes reflinks work or not, whatever the file system of the test.
func playClone(t *testing.T, works bool) {
	t.Helper()
	real := cloneFile
	t.Cleanup(func() { cloneFile = real })
	cloneFile = func(to, from *os.File) error {
		if !works {
			return unix.EOPNOTSUPP
		}
		_, err := io.Copy(to, io.NewSectionReader(from, 0, 1<<40))
		if err == nil {
			_, err = to.Seek(0, io.SeekStart)
		}
		return err
	}
}

func TestCopyNeverReplaces(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/from", "new")
	write(t, dir+"/to", "old")
	symlink(t, dir+"/elsewhere", dir+"/dangling")
	for _, to := range []string{"to", "dangling"} {
		if _, err := Copy(t.Context(), dir+"/from", dir+"/"+to, keep); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v, want fs.ErrExist", to, err)
		}
	}
	// A file that appears at the last moment counts too.
	setFault(t, func(point string) error {
		if point == "rename" {
			write(t, dir+"/late", "old")
		}
		return nil
	})
	if _, err := Copy(t.Context(), dir+"/from", dir+"/late", keep); !errors.Is(err, fs.ErrExist) {
		t.Errorf("late: %v, want fs.ErrExist", err)
	}
	if read(t, dir+"/to") != "old" || read(t, dir+"/late") != "old" {
		t.Error("a file was replaced")
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"dangling", "from", "late", "to"}) {
		t.Errorf("directory holds %q", got)
	}
}

func TestErrorsLeaveNothingBehind(t *testing.T) {
	boom := errors.New("boom")
	for _, point := range []string{"create", "chunk", "finish", "rename", "sync-dir"} {
		dir := t.TempDir()
		write(t, dir+"/from", "content")
		setFault(t, func(p string) error {
			if p == point {
				return boom
			}
			return nil
		})
		if _, err := Copy(t.Context(), dir+"/from", dir+"/to", keep); !errors.Is(err, boom) {
			t.Errorf("Copy failing at %s: %v", point, err)
		}
		if got := list(t, dir); !cmp.Equal(got, []string{"from"}) {
			t.Errorf("Copy failing at %s leaves %q", point, got)
		}
		if point == "chunk" || point == "sync-dir" {
			continue // WriteFile has no chunks, and has replaced the file before the directory is synced
		}
		if err := WriteFile(dir+"/from", []byte("new"), keep); !errors.Is(err, boom) {
			t.Errorf("WriteFile failing at %s: %v", point, err)
		}
		if got := list(t, dir); !cmp.Equal(got, []string{"from"}) || read(t, dir+"/from") != "content" {
			t.Errorf("WriteFile failing at %s leaves %q", point, got)
		}
	}
}

func TestCopyIsCancelledBetweenChunks(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/from", make([]byte, 64*chunk), 0o600))
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	told := 0
	_, err := Copy(ctx, dir+"/from", dir+"/to", keep, tapFunc(func(p []byte) { told += len(p); cancel(why) }))
	if !errors.Is(err, why) || told > 32*chunk {
		t.Errorf("error %v after %d bytes", err, told)
	}
	if _, err := DigestFile(ctx, dir+"/from"); !errors.Is(err, why) {
		t.Errorf("DigestFile: %v", err)
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"from"}) {
		t.Errorf("directory holds %q", got)
	}
}

type tapFunc func(p []byte)

func (f tapFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

var farFuture = time.Unix(4102444800, 0)

func TestSourceThatChanges(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, path string){
		"grows": func(t *testing.T, path string) { write(t, path, "longer content") },
		"is rewritten": func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			must(t, err)
			defer f.Close()
			_, err = f.WriteString("CONTENT")
			must(t, err)
			must(t, os.Chtimes(path, farFuture, farFuture)) // the clock of a file system may be coarse
		},
		"is truncated": func(t *testing.T, path string) { must(t, os.Truncate(path, 3)) },
		"is replaced": func(t *testing.T, path string) {
			write(t, path+".new", "content")
			must(t, os.Rename(path+".new", path))
		},
		"is removed": func(t *testing.T, path string) { must(t, os.Remove(path)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := write(t, dir+"/from", "content")
			changed := false
			setFault(t, func(point string) error {
				if point == "chunk" && !changed {
					changed = true
					change(t, path)
				}
				return nil
			})
			if _, err := Copy(t.Context(), path, dir+"/to", keep); !errors.Is(err, ErrChanged) {
				t.Errorf("Copy: %v, want ErrChanged", err)
			}
			if _, err := os.Lstat(dir + "/to"); !errors.Is(err, fs.ErrNotExist) {
				t.Error("the copy stands at its name")
			}
			changed = false
			write(t, path, "content")
			if _, err := DigestFile(t.Context(), path); !errors.Is(err, ErrChanged) {
				t.Errorf("DigestFile: %v, want ErrChanged", err)
			}
		})
	}
}

// A file system of one megabyte, or where mounting is not allowed, a write that fails as on a full one.
func TestFullDisk(t *testing.T) {
	const size = 2 << 20
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/from", make([]byte, size), 0o600))
	small := mkdir(t, dir, "small")
	if err := unix.Mount("tmpfs", small, "tmpfs", 0, "size=1m"); err == nil {
		defer func() { must(t, unix.Unmount(small, unix.MNT_DETACH)) }()
	} else {
		setFault(t, func(point string) error {
			if point == "chunk" || point == "finish" {
				return unix.ENOSPC
			}
			return nil
		})
	}
	_, copied := Copy(t.Context(), dir+"/from", small+"/to", keep)
	written := WriteFile(small+"/to", make([]byte, size), keep)
	for op, err := range map[string]error{"Copy": copied, "WriteFile": written} {
		var full *NoSpaceError
		if !errors.As(err, &full) || !errors.Is(err, unix.ENOSPC) || full.Need != size || full.Free <= 0 {
			t.Errorf("%s: %v, want a NoSpaceError", op, err)
		}
	}
	if got := list(t, small); len(got) != 0 {
		t.Errorf("left %q", got)
	}
}

func TestLeftOverPartIsReplaced(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, path string){
		"file": func(t *testing.T, path string) { write(t, path, "half") },
		"link": func(t *testing.T, path string) { symlink(t, "victim", path) },
	} {
		dir := t.TempDir()
		write(t, dir+"/from", "content")
		write(t, dir+"/victim", "keep me")
		leave(t, dir+"/"+PartName("to"))
		_, err := Copy(t.Context(), dir+"/from", dir+"/to", keep)
		must(t, err)
		if read(t, dir+"/to") != "content" || read(t, dir+"/victim") != "keep me" {
			t.Errorf("%s: wrong content", name)
		}
		if got := list(t, dir); !cmp.Equal(got, []string{"from", "to", "victim"}) {
			t.Errorf("%s: directory holds %q", name, got)
		}
	}
}

// A part that was swapped while it was written is not what was written.
func TestPartThatIsSwapped(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/from", "content")
	setFault(t, func(point string) error {
		if point == "chunk" {
			_ = os.Remove(dir + "/" + PartName("to"))
			write(t, dir+"/"+PartName("to"), "something else")
		}
		return nil
	})
	if _, err := Copy(t.Context(), dir+"/from", dir+"/to", keep); err == nil {
		t.Error("Copy did not see it")
	}
	if got := list(t, dir); !cmp.Equal(got, []string{"from"}) {
		t.Errorf("directory holds %q", got)
	}
}

func TestWriteFileReplacesTheLinkNotItsTarget(t *testing.T) {
	dir := t.TempDir()
	victim := write(t, dir+"/victim", "keep me")
	symlink(t, victim, dir+"/file")
	must(t, WriteFile(dir+"/file", []byte("new"), keep))
	content, err := ReadFile(dir+"/file", 3)
	if must(t, err); string(content) != "new" || read(t, victim) != "keep me" {
		t.Errorf("file is %q, victim %q", content, read(t, victim))
	}
	if _, err := ReadFile(dir+"/file", 2); !errors.Is(err, unix.EFBIG) {
		t.Errorf("ReadFile of more than max: %v", err)
	}
}
