//go:build e2e

package e2e

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redbook/internal/redistest"
)

// ways are the ways to the server, and to the backup.
func ways() []scenario {
	const secret = `s3cret "quoted" #word`
	all := []scenario{}
	for _, aof := range []bool{false, true} {
		for _, set := range []setup{
			{aof: aof, password: secret}, {aof: aof, socket: true}, {aof: aof, password: secret, socket: true},
			{aof: aof, user: "keeper", password: secret}, {aof: aof, tls: true}, {aof: aof, tls: true, user: "keeper", password: secret},
		} {
			all = append(all, scenario{"restore.hcl", set, "exit 0, backup data, AOF " + onOff(aof), restored("restore.hcl")})
		}
	}
	for _, dir := range []string{"/home/sammy", "/tmp"} { // neither is there for the unit
		all = append(all, scenario{"restore.hcl from " + dir, setup{}, "exit 0, backup data, AOF off",
			func(t *testing.T, s *server) string {
				backup := s.replaced(t)
				s.must(t, "mkdir", "-p", dir)
				s.must(t, "mv", backup, dir+"/dump.rdb")
				return s.observe(t, s.redbook(t, s.restoring(t, "restore.hcl", dir+"/dump.rdb")...))
			}})
	}
	return append(all, scenario{"rollback of restore.hcl", setup{aof: true, tls: true, user: "keeper", password: secret}, "exit 0, current data, AOF on",
		rolledBack("restore.hcl")})
}

// tester is the ACL user that the tests themselves are, where redbook is another.
const tester = "tester"

// users are the lines of a config for redbook's user, who may do what docs/acl.md says for restore.hcl, and for the tests'.
func (s *server) users(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/acl.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## restore.hcl\n")
	_, rule, _ := strings.Cut(section, "\nuser redbook on >PASSWORD ")
	rule, _, found := strings.Cut(rule, "\n")
	if !found {
		t.Fatal("docs/acl.md gives no rule for restore.hcl")
	}
	if strings.HasPrefix(s.version, "6.") {
		rule = strings.Replace(rule, " +function|list", "", 1)
	}
	sum := sha256.Sum256([]byte(s.setup.password))
	return fmt.Sprintf("user default off ~* +@all\nuser %s on #%x %s\nuser %s on #%x ~* +@all\n", s.setup.user, sum, rule, tester, sum)
}

const certificateDir = "/etc/redis/tls"

// makeCertificates puts an authority of its own on the host, and what it signed.
func (s *server) makeCertificates(t *testing.T) {
	t.Helper()
	s.must(t, "mkdir", "-p", certificateDir)
	dir := s.host.Path(certificateDir)
	s.certificates = redistest.NewCertificates(t, dir)
	s.must(t, "sh", "-c", "chown "+s.product+": "+certificateDir+"/server.*; chmod 0644 "+certificateDir+"/*.crt")
}

// inside is the path that a certificate has on the host.
func inside(path string) string { return certificateDir + "/" + filepath.Base(path) }

// tlsOptions have a server that listens with TLS alone and wants to see certificates.
func (s *server) tlsOptions() string {
	c := s.certificates
	return strings.Join([]string{
		"tls-port 6379", "tls-auth-clients yes", "tls-ca-cert-file " + inside(c.CA),
		"tls-cert-file " + inside(c.ServerCert), "tls-key-file " + inside(c.ServerKey), "",
	}, "\n")
}

func (s *server) tlsConfig(t *testing.T) *tls.Config {
	t.Helper()
	if !s.setup.tls {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(s.certificates.ClientCert, s.certificates.ClientKey)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(s.certificates.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	return &tls.Config{Certificates: []tls.Certificate{cert}, RootCAs: roots, ServerName: "127.0.0.1"}
}

// block is what a person adds to the redis block of a shipped runbook for the setup.
func (s *server) block() (lines string) {
	if s.setup.tls {
		c := s.certificates
		lines = "  tls {\n    ca = \"" + inside(c.CA) + "\"\n    cert = \"" + inside(c.ClientCert) + "\"\n    key = \"" + inside(c.ClientKey) + "\"\n  }\n"
	}
	return lines
}

// runbook is the path of a shipped runbook, or of a copy with what the setup needs.
func (s *server) runbook(t *testing.T, name string) string {
	t.Helper()
	if s.block() == "" {
		return "/etc/redbook/" + name
	}
	const before = "  password = var.password\n"
	return s.edited(t, name, before, before+s.block())
}

// edited is the path of a copy of a shipped runbook in which a text was replaced.
func (s *server) edited(t *testing.T, name, old, text string) string {
	t.Helper()
	source, err := s.host.ReadFile("/etc/redbook/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(source, old) != 1 {
		t.Fatalf("%s does not hold once %q", name, old)
	}
	path := "/etc/redbook/edited-" + name
	if err := s.host.WriteFile(path, strings.Replace(source, old, text, 1), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
