// Package ahead reads a large file on a goroutine of its own, and digests it there, while another one works on what
// was read before: with two cores the two take the time of the longer.
//
// It must not know what is read or what for.
package ahead

import (
	"io"
	"sync"
)

// ChunkSize is the most that is read, and handed out, at a time, in bytes.
const ChunkSize = 256 << 10

// chunks is how many there are: being filled, waiting and in use.
const chunks = 4

// A Reader hands out what another goroutine reads ahead. It is for one user at a time, who must close it.
type Reader struct {
	filled  chan chunk
	free    chan []byte
	closing chan struct{}
	ended   sync.WaitGroup

	current []byte // the buffer of rest
	rest    []byte // what Read has not handed out of it
	err     error  // after rest
}

// A chunk is what one read gave.
type chunk struct {
	bytes []byte
	err   error
}

// NewReader begins to read r. The taps, in order, are given all bytes before the Reader hands them out, and when it has
// said [io.EOF] they have had everything; an error of theirs is one of the Reader. Until Close, r and the taps belong
// to the Reader.
func NewReader(r io.Reader, taps ...io.Writer) *Reader {
	a := &Reader{filled: make(chan chunk, chunks), free: make(chan []byte, chunks), closing: make(chan struct{})}
	a.ended.Go(func() { a.fill(r, taps) })
	return a
}

func (a *Reader) fill(r io.Reader, taps []io.Writer) {
	defer close(a.filled)
	for made := 0; ; {
		var buf []byte
		if made < chunks && len(a.free) == 0 {
			buf = make([]byte, ChunkSize)
			made++
		} else {
			select {
			case buf = <-a.free:
			case <-a.closing:
				return
			}
		}
		n, err := r.Read(buf[:ChunkSize])
		for _, tap := range taps {
			if _, tapErr := tap.Write(buf[:n]); tapErr != nil {
				n, err = 0, tapErr
			}
		}
		select {
		case a.filled <- chunk{buf[:n], err}:
		case <-a.closing:
			return
		}
		if err != nil {
			return
		}
	}
}

// Next returns the bytes that come next, at least one of them, valid until the next call; or an error, [io.EOF] at the
// end, and the same from then on.
func (a *Reader) Next() ([]byte, error) {
	for len(a.rest) == 0 {
		if a.err != nil {
			return nil, a.err
		}
		if a.current != nil {
			a.free <- a.current
		}
		c := <-a.filled
		a.current, a.rest, a.err = c.bytes, c.bytes, c.err
	}
	p := a.rest
	a.rest = nil
	return p, nil
}

// Read implements [io.Reader].
func (a *Reader) Read(p []byte) (int, error) {
	next, err := a.Next()
	n := copy(p, next)
	a.rest = next[n:]
	return n, err
}

// Close ends the reading, of which it waits for the read in hand. The taps may have had more than was handed out.
func (a *Reader) Close() {
	close(a.closing)
	a.ended.Wait()
}
