package torture

import (
	"context"
	"fmt"
	"os"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
)

// A saboteur is the machine with something that happens before, inside and
// after every change.
type saboteur struct {
	runbook.Machine
	// before and after may give an error, which the change then returns.
	before, after func(what string) error
	// inside is asked whether the change is to stop half way; it then calls half
	// and does not come back.
	inside func(what string, half func())
}

func (s *saboteur) around(what string, half func(), do func() error) error {
	if err := s.before(what); err != nil {
		return err
	}
	if half != nil {
		s.inside(what, half)
	}
	if err := do(); err != nil {
		return err
	}
	return s.after(what)
}

func (s *saboteur) CopyFile(ctx context.Context, from, to string, a host.Attr) (d host.Digest, err error) {
	err = s.around("copy", func() { writePart(from, to) }, func() (err error) {
		d, err = s.Machine.CopyFile(ctx, from, to, a)
		return err
	})
	return d, err
}

// writePart leaves what a copy that was cut off leaves: some of the bytes, under
// the name of the part.
func writePart(from, to string) {
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(host.PartName(to), content[:len(content)/2], 0o600)
	}
	if err != nil {
		panic(err)
	}
}

func (s *saboteur) ReplaceFile(ctx context.Context, path string, content []byte) error {
	half := func() {
		if err := os.WriteFile(host.PartName(path), content[:len(content)/2], 0o600); err != nil {
			panic(err)
		}
	}
	return s.around("replace", half, func() error { return s.Machine.ReplaceFile(ctx, path, content) })
}

// A rename, a removal and a change of attributes are one system call: there is
// no inside.

func (s *saboteur) Rename(ctx context.Context, from, to string) error {
	return s.around("rename", nil, func() error { return s.Machine.Rename(ctx, from, to) })
}

func (s *saboteur) Remove(ctx context.Context, path string) error {
	return s.around("remove", nil, func() error { return s.Machine.Remove(ctx, path) })
}

func (s *saboteur) SetAttr(ctx context.Context, path string, a host.Attr) error {
	return s.around("set-attr", nil, func() error { return s.Machine.SetAttr(ctx, path, a) })
}

func (s *saboteur) Exec(ctx context.Context, c host.Command) (out host.Output, err error) {
	err = s.around("exec", nil, func() (err error) {
		out, err = s.Machine.Exec(ctx, c)
		return err
	})
	return out, err
}

func (s *saboteur) Instance(name string) (host.Instance, error) {
	i, err := s.Machine.Instance(name)
	if err != nil {
		return nil, err
	}
	return &sabotagedInstance{Instance: i, saboteur: s}, nil
}

type sabotagedInstance struct {
	host.Instance
	saboteur *saboteur
}

// around leaves a change to the server half way by beginning it and not waiting
// for its end.
func (i *sabotagedInstance) around(what string, do func() error) error {
	return i.saboteur.around(what, begun(do), do)
}

// begun begins a change and comes back somewhere in its middle.
func begun(do func() error) func() {
	return func() {
		go func() { _ = do() }()
		time.Sleep(3 * time.Millisecond) // where does not matter
	}
}

func (i *sabotagedInstance) Start(ctx context.Context) error {
	return i.around("start", func() error { return i.Instance.Start(ctx) })
}

func (i *sabotagedInstance) Stop(ctx context.Context) error {
	return i.around("stop", func() error { return i.Instance.Stop(ctx) })
}

func (i *sabotagedInstance) Save(ctx context.Context, background bool) error {
	return i.around("save", func() error { return i.Instance.Save(ctx, background) })
}

func (i *sabotagedInstance) RewriteAOF(ctx context.Context) error {
	return i.around("rewrite-aof", func() error { return i.Instance.RewriteAOF(ctx) })
}

func (i *sabotagedInstance) TryWrite(ctx context.Context) error {
	return i.around("try-write", func() error { return i.Instance.TryWrite(ctx) })
}

func (i *sabotagedInstance) SetOption(ctx context.Context, name, value string) error {
	return i.around(fmt.Sprintf("set %s %s", name, value), func() error { return i.Instance.SetOption(ctx, name, value) })
}

func (i *sabotagedInstance) FetchDump(ctx context.Context, to string, a host.Attr) (f host.Fetched, err error) {
	err = i.around("fetch", func() (err error) {
		f, err = i.Instance.FetchDump(ctx, to, a)
		return err
	})
	return f, err
}

// A load has a second middle: the server is a replica and takes the dataset.
func (i *sabotagedInstance) LoadDataset(ctx context.Context, l host.Load) error {
	do := func() error { return i.Instance.LoadDataset(ctx, l) }
	taking := func() {
		ended := make(chan struct{})
		go func() { _ = do(); close(ended) }()
		for {
			if info, err := i.Info(ctx); err == nil && info["role"] == "slave" {
				return
			}
			select {
			case <-ended: // too quick to be seen
				return
			case <-time.After(time.Millisecond):
			}
		}
	}
	return i.around("load", func() error {
		i.saboteur.inside("load that the server takes", taking)
		return do()
	})
}

func (i *sabotagedInstance) EndLoad(ctx context.Context, l host.Load, options map[string]string) error {
	return i.around("end-load", func() error { return i.Instance.EndLoad(ctx, l, options) })
}
