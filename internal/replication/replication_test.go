package replication

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"redbook/internal/rdb"
	"redbook/internal/redistest"
)

func background(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// dumpOf returns the dump of a server with sample data, and the digest of that.
func dumpOf(t *testing.T) (dump []byte, digest string) {
	t.Helper()
	s := redistest.New(t)
	s.Start(t)
	redistest.Fill(t, s.Client(t))
	s.Do(t, "SAVE")
	dump, err := os.ReadFile(filepath.Join(s.Data, "dump.rdb"))
	if err != nil {
		t.Fatal(err)
	}
	return dump, redistest.Digest(t, s.Client(t))
}

func TestFetch(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []redistest.Option
		who     Credentials
	}{
		{"from memory", []redistest.Option{redistest.WithConf("repl-diskless-sync-delay 0")}, Credentials{}},
		{"by a file", []redistest.Option{redistest.WithConf("repl-diskless-sync no")}, Credentials{}},
		{"password", []redistest.Option{redistest.WithPassword("s ecret"), redistest.WithConf("repl-diskless-sync-delay 0")}, Credentials{Password: "s ecret"}},
		{"user that may replicate only", []redistest.Option{redistest.WithConf("repl-diskless-sync-delay 0", "user copy on >pw +psync +replconf +ping")}, Credentials{"copy", "pw"}},
		{"CONFIG and BGSAVE renamed", []redistest.Option{redistest.WithConf("repl-diskless-sync-delay 0", `rename-command CONFIG ""`, `rename-command BGSAVE ""`, `rename-command SAVE ""`)}, Credentials{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t, tt.options...)
			s.Start(t)
			redistest.Fill(t, s.Client(t))
			var dump bytes.Buffer
			sum, err := Fetch(dialServer(t, s), &dump, tt.who)
			if err != nil {
				t.Fatal(err)
			}
			again, err := rdb.Check(bytes.NewReader(dump.Bytes()))
			if err != nil || sum.Checksum != rdb.Good || sum.Keys() != 22 || again.Keys() != 22 {
				t.Errorf("the dump: %+v, read again: %+v, %v", sum, again, err)
			}
		})
	}
}

func dialServer(t *testing.T, s *redistest.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", s.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestFetchRefused(t *testing.T) {
	s := redistest.New(t, redistest.WithPassword("right"))
	s.Start(t)
	for who, want := range map[Credentials]string{
		{}:                  "greet: NOAUTH",
		{Password: "wrong"}: "authenticate: WRONGPASS",
		{"nobody", "right"}: "authenticate: WRONGPASS",
	} {
		_, err := Fetch(dialServer(t, s), io.Discard, who)
		var reply *ReplyError
		if !errors.As(err, &reply) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", who, err, want)
		}
	}
}

// A transfer that is cut off, or damaged on its way, is an error at every byte.
func TestFetchDamaged(t *testing.T) {
	dump, _ := dumpOf(t)
	mark := strings.Repeat("m", markSize)
	head := "+PONG\r\n+OK\r\n-ERR no rdb-only\r\n\n\n+FULLRESYNC x 1\r\n\n"
	fetch := func(body string) error {
		_, err := Fetch(struct {
			io.Reader
			io.Writer
		}{iotest.HalfReader(strings.NewReader(head + body)), io.Discard}, io.Discard, Credentials{})
		return err
	}
	sized := fmt.Sprintf("$%d\r\n%s", len(dump), dump)
	marked := fmt.Sprintf("$EOF:%s\r\n%s%s", mark, dump, mark)
	for _, whole := range []string{sized, marked, sized + "*1\r\n$4\r\nPING\r\n", marked + "\n\n"} {
		if err := fetch(whole); err != nil {
			t.Fatal(err)
		}
	}
	for _, whole := range []string{sized, marked} {
		for cut := 0; cut < len(whole); cut += 1 + len(whole)/200 {
			if fetch(whole[:cut]) == nil {
				t.Errorf("cut at %d of %d: no error", cut, len(whole))
			}
			b := []byte(whole)
			b[cut] ^= 0x10
			if fetch(string(b)) == nil {
				t.Errorf("damaged at %d of %d: no error", cut, len(whole))
			}
		}
	}
}

