package ahead

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i ^ i>>9 ^ i>>17)
	}
	return p
}

// TestReader: what is handed out, and what the taps get, is what was read, whatever the sizes of the reads.
func TestReader(t *testing.T) {
	for _, size := range []int{0, 1, ChunkSize - 1, ChunkSize, ChunkSize + 1, 3*chunks*ChunkSize + 5} {
		want := pattern(size)
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"plain":    func(r io.Reader) io.Reader { return r },
			"half":     iotest.HalfReader,
			"data err": iotest.DataErrReader,
		} {
			sum, copied := sha256.New(), new(bytes.Buffer)
			r := NewReader(wrap(bytes.NewReader(want)), sum, copied)
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s, %d bytes: %d bytes, %v", name, size, len(got), err)
			}
			if want := sha256.Sum256(want); !bytes.Equal(sum.Sum(nil), want[:]) || !bytes.Equal(copied.Bytes(), got) {
				t.Errorf("%s, %d bytes: a tap got something else", name, size)
			}
			if _, err := r.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %v", err)
			}
			r.Close()
		}
	}
	r := NewReader(bytes.NewReader(pattern(5 * ChunkSize)))
	defer r.Close()
	if err := iotest.TestReader(r, pattern(5*ChunkSize)); err != nil {
		t.Error(err)
	}
}

// TestErrors: an error comes after the bytes before it, and stays; one of a tap is an error too.
func TestErrors(t *testing.T) {
	broken := errors.New("broken disk")
	r := NewReader(io.MultiReader(bytes.NewReader(pattern(ChunkSize+7)), iotest.ErrReader(broken)))
	defer r.Close()
	if got, err := io.ReadAll(r); len(got) != ChunkSize+7 || !errors.Is(err, broken) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, broken) {
		t.Errorf("again: %v", err)
	}
	tapped := NewReader(bytes.NewReader(pattern(7)), failing{broken})
	defer tapped.Close()
	if got, err := io.ReadAll(tapped); len(got) != 0 || !errors.Is(err, broken) {
		t.Errorf("tap: %d bytes, %v", len(got), err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestClose: a Reader whose user has lost interest reads on no more.
func TestClose(t *testing.T) {
	reads := 0
	endless := readerFunc(func(p []byte) (int, error) {
		reads++
		return len(p), nil
	})
	for _, first := range []int{0, 1, 10} {
		r := NewReader(endless)
		for range first {
			if _, err := r.Next(); err != nil {
				t.Fatal(err)
			}
		}
		r.Close()
		if before := reads; before > first+chunks || reads != before {
			t.Errorf("%d reads for %d chunks", reads, first)
		}
		reads = 0
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
