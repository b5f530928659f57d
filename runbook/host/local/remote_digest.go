package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"regexp"

	"redbook/internal/ssh"
	"redbook/runbook/host"
)

// What vouches for a digest of a far file.
const (
	checkedThere  = "by sha256sum there"
	checkedByRead = "by reading it back"
	checkedGiven  = "against the given SHA-256"
	checkedAsRead = "as it was read"
)

// Digest implements host.RemoteFiles.
func (r *remote) Digest(ctx context.Context, path string) (d host.Digest, err error) {
	err = r.do(ctx, "read", path, func(s *ssh.Session) error {
		info, err := lstat(s, path)
		if err == nil && info.Kind != host.KindFile {
			err = fmt.Errorf("it is a %s, not a regular file", info.Kind)
		}
		if err != nil {
			return err
		}
		d.Size = info.Size
		d.SHA256, _, err = r.digest(ctx, s, path, info.Size)
		return err
	})
	return d, err
}

// digest is the SHA-256 of the first size bytes of a far file. Its second result says how it
// was made.
func (r *remote) digest(ctx context.Context, s *ssh.Session, path string, size int64) (sum, how string, err error) {
	if sum, ok := r.digestThere(ctx, path, size); ok {
		return sum, checkedThere, nil
	}
	if err := context.Cause(ctx); err != nil {
		return "", "", err
	}
	f, err := s.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	h := sha256.New()
	w := &limitedWriter{to: h, left: size}
	if _, err := f.WriteTo(w); err != nil && !errors.Is(err, errEnough) {
		return "", "", err
	}
	if w.left > 0 {
		return "", "", io.ErrUnexpectedEOF
	}
	return hex.EncodeToString(h.Sum(nil)), checkedByRead, nil
}

var sumLine = regexp.MustCompile(`(?m)^([0-9a-f]{64})[ *]+-$`)

// digestThere asks the shell there. An account may be for sftp alone, and the machine without
// sha256sum: that is no error.
func (r *remote) digestThere(ctx context.Context, path string, size int64) (sum string, ok bool) {
	out, ok := r.shell(ctx, fmt.Sprintf("head -c %d < %s | sha256sum", size, ssh.Quote(path)))
	if match := sumLine.FindStringSubmatch(out); ok && match != nil {
		return match[1], true
	}
	return "", false
}

// settle makes the entries of the directory of a path durable, where commands may be run: SFTP
// has no such request.
func (r *remote) settle(ctx context.Context, file string) error {
	r.shell(ctx, "sync -- "+ssh.Quote(path.Dir(file)))
	return context.Cause(ctx)
}

// cannotConnect is what ssh itself exits with; any other code is the command's.
const cannotConnect = 255

// shell runs a line there. Where that does not work it is not tried a second time.
func (r *remote) shell(ctx context.Context, line string) (out string, ok bool) {
	if r.noShell {
		return "", false
	}
	out, err := ssh.Output(ctx, r.target(), line)
	var exit *exec.ExitError
	r.noShell = errors.As(err, &exit) && exit.ExitCode() != cannotConnect && ctx.Err() == nil
	return out, err == nil
}

var errEnough = errors.New("enough was read")

// A limitedWriter passes on so many bytes, and then refuses more with errEnough.
type limitedWriter struct {
	to   io.Writer
	left int64
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	if err == nil && n < len(p) {
		err = errEnough
	}
	return n, err
}
