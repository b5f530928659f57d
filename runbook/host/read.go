package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
)

// ReadFile reads a regular file of at most limit bytes.
func ReadFile(f Files, path string, limit int64) ([]byte, error) {
	r, err := f.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("read %s: it is larger than %d bytes", path, limit)
	}
	return content, nil
}

// Glob lists the paths that match pattern, in which only the last element may
// hold wildcards. A missing directory matches nothing.
func Glob(f Files, pattern string) ([]string, error) {
	dir, name := filepath.Split(pattern)
	entries, err := f.ReadDir(filepath.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var matches []string
	for _, e := range entries {
		ok, err := filepath.Match(name, filepath.Base(e.Path))
		if err != nil {
			return nil, fmt.Errorf("match %s: %w", pattern, err)
		}
		if ok {
			matches = append(matches, e.Path)
		}
	}
	return matches, nil
}

// MaxConfigSize is the largest redis.conf that redbook reads, in bytes.
const MaxConfigSize = 4 << 20
