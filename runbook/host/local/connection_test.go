package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

func TestConnections(t *testing.T) {
	certs := redistest.NewCertificates(t, t.TempDir())
	s := redistest.New(t, redistest.WithPassword(`pass "word"`), redistest.WithConf(
		"user backup on >their-secret ~* &* +@all",
		"user reader on >their-secret ~* +get +type +pttl +ping +info +hello"))
	s.Start(t)
	tcp := listen(t, s, "port")
	secure, secureAddress := startTLS(t, certs)
	ca := &host.TLS{CA: certs.CA, Cert: certs.ClientCert, Key: certs.ClientKey}
	for _, tt := range []struct {
		name   string
		config host.ServerConfig
		want   []string // in the error; none: it works
		down   bool
	}{
		{"socket", host.ServerConfig{Address: "unix://" + s.Socket, Password: host.NewSecret(s.Password)}, nil, false},
		{"tcp", host.ServerConfig{Address: tcp, Password: host.NewSecret(s.Password)}, nil, false},
		{"acl user", host.ServerConfig{Address: tcp, Username: "backup", Password: host.NewSecret("their-secret")}, nil, false},
		{"no password", host.ServerConfig{Address: tcp}, []string{"NOAUTH", "required; the server wants a password"}, false},
		{"wrong password", host.ServerConfig{Address: tcp, Password: host.NewSecret("guess-1234")}, []string{"WRONGPASS", "check username and password"}, false},
		{"wrong user", host.ServerConfig{Address: tcp, Username: "nobody", Password: host.NewSecret("guess-1234")}, []string{"WRONGPASS"}, false},
		{"user who may not", host.ServerConfig{Address: tcp, Username: "reader", Password: host.NewSecret("their-secret")}, []string{"NOPERM", "CONFIG GET was refused", "ACL SETUSER reader +config|get"}, false},
		{"nobody listens", host.ServerConfig{Address: "127.0.0.1:1"}, []string{"connection refused", "start the server"}, true},
		{"no socket", host.ServerConfig{Address: "unix://" + s.Dir + "/none"}, []string{"no such file", "start the server"}, true},
		{"plain to a TLS port", host.ServerConfig{Address: secureAddress}, []string{"tls block"}, true},
		{"tls", host.ServerConfig{Address: secureAddress, TLS: ca}, nil, false},
		{"tls, other server_name", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: certs.CA, Cert: certs.ClientCert, Key: certs.ClientKey, ServerName: "redis.test"}}, nil, false},
		{"tls, wrong server_name", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: certs.CA, ServerName: "else.test"}}, []string{"else.test", "server_name"}, false},
		{"tls, unknown ca", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{}}, []string{"unknown authority", "check tls"}, false},
		{"tls, no client certificate", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: certs.CA}}, []string{"it may want cert and key"}, true},
		{"tls, ca missing", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{CA: "/nonexistent"}}, []string{"read tls ca", "/nonexistent"}, false},
		{"tls, key missing", host.ServerConfig{Address: secureAddress, TLS: &host.TLS{Cert: certs.ClientCert}}, []string{"give both"}, false},
		{"tls to a plain port", host.ServerConfig{Address: tcp, TLS: ca}, []string{"TLS handshake", "tls-port"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Name = "main"
			got, err := instance(t, tt.config).Option(background(t), "maxmemory-policy")
			if tt.want == nil {
				if err != nil || got != "noeviction" {
					t.Errorf("Option = %q, %v", got, err)
				}
				return
			}
			mustContain(t, err, append(tt.want, `redis "main"`, tt.config.Address)...)
			if errors.Is(err, host.ErrDown) != tt.down {
				t.Errorf("is ErrDown: %v, want %v: %v", !tt.down, tt.down, err)
			}
			for _, secret := range []string{"guess-1234", "their-secret"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error shows the password: %v", err)
				}
			}
		})
	}
	secure.Stop(t)
}

// startTLS starts a server that speaks TLS on a port and wants client certificates.
func startTLS(t *testing.T, certs redistest.Certificates) (*redistest.Server, string) {
	t.Helper()
	s := redistest.New(t, redistest.WithConf(
		"tls-ca-cert-file "+certs.CA, "tls-cert-file "+certs.ServerCert, "tls-key-file "+certs.ServerKey))
	s.Start(t)
	return s, listen(t, s, "tls-port")
}

// listen has a running server listen on a port that is free, and returns the address.
func listen(t *testing.T, s *redistest.Server, option string) string {
	t.Helper()
	for range 100 {
		port := 15000 + rand.IntN(15000) // below the range of outgoing connections
		if s.Client(t).ConfigSet(background(t), option, strconv.Itoa(port)).Err() == nil {
			return fmt.Sprintf("127.0.0.1:%d", port)
		}
	}
	t.Fatal("no free port")
	return ""
}
