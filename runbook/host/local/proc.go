package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A mainProcess is one process for as long as it lives: ids are used again, so
// the time it began (in clock ticks since boot, proc(5)) tells it from a later one.
type mainProcess struct {
	pid     int // 0: there is none
	started uint64
}

// findProcess looks a process up; there is none when it is gone or a zombie.
func findProcess(pid int) mainProcess {
	fields := statFields(pid)
	if pid <= 0 || len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return mainProcess{}
	}
	started, _ := strconv.ParseUint(fields[19], 10, 64)
	return mainProcess{pid, started}
}

func (p mainProcess) lives() bool { return p.pid != 0 && findProcess(p.pid) == p }

// statFields returns the fields of /proc/PID/stat behind the name, state first.
func statFields(pid int) []string {
	b, _ := os.ReadFile(procPath(pid, "stat"))
	at := bytes.LastIndexByte(b, ')') // the name may hold any character
	if at < 0 {
		return nil
	}
	return strings.Fields(string(b[at+1:]))
}

func procPath(pid int, name string) string { return fmt.Sprintf("/proc/%d/%s", pid, name) }

func (p mainProcess) parent() int {
	fields := statFields(p.pid)
	if len(fields) < 2 {
		return 0
	}
	ppid, _ := strconv.Atoi(fields[1])
	return ppid
}

func (p mainProcess) leadsSession() bool {
	fields := statFields(p.pid)
	return len(fields) > 3 && fields[3] == strconv.Itoa(p.pid)
}

// args is the command line, or what the process wrote over it.
func (p mainProcess) args() []string {
	b, _ := os.ReadFile(procPath(p.pid, "cmdline"))
	return strings.FieldsFunc(string(b), func(r rune) bool { return r == 0 })
}

// cwd is the working directory; "" when it may not be seen.
func (p mainProcess) cwd() string {
	dir, _ := os.Readlink(procPath(p.pid, "cwd"))
	return dir
}

// owner returns the effective ids. The owner of the directory /proc/PID will not
// do: it is root's for a process that changed its ids.
func (p mainProcess) owner() (uid, gid int, err error) {
	b, err := os.ReadFile(procPath(p.pid, "status"))
	if err != nil {
		return -1, -1, fmt.Errorf("read owner of process %d: %w", p.pid, err)
	}
	uid, gid = -1, -1
	for line := range strings.SplitSeq(string(b), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		switch f[0] { // real, effective, saved, filesystem
		case "Uid:":
			uid, err = strconv.Atoi(f[2])
		case "Gid:":
			gid, err = strconv.Atoi(f[2])
		}
		if err != nil {
			return -1, -1, fmt.Errorf("read owner of process %d: %w", p.pid, err)
		}
	}
	return uid, gid, nil
}

// isRedis tells whether the program is a Redis server, by the name it was started
// with. The children that save are none.
func (p mainProcess) isRedis() bool {
	name := p.program()
	if strings.Contains(name, "-rdb-bgsave") || strings.Contains(name, "-aof-rewrite") {
		return false
	}
	comm, _ := os.ReadFile(procPath(p.pid, "comm"))
	return name != "" && (isServerName(name) || isServerName(strings.TrimSpace(string(comm))))
}

// isOther tells that the program is certainly no Redis server: a unit whose main
// process runs a container is one, and the ids that its server knows are others.
func (p mainProcess) isOther() bool {
	name := p.program()
	return name != "" && !isServerName(name)
}

// program is the name that the process was started with; "" when it is gone.
func (p mainProcess) program() string {
	args := p.args()
	if len(args) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(args[0], " ") // a title is one string
	return filepath.Base(name)
}

func isServerName(name string) bool {
	return strings.HasPrefix(name, "redis-") || strings.HasPrefix(name, "valkey-") || strings.HasPrefix(name, "keydb-")
}

// allProcesses lists the processes that can be seen.
func allProcesses() []mainProcess {
	var all []mainProcess
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if p := findProcess(pid); p.pid != 0 {
				all = append(all, p)
			}
		}
	}
	return all
}

// terminate sends SIGTERM to p and waits until it is gone. It never sends
// SIGKILL: what the memory holds may be nowhere else.
func (p mainProcess) terminate(ctx context.Context) error {
	fd, err := p.handle()
	if err != nil || fd < 0 {
		return err
	}
	defer unix.Close(fd)
	if err := signalHandle(fd, p.pid, unix.SIGTERM); err != nil {
		return err
	}
	err = poll(ctx, func() (bool, error) {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(ready, 0)
		if errors.Is(err, unix.EINTR) {
			return false, nil
		}
		return n > 0, err
	})
	if err != nil {
		return fmt.Errorf("process %d did not end after SIGTERM: %w", p.pid, err)
	}
	return nil
}

// signal sends a signal; a process that is gone is no error.
func (p mainProcess) signal(sig unix.Signal) error {
	fd, err := p.handle()
	if err != nil || fd < 0 {
		return err
	}
	defer unix.Close(fd)
	return signalHandle(fd, p.pid, sig)
}

// handle opens a pidfd, which no later process of the same id can take over;
// -1 when p is gone.
func (p mainProcess) handle() (fd int, err error) {
	fd, err = unix.PidfdOpen(p.pid, 0)
	if errors.Is(err, unix.ESRCH) || p.pid == 0 {
		return -1, nil
	}
	if err != nil {
		return -1, fmt.Errorf("open process %d: %w", p.pid, err)
	}
	if !p.lives() { // looked at now that the handle holds it
		unix.Close(fd)
		return -1, nil
	}
	return fd, nil
}

func signalHandle(fd, pid int, sig unix.Signal) error {
	err := unix.PidfdSendSignal(fd, sig, nil, 0)
	if err == nil || errors.Is(err, unix.ESRCH) {
		return nil
	}
	return fmt.Errorf("send %s to process %d: %w; run redbook as root or as the server's user", unix.SignalName(sig), pid, err)
}
