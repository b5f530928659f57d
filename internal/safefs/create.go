package safefs

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
)

// Create makes a new file at path, which must not exist (fs.ErrExist), of what write writes, and returns the digest of
// that. The file appears at its name when it is complete and on the disk; an error, of write too, leaves nothing
// behind. A full disk is a *NoSpaceError.
func Create(path string, attr Attr, write func(io.Writer) error) (Digest, error) {
	d, name, err := Split(path)
	if err != nil {
		return Digest{}, err
	}
	defer d.Close()
	if _, err := d.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = d.fail("create", name, fs.ErrExist)
		}
		return Digest{}, err
	}
	p, err := d.createPart(name)
	if err != nil {
		return Digest{}, d.noSpace(name, 0, err)
	}
	to := &eagerFile{file: p.file}
	sum := &digester{to: to, sum: sha256.New()}
	err = to.settle(write(sum))
	if err == nil {
		err = p.finish(attr)
	}
	if err == nil {
		err = d.RenameNoReplace(p.name, d, name)
	}
	if err != nil {
		p.discard()
		return Digest{}, d.noSpace(name, sum.size, err)
	}
	p.file.Close() // it is synced: closing it can tell nothing new
	return digestOf(sum.sum, sum.size), d.Sync()
}

// digester digests what passes through it.
type digester struct {
	to   io.Writer
	sum  hash.Hash
	size int64
}

func (d *digester) Write(b []byte) (int, error) {
	n, err := d.to.Write(b)
	d.sum.Write(b[:n])
	d.size += int64(n)
	return n, err
}
