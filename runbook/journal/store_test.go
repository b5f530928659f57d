package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func openStore(t *testing.T) (*Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func clock() time.Time { return testTime }

func create(t *testing.T, s *Store, id string) *Writer {
	t.Helper()
	w, err := s.Create(id, map[string][]byte{"plan.json": []byte("{}")}, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func add(t *testing.T, w *Writer, types ...string) {
	t.Helper()
	for _, typ := range types {
		if err := w.Append(Record{Type: typ, Body: json.RawMessage("{}")}); err != nil {
			t.Fatal(err)
		}
	}
}

func types(records []Record) (list []string) {
	for _, r := range records {
		list = append(list, r.Type)
	}
	return list
}

func TestOpen(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o775: false, 0o757: false, 0o777: false} {
		dir := t.TempDir()
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir)
		if ok != (err == nil) || !ok && !strings.Contains(err.Error(), "chmod 700 "+dir) {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(link); err == nil {
		t.Error("a state directory that is a symlink is opened")
	}
	_, dir := openStore(t)
	for _, d := range []string{dir, filepath.Join(dir, "runs")} {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s is %v, %v; want 0700", d, info.Mode(), err)
		}
	}
}

func TestCreateReadAppend(t *testing.T) {
	s, dir := openStore(t)
	w := create(t, s, "1")
	if _, err := s.Read("1"); !errors.Is(err, ErrEmpty) {
		t.Errorf("a journal without records: %v, want ErrEmpty", err)
	}
	add(t, w, Begin, StepBegin)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Append(Record{Type: Done}); err == nil || w.Broken() == nil {
		t.Error("a closed journal takes a record")
	}
	if _, err := s.Create("1", nil, clock); !errors.Is(err, os.ErrExist) {
		t.Errorf("creating a run twice: %v", err)
	}

	w, records, err := s.Append("1", clock)
	if err != nil || !slices.Equal(types(records), []string{Begin, StepBegin}) {
		t.Fatalf("going on finds %q, %v", types(records), err)
	}
	add(t, w, StepEnd)
	w.Close()
	records, err = s.Read("1")
	if err != nil || !slices.Equal(types(records), []string{Begin, StepBegin, StepEnd}) || records[2].Seq != 3 || !records[2].Time.Equal(testTime) {
		t.Errorf("records %+v, %v", records, err)
	}
	if plan, err := s.File("1", "plan.json"); err != nil || string(plan) != "{}" {
		t.Errorf("plan %q, %v", plan, err)
	}
	for name, mode := range map[string]os.FileMode{"": 0o700, "plan.json": 0o600, "journal.jsonl": 0o600} {
		info, err := os.Stat(filepath.Join(dir, "runs", "1", name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q is %v, %v; want %v", name, info.Mode(), err, mode)
		}
	}
}

// A torn last line is cut off before the next record is written, wherever it
// was torn.
func TestAppendAfterTornLine(t *testing.T) {
	s, dir := openStore(t)
	add(t, create(t, s, "1"), Begin, StepBegin, Intent)
	path := filepath.Join(dir, "runs", "1", "journal.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := strings.LastIndex(strings.TrimSuffix(string(whole), "\n"), "\n") + 1
	for cut := last; cut < len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		w, records, err := s.Append("1", clock)
		if err != nil || len(records) != 2 {
			t.Fatalf("cut at %d: %q, %v", cut, types(records), err)
		}
		add(t, w, Resumed)
		w.Close()
		got, err := s.Read("1")
		if err != nil || !slices.Equal(types(got), []string{Begin, StepBegin, Resumed}) {
			t.Fatalf("cut at %d: after going on %q, %v", cut, types(got), err)
		}
	}
}

func TestAppendRefusesDamage(t *testing.T) {
	s, dir := openStore(t)
	add(t, create(t, s, "1"), Begin, StepBegin)
	path := filepath.Join(dir, "runs", "1", "journal.jsonl")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[10] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var corrupt *CorruptError
	if _, _, err := s.Append("1", clock); !errors.As(err, &corrupt) || corrupt.Path != path || corrupt.Line != 1 {
		t.Errorf("got %v, want a CorruptError at %s:1", err, path)
	}
	if now, err := os.ReadFile(path); err != nil || !slices.Equal(now, content) {
		t.Error("the damaged journal was changed")
	}
}

// What the encoder refuses is not written, and does not break the journal.
func TestAppendRefusesWhatIsNoJSON(t *testing.T) {
	s, _ := openStore(t)
	w := create(t, s, "1")
	add(t, w, Begin)
	if err := w.Append(Record{Type: Done, Body: json.RawMessage("{")}); err == nil {
		t.Error("a body that is no JSON is written")
	}
	add(t, w, End)
	if records, err := s.Read("1"); err != nil || len(records) != 2 {
		t.Errorf("records %q, %v", types(records), err)
	}
}

func TestFind(t *testing.T) {
	s, dir := openStore(t)
	if _, err := s.Find(""); err == nil || !strings.Contains(err.Error(), "there is none") {
		t.Errorf("no runs: %v", err)
	}
	for _, id := range []string{"20260102-000000-0001", "20260101-000000-0001", "20260102-000000-0002"} {
		create(t, s, id)
	}
	if err := os.Mkdir(filepath.Join(dir, "runs", "20260103-cut-off"), 0o700); err != nil {
		t.Fatal(err) // a run that ended before it had a journal
	}
	tests := []struct{ prefix, want, err string }{
		{"", "20260102-000000-0002", ""},
		{"20260101", "20260101-000000-0001", ""},
		{"20260102-000000-0001", "20260102-000000-0001", ""},
		{"20260102", "", "may be any of 20260102-000000-0001, 20260102-000000-0002"},
		{"20260103", "", "none begins with"},
		{"../", "", "none begins with"},
	}
	for _, tt := range tests {
		got, err := s.Find(tt.prefix)
		if got != tt.want || (tt.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("Find(%q) = %q, %v; want %q, %q", tt.prefix, got, err, tt.want, tt.err)
		}
	}
}

func TestNewIDSortsByAge(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var ids []string
	for range 2000 {
		ids = append(ids, NewID(at))
		at = at.Add(time.Second/1000 + 17)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("ids do not sort by age")
	}
	if got := NewID(time.Date(2026, 1, 1, 23, 59, 59, 999_999_999, time.FixedZone("", 3600))); got != "20260101-225959-ffff" {
		t.Errorf("the id is %s, want one in UTC", got)
	}
}
