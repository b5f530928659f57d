package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// A filler writes a dataset into a server: the same one each time, of all types and
// of values from a few bytes to a megabyte.
type filler struct {
	rng      *rand.Rand
	out      *bufio.Writer
	commands int
	bytes    int64
}

// fillServer writes about size bytes of data to the server at the socket.
func fillServer(b *testing.B, socket string, size int64) {
	b.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	replies := make(chan error, 1)
	f := &filler{rng: rand.New(rand.NewPCG(1, 2015)), out: bufio.NewWriterSize(conn, 1<<20)}
	go func() { replies <- readReplies(conn) }()
	for i := 0; f.bytes < size; i++ {
		f.key(i)
	}
	f.command("QUIT")
	if err := errors.Join(f.out.Flush(), <-replies); err != nil {
		b.Fatalf("fill the server: %v", err)
	}
}

// readReplies reads to the end of the connection, and fails on an error reply.
func readReplies(conn io.Reader) error {
	in := bufio.NewReaderSize(conn, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || line[0] == '-' {
			return fmt.Errorf("%s (%w)", bytes.TrimSpace(line), err)
		}
	}
}

// key writes the i-th key. Of twenty, eleven are strings, and one in a thousand is large.
func (f *filler) key(i int) {
	name := fmt.Sprintf("key:%08d", i)
	switch i % 20 {
	case 0, 1:
		f.collection("HSET", name, 8, func(j int) []string { return []string{"field:" + strconv.Itoa(j), f.text(60)} })
	case 2, 3:
		f.collection("RPUSH", name, 12, func(int) []string { return []string{f.text(50)} })
	case 4:
		f.collection("SADD", name, 20, func(int) []string { return []string{strconv.Itoa(f.rng.IntN(1 << 30))} })
	case 5:
		f.collection("SADD", name, 15, func(int) []string { return []string{f.text(20)} })
	case 6, 7:
		f.collection("ZADD", name, 20, func(j int) []string { return []string{strconv.Itoa(j * 17), "member:" + f.text(8)} })
	case 8:
		f.command("XADD", name, "1-1", "sensor", strconv.Itoa(i), "reading", f.text(200))
	default:
		f.plain(i, name)
	}
	if i%5 == 0 {
		f.command("EXPIREAT", name, "4102444800") // 2100-01-01
	}
}

func (f *filler) plain(i int, name string) {
	switch {
	case i%5000 == 10:
		f.command("SET", name, f.text(1<<20))
	case i%1000 == 11:
		f.collection("RPUSH", name, 2000, func(int) []string { return []string{f.text(40)} })
	case i%4 == 0:
		f.command("SET", name, strconv.Itoa(i))
	default:
		f.command("SET", name, f.text(f.rng.IntN(1200)))
	}
}

func (f *filler) collection(verb, name string, n int, element func(i int) []string) {
	args := []string{verb, name}
	for i := range n {
		args = append(args, element(i)...)
	}
	f.command(args...)
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// text makes n characters that hardly compress.
func (f *filler) text(n int) string {
	b := make([]byte, n)
	var bits uint64
	for i := range b {
		if i%10 == 0 {
			bits = f.rng.Uint64()
		}
		b[i], bits = letters[bits&63], bits>>6
	}
	return string(b)
}

// command writes one command as RESP has it; an error shows at the end, when the writer is flushed.
func (f *filler) command(args ...string) {
	n, _ := fmt.Fprintf(f.out, "*%d\r\n", len(args))
	for _, a := range args {
		n += len(a)
		_, _ = f.out.WriteString("$" + strconv.Itoa(len(a)) + "\r\n" + a + "\r\n")
	}
	f.commands++
	f.bytes += int64(n)
}
