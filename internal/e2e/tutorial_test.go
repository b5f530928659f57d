//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

const tutorialPage = "../../docs/tutorial.md"

// A chapter is one thing that the tutorial does.
type chapter struct {
	title, text string
	hand        []string // commands, as typed by hand
	redbook     []string // commands that do the same
	step        string   // or the step of restore-tutorial.hcl that does it
	both        bool     // the commands by hand are typed for redbook as well
}

// tutorialRun is the command whose steps the chapters show.
const tutorialRun = "redbook run runbooks/restore-tutorial.hcl --yes --var backup=/home/sammy/redis/dump.rdb"

func backupChapters() []chapter {
	return []chapter{
		{title: "Finding the data", text: "`init` finds the server, asks it, and fills in the runbooks. It changes nothing.",
			hand:    []string{"redis-cli --no-raw config get dir", "ls /var/lib/redis"},
			redbook: []string{"redbook init runbooks"}},
		{title: "Sample data", text: "The same on both sides.", both: true,
			hand: []string{`redis-cli SET shapes:triangles "3 sides"`, `redis-cli SET shapes:squares "4 sides"`,
				"redis-cli --no-raw GET shapes:triangles", "redis-cli --no-raw GET shapes:squares"}},
		{title: "A backup", text: "The save is awaited, the copy is durable, and what was written is verified.",
			hand:    []string{"mkdir -p /home/sammy/redis", "redis-cli save", "cp /var/lib/redis/dump.rdb /home/sammy/redis/dump.rdb"},
			redbook: []string{"mkdir -p /home/sammy/redis", "redbook run runbooks/backup.hcl --yes --var directory=/home/sammy/redis", "cp /home/sammy/redis/redis-*.rdb /home/sammy/redis/dump.rdb"}},
		{title: "Backups with rdiff-backup", text: "By hand rdiff-backup reads files that the server is writing. Redbook puts together a set that belongs together first, takes every warning for a failure, and reads the increment back.",
			hand:    []string{"rdiff-backup --preserve-numerical-ids /var/lib/redis /home/sammy/increments", "ls /home/sammy/increments"},
			redbook: []string{"redbook run runbooks/backup-increments.hcl --yes --var repository=/home/sammy/increments", "ls /home/sammy/increments"}},
		{title: "Looking into the backup", text: "A dump is no text; `inspect` reads all of it, checks its checksum and prints values.",
			hand:    []string{"redis-check-rdb /home/sammy/redis/dump.rdb | tail -n 4"},
			redbook: []string{"redbook inspect /home/sammy/redis/dump.rdb", "redbook inspect /home/sammy/redis/dump.rdb --get shapes:triangles"}},
		{title: "Losing data", text: "The same on both sides.", both: true,
			hand: []string{"redis-cli DEL shapes:triangles", "redis-cli --no-raw GET shapes:triangles", "redis-cli save"}},
	}
}

func restoreChapters() []chapter {
	const conf = "/etc/redis/redis.conf"
	return []chapter{
		{title: "Stopping Redis", text: "The step ends when the process is gone.",
			hand: []string{"service redis-server stop", "systemctl is-active redis-server"}, step: "stop-service redis"},
		{title: "Renaming the current dump", text: "An older dump.rdb.old would be kept under another name.",
			hand: []string{"mv /var/lib/redis/dump.rdb /var/lib/redis/dump.rdb.old"}, step: "rename dump"},
		{title: "Getting the AOF out of the way", text: "Since 7.0 it is a directory.",
			hand: []string{"mv /var/lib/redis/appendonlydir /var/lib/redis/appendonlydir.old"}, step: "rename aof"},
		{title: "Turning AOF off", text: "One line of the config, and nothing else in it.",
			hand: []string{"sed -i 's/^appendonly yes/appendonly no/' " + conf, "grep '^appendonly ' " + conf}, step: "disable-aof off"},
		{title: "Putting the dump in its place", text: "A file that is there already is never overwritten.",
			hand: []string{"cp -p /home/sammy/redis/dump.rdb /var/lib/redis"}, step: "copy dump"},
		{title: "Permissions", text: "A dump that the server may not read ends its start.",
			hand: []string{"chown redis:redis /var/lib/redis/dump.rdb", "chmod 660 /var/lib/redis/dump.rdb", "stat -c '%A %U %G %n' /var/lib/redis/dump.rdb"}, step: "chown dump"},
		{title: "Starting Redis", text: "The step ends when the server has loaded its data and answers.",
			hand: []string{"service redis-server start"}, step: "start redis"},
		{title: "Checking the data", text: "A value that differs would take the whole run back.",
			hand: []string{"redis-cli --no-raw GET shapes:triangles"}, step: "verify-key restored"},
		{title: "Rewriting the AOF", text: "The rewrite is awaited. From here to the second stop, what clients write is in no file: the plan of restore-tutorial.hcl warns of it.",
			hand: []string{"redis-cli BGREWRITEAOF", "until redis-cli info persistence | grep -q aof_rewrite_in_progress:0; do sleep 0.1; done",
				"redis-cli info persistence | grep -E 'aof_(enabled|rewrite_in_progress|rewrite_scheduled|last_bgrewrite_status)'"}, step: "bgrewriteaof new"},
		{title: "Stopping it again", hand: []string{"service redis-server stop"}, step: "stop-service for-aof"},
		{title: "Turning AOF on", hand: []string{"sed -i 's/^appendonly no/appendonly yes/' " + conf, "grep '^appendonly ' " + conf}, step: "enable-aof on"},
		{title: "Starting it again", hand: []string{"service redis-server start"}, step: "start with-aof"},
		{title: "Checking once more", hand: []string{"redis-cli --no-raw GET shapes:triangles"}, step: "verify-key still-there"},
	}
}

