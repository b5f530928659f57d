package preview

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"redbook/internal/aof"
	"redbook/internal/ctxio"
	"redbook/internal/rdb"
	"redbook/runbook/host"
)

// fromAOF is what a start with the AOF on loads. The dump is never looked at.
func (l *load) fromAOF(ctx context.Context) (dataset, error) {
	if !l.description.MultiPart {
		return l.fromSingle(ctx, l.set.aof)
	}
	manifest := manifestPath(l.set)
	if l.picture.exists(l.set.aof) {
		if err := l.checkAccess(l.set.aof, mayRead|maySearch); err != nil {
			return dataset{}, err
		}
	}
	f, err := l.find(manifest)
	if missing(err) {
		// A server of 7.0 and later takes over the one file of those before.
		if l.picture.exists(l.oldAOF()) {
			return l.fromSingle(ctx, l.oldAOF())
		}
		return l.noAOF(ctx, l.set.aof+" is not there")
	}
	if err != nil {
		return dataset{}, err
	}
	return l.fromManifest(ctx, manifest, f)
}

// noAOF is a start with the AOF on that finds none, and begins one.
func (l *load) noAOF(ctx context.Context, what string) (dataset, error) {
	if err := l.checkAccess(l.set.dir, maySearch|mayWrite); err != nil {
		return dataset{}, err
	}
	return l.empty(ctx, host.TrapEmptyAOF, fmt.Sprintf("appendonly is yes in %s and %s: it would start empty and not look at the dump", l.description.Config, what))
}

func (l *load) fromManifest(ctx context.Context, path string, f found) (dataset, error) {
	if err := l.checkAccess(path, mayRead); err != nil {
		return dataset{}, err
	}
	m, err := l.picture.readManifest(path)
	if errors.Is(err, host.ErrUnknown) {
		return dataset{kind: dataUnknown, path: path, origin: "what the AOF holds"}, l.checkPrecedence(path, f.placed)
	}
	if err != nil {
		return dataset{}, l.refuse(host.TrapBrokenAOF, "Put back the manifest that belongs to the AOF.", "%v", err)
	}
	var parts []part
	for _, e := range m.Entries {
		if e.Type == aof.TypeHistory {
			continue
		}
		p, err := l.part(filepath.Join(l.set.aof, e.Name), e.Type)
		if err != nil {
			return dataset{}, err
		}
		parts = append(parts, p)
	}
	if err := l.checkPrecedence(path, f.placed, parts...); err != nil {
		return dataset{}, err
	}
	if err := l.checkAppend(parts); err != nil {
		return dataset{}, err
	}
	l.warnOfOldRewrite(path, f.node)
	return l.combine(ctx, parts)
}

// checkAppend finds an AOF that the server could load and not go on with: it
// opens the last incremental file, or makes one, before it serves.
func (l *load) checkAppend(parts []part) error {
	if n := len(parts); n > 0 && parts[n-1].kind == aof.TypeIncremental {
		return l.checkAccess(parts[n-1].path, mayRead|mayWrite)
	}
	return l.checkAccess(l.set.aof, mayWrite|maySearch)
}

// A part is one file of an AOF.
type part struct {
	found
	path string
	kind byte
}

func (l *load) part(path string, kind byte) (part, error) {
	f, err := l.find(path)
	if missing(err) {
		return part{}, l.refuse(host.TrapBrokenAOF, "Put the whole AOF directory back, or none of it.", "the AOF's manifest names %s, which is not there", path)
	}
	if err != nil {
		return part{}, err
	}
	return part{f, path, kind}, l.checkAccess(path, mayRead)
}

// combine is the dataset of an AOF's parts, the base first. It is known where
// nothing follows the base.
func (l *load) combine(ctx context.Context, parts []part) (dataset, error) {
	data := dataset{kind: dataEmpty, origin: "none"}
	for _, p := range parts {
		switch {
		case p.content.snapshot != nil:
			data = p.content.snapshot.loaded(p.path)
		case p.info.Size == 0:
		case p.kind == aof.TypeBase:
			d, err := l.fromBase(ctx, p)
			if err != nil {
				return dataset{}, err
			}
			data = d
		default:
			if err := l.checkTransactions(ctx, p.path, p.content); err != nil {
				return dataset{}, err
			}
			data = dataset{kind: dataUnknown, path: p.path, origin: "what the AOF holds"}
		}
	}
	return data, nil
}

