package safefs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// PartName returns the name under which the bytes of the file called name stand until they are complete. It is the
// same each time, so that what a killed process left is found, and written over by the next attempt.
func PartName(name string) string { return "." + name + ".redbook-part" }

// Attr is what a new file shall have. A UID or GID of -1 is the process's own.
type Attr struct {
	Mode     uint32 // 07777
	UID, GID int
}

// ReadFile returns the content of the regular file at path, which may have at most max bytes.
func ReadFile(path string, max int64) ([]byte, error) {
	d, name, err := Split(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, max+1))
	if err == nil && int64(len(content)) > max {
		err = unix.EFBIG
	}
	return content, d.fail("read", name, err)
}

// WriteFile puts a file with this content and these attributes at path, in place of a file or link that is there. Others
// see the old file or the new one, also after a power cut.
func WriteFile(path string, content []byte, attr Attr) error {
	d, name, err := Split(path)
	if err != nil {
		return err
	}
	defer d.Close()
	p, err := d.createPart(name)
	if err != nil {
		return d.noSpace(name, int64(len(content)), err)
	}
	_, err = p.file.Write(content)
	if err == nil {
		err = p.finish(attr)
	}
	if err == nil {
		err = d.RenameReplace(p.name, d, name)
	}
	if err != nil {
		p.discard()
		return d.noSpace(name, int64(len(content)), err)
	}
	p.file.Close() // it is synced: closing it can tell nothing new
	return d.Sync()
}

// part is a file that is being written.
type part struct {
	dir  *Dir
	name string
	file *os.File
}

// createPart makes the part of the file that will be called name, in place of one that was left over.
func (d *Dir) createPart(name string) (*part, error) {
	p := &part{dir: d, name: PartName(name)}
	if err := d.Remove(p.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove what an earlier attempt left: %w", err)
	}
	var err error
	p.file, err = d.create(p.name)
	return p, d.fail("create", p.name, err)
}

// finish gives the part its attributes and waits until it is on the disk. The owner comes first: chown(2) takes
// setuid bits away. At the end the part must still be what its name leads to.
func (p *part) finish(attr Attr) error {
	if err := failpoint("finish"); err != nil {
		return err
	}
	if attr.UID != -1 || attr.GID != -1 {
		if err := p.file.Chown(attr.UID, attr.GID); err != nil {
			return err
		}
	}
	if err := unix.Fchmod(int(p.file.Fd()), attr.Mode&0o7777); err != nil {
		return p.dir.fail("chmod", p.name, err)
	}
	if err := p.file.Sync(); err != nil {
		return err
	}
	return p.check()
}

var errReplaced = errors.New("another process replaced the file while it was written")

// check wants the part's name to lead to the part.
func (p *part) check() error {
	mine, err := statFD(int(p.file.Fd()))
	if err != nil {
		return p.dir.fail("stat", p.name, err)
	}
	if named, err := p.dir.lstat(p.name); err != nil || !named.SameFile(mine) {
		return p.dir.fail("write", p.name, errReplaced)
	}
	return nil
}

// discard takes a part that will not be completed away.
func (p *part) discard() {
	p.file.Close()
	_ = p.dir.Remove(p.name) // the error that led here is the one to tell
}
