package hostile

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// redbook is the program under test, built once; saboteur is this test as a program
// that the attacker may run.
var redbook, saboteur string

// The attacker is the user that the server runs as.
var attacker struct {
	name     string
	uid, gid int
}

// asSaboteur in the environment makes this test binary the attacker's program.
const asSaboteur = "REDBOOK_TEST_SABOTEUR"

// asRoot in the environment tells a test that it is in the user namespace already.
const asRoot = "REDBOOK_TEST_USER_NAMESPACE"

func TestMain(m *testing.M) {
	if job := os.Getenv(asSaboteur); job != "" {
		os.Exit(sabotage(job))
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile cannot run here:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	if os.Geteuid() != 0 {
		return inUserNamespace()
	}
	if err := findAttacker(); err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "redbook-hostile-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return 1, err
	}
	redbook, saboteur = filepath.Join(dir, "redbook"), filepath.Join(dir, "saboteur")
	if err := copyProgram("/proc/self/exe", saboteur); err != nil {
		return 1, err
	}
	if out, err := exec.Command("go", "build", "-o", redbook, "redbook/cmd/redbook").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build redbook: %w\n%s", err, out)
	}
	return m.Run(), nil
}

// findAttacker takes the account redis, which the package of the server makes, or nobody.
func findAttacker() error {
	for _, name := range []string{"redis", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		attacker.name = name
		attacker.uid, err = strconv.Atoi(u.Uid)
		if err != nil {
			return err
		}
		attacker.gid, err = strconv.Atoi(u.Gid)
		return err
	}
	return fmt.Errorf("there is neither an account redis nor nobody: install redis-server (apt-get install redis-server)")
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closing := out.Close(); err == nil {
		err = closing
	}
	return err
}

// inUserNamespace runs the tests again as root of a namespace with the accounts of
// /etc/subuid, for root needs another user to be attacked by.
func inUserNamespace() (code int, err error) {
	if os.Getenv(asRoot) != "" {
		return 1, fmt.Errorf("still not root in a user namespace")
	}
	cmd := exec.Command("unshare", append([]string{"--user", "--map-root-user", "--map-users=auto", "--map-groups=auto", "--", "/proc/self/exe"}, os.Args[1:]...)...)
	cmd.Args[len(cmd.Args)-len(os.Args)] = os.Args[0]
	cmd.Env = append(os.Environ(), asRoot+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err = cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == 1 && !mapsUsers() {
		return 1, fmt.Errorf("root and another user are needed: run it as root (sudo), or give this user a range in /etc/subuid and /etc/subgid "+
			"and install uidmap: %w", err)
	}
	return cmd.ProcessState.ExitCode(), nil
}

// mapsUsers tells whether this user can have a namespace with several users.
func mapsUsers() bool {
	return exec.Command("unshare", "--user", "--map-root-user", "--map-users=auto", "--map-groups=auto", "true").Run() == nil
}

// asAttacker has a command run as the attacker.
func asAttacker(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(attacker.uid), Gid: uint32(attacker.gid)}}
	cmd.Dir = "/"
	return cmd
}
