//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"redbook/internal/nspawn"
)

// A pair is the old server, whose data is backed up, and the way to it from the new one and back.
type pair struct {
	old        *server
	oldAddress string
	newAddress string
}

// TestRestoreToNewServer is the last part of the tutorial: the data of one host comes up on another.
func TestRestoreToNewServer(t *testing.T) {
	t.Parallel()
	one, other := boot(t, "bookworm"), boot(t, "bookworm")
	p := &pair{old: newServer(t, one, "bookworm", "redis")}
	s := newServer(t, other, "bookworm", "redis")
	var err error
	if p.oldAddress, p.newAddress, err = nspawn.Connect(context.Background(), one, other); err != nil {
		t.Fatal(err)
	}
	introduce(t, p.old, s, p.newAddress)
	introduce(t, s, p.old, p.oldAddress)
	for _, aof := range []bool{false, true} {
		set, want := setup{aof: aof}, "exit 0, backup data, AOF "+onOff(aof)
		s.check(t,
			scenario{"fetch-backup.hcl from another host, restore.hcl", set, want, p.fetched},
			scenario{"push-backup.hcl to a new host, restore.hcl there", set, want, p.pushed},
		)
	}
	s.check(t,
		scenario{"push-backup.hcl, broken off and resumed, restore.hcl", setup{}, "paused, exit 0, backup data, AOF off", p.brokenOff},
		scenario{"fetch-backup.hcl from a host with another key", setup{}, "exit 23, Host key verification failed, nothing fetched", p.stranger},
	)
}

// introduce lets root of one host log in as root of another.
func introduce(t *testing.T, from, to *server, address string) {
	t.Helper()
	from.must(t, "sh", "-c", "mkdir -p -m 0700 /root/.ssh && ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519")
	key, err := from.host.ReadFile("/root/.ssh/id_ed25519.pub")
	if err != nil {
		t.Fatal(err)
	}
	to.must(t, "sh", "-c", "mkdir -p -m 0700 /root/.ssh; rm -f /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh")
	if err := to.host.WriteFile("/root/.ssh/authorized_keys", key, 0o600); err != nil {
		t.Fatal(err)
	}
	shown, err := to.host.ReadFile("/etc/ssh/ssh_host_ed25519_key.pub")
	if err != nil {
		t.Fatal(err)
	}
	if err := from.host.WriteFile("/root/.ssh/known_hosts", address+" "+shown, 0o600); err != nil {
		t.Fatal(err)
	}
}

// backedUp fills the old server and backs it up; the new one runs with other data.
func (p *pair) backedUp(t *testing.T, s *server, more ...any) (backup string) {
	t.Helper()
	p.old.reset(t, s.setup)
	p.old.start(t)
	if len(more) > 0 {
		if err := p.old.client(t).MSet(context.Background(), more...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	p.old.fill(t)
	backup = p.old.backUp(t)
	s.start(t)
	s.change(t)
	s.digests["backup data"] = p.old.digests["backup data"]
	return backup
}

func (p *pair) move(t *testing.T, on *server, runbook, address, backup string, more ...string) outcome {
	t.Helper()
	args := []string{"run", "/etc/redbook/" + runbook, "--yes", "--json", "--var", "host=" + address, "--var", "backup=" + backup}
	return on.redbook(t, append(args, more...)...)
}

// restore restores what came to the new server.
func (p *pair) restore(t *testing.T, s *server, moved outcome) string {
	t.Helper()
	backup, _ := moved.outputs["backup"].(string)
	if moved.code != 0 || backup == "" {
		return fmt.Sprintf("exit %d, backup %q\n%s", moved.code, backup, moved.printed)
	}
	vars := s.variables("backup="+backup, "key=shapes:triangles", "value=3 sides")
	o := s.redbook(t, append([]string{"run", "/etc/redbook/restore.hcl", "--yes", "--json"}, vars...)...)
	return s.observe(t, o) + s.afterRestart(t, "backup data")
}

func (p *pair) fetched(t *testing.T, s *server) string {
	backup := p.backedUp(t, s)
	return p.restore(t, s, p.move(t, s, "fetch-backup.hcl", "root@"+p.oldAddress, backup))
}

func (p *pair) pushed(t *testing.T, s *server) string {
	backup := p.backedUp(t, s)
	return p.restore(t, s, p.move(t, p.old, "push-backup.hcl", "root@"+p.newAddress, backup))
}

// limp is a connection that breaks off after some megabytes while /run/limp is there.
const limp = `Host limp
  HostName %[1]s
  User root
  HostKeyAlias %[1]s
  ProxyCommand bash -c 'exec 3<>/dev/tcp/%[1]s/22; cat <&3 & if test -e /run/limp; then dd bs=64k iflag=count_bytes count=6000000 status=none >&3; else cat >&3; fi; kill $!'
`

var wentOn = regexp.MustCompile(`"progress":\{"done":(\d+),"total":(\d+)\}`)

func (p *pair) brokenOff(t *testing.T, s *server) string {
	large := make([]byte, 32<<20)
	_, _ = rand.Read(large) // never fails
	backup := p.backedUp(t, s, "large", large)
	for path, content := range map[string]string{"/etc/redbook/ssh_config": fmt.Sprintf(limp, p.newAddress), "/run/limp": ""} {
		if err := p.old.host.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := p.move(t, p.old, "push-backup.hcl", "limp", backup, "--var", "ssh_config=/etc/redbook/ssh_config")
	if o.code != 12 {
		return fmt.Sprintf("exit %d\n%s", o.code, o.printed)
	}
	p.old.must(t, "rm", "/run/limp")
	o = p.old.redbook(t, "resume", "--yes", "--json", o.run)
	if at := wentOn.FindStringSubmatch(o.printed); at != nil {
		s.measured = "resumed at byte " + at[1] + " of " + at[2]
	}
	return "paused, " + p.restore(t, s, o)
}

func (p *pair) stranger(t *testing.T, s *server) string {
	backup := p.backedUp(t, s)
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v\n%s", err, out)
	}
	other, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	known, err := s.host.ReadFile("/root/.ssh/known_hosts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.host.WriteFile("/root/.ssh/known_hosts", known, 0o600) }()
	if err := s.host.WriteFile("/root/.ssh/known_hosts", p.oldAddress+" "+string(bytes.TrimSpace(other))+"\n", 0o600); err != nil {
		t.Fatal(err)
	}
	o := p.move(t, s, "fetch-backup.hcl", "root@"+p.oldAddress, backup)
	said := "no reason"
	if strings.Contains(o.printed, "REMOTE HOST IDENTIFICATION HAS CHANGED") {
		said = "Host key verification failed"
	}
	left := strings.TrimSpace(s.must(t, "ls", "-A", "/var/backups/redis"))
	if left == "" {
		left = "nothing"
	}
	return fmt.Sprintf("exit %d, %s, %s fetched", o.code, said, left)
}
