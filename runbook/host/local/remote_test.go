package local_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"redbook/internal/sshtest"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

// A far is another machine for tests: an sshd of this one.
type far struct {
	*sshtest.Server
	host.Remote
	machine *local.Machine
	here    string // a directory of this machine
	there   string // one of the other
}

func newFar(t *testing.T, options ...sshtest.Option) *far {
	t.Helper()
	s := sshtest.Start(t, options...)
	m, err := local.New(nil, local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	r, err := m.Remote(host.Peer{Host: sshtest.Host, Config: s.Config})
	if err != nil {
		t.Fatal(err)
	}
	return &far{Server: s, Remote: r, machine: m, here: t.TempDir(), there: t.TempDir()}
}

// content is of this size and like no other.
func content(size int) []byte {
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(size)})
	_, _ = r.Read(b)
	return b
}

func digestOf(b []byte) host.Digest {
	sum := sha256.Sum256(b)
	return host.Digest{Size: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}
}

// source makes a file in a directory and the transfer that brings it to another.
func source(t *testing.T, from, to, name string, b []byte) host.Transfer {
	t.Helper()
	mode := uint32(0o640)
	tr := host.Transfer{From: filepath.Join(from, name), To: filepath.Join(to, name), Attr: host.Attr{UID: -1, GID: -1, Mode: &mode}, Content: digestOf(b)}
	if err := os.WriteFile(tr.From, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return tr
}

// arrived wants the file to be there whole and nothing else.
func arrived(t *testing.T, tr host.Transfer, b []byte, done host.Transferred, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%q: %v", tr.To, err)
	}
	got, err := os.ReadFile(tr.To)
	if err != nil || !bytes.Equal(got, b) {
		t.Errorf("%q: %d bytes, %v; want %d", tr.To, len(got), err, len(b))
	}
	info, err := os.Stat(tr.To)
	if err != nil || info.Mode() != os.FileMode(*tr.Attr.Mode) {
		t.Errorf("%q: %v, %v; want mode %o", tr.To, info.Mode(), err, *tr.Attr.Mode)
	}
	if done.Digest != digestOf(b) || done.Info.Size != int64(len(b)) {
		t.Errorf("%q: got %+v", tr.To, done)
	}
	if left, _ := filepath.Glob(filepath.Dir(tr.To) + "/.*part"); len(left) > 0 {
		t.Errorf("%q was left", left)
	}
}

var oddNames = []string{"plain", "with blank", "-rf", "it's", `double "quoted"`, "new\nline", "$HOME `id` ;", "größe-日本", `back\slash`, "*"}

func TestTransferNames(t *testing.T) {
	for name, options := range map[string][]sshtest.Option{
		"shell":     nil,
		"sftp only": {sshtest.SFTPOnly()},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t, options...)
			for i, name := range oddNames {
				b := content(i * 1000)
				push := source(t, f.here, f.there, name, b)
				done, err := f.Push(t.Context(), push)
				arrived(t, push, b, done, err)
				fetch := source(t, f.there, t.TempDir(), name, b)
				fetch.Content = host.Digest{}
				done, err = f.Fetch(t.Context(), fetch)
				arrived(t, fetch, b, done, err)
				if d, err := f.Digest(t.Context(), push.To); d != digestOf(b) || err != nil {
					t.Errorf("digest of %q: %+v, %v", push.To, d, err)
				}
			}
		})
	}
}

// A connection that is cut anywhere costs no more than another attempt, which goes on where
// the first ended.
func TestBrokenTransfer(t *testing.T) {
	const size = 8 << 20
	b := content(size)
	for name, options := range map[string][]sshtest.Option{
		"shell":     nil,
		"sftp only": {sshtest.SFTPOnly()},
	} {
		for way, do := range map[string]func(f *far, t *testing.T) (host.Transfer, func(context.Context) (host.Transferred, error)){
			"push": func(f *far, t *testing.T) (host.Transfer, func(context.Context) (host.Transferred, error)) {
				tr := source(t, f.here, f.there, "file", b)
				return tr, func(ctx context.Context) (host.Transferred, error) { return f.Push(ctx, tr) }
			},
			"fetch": func(f *far, t *testing.T) (host.Transfer, func(context.Context) (host.Transferred, error)) {
				tr := source(t, f.there, f.here, "file", b)
				return tr, func(ctx context.Context) (host.Transferred, error) { return f.Fetch(ctx, tr) }
			},
		} {
			t.Run(way+" "+name, func(t *testing.T) {
				f := newFar(t, options...)
				tr, transfer := do(f, t)
				f.CutAfter(size/2 + rand.Int64N(size/4))
				_, err := transfer(t.Context())
				var unreachable *host.UnreachableError
				if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "the connection was lost") {
					t.Fatalf("cut: %v", err)
				}
				if _, err := os.Stat(tr.To); err == nil {
					t.Fatal("half a file has the name of a whole one")
				}
				f.CutAfter(0)
				var first host.Progress
				ctx := host.WithProgress(t.Context(), func(p host.Progress) {
					if first.Total == 0 {
						first = p
					}
				})
				done, err := transfer(ctx)
				arrived(t, tr, b, done, err)
				if first.Done < size/8 || first.Total != size { // cut behind the half, less what was under way
					t.Errorf("it went on at %+v", first)
				}
			})
		}
	}
}

