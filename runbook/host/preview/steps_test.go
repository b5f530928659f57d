package preview_test

import (
	"context"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
	"redbook/runbook/host/preview"
)

// A step is done on a picture and on the real machine alike.
type step func(ctx context.Context, m host.Machine, b *bench) error

func onInstance(do func(context.Context, host.Instance) error) step {
	return func(ctx context.Context, m host.Machine, _ *bench) error {
		i, err := m.Instance("main")
		if err != nil {
			return err
		}
		return do(ctx, i)
	}
}

var (
	start   = onInstance(func(ctx context.Context, i host.Instance) error { return i.Start(ctx) })
	stop    = onInstance(func(ctx context.Context, i host.Instance) error { return i.Stop(ctx) })
	save    = onInstance(func(ctx context.Context, i host.Instance) error { return i.Save(ctx, false) })
	rewrite = onInstance(func(ctx context.Context, i host.Instance) error { return i.RewriteAOF(ctx) })

	startEmpty = onInstance(func(ctx context.Context, i host.Instance) error {
		if e, ok := i.(interface{ AllowEmpty() }); ok {
			e.AllowEmpty()
		}
		return i.Start(ctx)
	})
)

func set(name, value string) step {
	return onInstance(func(ctx context.Context, i host.Instance) error { return i.SetOption(ctx, name, value) })
}

// move renames in the data directory.
func move(from, to string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		return m.Rename(ctx, b.data(from), b.data(to))
	}
}

func remove(name string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error { return m.Remove(ctx, b.data(name)) }
}

// restore copies the backup into the data directory.
func restore(name string) step { return restoreAs(name, 0o644) }

func restoreAs(name string, mode uint32) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		_, err := m.CopyFile(ctx, b.backup, b.data(name), host.Attr{UID: -1, GID: -1, Mode: &mode})
		return err
	}
}

func closeTo(name string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		mode := uint32(0o700)
		return m.SetAttr(ctx, b.data(name), host.Attr{UID: 0, GID: 0, Mode: &mode})
	}
}

func edit(name, value string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		conf, err := redisconf.Load(b.Conf, func(p string) ([]byte, error) { return host.ReadFile(m, p, host.MaxConfigSize) }, nil)
		if err != nil {
			return err
		}
		e, err := conf.Set(name, value)
		if err != nil {
			return err
		}
		return m.ReplaceFile(ctx, e.File, e.New)
	}
}

// write is a client's, so there is none in a picture.
func write(key string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		if _, planning := m.(*preview.Picture); planning {
			return nil
		}
		b.Do(b.t, "SET", key, "written")
		return nil
	}
}

// copyEmpty makes an empty file in the data directory.
func copyEmpty(name, owner string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		uid, _, err := m.Account(owner, "")
		if err != nil {
			return err
		}
		mode := uint32(0o644)
		_, err = m.CopyFile(ctx, b.empty, b.data(name), host.Attr{UID: uid, GID: -1, Mode: &mode})
		return err
	}
}

// give makes the service the owner.
func give(name string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		uid, gid, err := m.Account(service, service)
		if err != nil {
			return err
		}
		return m.SetAttr(ctx, b.data(name), host.Attr{UID: uid, GID: gid})
	}
}

// chop takes the last byte of a file away.
func chop(name string) step {
	return func(ctx context.Context, m host.Machine, b *bench) error {
		content, err := host.ReadFile(m, b.data(name), 1<<20)
		if err != nil {
			return err
		}
		return m.ReplaceFile(ctx, b.data(name), content[:len(content)-1])
	}
}
