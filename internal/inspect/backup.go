package inspect

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"redbook/internal/aof"
)

// A Backup is a dump, an append-only file or a directory that holds the files of one.
type Backup struct {
	// Progress, where set, is told now and then how many bytes of how many were read; total is 0 when nobody knows.
	Progress func(done, total int64)

	path     string
	stdin    io.Reader     // nil: path is read
	manifest *aof.Manifest // of a directory
	unnamed  []string      // files there that the manifest does not name
	total    int64
}

// Stdin is the path that stands for the standard input.
const Stdin = "-"

// Open looks at path, a file or a directory with a manifest; [Stdin] is read from stdin, once.
func Open(path string, stdin io.Reader) (*Backup, error) {
	b := &Backup{path: path}
	if path == Stdin {
		b.stdin = stdin
		return b, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b.total = info.Size()
	if info.IsDir() {
		return b, b.openDirectory()
	}
	return b, nil
}

// Once tells whether the backup can be read only once.
func (b *Backup) Once() bool { return b.stdin != nil }

// openDirectory reads the manifest, and the sizes of the files that it names.
func (b *Backup) openDirectory() error {
	found, err := filepath.Glob(filepath.Join(escapeGlob(b.path), "*.manifest"))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("%s holds %s; name a dump, or the directory of an append-only file (appenddirname)", b.path, manifests(len(found)))
	}
	f, err := os.Open(found[0])
	if err != nil {
		return err
	}
	defer f.Close()
	if b.manifest, err = aof.ParseManifest(f); err != nil {
		return fmt.Errorf("%s: %w", found[0], err)
	}
	named := []string{filepath.Base(found[0])}
	b.total = 0
	for _, e := range b.manifest.Entries {
		named = append(named, e.Name)
		info, err := os.Stat(filepath.Join(b.path, e.Name))
		if errors.Is(err, fs.ErrNotExist) {
			if e.Type == aof.TypeHistory {
				continue
			}
			return fmt.Errorf("%s: %w: the manifest names %s, which is not there", b.path, ErrDamaged, e.Name)
		}
		if err != nil {
			return err
		}
		b.total += info.Size()
	}
	all, err := os.ReadDir(b.path)
	for _, e := range all {
		if !slices.Contains(named, e.Name()) {
			b.unnamed = append(b.unnamed, e.Name())
		}
	}
	return err
}

func manifests(n int) string {
	if n == 0 {
		return "no AOF manifest"
	}
	return fmt.Sprintf("%d AOF manifests", n)
}

// escapeGlob makes a pattern that matches the path itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// walk reads everything; where there is a directory, part is told what each file of it was.
func (b *Backup) walk(visit visitor, part func(aof.Entry, contents)) (contents, error) {
	if b.stdin != nil {
		c, err := walk(b.counted(b.stdin, 0), false, visit)
		return c, in("standard input", err)
	}
	if b.manifest == nil {
		c, err := b.walkFile(b.path, 0, false, visit)
		return c, err
	}
	var all contents
	base, _ := b.manifest.Base()
	for _, e := range append([]aof.Entry{base}, b.manifest.Incrs()...) {
		if e.Name == "" {
			continue
		}
		c, err := b.walkFile(filepath.Join(b.path, e.Name), all.size, true, visit)
		if err != nil {
			return all, err
		}
		if c.dump != nil && e.Type != aof.TypeBase {
			return all, fmt.Errorf("%s: %w: a dump where commands belong", filepath.Join(b.path, e.Name), ErrDamaged)
		}
		all.add(c)
		if part != nil {
			part(e, c)
		}
	}
	return all, nil
}

func (b *Backup) walkFile(path string, before int64, isPart bool, visit visitor) (contents, error) {
	f, err := os.Open(path)
	if err != nil {
		return contents{}, err
	}
	defer f.Close()
	c, err := walk(b.counted(f, before), isPart, visit)
	return c, in(path, err)
}

func (b *Backup) counted(r io.Reader, before int64) io.Reader {
	if b.Progress == nil {
		return r
	}
	return &counter{r: r, tell: func(n int64) { b.Progress(before+n, b.total) }}
}

// in says in which file something is wrong.
func in(path string, err error) error {
	if err == nil {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// add takes what a file holds to what those before it hold.
func (c *contents) add(more contents) {
	if more.dump != nil {
		c.dump = more.dump
	}
	c.size += more.size
	s := &c.commands
	s.Commands += more.commands.Commands
	s.Bytes += more.commands.Bytes
	if s.FirstTimestamp.IsZero() {
		s.FirstTimestamp = more.commands.FirstTimestamp
	}
	if !more.commands.LastTimestamp.IsZero() {
		s.LastTimestamp = more.commands.LastTimestamp
	}
}
