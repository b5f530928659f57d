package local

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"redbook/runbook/host"
)

// session runs do with a connection to the server, selected to db, and closes
// it. There is one connection a session and none between them, so that a
// restart of the server is never met by a dead one. The end of ctx cuts the
// connection, since go-redis itself would wait for the reply of a stuck server.
func (s *server) session(ctx context.Context, db int, do func(*redis.Client) error) error {
	o, err := s.options(ctx, db)
	if err != nil {
		return err
	}
	client := redis.NewClient(o)
	client.AddHook(s.permissions())
	defer client.Close()
	return s.explainReply(ctx, do(client))
}

// options are what an administrator's connection needs: a command is never sent
// twice, waits for its reply as long as ctx allows, and nothing is sent besides.
func (s *server) options(ctx context.Context, db int) (*redis.Options, error) {
	network, address, err := splitAddress(s.config.Address)
	if err != nil {
		return nil, err
	}
	secure, err := tlsConfig(s.config.TLS, address)
	if err != nil {
		return nil, err
	}
	return &redis.Options{
		Network:  network,
		Addr:     address,
		Username: s.config.Username,
		Password: s.config.Password.Reveal(),
		DB:       db,
		Dialer: func(dialCtx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, dialCtx, network, address, secure)
		},
		Protocol:                 2,
		MaxRetries:               -1,
		DialerRetries:            1,
		DialTimeout:              5 * time.Second,
		ReadTimeout:              -1,
		WriteTimeout:             -1,
		ContextTimeoutEnabled:    true,
		PoolSize:                 1,
		PipelinePoolSize:         -1, // pipelines share the one connection
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}, nil
}

// dial connects; the connection lives no longer than ctx.
func dial(ctx, dialCtx context.Context, network, address string, secure *tls.Config) (net.Conn, error) {
	raw, err := (&net.Dialer{}).DialContext(dialCtx, network, address)
	if err != nil {
		return nil, err
	}
	conn := &boundConn{Conn: raw, release: context.AfterFunc(ctx, func() { raw.Close() })}
	if secure == nil {
		return conn, nil
	}
	t := tls.Client(conn, secure)
	if err := t.HandshakeContext(dialCtx); err != nil {
		conn.Close()
		return nil, &tlsError{err}
	}
	return t, nil
}

// A boundConn is closed when a context ends; closing it releases the context.
type boundConn struct {
	net.Conn
	release func() bool
}

func (c *boundConn) Close() error {
	c.release()
	return c.Conn.Close()
}

// A tlsError is a handshake that failed: somebody listens, but not as expected.
type tlsError struct{ err error }

func (e *tlsError) Error() string { return "TLS handshake: " + e.err.Error() }
func (e *tlsError) Unwrap() error { return e.err }

// splitAddress tells host:port from unix:///path.
func splitAddress(address string) (network, addr string, err error) {
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		if !strings.HasPrefix(path, "/") {
			return "", "", fmt.Errorf("address %q: write a socket as unix:///absolute/path", address)
		}
		return "unix", path, nil
	}
	if _, port, err := net.SplitHostPort(address); err != nil || port == "" {
		return "", "", fmt.Errorf("address %q: write host:port or unix:///path", address)
	}
	return "tcp", address, nil
}

// tlsConfig reads the files of a tls block; nil without one. The system's
// authorities hold where no ca is given.
func tlsConfig(t *host.TLS, address string) (*tls.Config, error) {
	if t == nil {
		return nil, nil
	}
	c := &tls.Config{ServerName: t.ServerName, MinVersion: tls.VersionTLS12}
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(address)
	}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("read tls ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read tls ca %s: no certificate in it; it must be PEM", t.CA)
		}
	}
	if (t.Cert == "") != (t.Key == "") {
		return nil, errors.New("tls: cert and key go together; give both")
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, fmt.Errorf("read tls cert and key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// quietRedis keeps go-redis from printing: it logs each failed dial, and a server
// that is down is an answer here.
var quietRedis = sync.OnceFunc(func() { redis.SetLogger(silence{}) })

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}
