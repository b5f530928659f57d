package torture

import (
	"context"
	"os"

	"redbook/runbook/host"
)

func (s *saboteur) CreateFile(ctx context.Context, path string, content []byte, a host.Attr) error {
	half := func() {
		if err := os.WriteFile(host.PartName(path), content[:len(content)/2], 0o600); err != nil {
			panic(err)
		}
	}
	return s.around("create", half, func() error { return s.Machine.CreateFile(ctx, path, content, a) })
}

// A link is one system call.
func (s *saboteur) Link(ctx context.Context, from, to string) error {
	return s.around("link", nil, func() error { return s.Machine.Link(ctx, from, to) })
}

// A directory that is half made has neither its owner nor its mode.
func (s *saboteur) MakeDir(ctx context.Context, path string, a host.Attr) error {
	half := func() {
		if err := os.Mkdir(path, 0o700); err != nil {
			panic(err)
		}
	}
	return s.around("make-dir", half, func() error { return s.Machine.MakeDir(ctx, path, a) })
}
