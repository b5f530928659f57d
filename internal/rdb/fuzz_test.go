package rdb

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzCheck: no input makes the package panic; Check and Find agree on every one; and what a walk with values decoded
// accepts, Check accepts too.
func FuzzCheck(f *testing.F) {
	for _, fixture := range fixtures {
		f.Add(fixture.dump)
	}
	f.Add(generate(f, 20<<10))
	f.Fuzz(func(t *testing.T, dump []byte) {
		sum, err := Check(bytes.NewReader(dump))
		found, findSum, findErr := Find(bytes.NewReader(dump), -1, []byte("absent"))
		if found != nil {
			t.Errorf("found %v", found)
		}
		if (err == nil) != (findErr == nil) || err != nil && err.Error() != findErr.Error() {
			t.Errorf("Check: %v, Find: %v", err, findErr)
		}
		if diff := cmp.Diff(sum, findSum); diff != "" {
			t.Errorf("Check and Find differ:\n%s", diff)
		}
		if size, walkErr := walk(dump); walkErr == nil && err != nil && size == len(dump) {
			t.Errorf("Check: %v, but walking found nothing wrong", err)
		}
	})
}

// walk decodes all values and returns how many bytes the dump takes.
func walk(dump []byte) (int, error) {
	r, err := NewReader(bytes.NewReader(dump))
	if err != nil {
		return 0, err
	}
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return int(r.Summary().Size), nil
		} else if err != nil {
			return 0, err
		}
		if _, err := r.Key(); err != nil {
			return 0, err
		}
	}
}
