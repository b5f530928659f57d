package local

import (
	"context"
	"sync"

	"redbook/internal/safefs"
	"redbook/runbook/host"
)

// CopyFile implements host.FileMaker. A copy of a dump that nobody else could write is checked as it is written, which
// costs no time where the disk takes longer, and ReadDump remembers what came of it.
func (m *Machine) CopyFile(ctx context.Context, from, to string, a host.Attr) (host.Digest, error) {
	mode := uint32(0)
	if a.Mode == nil {
		info, err := m.Stat(from)
		if err != nil {
			return host.Digest{}, err
		}
		mode = info.Mode & 0o777
	}
	attr := attrOf(a, mode)
	if !attr.MayHaveStamp() {
		c, err := safefs.Copy(ctx, from, to, attr)
		return host.Digest(c.Digest), err
	}
	check := host.NewDumpWriter()
	c, err := safefs.Copy(ctx, from, to, attr, check)
	dump := check.Close()
	if err != nil {
		return host.Digest{}, err
	}
	dump.Digest = host.Digest(c.Digest)
	if dump.IsDump {
		m.copies.add(c.Stamp, dump)
	}
	return dump.Digest, nil
}

// ReadDump implements host.DumpReader. A file that this Machine has copied, and that is unchanged since, is not read
// again.
func (m *Machine) ReadDump(ctx context.Context, path string) (host.Dump, error) {
	f, err := openFile(path)
	if err != nil {
		return host.Dump{}, err
	}
	defer f.Close()
	if err := context.Cause(ctx); err != nil {
		return host.Dump{}, err
	}
	if dump, ok := m.copies.get(safefs.StampOf(f)); ok {
		return dump, nil
	}
	return host.CheckDump(ctx, f)
}

// copies are the dumps that this Machine wrote, by the state that it left them in.
type copies struct {
	mu    sync.Mutex
	dumps map[safefs.Stamp]host.Dump
}

func (c *copies) add(s safefs.Stamp, d host.Dump) {
	if s == (safefs.Stamp{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dumps == nil {
		c.dumps = map[safefs.Stamp]host.Dump{}
	}
	c.dumps[s] = d
}

func (c *copies) get(s safefs.Stamp) (d host.Dump, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok = c.dumps[s]
	return d, ok
}
