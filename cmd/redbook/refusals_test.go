package main

import (
	"bytes"
	"io"
	"net"
	"regexp"
	"sync"
	"testing"
)

// refusals stands between redbook and a server and sees what the server refuses. The
// server's own ACL LOG ends with each restart.
type refusals struct {
	address string

	mu   sync.Mutex
	list []string
}

func watchRefusals(t *testing.T, server string) *refusals {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &refusals{address: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go r.pass(client, server)
		}
	}()
	return r
}

// pass connects a client with the server until one of them closes. A server that is
// down looks to the client like one that closes at once.
func (r *refusals) pass(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		server.Close()
	}()
	var said bytes.Buffer
	_, _ = io.Copy(client, io.TeeReader(server, &said))
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range regexp.MustCompile(`-NOPERM [^\r]*`).FindAll(said.Bytes(), -1) {
		r.list = append(r.list, string(line))
	}
}

func (r *refusals) seen() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}
