package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// neededFiles is how many files redbook must be able to open at once. With fewer
// the Go runtime may end the process as it pleases.
const neededFiles = 16

// checkDescriptors refuses to begin where too few files can be opened.
func checkDescriptors() error {
	for n := range neededFiles {
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("only %d more files can be opened, and %d are needed: %w; raise the limit (ulimit -n)", n, neededFiles, err)
		}
		defer unix.Close(fd)
	}
	return nil
}
