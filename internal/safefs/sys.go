package safefs

import (
	"errors"

	"golang.org/x/sys/unix"
)

// fault lets tests fail or delay an operation at a named point. It is nil outside tests.
var fault func(point string) error

// euid is a variable so that tests can play root, to whom every other user is a stranger.
var euid = unix.Geteuid

func failpoint(point string) error {
	if fault == nil {
		return nil
	}
	return fault(point)
}

// retry repeats a system call that a signal interrupted, as package os does.
func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func openat(dir int, name string, flags int, mode uint32) (fd int, err error) {
	err = retry(func() error {
		fd, err = unix.Openat(dir, name, flags|unix.O_CLOEXEC, mode)
		return err
	})
	return fd, err
}

func readlink(dir int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}
