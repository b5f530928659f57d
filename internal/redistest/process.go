package redistest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// PID returns the process id of the server that runs now, or 0. It finds servers that others
// started from the same configuration file too.
func (s *Server) PID() int {
	found := 0
	for _, pid := range s.pids() {
		// One that goes to the background has a parent of its name for a moment; so has a child that saves, in
		// the session of its parent.
		if isServer(pid) && (found == 0 || session(pid) == pid) {
			found = pid
		}
	}
	return found
}

// session is the process id of the leader of a process's session, proc(5).
func session(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 4 {
		return 0
	}
	id, _ := strconv.Atoi(fields[3])
	return id
}

// end sends sig to the server, SIGKILL to its children that save too, and waits until no process of it is left. On
// SIGTERM the server ends them itself.
func (s *Server) end(t testing.TB, sig syscall.Signal) {
	t.Helper()
	for _, pid := range s.pids() {
		if sig == syscall.SIGTERM && !isServer(pid) {
			continue
		}
		_ = syscall.Kill(pid, sig) // ESRCH: it is gone already, which is what was asked for
	}
	if !s.awaitGone() {
		t.Fatalf("redis-server still runs %v after %v; its log:\n%s", patience, sig, s.Log(t))
	}
}

func (s *Server) awaitGone() bool {
	s.mu.Lock()
	exited := s.exited
	s.mu.Unlock()
	if exited != nil {
		select {
		case <-exited:
		case <-time.After(patience):
			return false
		}
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if len(s.pids()) == 0 {
			s.awaitPort()
			return true
		}
	}
	return false
}

// awaitPort waits for a moment until the port can be had: a process that ends has lost its title before it closes
// its sockets. Somebody else's may stand there, which is no matter of this server.
func (s *Server) awaitPort() {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if probe, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", s.Port)); err == nil {
			probe.Close()
			return
		}
	}
}

func (s *Server) cleanUp(t testing.TB) {
	for _, pid := range s.pids() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if !s.awaitGone() {
		t.Errorf("redis-server of %s still runs after SIGKILL", s.Dir)
		return
	}
	if err := os.RemoveAll(s.Dir); err != nil {
		t.Error(err)
	}
}

// pids finds the running processes of this server: the server and its children that save, by their
// titles, which hold the configuration file's path at first and the address later; and the one in the
// pidfile. Each is believed only when it is a Redis process, since process ids are used again, and in this
// network namespace: a server in another may have the same address.
func (s *Server) pids() []int {
	var pids []int
	inFile := s.pidInFile()
	address := fmt.Sprintf("127.0.0.1:%d", s.Port)
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		pid, err := strconv.Atoi(filepath.Base(entry))
		if err != nil {
			continue
		}
		title := processTitle(pid)
		if !isOurs(pid) || isZombie(pid) || netns(pid) != netns(os.Getpid()) {
			continue
		}
		if pid == inFile || slices.Contains(strings.Fields(title), address) || strings.Contains(title, s.Dir+"/") {
			pids = append(pids, pid)
		}
	}
	return pids
}

func (s *Server) pidInFile() int {
	f, err := os.OpenFile(s.PIDFile, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a test may have put a FIFO there
	if err != nil {
		return 0
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(string(bytes.TrimSpace(content)))
	return pid
}

// processTitle returns the arguments of a process, or what it wrote over them; empty if it is gone.
func processTitle(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return string(bytes.TrimSpace(bytes.ReplaceAll(b, []byte{0}, []byte{' '})))
}

// isServer tells a server from its children, which are called redis-rdb-bgsave and the like.
func isServer(pid int) bool {
	name := processName(pid)
	return strings.HasPrefix(name, "redis-server") || strings.HasPrefix(name, "valkey-server")
}

// isOurs tells a server and its children from other processes.
func isOurs(pid int) bool {
	name := processName(pid)
	return strings.HasPrefix(name, "redis-") || strings.HasPrefix(name, "valkey-")
}

func processName(pid int) string {
	name, _, _ := strings.Cut(processTitle(pid), " ")
	return filepath.Base(name)
}

// stat returns the fields of /proc/PID/stat after the command's name, state first (proc(5)).
func stat(pid int) []string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, after, found := bytes.Cut(b, []byte(") "))
	if !found {
		return nil
	}
	return strings.Fields(string(after))
}

func netns(pid int) string {
	name, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
	return name
}

// isZombie says whether nothing of a process is left but its entry. A main thread that has ended is not
// enough: while another still ends, files and sockets stay open.
func isZombie(pid int) bool {
	fields := stat(pid)
	if len(fields) == 0 || fields[0] == "X" {
		return true
	}
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	return fields[0] == "Z" && len(threads) <= 1
}
