package nspawn

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Path is where a file of the host is seen from out here.
func (h *Host) Path(inside string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", h.init), inside)
}

// CopyIn copies a file onto the host, owned by root.
func (h *Host) CopyIn(from, inside string, mode os.FileMode) error {
	src, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy to %s: %w", h.Name, err)
	}
	defer src.Close()
	dst, err := os.OpenFile(h.Path(inside), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("copy to %s: %w", h.Name, err)
	}
	if _, err := io.Copy(dst, src); err != nil {
		dst.Close()
		return fmt.Errorf("copy to %s: %w", h.Name, err)
	}
	return dst.Close()
}

// WriteFile writes a file onto the host, owned by root.
func (h *Host) WriteFile(inside, content string, mode os.FileMode) error {
	return os.WriteFile(h.Path(inside), []byte(content), mode)
}

// ReadFile reads a file of the host.
func (h *Host) ReadFile(inside string) (string, error) {
	content, err := os.ReadFile(h.Path(inside))
	return string(content), err
}
