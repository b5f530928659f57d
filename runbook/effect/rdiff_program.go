package effect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"redbook/internal/rdiff"
	"redbook/runbook/host"
)

// An rdiffProgram is the rdiff-backup that is installed.
type rdiffProgram struct {
	machine host.Machine
	rdiff.CommandLine
}

// findRdiff asks the program for its version. In a picture, where nothing runs, ran is false.
func findRdiff(ctx context.Context, m host.Machine) (p rdiffProgram, ran bool, err error) {
	out, err := m.Exec(ctx, host.Command{Args: rdiff.VersionArgs(), Dir: "/"})
	if err != nil {
		return p, false, fmt.Errorf("find rdiff-backup: %w; install it: apt-get install rdiff-backup", err)
	}
	if !out.Ran {
		return p, false, nil
	}
	line, err := rdiff.ParseVersion(out.Stdout + out.Stderr)
	return rdiffProgram{m, line}, true, err
}

// mustHaveRdiff refuses a plan whose run would not find the program.
func mustHaveRdiff() error {
	if _, err := exec.LookPath(rdiff.Program); err != nil {
		return fmt.Errorf("find rdiff-backup: %w; install it: apt-get install rdiff-backup", err)
	}
	return nil
}

// mustBePrivate refuses a directory in which others can put things: the program follows
// what is planted there, and root runs it.
func mustBePrivate(r host.Files, dir string) error {
	info, err := r.Stat(dir)
	switch {
	case err != nil:
		return err
	case info.Kind != host.KindDirectory:
		return fmt.Errorf("%s is a %s, not a directory", dir, info.Kind)
	case info.Mode&0o022 != 0 || info.UID != 0 && info.UID != os.Geteuid():
		return fmt.Errorf("others than you can put things into %s, which rdiff-backup would follow; choose a directory that only you can write to", dir)
	}
	return nil
}

// run runs the program. What it warns of is an error, whatever it ends with.
func (p rdiffProgram) run(ctx context.Context, args []string) error {
	out, err := p.machine.Exec(ctx, host.Command{Args: args, Dir: "/"})
	if err != nil {
		return err
	}
	if lines := rdiff.Complaints(out.Stdout, out.Stderr); len(lines) > 0 {
		return fmt.Errorf("rdiff-backup ended with 0 and yet warns:\n  | %s", strings.Join(lines, "\n  | "))
	}
	return nil
}

// regress takes back the session that was cut off in a repository. The program
// ends non-zero in doing so; what counts is how the repository stands then.
func (p rdiffProgram) regress(ctx context.Context, repository string) error {
	if err := awaitRdiff(ctx, p.machine, repository); err != nil {
		return err
	}
	placeholder, err := p.fillIncrements(ctx, repository)
	if err != nil {
		return fmt.Errorf("regress %s: %w", repository, err)
	}
	runErr := p.run(ctx, p.Regress(repository))
	if err := p.machine.Remove(ctx, placeholder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("regress %s: %w", repository, err)
	}
	s, err := RdiffState(p.machine, repository)
	if err != nil {
		return err
	}
	if s.Interrupted() {
		return errors.Join(fmt.Errorf("regress %s: the session that was cut off is still there", repository), runErr)
	}
	return nil
}

// fillIncrements puts a file where increments stand when there is none: version 2.2 takes
// a repository without any for one that cannot need to be regressed, and a second session
// that was cut off early has left none.
func (p rdiffProgram) fillIncrements(ctx context.Context, repository string) (placeholder string, err error) {
	data := filepath.Join(repository, rdiff.DataDir)
	dir := filepath.Join(data, rdiff.IncrementsDir)
	placeholder = filepath.Join(dir, "redbook-regress")
	entries, err := p.machine.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		return placeholder, err
	}
	s, err := RdiffState(p.machine, repository)
	if err != nil || len(s.Mirrors) == 0 {
		return placeholder, err
	}
	_, err = p.machine.CopyFile(ctx, filepath.Join(data, s.Mirrors[0].Name), placeholder, host.Attr{UID: -1, GID: -1})
	return placeholder, err
}

// RdiffState reads which sessions a repository holds. A directory without any wraps
// fs.ErrNotExist.
func RdiffState(r host.Files, repository string) (rdiff.State, error) {
	entries, err := r.ReadDir(filepath.Join(repository, rdiff.DataDir))
	if err != nil {
		return rdiff.State{}, fmt.Errorf("read repository %s: %w", repository, err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = filepath.Base(e.Path)
	}
	return rdiff.ParseState(names), nil
}

// maxMarker is the largest marker that is read, in bytes; it holds one line.
const maxMarker = 4 << 10

// reapTime is how long a process that was killed may wait for init to take it in.
const reapTime = 30 * time.Second

// awaitRdiff waits until no program works on a repository: one that a killed run
// began goes on without it. Its process is named in the marker of its session. One
// that was killed too is waited for until it has left the process table, since the
// program takes it for running until then.
func awaitRdiff(ctx context.Context, r host.Reader, repository string) error {
	const interval = 100 * time.Millisecond
	for dead := time.Duration(0); ; {
		state, err := rdiffAtWork(r, repository)
		if err != nil || state == notAtWork || state == killed && dead >= reapTime {
			return err
		}
		if state == killed {
			dead += interval
		}
		if err := r.Sleep(ctx, interval); err != nil {
			return fmt.Errorf("wait for the rdiff-backup that works on %s: %w", repository, err)
		}
	}
}

// A workState is what has become of the process of a session.
type workState int

const (
	notAtWork workState = iota
	atWork
	killed // and still in the process table
)

func rdiffAtWork(r host.Reader, repository string) (workState, error) {
	s, err := RdiffState(r, repository)
	if errors.Is(err, fs.ErrNotExist) {
		return notAtWork, nil
	}
	if err != nil || !s.Interrupted() {
		return notAtWork, err
	}
	marker := filepath.Join(repository, rdiff.DataDir, s.Mirrors[len(s.Mirrors)-1].Name)
	content, err := host.ReadFile(r, marker, maxMarker)
	if errors.Is(err, fs.ErrNotExist) {
		return notAtWork, nil // it ended just now
	}
	if err != nil {
		return notAtWork, err
	}
	pid := strings.TrimSpace(strings.TrimPrefix(string(content), "PID"))
	if pid == "" || strings.Trim(pid, "0123456789") != "" {
		return notAtWork, nil
	}
	return processState(r, pid), nil
}

// processState tells of a process whether it is the program (proc(5): cmdline, which is empty when it has ended, and stat).
func processState(r host.Files, pid string) workState {
	command, err1 := readHead(r, "/proc/"+pid+"/cmdline")
	stat, err2 := readHead(r, "/proc/"+pid+"/stat")
	switch {
	case err1 != nil || err2 != nil:
		return notAtWork // it is gone
	case strings.Contains(command, rdiff.Program):
		return atWork
	case strings.Contains(stat, "("+rdiff.Program+") Z"):
		return killed
	}
	return notAtWork
}

func readHead(f host.Files, path string) (string, error) {
	r, err := f.Open(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, maxMarker))
	return string(content), err
}