func TestMarkedReader(t *testing.T) {
	mark := strings.Repeat("ab", markSize/2-1) + "cd"
	for _, body := range []string{"", "a", "ab", strings.Repeat("ab", 19) + "x", strings.Repeat("x", 20000)} {
		for _, r := range []io.Reader{strings.NewReader(body + mark), iotest.OneByteReader(strings.NewReader(body + mark + "more"))} {
			got, err := io.ReadAll(&markedReader{r: r, mark: []byte(mark)})
			if err != nil || string(got) != body {
				t.Errorf("got %d bytes, %v, want %d", len(got), err, len(body))
			}
		}
	}
}

// primary makes a primary of dump for s, which is told to connect.
func primary(t *testing.T, s *redistest.Server, file io.ReaderAt) (*Primary, net.Listener) {
	t.Helper()
	d, err := Verify(background(t), file)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s.Do(t, "CONFIG", "SET", "repl-diskless-load", "swapdb")
	return &Primary{ID: field(t, s, "master_replid"), Offset: 1 << 50, Dump: d}, l
}

func follow(t *testing.T, s *redistest.Server, l net.Listener) {
	t.Helper()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s.Do(t, "REPLICAOF", "127.0.0.1", port)
}

func field(t *testing.T, s *redistest.Server, name string) string {
	t.Helper()
	for line := range strings.Lines(s.Do(t, "INFO", "replication").(string)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	t.Fatalf("INFO has no %s", name)
	return ""
}

func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

func TestPrimary(t *testing.T) {
	dump, want := dumpOf(t)
	s := redistest.New(t, redistest.WithConf("masterauth another"))
	s.Start(t)
	s.Do(t, "SET", "old", "data")
	p, l := primary(t, s, bytes.NewReader(dump))
	stranger, err := net.Dial("tcp", l.Addr().String()) // one that says nothing is in nobody's way
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	follow(t, s, l)
	link, err := p.Send(background(t), l)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the link is up", func() bool { return field(t, s, "master_link_status") == "up" })
	s.Do(t, "REPLICAOF", "NO", "ONE")
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	if got := redistest.Digest(t, s.Client(t)); got != want {
		t.Error("the server's dataset is not that of the dump")
	}
	if got := field(t, s, "second_repl_offset"); got != fmt.Sprint(1<<50+1) {
		t.Errorf("second_repl_offset is %s", got)
	}
}

// The dump goes to the server alone, which shows its replication id.
func TestPrimaryTurnsStrangersAway(t *testing.T) {
	dump, _ := dumpOf(t)
	s := redistest.New(t)
	s.Start(t)
	p, l := primary(t, s, bytes.NewReader(dump))
	ctx, cancel := context.WithCancel(background(t))
	ended := make(chan error, 1)
	go func() {
		_, err := p.Send(ctx, l)
		ended <- err
	}()
	for _, id := range []string{"?", strings.Repeat("0", 40), ""} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(appendCommand(nil, "PSYNC", id, "-1"))
		if got, _ := io.ReadAll(conn); len(got) > 0 {
			t.Errorf("PSYNC %q got %q", id, got)
		}
		conn.Close()
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Send ended with %v", err)
	}
}

// A dump that changes on disk after it was verified is not sent beyond the change,
// and the server goes on with its old data.
func TestChangedDumpIsNotSent(t *testing.T) {
	dump, _ := dumpOf(t)
	for _, at := range []int{0, 9, len(dump) / 2, len(dump) - 1} {
		s := redistest.New(t)
		s.Start(t)
		s.Do(t, "SET", "old", "data")
		changed := bytes.Clone(dump)
		p, l := primary(t, s, bytes.NewReader(changed))
		changed[at] ^= 1
		follow(t, s, l)
		_, err := p.Send(background(t), l)
		if !errors.Is(err, ErrChanged) {
			t.Errorf("changed at %d: got %v", at, err)
		}
		l.Close()
		s.Do(t, "REPLICAOF", "NO", "ONE")
		if got := s.Do(t, "GET", "old"); got != "data" {
			t.Errorf("changed at %d: the server lost its data: %v", at, got)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	dump, _ := dumpOf(t)
	unchecked := append(bytes.Clone(dump[:len(dump)-8]), make([]byte, 8)...)
	damaged := bytes.Clone(dump)
	damaged[len(damaged)/2] ^= 1
	for name, b := range map[string][]byte{
		"empty": nil, "cut": dump[:len(dump)-1], "longer": append(bytes.Clone(dump), 0), "unchecked": unchecked, "damaged": damaged,
	} {
		if _, err := Verify(background(t), bytes.NewReader(b)); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}
