package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Certificates are paths of PEM files: an authority, and what it signed.
type Certificates struct {
	CA, ServerCert, ServerKey, ClientCert, ClientKey string
}

// NewCertificates writes certificates into dir, NAME.crt and NAME.key, good for a day: the server's is
// that of redis.test and 127.0.0.1.
func NewCertificates(t testing.TB, dir string) Certificates {
	t.Helper()
	now := time.Now()
	template := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
	}
	authority := template(1, "test authority")
	authority.IsCA, authority.BasicConstraintsValid = true, true
	authority.KeyUsage, authority.ExtKeyUsage = x509.KeyUsageCertSign, nil
	authorityKey := newKey(t)
	server := template(2, "redis.test")
	server.DNSNames, server.IPAddresses = []string{"redis.test"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	client := template(3, "redbook")

	c := Certificates{CA: sign(t, dir, "ca", authority, authority, authorityKey, authorityKey)}
	serverKey, clientKey := newKey(t), newKey(t)
	c.ServerCert = sign(t, dir, "server", server, authority, serverKey, authorityKey)
	c.ServerKey = filepath.Join(dir, "server.key")
	c.ClientCert = sign(t, dir, "client", client, authority, clientKey, authorityKey)
	c.ClientKey = filepath.Join(dir, "client.key")
	return c
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign writes NAME.crt and NAME.key and returns the path of the certificate.
func sign(t testing.TB, dir, name string, c, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for suffix, block := range map[string]*pem.Block{
		".crt": {Type: "CERTIFICATE", Bytes: der},
		".key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name+suffix), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, name+".crt")
}
