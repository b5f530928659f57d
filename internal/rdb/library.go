package rdb

import (
	"crypto/sha256"
	"strings"
)

// A Library is a function library (Redis 7.0 and later), of which a dump holds the code.
type Library struct {
	Name string            // as the code's first line gives it; "" when that cannot be read
	Code [sha256.Size]byte // SHA-256 of the code
}

// NewLibrary describes a library by its code, which begins with a line such as "#!lua name=mylib".
func NewLibrary(code []byte) Library {
	l := Library{Code: sha256.Sum256(code)}
	first, _, _ := strings.Cut(string(code), "\n")
	for word := range strings.FieldsSeq(first) {
		if name, ok := strings.CutPrefix(word, "name="); ok {
			l.Name = name
		}
	}
	return l
}

func (r *Reader) readLibrary() error {
	r.sum.Functions++
	code, fits, err := r.src.shortString(maxLibrary)
	if err == nil && fits && len(r.sum.Libraries) < maxLibs {
		r.sum.Libraries = append(r.sum.Libraries, NewLibrary(code))
	}
	return err
}