// Wherever the connection is cut, in the greeting or behind the last byte, the next attempt goes.
func TestCutAnywhere(t *testing.T) {
	f := newFar(t)
	b := content(300 << 10)
	for range 12 {
		tr := source(t, f.here, t.TempDir(), "file", b)
		at := 1 + rand.Int64N(400<<10)
		f.CutAfter(at)
		done, err := f.Push(t.Context(), tr)
		f.CutAfter(0)
		if err != nil {
			done, err = f.Push(t.Context(), tr)
		}
		if errors.Is(err, fs.ErrExist) { // the cut was behind the renaming
			done, err = host.Transferred{Digest: digestOf(b), Info: host.Info{Size: int64(len(b))}}, nil
		}
		t.Logf("cut after %d bytes", at)
		arrived(t, tr, b, done, err)
	}
}

// What stands at the part's name is not written through.
func TestPlantedPart(t *testing.T) {
	f := newFar(t)
	b := content(3 << 20)
	victim := filepath.Join(f.here, "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	push := source(t, f.here, f.there, "file", b)
	fetch := source(t, f.there, f.here, "other", b)
	for path, do := range map[string]func() (host.Transferred, error){
		host.RemotePartName(push.To, push.Content.SHA256): func() (host.Transferred, error) { return f.Push(t.Context(), push) },
		host.PartName(fetch.To):                           func() (host.Transferred, error) { return f.Fetch(t.Context(), fetch) },
	} {
		if err := os.Symlink(victim, path); err != nil {
			t.Fatal(err)
		}
		if _, err := do(); err != nil {
			t.Error(err)
		}
		if got, err := os.ReadFile(victim); string(got) != "precious" || err != nil {
			t.Errorf("the file that the link leads to: %q, %v", got, err)
		}
	}
	other := source(t, f.here, f.there, "another", b) // a part with other bytes
	if err := os.WriteFile(host.RemotePartName(other.To, other.Content.SHA256), content(3<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	done, err := f.Push(t.Context(), other)
	arrived(t, other, b, done, err)
}

func TestTransfersAtOnce(t *testing.T) {
	f := newFar(t)
	b, other := content(4<<20), content(4<<20+1)
	same := source(t, f.here, f.there, "file", b)
	different := source(t, t.TempDir(), f.there, "file", other)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i, tr := range []host.Transfer{same, same, different} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			m, err := local.New(nil, local.Options{})
			if err != nil {
				errs[i] = err
				return
			}
			defer m.Close()
			r, err := m.Remote(host.Peer{Host: sshtest.Host, Config: f.Config})
			if err == nil {
				_, err = r.Push(t.Context(), tr)
			}
			errs[i] = err
		}()
	}
	wg.Wait()
	got, err := os.ReadFile(same.To)
	if err != nil || !bytes.Equal(got, b) && !bytes.Equal(got, other) {
		t.Errorf("%d bytes arrived, %v", len(got), err)
	}
	arrivedFirst := 0
	for _, err := range errs {
		if err == nil {
			arrivedFirst++
		}
	}
	if arrivedFirst == 0 {
		t.Errorf("none of them went: %v", errs)
	}
}

func TestTransferRefuses(t *testing.T) {
	f := newFar(t)
	b := content(10)
	tr := source(t, f.here, f.there, "file", b)
	if _, err := f.Push(t.Context(), tr); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Push(t.Context(), tr); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an existing file: %v", err)
	}
	if err := f.Rename(t.Context(), tr.To, tr.To); !errors.Is(err, fs.ErrExist) {
		t.Errorf("renamed over an existing file: %v", err)
	}
	nowhere := tr
	nowhere.To = f.there + "/none/file"
	if _, err := f.Push(t.Context(), nowhere); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "far:"+nowhere.To) {
		t.Errorf("into no directory: %v", err)
	}
	changed := source(t, f.here, f.there, "changed", b)
	changed.Content = digestOf(content(11))
	if _, err := f.Push(t.Context(), changed); err == nil || !strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("another content: %v", err)
	}
	back := source(t, f.there, f.here, "back", b)
	back.Content.SHA256 = digestOf(nil).SHA256
	if _, err := f.Fetch(t.Context(), back); err == nil || !strings.Contains(err.Error(), "as was given") {
		t.Errorf("another SHA-256: %v", err)
	}
	if err := f.Remove(t.Context(), tr.To); err != nil {
		t.Error(err)
	}
	if _, err := f.Stat(t.Context(), tr.To); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
	if free, err := f.Available(t.Context(), f.there); free == 0 || err != nil {
		t.Errorf("available: %d, %v", free, err)
	}
}

// A disk there that is full is played by a limit: sftp says the same of both.
func TestPushToFullDisk(t *testing.T) {
	f := newFar(t, sshtest.WithSubsystem("sftp", `trap "" XFSZ; ulimit -f 1000; exec /usr/lib/openssh/sftp-server`))
	tr := source(t, f.here, f.there, "file", content(3<<20))
	_, err := f.Push(t.Context(), tr)
	if err == nil || !strings.Contains(err.Error(), "the disk there may be full") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(tr.To); err == nil {
		t.Error("half a file has the name of a whole one")
	}
}

func TestLargeTransfer(t *testing.T) {
	f := newFar(t)
	b := content(50 << 20)
	push := source(t, f.here, f.there, "file", b)
	done, err := f.Push(t.Context(), push)
	arrived(t, push, b, done, err)
	if done.Checked != "by sha256sum there" {
		t.Errorf("checked %s", done.Checked)
	}
	fetch := source(t, f.there, f.here, "back", b)
	done, err = f.Fetch(t.Context(), fetch)
	arrived(t, fetch, b, done, err)
}
