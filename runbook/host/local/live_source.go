package local

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// A source is where a server takes its dataset from.
type source struct {
	net.Listener
	host, port string
	tls        *tls.Config // nil: the server connects without TLS
	from       func(net.Addr) bool
}

func (s *server) openSource(ctx context.Context, l host.Load) (*source, error) {
	secure, err := s.sourceTLS(ctx)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(listenHost(l.Listen), "0")
	if _, _, err := net.SplitHostPort(l.Listen); err == nil {
		address = l.Listen
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the server: %w", err)
	}
	h, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	src := &source{Listener: s.machine.live.listener(listener), host: h, port: port, tls: secure}
	if l.Listen == "" {
		src.from = isLoopback
	} else {
		src.host = listenHost(l.Listen) // what the server was told, for INFO to be compared with
	}
	return src, nil
}

func isLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// sourceTLS is for a server with tls-replication: it connects with TLS, and wants a
// certificate that its own authority signed. nil where it connects without.
func (s *server) sourceTLS(ctx context.Context) (*tls.Config, error) {
	wanted, err := s.optionOr(ctx, "tls-replication", "no")
	if err != nil || wanted != "yes" {
		return nil, err
	}
	if s.config.TLS == nil || s.config.TLS.Cert == "" {
		return nil, s.refuse("Add cert and key to the tls block, signed by the server's tls-ca-cert-file.",
			"its config says tls-replication yes, so it demands a certificate of its primary, and the redis block names none")
	}
	pair, err := tls.LoadX509KeyPair(s.config.TLS.Cert, s.config.TLS.Key)
	if err != nil {
		return nil, fmt.Errorf("read tls cert and key: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// optionOr is Option for an option that a server may not know.
func (s *server) optionOr(ctx context.Context, name, otherwise string) (value string, err error) {
	err = s.session(ctx, 0, func(c *redis.Client) error {
		value, err = option(ctx, c, name)
		return err
	})
	if errors.Is(err, errNoOption) {
		return otherwise, nil
	}
	return value, err
}

// isLocal tells whether an address is one of this machine.
func isLocal(ctx context.Context, address string) bool {
	if strings.HasPrefix(address, "unix://") {
		return true
	}
	name, _, _ := net.SplitHostPort(address)
	ips, err := net.DefaultResolver.LookupIP(ctx, "ip", name)
	if err != nil {
		return false
	}
	own, _ := net.InterfaceAddrs()
	for _, ip := range ips {
		if ip.IsLoopback() {
			return true
		}
		for _, a := range own {
			if n, ok := a.(*net.IPNet); ok && n.IP.Equal(ip) {
				return true
			}
		}
	}
	return false
}
