package redisconf

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree is files by path.
type tree map[string]string

func (f tree) read(path string) ([]byte, error) {
	content, ok := f[path]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return []byte(content), nil
}

func (f tree) glob(pattern string) (paths []string, err error) {
	for p := range f {
		if ok, err := path.Match(pattern, p); err != nil {
			return nil, err
		} else if ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths, nil
}

func load(t *testing.T, files tree) *Config {
	t.Helper()
	c, err := Load("/main", files.read, files.glob)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLookup(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files tree
		want  map[string]string
	}{
		{"defaults", tree{"/main": ""}, map[string]string{
			"dir": "./", "dbfilename": "dump.rdb", "appendonly": "no", "appendfilename": "appendonly.aof",
			"appenddirname": "appendonlydir", "databases": "16", "save": "3600 1 300 100 60 10000", "port": "6379",
			"requirepass": "", "no-such-directive": "",
		}},
		{"comments and blanks", tree{"/main": "# port 1\n\n  # port 2\r\n \t\nport 3"}, map[string]string{"port": "3"}},
		{"last wins", tree{"/main": "port 1\nport 2\n"}, map[string]string{"port": "2"}},
		{"case", tree{"/main": "APPENDONLY YES\nDir /Var\nMaxMemory-Policy AllKeys-LRU\n"}, map[string]string{
			"appendonly": "yes", "dir": "/Var", "Appendonly": "yes", "maxmemory-policy": "allkeys-lru"}},
		{"old names", tree{"/main": "slaveof h 1\n"}, map[string]string{"replicaof": "h 1", "slaveof": "h 1"}},
		{"memory", tree{"/main": "maxmemory 1gb\n"}, map[string]string{"maxmemory": "1073741824"}},
		{"save adds up", tree{"/main": "save 1 2\nsave 3 4 5 6\n"}, map[string]string{"save": "1 2 3 4 5 6"}},
		{"save is taken back", tree{"/main": "save 1 2\nsave \"\"\n"}, map[string]string{"save": ""}},
		{"save begins anew", tree{"/main": "save 1 2\nsave ''\nsave 3 4\n"}, map[string]string{"save": "3 4"}},
		{"one quoted list", tree{"/main": "save \"1 2 3 4\"\nbind \"127.0.0.1 ::1\"\n"}, map[string]string{"save": "1 2 3 4", "bind": "127.0.0.1 ::1"}},
		{"include wins over what is before it", tree{"/main": "port 1\ninclude /b\n", "/b": "port 2\n"}, map[string]string{"port": "2"}},
		{"what is behind an include wins", tree{"/main": "include /b\nport 1\n", "/b": "port 2\n"}, map[string]string{"port": "1"}},
		{"include by working directory", tree{"/main": "dir /d\ninclude b\n", "/d/b": "port 2\n", "b": "port 3\n"}, map[string]string{"port": "2"}},
		{"include before any dir", tree{"/main": "include b\n", "b": "port 3\n"}, map[string]string{"port": "3"}},
		{"relative dir", tree{"/main": "dir /d\ndir e\ninclude b\n", "/d/e/b": "port 4\n"}, map[string]string{"port": "4"}},
		{"pattern", tree{"/main": "include /d/*.conf\n", "/d/1.conf": "port 1\n", "/d/2.conf": "port 2\n"}, map[string]string{"port": "2"}},
		{"pattern by working directory", tree{"/main": "dir /[d]\ninclude ?.conf\n", "/[d]/1.conf": "port 1\n", "/d/1.conf": "port 2\n"}, map[string]string{"port": "1"}},
		{"pattern without match", tree{"/main": "port 1\ninclude /none/*\n"}, map[string]string{"port": "1"}},
		{"files of a pattern are joined", tree{"/main": "include /d/*\n", "/d/1": "port 1\nlogfile x", "/d/2": "y\nport 2\n"},
			map[string]string{"port": "2", "logfile": "xy"}},
		{"a comment swallows the next file's first line", tree{"/main": "include /d/*\n", "/d/1": "port 1\n#", "/d/2": "port 2\n"}, map[string]string{"port": "1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := load(t, tt.files)
			for name, want := range tt.want {
				if got := c.Lookup(name); got != want {
					t.Errorf("Lookup(%s) = %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestAll(t *testing.T) {
	c := load(t, tree{
		"/main": "user a on\ninclude /b\n\nUSER c off >x\n",
		"/b":    "# none\nuser b \"on\"\n",
	})
	var got []string
	for _, d := range c.All("user") {
		got = append(got, fmt.Sprintf("%s:%d %s %q", d.File, d.Line, d.Name, d.Args))
	}
	want := []string{`/main:1 user ["a" "on"]`, `/b:2 user ["b" "on"]`, `/main:4 user ["c" "off" ">x"]`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/main", "/b"}, c.Files()); diff != "" {
		t.Error(diff)
	}
}

func TestDir(t *testing.T) {
	for content, want := range map[string]string{
		"":                      ".",
		"dir /var/lib/redis/\n": "/var/lib/redis",
		"dir /a\ndir b\n":       "/a/b",
		"dir a\ndir ../b\n":     "b",
		"dir /a\ndir /b\n":      "/b",
	} {
		if got := load(t, tree{"/main": content}).Dir(); got != want {
			t.Errorf("%q: Dir = %q, want %q", content, got, want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	for _, tt := range []struct {
		files tree
		want  string
	}{
		{tree{}, "/main"},
		{tree{"/main": "port 1\ndir \"x\n"}, "/main:2: unbalanced quotes"},
		{tree{"/main": "include /b\n", "/b": "\n\ndir 'x'y\n"}, "/b:3: unbalanced quotes"},
		{tree{"/main": "port 1\nbind \"a 'b\"\n"}, "/main:2: unbalanced quotes"},
		{tree{"/main": "\ninclude /none\n"}, "/main:2: "},
		{tree{"/main": "include /main\n"}, "/main:1: include /main: /main includes itself"},
		{tree{"/main": "include /b\n", "/b": "\ninclude /c\n", "/c": "include /b\n"}, "/c:1: include /b: /b includes itself"},
		{tree{"/main": "include /d/*\n", "/d/1": "include /d/*\n"}, "/d/1:1: include /d/*: /d/1 includes itself"},
		{tree{"/main": "port 1\n\x00"}, "/main:2: a NUL byte"},
		{deep(maxDepth + 1), "nest deeper than"},
	} {
		_, err := Load("/main", tt.files.read, tt.files.glob)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: %v, want %q", tt.files, err, tt.want)
		}
	}
	if _, err := Load("/main", tree{}.read, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v, want fs.ErrNotExist", err)
	}
	load(t, deep(maxDepth))
	load(t, tree{"/main": "include /b\ninclude /b\n", "/b": "port 1\n"})
}

// deep is a main file and n files that include one another.
func deep(n int) tree {
	files := tree{"/main": "include /1\n"}
	for i := 1; i < n; i++ {
		files[fmt.Sprintf("/%d", i)] = fmt.Sprintf("include /%d\n", i+1)
	}
	files[fmt.Sprintf("/%d", n)] = "port 1\n"
	return files
}

func TestSavePoints(t *testing.T) {
	for _, tt := range []struct {
		content string
		major   int
		want    []SavePoint
	}{
		{"", 7, []SavePoint{{3600, 1}, {300, 100}, {60, 10000}}},
		{"", 6, nil},
		{"save 5 6\n", 6, []SavePoint{{5, 6}}},
		{"save 5 6 7 8\n", 7, []SavePoint{{5, 6}, {7, 8}}},
		{"save \"\"\n", 7, nil},
		{"save\n", 7, nil},
	} {
		got, err := load(t, tree{"/main": tt.content}).SavePoints(tt.major)
		if err != nil {
			t.Errorf("%q: %v", tt.content, err)
		} else if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: %s", tt.content, diff)
		}
	}
	for content, want := range map[string]string{"": "3600 1 300 100 60 10000", "save \"\"\n": "", "save 5 6\nsave 7 8\n": "5 6 7 8"} {
		if got, err := load(t, tree{"/main": content}).SaveOption(7); err != nil || got != want {
			t.Errorf("%q: save is %q, %v; want %q", content, got, err, want)
		}
	}
	for _, content := range []string{"save 1\n", "save 0 1\n", "save 1 -1\n", "save a b\n"} {
		if got, err := load(t, tree{"/main": content}).SavePoints(7); err == nil {
			t.Errorf("%q: got %v, want an error", content, got)
		}
	}
}

func TestParseMemory(t *testing.T) {
	for s, want := range map[string]uint64{"0": 0, "1": 1, "2b": 2, "1k": 1000, "1KB": 1024, "64mb": 64 << 20, "3G": 3e9, "4gb": 4 << 30} {
		if got, ok := ParseMemory(s); !ok || got != want {
			t.Errorf("ParseMemory(%q) = %d, %t, want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "-1", "mb", "1tb", "1 mb", "99999999999999999999", "99999999999gb"} {
		if got, ok := ParseMemory(s); ok {
			t.Errorf("ParseMemory(%q) = %d", s, got)
		}
	}
}
