package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// A Store is the directory that holds the journals of all runs. Only its owner
// may look inside.
type Store struct{ dir string }

// Open makes the state directory if it is missing. One that others can write
// to is refused: whoever can change a journal can make a roll-back, run by
// root, do what they like.
func Open(dir string) (*Store, error) {
	runs := filepath.Join(dir, "runs")
	if err := makeDir(runs); err != nil {
		return nil, fmt.Errorf("open state directory: %w", err)
	}
	for _, d := range []string{dir, runs} {
		info, err := os.Lstat(d)
		if err != nil {
			return nil, fmt.Errorf("open state directory: %w", err)
		}
		if !info.IsDir() || info.Mode().Perm()&0o022 != 0 {
			return nil, fmt.Errorf("open state directory: %s must be a directory that only its owner can write to; run: chmod 700 %s", d, d)
		}
	}
	return &Store{dir: runs}, nil
}

// IDStep is the least time after which NewID gives another id.
const IDStep = time.Second/65536 + 1

// NewID makes a run's id: the time, to a 65536th of a second in the last four
// digits, so that ids sort by age.
func NewID(now time.Time) string {
	now = now.UTC()
	return now.Format("20060102-150405-") + fmt.Sprintf("%04x", int64(now.Nanosecond())<<16/int64(time.Second))
}

// Runs lists the ids of all runs, oldest first.
func (s *Store) Runs() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var ids []string
	for _, e := range entries {
		if _, err := os.Stat(s.path(e.Name(), "journal.jsonl")); err == nil {
			ids = append(ids, e.Name())
		}
	}
	sort.Strings(ids)
	return ids, nil
}

// Find completes the beginning of an id; "" means the newest run.
func (s *Store) Find(prefix string) (string, error) {
	ids, err := s.Runs()
	if err != nil {
		return "", err
	}
	var found []string
	for _, id := range ids {
		if strings.HasPrefix(id, prefix) {
			found = append(found, id)
		}
	}
	switch {
	case len(ids) == 0:
		return "", fmt.Errorf("find run: there is none in %s", s.dir)
	case len(found) == 0:
		return "", fmt.Errorf("find run: none begins with %q; redbook runs lists them", prefix)
	case prefix != "" && len(found) > 1:
		return "", fmt.Errorf("find run: %q may be any of %s", prefix, strings.Join(found, ", "))
	}
	return found[len(found)-1], nil
}

func (s *Store) path(id, name string) string { return filepath.Join(s.dir, id, name) }

// Dir is the directory of a run.
func (s *Store) Dir(id string) string { return filepath.Join(s.dir, id) }

// File reads one of the files kept beside the journal.
func (s *Store) File(id, name string) ([]byte, error) {
	content, err := os.ReadFile(s.path(id, name))
	if err != nil {
		return nil, fmt.Errorf("read run %s: %w", id, err)
	}
	return content, nil
}

// ErrEmpty says that a run ended before its first record: it did nothing.
var ErrEmpty = errors.New("the journal is empty: the run ended before it began")

// Read reads the records of a run's journal; there is at least one.
func (s *Store) Read(id string) ([]Record, error) {
	content, err := s.File(id, "journal.jsonl")
	if err != nil {
		return nil, err
	}
	records, _, err := Parse(s.path(id, "journal.jsonl"), content)
	if err == nil && len(records) == 0 {
		return nil, fmt.Errorf("read run %s: %w", id, ErrEmpty)
	}
	return records, err
}

// Create begins the journal of a new run with the files that are kept beside
// it. When it returns, the directory, the files and their names are durable.
func (s *Store) Create(id string, files map[string][]byte, now func() time.Time) (*Writer, error) {
	dir := filepath.Join(s.dir, id)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	for name, content := range files {
		if err := writeFile(filepath.Join(dir, name), content); err != nil {
			return nil, fmt.Errorf("create run: %w", err)
		}
	}
	f, err := os.OpenFile(s.path(id, "journal.jsonl"), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	if err := errors.Join(syncDir(dir), syncDir(s.dir), syncDir(filepath.Dir(s.dir))); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("create run: %w", err)
	}
	return &Writer{file: f, now: now}, nil
}

// Append opens a run's journal to go on with it. A torn last line is cut off.
func (s *Store) Append(id string, now func() time.Time) (*Writer, []Record, error) {
	path := s.path(id, "journal.jsonl")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("open run %s: %w", id, err)
	}
	records, err := cutTorn(f, path)
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return &Writer{file: f, seq: len(records), now: now}, records, nil
}

func cutTorn(f *os.File, path string) ([]Record, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	records, intact, err := Parse(path, content)
	if err != nil {
		return nil, err
	}
	if intact < len(content) {
		if err := f.Truncate(int64(intact)); err != nil {
			return nil, fmt.Errorf("cut the torn line off %s: %w", path, err)
		}
	}
	// A killed process may have written the last record and not have synced it.
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("sync journal: %w", err)
	}
	return records, nil
}

// makeDir makes a directory and those above it that are missing. The names that
// it made are durable when it returns: else a power cut could take the journal of
// a run and leave what the run did.
func makeDir(path string) error {
	err := os.Mkdir(path, 0o700)
	parent := filepath.Dir(path)
	if errors.Is(err, fs.ErrNotExist) && parent != path {
		if err = makeDir(parent); err == nil {
			err = os.Mkdir(path, 0o700)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// The parent may be what a killed process made last, and not yet synced.
	if err := syncDir(filepath.Dir(parent)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return syncDir(parent)
}

func writeFile(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}