// moreChapters are what the tutorial has no commands for.
func moreChapters() []chapter {
	return []chapter{
		{title: "Before anything is done: the plan", text: "The restore to use in the tutorial's place. Nothing is touched; the plan says what each step would change and whether that can be undone.",
			redbook: []string{"redbook plan runbooks/restore.hcl --var backup=/home/sammy/redis/dump.rdb"}},
		{title: "The restore with one stop", text: "AOF stays on, and no write after the start is lost.",
			redbook: []string{"redbook run runbooks/restore.hcl --yes --var backup=/home/sammy/redis/dump.rdb --var key=shapes:triangles --var 'value=3 sides'"}},
		{title: "Taking it back", text: "Newest change first, from the journal alone.",
			redbook: []string{"redbook rollback --yes", "redis-cli --no-raw GET shapes:triangles"}},
	}
}

// TestTutorial follows the tutorial by hand, then with redbook, and holds
// docs/tutorial.md to what both printed.
func TestTutorial(t *testing.T) {
	t.Parallel()
	s := newServer(t, boot(t, "bookworm"), "bookworm", "redis")
	l := &load{}
	s.check(t, l.restores()...)
	w := &walk{server: s, byHand: map[string]string{}, byRedbook: map[string]string{}}
	s.check(t, scenario{"the tutorial by hand", setup{aof: true}, "3 sides", w.hand}, scenario{"the tutorial with redbook", setup{aof: true}, "3 sides", w.redbook})
	if !t.Failed() {
		comparePage(t, tutorialPage, w.page()+l.table())
	}
}

// A walk is one way through the tutorial, written down by chapter.
type walk struct {
	server            *server
	byHand, byRedbook map[string]string
}

func (w *walk) hand(t *testing.T, s *server) string {
	w.prepare(t)
	for _, c := range append(backupChapters(), restoreChapters()...) {
		w.byHand[c.title] = w.console(t, c.hand)
	}
	return w.sides(t)
}

func (w *walk) redbook(t *testing.T, s *server) string {
	w.prepare(t)
	for _, c := range backupChapters() {
		commands := c.redbook
		if c.both {
			commands = c.hand
		}
		w.byRedbook[c.title] = w.console(t, commands)
	}
	printed := w.console(t, []string{tutorialRun + ""})
	for _, c := range restoreChapters() {
		w.byRedbook[c.title] = stepLines(t, printed, c.step)
	}
	got := w.sides(t)
	w.console(t, []string{"redis-cli DEL shapes:triangles"})
	for _, c := range moreChapters() {
		w.byRedbook[c.title] = w.console(t, c.redbook)
	}
	return got
}

// prepare gives both ways the same host.
func (w *walk) prepare(t *testing.T) {
	t.Helper()
	w.server.must(t, "sh", "-c", "rm -rf /home/sammy /root/runbooks; mkdir -p /home/sammy")
	w.server.start(t)
}

func (w *walk) sides(t *testing.T) string {
	t.Helper()
	return w.server.client(t).Get(context.Background(), "shapes:triangles").Val()
}

