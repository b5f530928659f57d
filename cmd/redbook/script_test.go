package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs testdata/script/*.txt: the command line as a person sees it,
// on a real redis-server. Besides the commands of testscript there are
//
//	redis start [CONFIG LINE]...   start the script's server, made at first
//	redis stop | kill
//	redis do COMMAND...            the reply is the next stdout
//	exits CODE COMMAND...          run it; stdout and stderr become comparable
//
// and the shipped runbooks are in runbooks/. vars.hcl says where the server is.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		WorkdirRoot:   workDirectory(t),
		Setup:         setUpScript,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"redis": scriptRedis, "exits": scriptExits},
	})
}

func setUpScript(env *testscript.Env) error {
	env.Setenv("TZ", "UTC")
	env.Setenv("GORACE", os.Getenv("GORACE")) // the Makefile says why
	env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
	env.Values["env"] = env
	env.Values["server"] = new(*redisServer)
	if err := os.Mkdir(filepath.Join(env.WorkDir, "backups"), 0o755); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(env.WorkDir, "runbooks"), os.DirFS("../../runbooks"))
}

func scriptRedis(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: redis start|stop|kill|do ...")
	}
	env := ts.Value("env").(*testscript.Env)
	server := ts.Value("server").(**redisServer)
	switch args[0] {
	case "start":
		if *server == nil {
			*server = newRedis(env.T().(testing.TB), filepath.Join(env.WorkDir, "redis"), args[1:]...)
		}
		(*server).start()
	case "stop":
		(*server).end(syscall.SIGTERM)
	case "kill":
		(*server).end(syscall.SIGKILL)
	case "do":
		words := make([]any, len(args)-1)
		for i, a := range args[1:] {
			words[i] = a
		}
		ts.Check(ts.Exec("echo", (*server).do(words...)))
	default:
		ts.Fatalf("redis %s: there is no such command", args[0])
	}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s\nstdout:\n%s\nstderr:\n%s", code, args[0], stdout, stderr)
	}
	for name, text := range map[string]string{"stdout": stdout, "stderr": stderr} {
		if long := tooLong(text); long != "" && !slices.Contains(args, "__complete") { // a shell reads that
			ts.Fatalf("this line of %s is wider than 80 columns:\n%s", name, long)
		}
		path := filepath.Join(ts.MkAbs("."), "."+name)
		ts.Check(os.WriteFile(path, []byte(normal(text, ts.Getenv("WORK"))), 0o600))
	}
	ts.Check(ts.Exec("sh", "-c", "cat .stdout; cat .stderr >&2; rm .stdout .stderr"))
}

// What differs from run to run and from machine to machine, by what it is.
var variations = []struct {
	pattern *regexp.Regexp
	is      string
}{
	{regexp.MustCompile(`\d{8}-\d{6}-[0-9a-f]{4}`), "RUN-ID---------------"[:20]},
	{regexp.MustCompile(`\d{8}-\d{6}`), "YYYYMMDD-hhmmss"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "DATE TIME"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`), "YYYY-MM-DD hh:mm"},
	{regexp.MustCompile(`127\.0\.0\.1:\d{5}`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA-256"},
	{regexp.MustCompile(`(redis|valkey) \d+\.\d+\.\d+`), "redis X.Y.Z"},
	{regexp.MustCompile(`RDB version \d+, \d+ bytes`), "RDB version N, N bytes"},
	{regexp.MustCompile(`\S+@\S+, pid \d+, redbook \S+`), "USER@HOST, pid PID, redbook VERSION"},
	{regexp.MustCompile(`\(says \S+\)`), "(says USER)"},
	{regexp.MustCompile(`pid \d+`), "pid PID"},
	{regexp.MustCompile(`"pid": \d+`), `"pid": PID`},
	{regexp.MustCompile(`"(user|host|version)": "[^"]*"`), `"$1": "…"`},
	{regexp.MustCompile(`offset \d+`), "offset N"},
	{regexp.MustCompile(`(?m)by \S+$`), "by USER"},
	{regexp.MustCompile(`(?m)^redbook (devel|v|unknown)\S*$`), "redbook VERSION"},
	{regexp.MustCompile(`hh:mm  \S+ +`), "hh:mm  USER      "},
	{regexp.MustCompile(`(?m)^    done in .*\n`), ""},
	{regexp.MustCompile(` to \d+:\d+ `), " to UID:GID "},
}

func normal(text, work string) string {
	text = strings.ReplaceAll(text, work, "$WORK")
	for _, v := range variations {
		text = v.pattern.ReplaceAllString(text, v.is)
	}
	return text
}
