package local

import (
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

// A server with tls-replication takes its dataset over TLS, from a certificate that
// its own authority signed.
func TestLoadOverTLS(t *testing.T) {
	certs := redistest.NewCertificates(t, t.TempDir())
	s := newLive(t, redistest.WithConf("tls-replication yes", "tls-ca-cert-file "+certs.CA,
		"tls-cert-file "+certs.ServerCert, "tls-key-file "+certs.ServerKey))
	config := blockOf(s.Server)
	err := loader(t, machine(t, config)).LoadDataset(background(t), s.load)
	mustContain(t, err, "tls-replication yes", "Add cert and key")
	s.whole(t)

	config.Address = listen(t, s.Server, "tls-port")
	config.TLS = &host.TLS{CA: certs.CA, Cert: certs.ClientCert, Key: certs.ClientKey}
	if err := loader(t, machine(t, config)).LoadDataset(background(t), s.load); err != nil {
		t.Fatal(err)
	}
	if !s.whole(t) {
		t.Error("the server holds its old data")
	}
}
