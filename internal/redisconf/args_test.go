package redisconf

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplitArgs(t *testing.T) {
	for _, tt := range []struct {
		line string
		want []string
	}{
		{``, []string{}},
		{"  \t ", []string{}},
		{`dir /var/lib/redis`, []string{"dir", "/var/lib/redis"}},
		{"\tsave  900\t1 \r", []string{"save", "900", "1"}},
		{`a "" ''`, []string{"a", "", ""}},
		{`a "b c" 'd e'`, []string{"a", "b c", "d e"}},
		{`a "\x41\xfF\n\r\t\b\a\\\"\q"`, []string{"a", "A\xff\n\r\t\b\a\\\"q"}},
		{`a "\x4"`, []string{"a", "x4"}},
		{`a "\xzz"`, []string{"a", "xzz"}},
		{`a '\n\'\\ '`, []string{"a", `\n'\\ `}},
		{`a b"c d"`, []string{"a", "bc d"}},
		{`a b'c d' e`, []string{"a", "bc d", "e"}},
		{`a #b`, []string{"a", "#b"}},
		{`a \n`, []string{"a", `\n`}},
		{"a\vb c", []string{"a\vb", "c"}},
		{"a \vb", []string{"a", "b"}},
	} {
		got, err := SplitArgs(tt.line)
		if err != nil {
			t.Errorf("%q: %v", tt.line, err)
		} else if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: %s", tt.line, diff)
		}
	}
	for _, line := range []string{`"`, `'`, `a "b`, `a 'b`, `a "b\"`, `a 'b\'`, `a "b"c`, `a 'b'c`, `a b"c"d`, `a "b\`} {
		if got, err := SplitArgs(line); err == nil {
			t.Errorf("%q: got %q, want an error", line, got)
		}
	}
}

func TestQuote(t *testing.T) {
	for arg, want := range map[string]string{
		"":               `""`,
		"/var/lib/redis": "/var/lib/redis",
		"#comment":       "#comment",
		"ünï":            "ünï",
		"a b":            `"a b"`,
		`a"b`:            `"a\"b"`,
		`a'b`:            `"a'b"`,
		`a\b`:            `"a\\b"`,
		"a\r\nb\t":       `"a\x0d\x0ab\x09"`,
		"\xff\u00a0":     `"\xff\xc2\xa0"`,
	} {
		if got := Quote(arg); got != want {
			t.Errorf("Quote(%q) = %s, want %s", arg, got, want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "a b", "\"'\\", "\x00\xff", "é\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		got, err := SplitArgs("name " + Quote(arg) + " end")
		if err != nil || len(got) != 3 || got[1] != arg {
			t.Errorf("%q comes back as %q, %v", arg, got, err)
		}
	})
}
