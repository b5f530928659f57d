package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme keeps the outputs in README.md as they really are: each stands in a
// code block below a comment that names what it shows.
func TestReadme(t *testing.T) {
	dir := workDirectory(t)
	server := newRedis(t, filepath.Join(dir, "redis"), "appendonly yes")
	server.start()
	server.do("SET", "shapes:triangles", "3 sides")
	runbooks, err := filepath.Abs(filepath.Join(repository, "runbooks"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(runbooks, filepath.Join(dir, "runbooks")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "backups", "keep"), "")
	mustRun(t, dir, exitDone, "run", "runbooks/backup.hcl", "--yes", "--state-dir", "state", "--var-file", "vars.hcl", "--var", "directory="+dir+"/backups")
	dumps, _ := filepath.Glob(filepath.Join(dir, "backups", "*.rdb"))
	if len(dumps) != 1 {
		t.Fatalf("the backup made %v", dumps)
	}
	if err := os.Rename(dumps[0], filepath.Join(dir, "good.rdb")); err != nil {
		t.Fatal(err)
	}
	server.do("SET", "shapes:triangles", "4 sides")
	failing := strings.ReplaceAll(readFile(t, filepath.Join(runbooks, "restore.hcl")), "step \"verify-key\" \"restored\" {",
		"step \"exec\" \"smoke-test\" {\n  argv = [\"false\"]\n  undo = [\"true\"]\n}\n\nstep \"verify-key\" \"restored\" {")
	writeFile(t, filepath.Join(dir, "restore.hcl"), failing)

	restore := []string{"--state-dir", "state", "--var-file", "vars.hcl", "--var", "backup=" + dir + "/good.rdb"}
	check := []string{"--var", "key=shapes:triangles", "--var", "value=3 sides"}
	shown := map[string]string{
		"plan":     mustRun(t, dir, exitDone, append(append([]string{"plan", "runbooks/restore.hcl"}, restore...), check...)...),
		"rollback": afterPlan(mustRun(t, dir, exitRolledBack, append([]string{"run", "restore.hcl", "--yes"}, restore...)...)),
	}
	page := pages(t)["README.md"]
	for name, output := range shown {
		output = asInstalled(output, dir)
		before, rest, found := strings.Cut(page, "<!-- "+name+" -->\n```text\n")
		_, after, closed := strings.Cut(rest, "```\n")
		if !found || !closed {
			t.Errorf("README.md has no block for %s", name)
			continue
		}
		page = before + "<!-- " + name + " -->\n```text\n" + output + "```\n" + after
	}
	compareFile(t, "README.md", page)
}

// afterPlan is what a run prints once its plan was shown.
func afterPlan(output string) string {
	_, after, _ := strings.Cut(output, "Nothing was touched.\n")
	return after
}

// asInstalled shows an output as it would be on a host that has Redis as a
// service of the distribution, with values in the place of what varies.
func asInstalled(output, dir string) string {
	for _, flags := range []string{" --state-dir state", " --var-file vars.hcl", " --state-dir " + dir + "/state", " --var-file " + dir + "/vars.hcl"} {
		output = strings.ReplaceAll(output, flags, "")
	}
	output = strings.NewReplacer(
		dir+"/redis/data", "/var/lib/redis", dir+"/redis/redis.conf", "/etc/redis/redis.conf", dir, "/srv",
	).Replace(output)
	return strings.NewReplacer(
		"127.0.0.1:PORT", "127.0.0.1:6379", "redis X.Y.Z", "redis 7.0.15", "RUN-ID--------------", "20261125-093009-8ba4",
		"RDB version N, N bytes, written TIME", "RDB version 10, 120 bytes, written 2026-11-25T09:30:09Z",
	).Replace(normal(output, "/nowhere"))
}