func (l *load) fromBase(ctx context.Context, p part) (dataset, error) {
	scan, err := l.picture.dumps.scan(ctx, p.path, p.content)
	if err != nil {
		return dataset{}, err
	}
	if scan.IsDump {
		return l.fromFile(ctx, p.path, p.content)
	}
	return dataset{kind: dataUnknown, path: p.path, origin: "what the AOF holds"}, nil
}

// fromSingle loads the one file of the versions before 7.0. It may be a whole
// dump, a dump and commands, or commands alone.
func (l *load) fromSingle(ctx context.Context, path string) (dataset, error) {
	f, err := l.find(path)
	if missing(err) || err == nil && f.info.Size == 0 {
		return l.noAOF(ctx, path+" is missing or of no length")
	}
	if err != nil {
		return dataset{}, err
	}
	if err := l.checkAccess(path, mayRead|mayWrite); err != nil {
		return dataset{}, err
	}
	if err := l.checkPrecedence(path, f.placed, part{f, path, aof.TypeBase}); err != nil {
		return dataset{}, err
	}
	l.warnOfOldRewrite(path, f.node)
	if f.content.snapshot != nil {
		return f.content.snapshot.loaded(path), nil
	}
	scan, err := l.picture.dumps.scan(ctx, path, f.content)
	if err != nil {
		return dataset{}, err
	}
	if scan.IsDump && scan.Damage == nil {
		return l.fromFile(ctx, path, f.content)
	}
	if err := l.checkTransactions(ctx, path, f.content); err != nil {
		return dataset{}, err
	}
	unknown := dataset{kind: dataUnknown, path: path, origin: "what the AOF holds"}
	if !scan.IsDump {
		return unknown, nil
	}
	sum, err := l.preamble(ctx, path, f.content)
	if err != nil {
		return dataset{}, l.refuse(host.TrapBrokenAOF, "Put back a whole AOF.", "%s is damaged: %v", path, err)
	}
	return unknown, l.checkContent(path, sum)
}

func (l *load) preamble(ctx context.Context, path string, c content) (*rdb.Summary, error) {
	r, err := l.picture.open(path, c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	sum, _, err := rdb.CheckPreamble(ctxio.NewReader(ctx, r))
	return sum, err
}

// checkPrecedence finds a dump that a step put in place for nothing: with the
// AOF on, an AOF that was there before wins. One of these parts that holds the same
// dump and nothing else is no such AOF.
func (l *load) checkPrecedence(aofPath string, aofPlace place, parts ...part) error {
	f, err := l.picture.find("load", l.set.dump)
	if err != nil || !f.placed.planned() || f.placed.seq < aofPlace.seq || areDump(parts, f.content) {
		return nil
	}
	return l.refuse(host.TrapAOFWins,
		"Move the AOF away and set appendonly to no before the start, or build an AOF from the dump.",
		"appendonly is yes in %s, so it loads the AOF at %s and never looks at %s (%s)", l.description.Config, aofPath, l.set.dump, f.placed.by())
}

func areDump(parts []part, dump content) bool {
	based := false
	for _, p := range parts {
		switch {
		case p.kind == aof.TypeBase:
			based = p.content.same(dump)
		case p.info.Size != 0:
			return false
		}
	}
	return based
}

// warnOfOldRewrite finds an AOF that was written while the AOF was off: what
// came after is not in it.
func (l *load) warnOfOldRewrite(path string, n *node) {
	if n.rewrittenWhileOff {
		l.picture.warn(host.TrapRewriteBeforeRestart, fmt.Sprintf(
			"redis %q loads %s, which was rewritten while the AOF was off: all writes between the rewrite and the stop are lost; "+
				"set appendonly to yes on the running server instead, and then in its config file", l.server.name, path))
	}
}

func (p *Picture) readManifest(path string) (*aof.Manifest, error) {
	r, err := p.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	m, err := aof.ParseManifest(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func manifestPath(set settings) string {
	return filepath.Join(set.aof, aof.ManifestName(set.aofName))
}
