package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// An ending is how a server is made writable again after a load.
type ending struct {
	Host, Port string            // that it was told to replicate; Port "" is any
	Options    map[string]string // as they were
}

// EndLoad implements host.DatasetLoader.
func (s *server) EndLoad(ctx context.Context, l host.Load, options map[string]string) error {
	return s.wrap("end the load of", s.end(ctx, ending{Host: listenHost(l.Listen), Options: options}))
}

// end makes the server its own primary if it replicates what the ending names, and
// sets options back that are still what a load sets them to. A server that loads
// refuses, and is asked again.
func (s *server) end(ctx context.Context, e ending) error {
	return poll(ctx, func() (bool, error) {
		err := s.session(ctx, 0, func(c *redis.Client) error { return e.on(ctx, c) })
		var reply redis.Error
		if errors.As(err, &reply) && (strings.HasPrefix(reply.Error(), "LOADING") || strings.HasPrefix(reply.Error(), "BUSY")) {
			return false, nil
		}
		return err == nil, err
	})
}

func (e ending) on(ctx context.Context, c *redis.Client) error {
	fields, err := info(ctx, c, "replication")
	if err != nil {
		return err
	}
	if fields["role"] == "slave" {
		if err := e.mine(fields); err != nil {
			return err
		}
		if err := c.Do(ctx, "REPLICAOF", "NO", "ONE").Err(); err != nil {
			return fmt.Errorf("REPLICAOF NO ONE: %w", err)
		}
	}
	back := map[string]string{}
	now, err := readOptions(ctx, c, e.Options)
	if err != nil {
		return err
	}
	for name, value := range host.LoadOptions() {
		if old, known := e.Options[name]; known && now[name] == value && old != value {
			back[name] = old
		}
	}
	return setOptions(ctx, c, back)
}

// mine tells a server that replicates redbook, or what is left of it, from one
// that somebody made a replica since.
func (e ending) mine(fields map[string]string) error {
	at := net.JoinHostPort(fields["master_host"], fields["master_port"])
	switch {
	case fields["master_host"] != e.Host, e.Port != "" && fields["master_port"] != e.Port:
	case e.Port == "" && fields["master_link_status"] == "up":
	default:
		return nil
	}
	return fmt.Errorf("it replicates %s, and not for a load: somebody made it a replica; REPLICAOF NO ONE if that is not meant", at)
}

func listenHost(listen string) string {
	if listen == "" {
		return loopback
	}
	if h, _, err := net.SplitHostPort(listen); err == nil {
		return h
	}
	return listen
}

const loopback = "127.0.0.1"
