package aof

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestParseManifest(t *testing.T) {
	const none = "nothing"
	const canonical = "file appendonly.aof.2.base.rdb seq 2 type b\n" +
		"file appendonly.aof.1.incr.aof seq 1 type h\n" +
		"file appendonly.aof.4.incr.aof seq 4 type i\n" +
		"file appendonly.aof.5.incr.aof seq 5 type i\n"
	tests := []struct {
		name, text string
		want       []Entry
		canonical  string // what it is written as; "" for the text itself
	}{
		{"all types", canonical, []Entry{
			{Name: "appendonly.aof.2.base.rdb", Seq: 2, Type: TypeBase},
			{Name: "appendonly.aof.1.incr.aof", Seq: 1, Type: TypeHistory},
			{Name: "appendonly.aof.4.incr.aof", Seq: 4, Type: TypeIncremental},
			{Name: "appendonly.aof.5.incr.aof", Seq: 5, Type: TypeIncremental},
		}, ""},
		{"comments", "# written by hand\n" + canonical[:strings.Index(canonical, "\n")+1] + "#end",
			[]Entry{{Name: "appendonly.aof.2.base.rdb", Seq: 2, Type: TypeBase}},
			"file appendonly.aof.2.base.rdb seq 2 type b\n"},
		{"comments alone", "#\n", nil, none},
		{"quoted", `file "a b\xc3\xbc\n\t\a\"'.aof" seq 1 type b` + "\n",
			[]Entry{{Name: "a b" + "ü\n\t\a\"'.aof", Seq: 1, Type: TypeBase}}, ""},
		{"single quotes", `file 'it\'s "x"' seq 1 type i` + "\n",
			[]Entry{{Name: `it's "x"`, Seq: 1, Type: TypeIncremental}}, `file "it's \"x\"" seq 1 type i` + "\n"},
		{"blanks, case, order", " \tTYPE i  Seq 3\tFILE a\r\n",
			[]Entry{{Name: "a", Seq: 3, Type: TypeIncremental}}, "file a seq 3 type i\n"},
		{"later servers", "file a seq 1 type i startoffset 5 note \"a b\"\n",
			[]Entry{{Name: "a", Seq: 1, Type: TypeIncremental, Extra: `startoffset 5 note "a b"`}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := ParseManifest(strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, m.Entries); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			want := test.canonical
			switch want {
			case "":
				want = test.text
			case none:
				want = ""
			}
			if got := m.String(); got != want {
				t.Errorf("written as %q, want %q", got, want)
			}
		})
	}
}

func TestParseManifestRefuses(t *testing.T) {
	const good = "file a.1.base.rdb seq 1 type b\n"
	tests := []struct{ name, text, reason string }{
		{"empty", "", "the file is empty"},
		{"no last newline", good[:len(good)-1], "line 1: no newline at its end"},
		{"empty line", good + "\n", "line 2: not of the form"},
		{"few words", "file a seq 1\n", "line 1: not of the form"},
		{"odd words", "file a seq 1 type b x\n", "not of the form"},
		{"no type", "file a seq 1 kind b\n", "not of the form"},
		{"path", "file ../a seq 1 type b\n", `file "../a" is not the plain name`},
		{"Windows path", "file \"a\\\\b\" seq 1 type b\n", "not the plain name"},
		{"NUL", `file "a\x00" seq 1 type b` + "\n", "not the plain name"},
		{"directory", "file .. seq 1 type b\n", "not the plain name"},
		{"no name", "file \"\" seq 1 type b\n", "not the plain name"},
		{"sequence 0", "file a seq 0 type b\n", `sequence number "0"`},
		{"sequence word", "file a seq 1x type b\n", `sequence number "1x"`},
		{"type", "file a seq 1 type x\n", `unknown file type "x"`},
		{"long type", "file a seq 1 type base\n", `unknown file type "base"`},
		{"two bases", good + "file a.2.base.rdb seq 2 type b\n", `line 2: second base file "a.2.base.rdb" after "a.1.base.rdb"`},
		{"same sequence", "file a seq 2 type i\nfile b seq 2 type i\n", "line 2: sequence number 2 is not above 2"},
		{"falling sequence", "file a seq 2 type i\nfile b seq 1 type i\n", "line 2: sequence number 1 is not above 2"},
		{"open quote", "file \"a seq 1 type b\n", "unbalanced quotes"},
		{"open single quote", "file 'a seq 1 type b\n", "unbalanced quotes"},
		{"text behind a quote", "file \"a\"b seq 1 type b\n", "unbalanced quotes"},
		{"long line", "file " + strings.Repeat("a", maxLine) + " seq 1 type b\n", "longer than 1024 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := ParseManifest(strings.NewReader(test.text))
			if !errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v, %v; want an error with %q", m, err, test.reason)
			}
		})
	}
	broken := errors.New("broken disk")
	if _, err := ParseManifest(iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, ErrManifest) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestForDump(t *testing.T) {
	m := ForDump("appendonly.aof")
	const want = "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n"
	if got := m.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if base, found := m.Base(); !found || base.Name != "appendonly.aof.1.base.rdb" {
		t.Errorf("base is %v, %t", base, found)
	}
	if incrs := m.Incrs(); len(incrs) != 1 || incrs[0].Name != "appendonly.aof.1.incr.aof" {
		t.Errorf("incremental files are %v", incrs)
	}
	if got := ManifestName("appendonly.aof"); got != "appendonly.aof.manifest" {
		t.Errorf("manifest is called %q", got)
	}
}

// FuzzManifest: what is parsed is written so that it parses to the same again.
func FuzzManifest(f *testing.F) {
	f.Add(ForDump("appendonly.aof").String())
	f.Add("# x\nfile \"a \\x41\\n\" seq 1 type b y \"z z\"\n")
	f.Add("file 'a\\'' seq 1 type h\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseManifest(strings.NewReader(text))
		if err != nil || len(m.Entries) == 0 {
			return
		}
		written := m.String()
		for line := range strings.Lines(written) {
			if len(line) > maxLine {
				return // its quoted form is too long for any server
			}
		}
		again, err := ParseManifest(strings.NewReader(written))
		if err != nil {
			t.Fatalf("%q written as %q: %v", text, written, err)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Errorf("%q written as %q differs:\n%s", text, written, diff)
		}
	})
}
