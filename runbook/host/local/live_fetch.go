package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"redbook/internal/rdb"
	"redbook/internal/replication"
	"redbook/internal/safefs"
	"redbook/runbook/host"
)

// FetchDump implements host.DatasetLoader.
func (s *server) FetchDump(ctx context.Context, to string, a host.Attr) (host.Fetched, error) {
	attr := safefs.Attr{UID: a.UID, GID: a.GID, Mode: 0o600}
	if a.Mode != nil {
		attr.Mode = *a.Mode
	}
	var sum *rdb.Summary
	digest, err := safefs.Create(to, attr, func(w io.Writer) (err error) {
		sum, err = s.fetch(ctx, w)
		return err
	})
	if err != nil {
		return host.Fetched{}, s.wrap("fetch a dump of", err)
	}
	return host.Fetched{Digest: host.Digest(digest), Keys: int64(sum.Keys())}, nil
}

func (s *server) fetch(ctx context.Context, w io.Writer) (*rdb.Summary, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, s.explainReply(ctx, &noReplyError{err})
	}
	defer conn.Close()
	sum, err := replication.Fetch(conn, w, replication.Credentials{
		Username: s.config.Username, Password: s.config.Password.Reveal(),
	})
	var reply *replication.ReplyError
	switch {
	case errors.As(err, &reply) && strings.HasPrefix(reply.Reply, "NOPERM"):
		return nil, &replyError{err: err, remedy: s.permissions().remedy(strings.ToLower(reply.Command), reply.Reply)}
	case errors.As(err, &reply):
		return nil, fmt.Errorf("%w; the user in the redis block needs PSYNC, REPLCONF and PING, and a replica a link to its primary", err)
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, fmt.Errorf("%w; its log says why the transfer broke off", err)
	}
	return sum, nil
}

// connect opens a plain connection, which ends with ctx.
func (s *server) connect(ctx context.Context) (net.Conn, error) {
	network, address, err := splitAddress(s.config.Address)
	if err != nil {
		return nil, err
	}
	secure, err := tlsConfig(s.config.TLS, address)
	if err != nil {
		return nil, err
	}
	return dial(ctx, ctx, network, address, secure)
}
