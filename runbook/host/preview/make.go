package preview

import (
	"context"
	"io/fs"
	"path/filepath"
	"syscall"

	"redbook/runbook/host"
)

// copied notes a copy that a step made.
type copied struct {
	path    string
	content content
	place   place
}

// CopyFile implements host.FileMaker. The digest of content that only the run will
// know is Digest{Size: -1}, and that is no error.
func (p *Picture) CopyFile(ctx context.Context, from, to string, a host.Attr) (host.Digest, error) {
	src, err := p.regular("copy", from)
	if err != nil {
		return host.Digest{}, err
	}
	dir, err := p.free("copy", to)
	if err != nil {
		return host.Digest{}, err
	}
	digest, err := p.copyDigest(ctx, from, src.content)
	if err != nil {
		return host.Digest{}, err
	}
	if err := p.spend(to, digest.Size); err != nil {
		return host.Digest{}, err
	}
	n := p.newFile(dir.node, src.content, digest.Size, src.info.Mode&0o777, a)
	p.dropPart(dir.node, to)
	p.put(dir.node, filepath.Base(to), n)
	p.copies = append(p.copies, copied{path: to, content: n.content, place: n.place})
	return digest, nil
}

func (p *Picture) copyDigest(ctx context.Context, path string, c content) (host.Digest, error) {
	if c.snapshot != nil {
		return host.Digest{Size: -1}, nil
	}
	return p.dumps.digest(ctx, path, c)
}

// spend takes room for a new file. A size that is not known costs nothing.
func (p *Picture) spend(path string, size int64) error {
	if size <= 0 {
		return nil
	}
	space, err := p.Space(filepath.Dir(path))
	if err != nil {
		return err
	}
	if uint64(size) > space.Available {
		return &fs.PathError{Op: "copy", Path: path, Err: syscall.ENOSPC}
	}
	p.spent[space.Device] += size
	return nil
}

// dropPart removes what a killed run left beside path: writing path takes its
// place and then its name.
func (p *Picture) dropPart(dir *node, path string) {
	name := filepath.Base(host.PartName(path))
	if _, err := p.child(dir, name); err == nil {
		dir.attach(name, nil)
	}
}

// newFile is a file that the runner makes in dir, of the mode orElse if a has none.
func (p *Picture) newFile(dir *node, c content, size int64, orElse uint32, a host.Attr) *node {
	n := &node{content: c, info: host.Info{
		Kind: host.KindFile, Size: size, Mode: orElse, UID: p.runner.UID, GID: p.runner.GID,
		Device: dir.info.Device, ModTime: p.now, Links: 1,
	}}
	n.setAttr(a)
	return n
}

// CreateFile implements host.FileMaker.
func (p *Picture) CreateFile(_ context.Context, path string, b []byte, a host.Attr) error {
	dir, err := p.free("create", path)
	if err != nil {
		return err
	}
	size := int64(len(b))
	if err := p.spend(path, size); err != nil {
		return err
	}
	p.dropPart(dir.node, path)
	p.put(dir.node, filepath.Base(path), p.newFile(dir.node, content{bytes: b}, size, 0o600, a))
	return nil
}

// Link implements host.FileMaker. What is done to the file by one of its names later
// is not seen by the other.
func (p *Picture) Link(_ context.Context, from, to string) error {
	src, err := p.pin("link", from)
	if err != nil {
		return err
	}
	if src.info.Kind != host.KindFile {
		return notRegular("link", from, src.info.Kind)
	}
	dir, err := p.free("link", to)
	if err != nil {
		return err
	}
	if err := p.sameFilesystem("link", from, to); err != nil {
		return err
	}
	src.info.Links++
	second := *src.node
	p.put(dir.node, filepath.Base(to), &second)
	return nil
}

// MakeDir implements host.FileMaker.
func (p *Picture) MakeDir(_ context.Context, path string, a host.Attr) error {
	dir, err := p.free("mkdir", path)
	if err != nil {
		return err
	}
	n := &node{info: host.Info{
		Kind: host.KindDirectory, Mode: 0o700, UID: p.runner.UID, GID: p.runner.GID,
		Device: dir.info.Device, ModTime: p.now, Links: 2,
	}}
	n.setAttr(a)
	p.put(dir.node, filepath.Base(path), n)
	return nil
}
