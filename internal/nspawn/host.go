package nspawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Host is a running Debian system.
type Host struct {
	Name string

	nspawn *exec.Cmd
	ended  chan struct{} // closed when systemd-nspawn is gone
	init   int           // process 1 of the host, by its number out here
	group  group
	log    *os.File // what systemd-nspawn and the boot printed
}

// boot mounts a layer in memory over the image and boots it. It runs in namespaces
// of its own: the mounts end with the host, and all processes with systemd-nspawn,
// which is process 1 there.
const boot = `set -e
mount -t proc none /proc
tree=$1 layer=$2 name=$3
shift 3
for group; do echo $$ >"$group/cgroup.procs"; done
mount -t tmpfs -o mode=0755 redbook-layer "$layer"
mkdir "$layer/upper" "$layer/work" "$layer/root"
mount -t overlay redbook-host -o "lowerdir=$tree,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
exec systemd-nspawn -D "$layer/root" --register=no --keep-unit --boot --private-network --machine="$name"`

// Boot starts a host and returns when systemd has started all that it starts at boot.
func Boot(ctx context.Context, image Image) (*Host, error) {
	tree, err := image.Build(ctx)
	if err != nil {
		return nil, err
	}
	mountPoint := filepath.Join(filepath.Dir(tree), "layer")
	if err := os.MkdirAll(mountPoint, 0o700); err != nil {
		return nil, fmt.Errorf("make the mount point: %w", err)
	}
	h := &Host{Name: fmt.Sprintf("redbook-%s-%d", image.Suite, os.Getpid()), ended: make(chan struct{})}
	if h.group, err = makeGroup(); err != nil {
		return nil, err
	}
	if h.log, err = unnamedFile(); err != nil {
		return nil, errors.Join(err, h.group.remove())
	}
	h.nspawn = exec.Command("sh", append([]string{"-c", boot, "sh", tree, mountPoint, h.Name}, h.group...)...)
	h.nspawn.Stdout, h.nspawn.Stderr = h.log, h.log
	// The group keeps a terminal's Ctrl-C for the test, which then closes the host.
	h.nspawn.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS,
		Setpgid: true, Pdeathsig: syscall.SIGKILL,
	}
	if err := h.spawn(); err != nil {
		return nil, errors.Join(fmt.Errorf("boot %s: %w", h.Name, err), h.group.remove(), h.log.Close())
	}
	if err := h.awaitRunning(ctx); err != nil {
		err = fmt.Errorf("boot %s: %w; it printed:\n%s", h.Name, err, h.console())
		return nil, errors.Join(err, h.Close())
	}
	return h, nil
}

// spawn starts systemd-nspawn. The thread that does so lives as long as the
// process: the kernel's signal at a parent's death is one at the thread's.
func (h *Host) spawn() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := h.nspawn.Start()
		started <- err
		if err == nil {
			_ = h.nspawn.Wait() // how it ended does not matter; the log has it
			close(h.ended)
		}
	}()
	return <-started
}

// awaitRunning waits for process 1, then for the end of the boot.
func (h *Host) awaitRunning(ctx context.Context) error {
	for {
		if h.init == 0 {
			h.init = findInit(h.nspawn.Process.Pid)
		}
		if h.init != 0 {
			// degraded: up, with a unit that failed, which in a container is common
			out, err := h.Run(ctx, "systemctl", "is-system-running")
			if state := strings.TrimSpace(out.Stdout); err == nil && (state == "running" || state == "degraded") {
				return nil
			}
		}
		select {
		case <-h.ended:
			return errors.New("systemd-nspawn ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// findInit looks for the child of systemd-nspawn that is process 1 in its own
// namespace and has become systemd; 0 when there is none yet.
func findInit(parent int) int {
	for _, pid := range childrenOf(parent) {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		for line := range strings.SplitSeq(string(status), "\n") {
			ids := strings.Fields(line)
			if len(ids) > 2 && ids[0] == "NSpid:" && ids[len(ids)-1] == "1" && strings.TrimSpace(string(comm)) == "systemd" {
				return pid
			}
		}
	}
	return 0
}

func childrenOf(pid int) []int {
	var children []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		content, _ := os.ReadFile(list)
		for field := range strings.FieldsSeq(string(content)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

func (h *Host) console() string {
	const most = 16 << 10
	content := make([]byte, most)
	n, _ := h.log.ReadAt(content, 0)
	return string(content[:n])
}

// unnamedFile is gone when its last user is.
func unnamedFile() (*os.File, error) {
	f, err := os.CreateTemp("", "nspawn-")
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}

// Close kills the host with all its processes; its layer goes with them.
//
// Where the test itself is killed, the kernel kills systemd-nspawn and with it all
// that it runs; control groups, which are empty then, go at the next Boot.
func (h *Host) Close() error {
	if h.init != 0 {
		_ = syscall.Kill(h.init, syscall.SIGKILL) // gone already is what was asked for
	} else {
		_ = h.nspawn.Process.Kill()
	}
	select {
	case <-h.ended:
	case <-time.After(20 * time.Second):
		_ = h.nspawn.Process.Kill()
		<-h.ended
	}
	return errors.Join(h.group.remove(), h.log.Close())
}
