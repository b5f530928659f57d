package safefs

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// TempPrefix begins the name of a file that is being written. One that is left over belongs to a process
// that was killed.
const TempPrefix = ".redbook-"

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
	temp, f, err := d.createTemp()
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = finish(f, attr)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = d.RenameReplace(temp, d, name)
	}
	if err != nil {
		_ = d.Remove(temp)
		return d.noSpace(name, int64(len(content)), err)
	}
	return d.Sync()
}

func (d *Dir) createTemp() (name string, f *os.File, err error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	name = TempPrefix + hex.EncodeToString(random[:])
	f, err = d.create(name)
	return name, f, d.fail("create", name, err)
}

// finish gives a file that is complete its attributes and waits until it is on the disk. The owner comes
// first: chown(2) takes setuid bits away.
func finish(f *os.File, attr Attr) error {
	if err := failpoint("finish"); err != nil {
		return err
	}
	if attr.UID != -1 || attr.GID != -1 {
		if err := f.Chown(attr.UID, attr.GID); err != nil {
			return err
		}
	}
	if err := unix.Fchmod(int(f.Fd()), attr.Mode&0o7777); err != nil {
		return &os.PathError{Op: "chmod", Path: f.Name(), Err: err}
	}
	return f.Sync()
}
