package rdb_test

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"redbook/internal/rdb"
)

// An old dump, from before there were checksums: a list with a number in it, and a string that expires.
const dump = "REDIS0003\xfe\x00" +
	"\x01\x06shapes\x02\x08triangle\xc0\x03" +
	"\xfd\x00\xf1\x53\x65\x00\x07cart:17\x05empty" +
	"\xff"

func ExampleCheck() {
	sum, err := rdb.Check(strings.NewReader(dump))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sum.Magic, sum.Keys(), "keys,", sum.DBs[0].Expires, "expires, checksum", sum.Checksum)

	_, err = rdb.Check(strings.NewReader(dump[:30]))
	fmt.Println(err, errors.Is(err, rdb.ErrTruncated))
	// Output:
	// REDIS0003 2 keys, 1 expires, checksum absent
	// offset 30: the file ends in the middle of the dump true
}

func ExampleFind() {
	key, _, err := rdb.Find(strings.NewReader(dump), 0, []byte("shapes"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %s\n", key.Type, key.Value)
	// Output: list [triangle 3]
}

// A walk through all keys takes the memory of one, or of none where values are not decoded.
func ExampleReader() {
	r, err := rdb.NewReader(strings.NewReader(dump))
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		entry, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.Skip()
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %s, %d bytes\n", entry.Type, entry.Name, r.Size())
	}
	// Output:
	// list shapes, 20 bytes
	// string cart:17, 20 bytes
}
