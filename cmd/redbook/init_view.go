package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"redbook/internal/redisconf"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

// listServers shows servers with the flag that means each.
func (w *world) listServers(found []local.Found) {
	v := newTextView(w.stdout, w.color(w.stdout))
	for _, f := range found {
		flag := "--process 'redis-server /path/redis.conf'"
		switch {
		case f.Service != "":
			flag = "--service " + shellQuote(f.Service)
		case f.Address != "":
			flag = "--redis " + shellQuote(f.Address)
		}
		state := "down"
		if f.PID != 0 {
			state = fmt.Sprintf("pid %d", f.PID)
		}
		config := ""
		if f.Config != "" {
			config = ", " + pathWord(f.Config)
		}
		v.line("%s", flag)
		v.wrapped("    ", fmt.Sprintf("%s, %s%s", strings.Join(f.Command[:1], " "), state, config))
	}
}

// foundServer says what the server is and where it keeps what.
func (t *textView) foundServer(d host.Description) {
	state := "down"
	if d.Running {
		state = "running"
	}
	t.wrapped("", fmt.Sprintf("%s %s at %s, %s", d.Product, d.Version, d.Address, state))
	fact := func(name, path, note string) { t.line("  %-8s %s%s", name, pathWord(path), note) }
	fact("config", d.Config, "")
	if conf, err := redisconf.Load(d.Config, os.ReadFile, filepath.Glob); err == nil {
		for _, path := range conf.Files()[1:] {
			fact("", path, ", included")
		}
	}
	fact("data", d.Dir, "")
	fact("dump", d.Dump, absence(d.DumpExists))
	aof := "off"
	if d.AppendOnly {
		aof = "on"
	}
	t.line("  %-8s %s: %s%s", "AOF", aof, pathWord(d.AOFPath), absence(d.AOFExists))
	t.line("  %-8s %s:%s", "user", printable(d.User), printable(d.Group))
}

func absence(there bool) string {
	if there {
		return ""
	}
	return ", not there"
}

// foundSupervisor says what starts the server.
func (t *textView) foundSupervisor(c host.ServerConfig, f local.Found) {
	if c.Service == "" {
		t.line("  %-8s %s", "process", printable(shellJoin(c.Process.Command)))
		return
	}
	t.line("  %-8s %s", "unit", c.Service)
	for _, path := range f.DropIns {
		t.line("  %-8s %s, changes the unit", "", pathWord(path))
	}
}

func (t *textView) wroteRunbooks(paths []string) {
	t.line("")
	t.line("Wrote")
	for _, path := range paths {
		t.line("  %s", pathWord(path))
	}
}

// backups is where backup.hcl puts backups unless told otherwise.
const backups = "/var/backups/redis"

// nextCommands says how to go on.
func (t *textView) nextCommands(dir string, locked bool, d host.Description) {
	t.line("")
	if locked || d.Config == "" {
		t.wrapped("", "The server wants a password. Give it to each of these commands in the environment, as REDBOOK_VAR_password; no file holds it.")
	}
	if _, err := os.Stat(backups); err != nil {
		t.command("Backups go to a directory that is yet to be made:", "install -d -m 0700 "+backups)
	}
	backup := shellQuote(filepath.Join(dir, "backup.hcl"))
	t.command("To see what a backup would do, and to do it:", "redbook plan "+backup)
	t.line("  redbook run %s", backup)
	t.command("To see what a restore would do:", "redbook plan "+shellQuote(filepath.Join(dir, "restore.hcl"))+" --var backup=FILE")
}
