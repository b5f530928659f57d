package powercut

import (
	"errors"
	"fmt"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// A Mount is a place at which programs see a disk.
type Mount struct{ Dir string }

// Mount shows the disk at the directory dir. It takes root and /dev/fuse.
func (d *Disk) Mount(dir string) (*Mount, error) {
	s := &server{RawFileSystem: fuse.NewDefaultRawFileSystem(), disk: d}
	f, err := fuse.NewServer(s, dir, &fuse.MountOptions{
		FsName: "powercut", Name: "powercut", AllowOther: true, DirectMountStrict: true,
		DisableXAttrs: true, DisableReadDirPlus: true, MaxWrite: 128 << 10,
	})
	if err != nil {
		return nil, fmt.Errorf("mount a FUSE filesystem: %w; this takes root and /dev/fuse: run as root, and where /dev/fuse is missing: modprobe fuse (package fuse3)", err)
	}
	go f.Serve()
	if err := f.WaitMount(); err != nil {
		return nil, errors.Join(fmt.Errorf("mount a FUSE filesystem: %w", err), unix.Unmount(dir, unix.MNT_DETACH))
	}
	return &Mount{Dir: dir}, nil
}

// Close takes the disk away, also from programs that have files open.
func (m *Mount) Close() error {
	if err := unix.Unmount(m.Dir, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount %s: %w", m.Dir, err)
	}
	return nil
}
