package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/pkg/sftp"

	"redbook/internal/ssh"
	"redbook/runbook/host"
)

// Push implements host.Remote.
func (r *remote) Push(ctx context.Context, t host.Transfer) (done host.Transferred, err error) {
	from, err := r.machine.Open(t.From)
	if err != nil {
		return done, err
	}
	defer from.Close()
	err = r.do(ctx, "push to", t.To, func(s *ssh.Session) error {
		p := &push{Transfer: t, ctx: ctx, remote: r, session: s, part: host.RemotePartName(t.To, t.Content.SHA256), seen: sha256.New()}
		p.from = io.TeeReader(ctxReader{ctx, from}, p.seen)
		done, err = p.run(from.(io.Seeker))
		return err
	})
	return done, err
}

// A push is one file on its way to another machine.
type push struct {
	host.Transfer
	ctx     context.Context
	remote  *remote
	session *ssh.Session
	part    string

	from io.Reader // what is read of it goes into seen
	seen hash.Hash
	done meter
}

func (p *push) run(from io.Seeker) (host.Transferred, error) {
	if _, err := p.session.Lstat(p.To); err == nil {
		return host.Transferred{}, fs.ErrExist
	}
	f, err := p.open(from)
	if err != nil {
		return host.Transferred{}, err
	}
	err = p.send(f)
	if err == nil {
		err = p.seal(f)
	}
	f.Close() // sealed it is on the disk, and else it is not complete anyway
	if err != nil {
		return host.Transferred{}, err
	}
	return p.finish()
}

// open returns the part, positioned where the sending goes on.
func (p *push) open(from io.Seeker) (*sftp.File, error) {
	f, err := p.reopen(from)
	if f != nil || err != nil {
		return f, err
	}
	if err := p.session.Remove(p.part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove what an earlier attempt left at %s: %w", p.part, err)
	}
	p.seen.Reset()
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	f, err = p.session.OpenFile(p.part, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", p.part, err)
	}
	if err := f.Chmod(0o600); err != nil { // before anything is in it
		f.Close()
		return nil, fmt.Errorf("create %s: %w", p.part, err)
	}
	return f, nil
}

// reopen returns the part of an earlier attempt if it begins as the file does, positioned where
// they part; nil when there is none to go on with.
func (p *push) reopen(from io.Seeker) (*sftp.File, error) {
	info, err := lstat(p.session, p.part)
	if err != nil || !p.isOurs(info) {
		return nil, ignoreMissing(err)
	}
	// A server that does not write in the order of the requests leaves holes in the last Window.
	for _, whole := range []int64{min(info.Size, p.Content.Size), info.Size - ssh.Window} {
		if whole <= 0 {
			break
		}
		if _, err := from.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		if same, err := p.begins(whole); err != nil {
			return nil, err
		} else if same {
			return p.continueAt(whole)
		}
	}
	return nil, nil
}

// begins tells whether so many bytes of the part are those of the file, which is then read up to
// there.
func (p *push) begins(whole int64) (bool, error) {
	there, _, err := p.remote.digest(p.ctx, p.session, p.part, whole)
	if err != nil {
		return false, err
	}
	p.seen.Reset()
	if _, err := io.CopyN(io.Discard, p.from, whole); err != nil {
		return false, fmt.Errorf("read %s: %w", p.From, err)
	}
	return there == hex.EncodeToString(p.seen.Sum(nil)), nil
}

func (p *push) continueAt(whole int64) (*sftp.File, error) {
	f, err := p.session.OpenFile(p.part, os.O_WRONLY)
	if err != nil {
		return nil, err
	}
	err = f.Truncate(whole)
	if err == nil {
		_, err = f.Seek(whole, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	p.done.set(whole)
	return f, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// isOurs tells whether a part is one that a push as this user made, where nobody else can have
// put a link in its place: SFTP opens what a name leads to.
func (p *push) isOurs(part host.Info) bool {
	home, errHome := p.session.Stat(".")
	dir, errDir := p.session.Stat(path.Dir(p.part))
	if errHome != nil || errDir != nil || part.Kind != host.KindFile || part.Mode != 0o600 {
		return false
	}
	us, above := describeRemote(".", home).UID, describeRemote(p.part, dir)
	return part.UID == us && (above.UID == us || above.UID == 0) && (above.Mode&0o022 == 0 || above.Mode&0o1000 != 0)
}

// send writes the rest of the file.
func (p *push) send(f *sftp.File) error {
	err := p.done.watch(p.ctx, p.Content.Size, func() error {
		_, err := f.ReadFromWithConcurrency(p.done.reading(p.from), 0)
		return err
	})
	var refused *sftp.StatusError
	if errors.As(err, &refused) {
		return p.explainRefusal(err)
	}
	if err != nil {
		return err
	}
	if p.done.get() != p.Content.Size || hex.EncodeToString(p.seen.Sum(nil)) != p.Content.SHA256 {
		return fmt.Errorf("%s changed while it was read; push it again when nothing writes to it", p.From)
	}
	return nil
}

// explainRefusal says what a write that failed may mean: SFTP has no word for a full disk.
func (p *push) explainRefusal(err error) error {
	free, stat := available(p.session, path.Dir(p.To))
	if need := p.Content.Size - p.done.get(); stat == nil && free < ssh.Window+uint64(max(need, 0)) {
		return fmt.Errorf("the disk there is full: %d bytes are free; make room there (%w)", free, err)
	}
	return fmt.Errorf("write: %w; the disk there may be full, or a limit of the account met", err)
}

// seal gives the part its mode and waits until it is on the disk there.
func (p *push) seal(f *sftp.File) error {
	if p.Attr.Mode != nil {
		if err := f.Chmod(os.FileMode(*p.Attr.Mode)); err != nil {
			return fmt.Errorf("set the mode: %w", err)
		}
	}
	if _, ok := p.session.HasExtension("fsync@openssh.com"); !ok {
		return nil
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("fsync: %w", err)
	}
	return nil
}

// finish checks the part and gives it its name. Another push of the same content may have been
// faster: then the file is there already.
func (p *push) finish() (done host.Transferred, err error) {
	info, err := lstat(p.session, p.part)
	if err != nil {
		return done, err
	}
	there, how, err := p.remote.digest(p.ctx, p.session, p.part, p.Content.Size)
	if err != nil {
		return done, err
	}
	if info.Size != p.Content.Size || there != p.Content.SHA256 {
		_ = p.session.Remove(p.part) // the damage is the error to tell
		return done, fmt.Errorf("what arrived is not what was sent: %d bytes, SHA-256 %s, not %d bytes, %s; push it again",
			info.Size, there, p.Content.Size, p.Content.SHA256)
	}
	if err := rename(p.session, p.part, p.To); err != nil {
		return done, err
	}
	if err := p.remote.settle(p.ctx, p.To); err != nil {
		return done, err
	}
	done = host.Transferred{Digest: p.Content, Checked: how}
	done.Info, err = lstat(p.session, p.To)
	return done, err
}
