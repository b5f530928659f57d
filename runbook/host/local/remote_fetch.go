package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"

	"github.com/pkg/sftp"

	"redbook/internal/safefs"
	"redbook/internal/ssh"
	"redbook/runbook/host"
)

// Fetch implements host.Remote.
func (r *remote) Fetch(ctx context.Context, t host.Transfer) (done host.Transferred, err error) {
	attr := safefs.Attr{UID: t.Attr.UID, GID: t.Attr.GID, Mode: 0o600}
	if t.Attr.Mode != nil {
		attr.Mode = *t.Attr.Mode
	}
	err = r.do(ctx, "fetch", t.From, func(s *ssh.Session) error {
		f := &fetch{Transfer: t, ctx: ctx, remote: r, session: s, seen: sha256.New()}
		if err := f.open(); err != nil {
			return err
		}
		defer f.from.Close()
		if err := safefs.Resume(t.To, attr, f.run); err != nil {
			return err
		}
		done.Digest, done.Checked = f.digest(), f.how
		return nil
	})
	if err != nil {
		return done, err
	}
	done.Info, err = r.machine.Stat(t.To)
	return done, err
}

// A fetch is one file on its way from another machine.
type fetch struct {
	host.Transfer
	ctx     context.Context
	remote  *remote
	session *ssh.Session

	from *sftp.File
	info host.Info // of from
	seen hash.Hash
	done meter
	how  string
}

func (f *fetch) open() error {
	info, err := lstat(f.session, f.From)
	if err == nil && info.Kind != host.KindFile {
		err = fmt.Errorf("it is a %s, not a regular file", info.Kind)
	}
	if err != nil {
		return err
	}
	if f.from, err = f.session.Open(f.From); err != nil {
		return err
	}
	opened, err := f.from.Stat()
	if err == nil {
		f.info = describeRemote(f.From, opened)
		err = f.sameSize()
	}
	if err != nil {
		f.from.Close()
	}
	return err
}

func (f *fetch) sameSize() error {
	if f.Content.Size > 0 && f.Content.Size != f.info.Size {
		return fmt.Errorf("it has %d bytes, not %d; it was changed", f.info.Size, f.Content.Size)
	}
	return nil
}

func (f *fetch) digest() host.Digest {
	return host.Digest{Size: f.done.get(), SHA256: hex.EncodeToString(f.seen.Sum(nil))}
}

// run fills the part and checks it. What it finds wrong it does not leave for the next attempt.
func (f *fetch) run(part *os.File) error {
	at, err := f.whole(part)
	if err != nil {
		return err
	}
	f.done.set(at)
	err = f.done.watch(f.ctx, f.info.Size, func() error {
		_, err := f.from.WriteTo(io.MultiWriter(part, f.seen, &f.done))
		return err
	})
	if err != nil {
		return err
	}
	if err = f.check(); err != nil {
		_ = part.Truncate(0) // the next attempt compares anyway
	}
	return err
}

// whole returns how many bytes of the part are those of the far file. They are in the digest, and
// both files are positioned behind them; the rest of the part is gone.
func (f *fetch) whole(part *os.File) (int64, error) {
	size, err := part.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	same, err := f.same(part, min(size, f.info.Size))
	if err != nil {
		return 0, err
	}
	if !same {
		size = 0
		f.seen.Reset()
	}
	size = min(size, f.info.Size)
	if err := part.Truncate(size); err != nil {
		return 0, err
	}
	_, errPart := part.Seek(size, io.SeekStart)
	_, errFrom := f.from.Seek(size, io.SeekStart)
	return size, errors.Join(errPart, errFrom)
}

// same tells whether the part begins as the far file does, as far as that can be known without
// reading it all over the network: then the given digest must do, at the end.
func (f *fetch) same(part *os.File, size int64) (bool, error) {
	if size == 0 {
		return true, nil
	}
	there, ok := f.remote.digestThere(f.ctx, f.From, size)
	if !ok && f.Content.SHA256 == "" {
		return false, context.Cause(f.ctx)
	}
	if _, err := io.Copy(f.seen, ctxReader{f.ctx, io.NewSectionReader(part, 0, size)}); err != nil {
		return false, err
	}
	return !ok || there == hex.EncodeToString(f.seen.Sum(nil)), nil
}

// check holds what arrived against the far file and what was said of it.
func (f *fetch) check() error {
	now, err := f.from.Stat()
	if err != nil {
		return err
	}
	got := f.digest()
	if now.Size() != f.info.Size || got.Size != f.info.Size || !now.ModTime().Equal(f.info.ModTime) {
		return errors.New("it changed while it was read; fetch it again when nothing writes to it")
	}
	f.how = checkedAsRead
	there, ok := f.remote.digestThere(f.ctx, f.From, got.Size)
	if ok {
		f.how = checkedThere
	}
	if err := context.Cause(f.ctx); err != nil {
		return err
	}
	if ok && there != got.SHA256 {
		return fmt.Errorf("what arrived is not what is there: SHA-256 %s, not %s; fetch it again", got.SHA256, there)
	}
	if f.Content.SHA256 == "" {
		return nil
	}
	if f.Content.SHA256 != got.SHA256 {
		return fmt.Errorf("its SHA-256 is %s, not %s as was given: it is another file, or damaged", got.SHA256, f.Content.SHA256)
	}
	f.how = checkedGiven
	return nil
}
