package runbook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"time"
)

// An Environment is what a runbook can ask besides its variables. The zero
// Environment has no environment variables.
type Environment struct {
	Getenv func(name string) string // "" for what is not set
	Now    time.Time                // the time of the plan, what timestamp() says
	// ReadFile reads a password file and tells its mode; nil reads it from the
	// machine that redbook runs on.
	ReadFile func(path string) ([]byte, fs.FileMode, error)
	// Command runs a password command and returns what it prints; nil runs it
	// on the machine that redbook runs on.
	Command func(argv []string) ([]byte, error)
}

// passwordCommandTimeout ends a password command that waits for a person.
const passwordCommandTimeout = 30 * time.Second

func (e Environment) getenv(name string) string {
	if e.Getenv == nil {
		return ""
	}
	return e.Getenv(name)
}

func (e Environment) readFile(path string) ([]byte, fs.FileMode, error) {
	if e.ReadFile != nil {
		return e.ReadFile(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a regular file", path)
	}
	content, err := io.ReadAll(f)
	return content, info.Mode(), err
}

func (e Environment) command(argv []string) ([]byte, error) {
	if e.Command != nil {
		return e.Command(argv)
	}
	ctx, cancel := context.WithTimeout(context.Background(), passwordCommandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("it did not end within %s", passwordCommandTimeout)
	}
	if err != nil {
		lines := bytes.Split(bytes.TrimSpace(stderr.Bytes()), []byte("\n"))
		return nil, fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	return out, nil
}