// console types commands and returns them with what they printed.
func (w *walk) console(t *testing.T, commands []string) string {
	t.Helper()
	var b strings.Builder
	for _, command := range commands {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		out, err := w.server.host.Run(ctx, "sh", "-c", "cd /root; { "+command+"; } 2>&1")
		cancel()
		if err != nil || out.Code != 0 && !strings.Contains(command, "is-active") {
			t.Fatalf("%s: exit %d, %v\n%s\n%s", command, out.Code, err, out.Stdout, w.server.log())
		}
		printed := out.Stdout
		if _, done, planned := strings.Cut(printed, "Nothing was touched.\n"); planned && strings.HasPrefix(command, "redbook run") {
			printed = done // the plan is a chapter of its own
		}
		fmt.Fprintf(&b, "$ %s\n%s", command, strings.TrimLeft(printed, "\n"))
	}
	return b.String()
}

// stepLines is what a run printed of one step.
func stepLines(t *testing.T, printed, step string) string {
	t.Helper()
	_, rest, found := strings.Cut(printed, "\n"+step+"\n")
	if !found {
		t.Fatalf("the run printed nothing of %s:\n%s", step, printed)
	}
	lines := step + "\n"
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, " ") {
			break
		}
		lines += line
	}
	return lines
}

func (w *walk) page() string {
	var b strings.Builder
	b.WriteString(`# The tutorial, by hand and with redbook

The well-known tutorial "How To Back Up and Restore Your Redis Data", followed on a host with Debian 12, systemd and
Redis ` + w.server.version + ` with AOF, once by hand and once with redbook. All that stands in a box was printed there:
` + "`go test -tags e2e -run TestTutorial -update`" + ` in ` + "`internal/e2e`" + ` writes this page, and the test
without ` + "`-update`" + ` fails when a line is no longer so (process ids, times and ids of runs aside). The plan that each
run shows first stands here once, [before the restore to prefer](#before-anything-is-done-the-plan).

To restore, prefer [restore.hcl](../runbooks/restore.hcl); [the figures](#under-load) say why.
`)
	for _, c := range backupChapters() {
		w.chapter(&b, c, "With redbook:")
	}
	b.WriteString("\n## A restore in the tutorial's order\n\nBy hand it is the commands below. With redbook it is one; it begins with a plan, and if any step fails, all of it is taken back:\n\n" +
		"```console\n$ " + tutorialRun + "\n```\n\nEach chapter shows what the run prints of the step that does it.\n")
	for _, c := range restoreChapters() {
		w.chapter(&b, c, "The step:")
	}
	for _, c := range moreChapters() {
		w.chapter(&b, c, "")
	}
	return b.String()
}

func (w *walk) chapter(b *strings.Builder, c chapter, redbook string) {
	fmt.Fprintf(b, "\n## %s\n", c.title)
	if c.text != "" {
		fmt.Fprintf(b, "\n%s\n", c.text)
	}
	if byHand := w.byHand[c.title]; byHand != "" && !c.both {
		box(b, "By hand:", byHand)
	} else {
		redbook = "" // there is nothing to tell it from
	}
	box(b, redbook, w.byRedbook[c.title])
}

func box(b *strings.Builder, title, content string) {
	if title != "" {
		fmt.Fprintf(b, "\n%s\n", title)
	}
	fmt.Fprintf(b, "\n```console\n%s```\n", content)
}

// comparePage compares with the page in the repository, or with -update writes it.
func comparePage(t *testing.T, file, page string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want, got := strings.Split(lasting(string(content)), "\n"), strings.Split(lasting(page), "\n")
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Fatalf("%s is out of date (-update writes it anew); from line %d on this run has\n%s", path.Base(file), i+1,
				strings.Join(got[min(i, len(got)):min(i+8, len(got))], "\n"))
		}
	}
}

// passing are what differs from run to run.
var passing = []struct{ pattern, as string }{
	{`\d{8}-\d{6}-[0-9a-f]{4}`, "RUN"},
	{`redis-\d{8}-\d{6}`, "redis-TIME"},
	{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)`, "TIME"},
	{`[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}`, "TIME"},
	{`\b[\d.]+ (bytes|B|KiB|MiB|ms|s ago)\b`, "N $1"},
	{`\n +done in \d+s\n`, "\n"},
	{`\n  runbooks/[\w-]+\.hcl`, ""}, // there may be more of them
	{`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`, "TIME"},
	{`\b[1-9]\d* lost\b`, "N lost"},
	{`\bsha256 [0-9a-f]{64}\b`, "SHA256"},
}

// lasting is a text without what passes.
func lasting(text string) string {
	for _, p := range passing {
		text = regexp.MustCompile(p.pattern).ReplaceAllString(text, p.as)
	}
	return text
}
