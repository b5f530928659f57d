package local

import (
	"context"
	"io"

	"redbook/internal/safefs"
	"redbook/runbook/host"
)

// attrOf is what a new entry shall have, with the mode orElse if none is given.
func attrOf(a host.Attr, orElse uint32) safefs.Attr {
	attr := safefs.Attr{UID: a.UID, GID: a.GID, Mode: orElse}
	if a.Mode != nil {
		attr.Mode = *a.Mode
	}
	return attr
}

// CreateFile implements host.FileMaker.
func (m *Machine) CreateFile(ctx context.Context, path string, content []byte, a host.Attr) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	_, err := safefs.Create(path, attrOf(a, 0o600), func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	return err
}

// Link implements host.FileMaker.
func (m *Machine) Link(ctx context.Context, from, to string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return safefs.Link(from, to)
}

// MakeDir implements host.FileMaker.
func (m *Machine) MakeDir(ctx context.Context, path string, a host.Attr) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return safefs.MakeDir(path, attrOf(a, 0o700))
}
