package safefs

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

	"golang.org/x/sys/unix"

	"redbook/internal/ahead"
)

// ErrChanged says that a file was written to, or replaced, while it was read.
var ErrChanged = errors.New("the file changed while it was read; try again when nothing writes to it")

// Digest identifies the content of a file.
type Digest struct {
	Size   int64
	SHA256 string // in lower-case hex
}

// A NoSpaceError says that a file system is too full for a file. It is unix.ENOSPC to errors.Is.
type NoSpaceError struct {
	Path       string
	Need, Free int64 // in bytes; Free is what an ordinary user can still fill
}

func (e *NoSpaceError) Error() string {
	return fmt.Sprintf("write %s: %d bytes are needed and %d are free; free some space", e.Path, e.Need, e.Free)
}

func (e *NoSpaceError) Unwrap() error { return unix.ENOSPC }

// Copied is a file that was copied.
type Copied struct {
	Digest Digest // of what was written
	Stamp  Stamp  // of the new file; zero where there is none to rely on, and for small files
}

// Copy copies the regular file at from to a new file at to, which must not exist (fs.ErrExist). The taps are given what
// is written, in order and on another goroutine; after an error perhaps more. The file appears at its name when it is
// complete and on the disk; an error leaves nothing behind. Within a file system that can, the copy shares the blocks of
// the original (reflink) and takes no space. A file that changes meanwhile is ErrChanged; a full disk is a *NoSpaceError.
func Copy(ctx context.Context, from, to string, attr Attr, taps ...io.Writer) (Copied, error) {
	src, err := openSource(from)
	if err != nil {
		return Copied{}, err
	}
	defer src.Close()
	d, name, err := Split(to)
	if err != nil {
		return Copied{}, err
	}
	defer d.Close()
	if _, err := d.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = d.fail("create", name, fs.ErrExist)
		}
		return Copied{}, err
	}
	p, digest, err := d.receive(ctx, name, src, attr, taps)
	if err != nil {
		return Copied{}, d.noSpace(name, src.info.Size, err)
	}
	defer p.file.Close() // it is synced: closing it can tell nothing new
	if err := d.Sync(); err != nil {
		_ = d.Remove(name)
		return Copied{}, err
	}
	c := Copied{Digest: digest}
	if digest.Size >= worthStamp {
		c.Stamp = settledStamp(p.file)
	}
	return c, nil
}

// receive makes the file called name from src, by way of its part, of which an error leaves nothing.
func (d *Dir) receive(ctx context.Context, name string, src *source, attr Attr, taps []io.Writer) (*part, Digest, error) {
	p, err := d.createPart(name)
	if err != nil {
		return nil, Digest{}, err
	}
	digest, err := src.copyTo(ctx, p.file, taps)
	if err == nil {
		err = p.finish(attr)
	}
	if err == nil {
		err = src.unchanged(digest.Size)
	}
	if err == nil {
		err = d.RenameNoReplace(p.name, d, name)
	}
	if err != nil {
		p.discard()
		return nil, Digest{}, err
	}
	return p, digest, nil
}

// DigestFile reads the regular file at path. A file that changes meanwhile is ErrChanged.
func DigestFile(ctx context.Context, path string) (Digest, error) {
	src, err := openSource(path)
	if err != nil {
		return Digest{}, err
	}
	defer src.Close()
	digest, err := pump(ctx, io.Discard, src.file, nil)
	if err == nil {
		err = src.unchanged(digest.Size)
	}
	if err != nil {
		return Digest{}, src.dir.fail("read", src.name, err)
	}
	return digest, nil
}

// source is a file that is read and must not change meanwhile.
type source struct {
	dir  *Dir
	name string
	file *os.File
	info Info
}

func openSource(path string) (*source, error) {
	d, name, err := Split(path)
	if err != nil {
		return nil, err
	}
	f, err := d.Open(name)
	if err != nil {
		d.Close()
		return nil, err
	}
	info, err := statFD(int(f.Fd()))
	if err != nil {
		f.Close()
		d.Close()
		return nil, d.fail("stat", name, err)
	}
	return &source{d, name, f, info}, nil
}

func (s *source) Close() {
	s.file.Close()
	s.dir.Close()
}

// unchanged compares what the name leads to now with what was opened, and its size with the bytes read.
func (s *source) unchanged(read int64) error {
	now, err := s.dir.lstat(s.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || !now.SameFile(s.info) || now.Size != s.info.Size || read != now.Size || !now.ModTime.Equal(s.info.ModTime) {
		return s.dir.fail("read", s.name, ErrChanged)
	}
	return nil
}

// copyTo fills an empty file, by a reflink where that works; the digest is then that of the clone.
func (s *source) copyTo(ctx context.Context, f *os.File, taps []io.Writer) (Digest, error) {
	if cloneFile(f, s.file) == nil {
		return pump(ctx, io.Discard, f, taps)
	}
	// A full disk is told before the long copy, and the file is in one piece. Not every file system can.
	if s.info.Size > 0 {
		err := retry(func() error { return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, s.info.Size) })
		if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
			return Digest{}, err
		}
	}
	to := &eagerFile{file: f}
	digest, err := pump(ctx, to, s.file, taps)
	return digest, to.settle(err)
}

// cloneFile is a variable so that tests can turn reflinks off.
var cloneFile = func(to, from *os.File) error {
	return unix.IoctlFileClone(int(to.Fd()), int(from.Fd()))
}

// pump copies while what comes next is read, digested and given to the taps on another core.
func pump(ctx context.Context, to io.Writer, from io.Reader, taps []io.Writer) (Digest, error) {
	sum := sha256.New()
	in := ahead.NewReader(from, append([]io.Writer{sum}, taps...)...)
	defer in.Close()
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return Digest{}, context.Cause(ctx)
		}
		piece, err := in.Next()
		if errors.Is(err, io.EOF) {
			return digestOf(sum, total), nil
		}
		if err != nil {
			return Digest{}, err
		}
		if _, err := to.Write(piece); err != nil {
			return Digest{}, err
		}
		total += int64(len(piece))
		if err := failpoint("chunk"); err != nil {
			return Digest{}, err
		}
	}
}

func digestOf(sum hash.Hash, size int64) Digest {
	return Digest{Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}
}

// noSpace turns a full disk into an error that says how full.
func (d *Dir) noSpace(name string, need int64, err error) error {
	if !errors.Is(err, unix.ENOSPC) {
		return err
	}
	free, _ := d.Free()
	return &NoSpaceError{Path: d.path + "/" + name, Need: need, Free: free}
}
