package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"redbook/runbook/host"
)

// Info implements host.Server.
func (s *server) Info(ctx context.Context) (map[string]string, error) {
	var fields map[string]string
	err := s.session(ctx, 0, func(c *redis.Client) (err error) {
		fields, err = info(ctx, c, "everything")
		return err
	})
	return fields, s.wrap("read INFO of", err)
}

// info asks for one section.
func info(ctx context.Context, c *redis.Client, section string) (map[string]string, error) {
	text, err := c.Info(ctx, section).Result()
	if err != nil {
		return nil, err
	}
	return parseInfo(text), nil
}

// parseInfo takes the reply of INFO apart: "name:value" lines, "# Section" lines between.
func parseInfo(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			fields[name] = value
		}
	}
	return fields
}

// Option implements host.Server.
func (s *server) Option(ctx context.Context, name string) (string, error) {
	var value string
	err := s.session(ctx, 0, func(c *redis.Client) (err error) {
		value, err = option(ctx, c, name)
		return err
	})
	return value, s.wrap("read option "+name+" of", err)
}

func option(ctx context.Context, c *redis.Client, name string) (string, error) {
	values, err := c.ConfigGet(ctx, name).Result()
	if err != nil {
		return "", err
	}
	for n, v := range values {
		if strings.EqualFold(n, name) { // a pattern is no name
			return v, nil
		}
	}
	return "", fmt.Errorf("%w %q: check its spelling and the server's version", errNoOption, name)
}

var errNoOption = errors.New("the server has no option")

// Key implements host.Server.
func (s *server) Key(ctx context.Context, db int, key string) (host.Key, error) {
	var k host.Key
	err := s.session(ctx, db, func(c *redis.Client) (err error) {
		k, err = lookUp(ctx, c, key)
		return err
	})
	if err != nil && strings.Contains(err.Error(), "DB index is out of range") {
		err = fmt.Errorf("database %d: the server has fewer: choose a smaller db, or raise databases in its config: %w", db, err)
	}
	return k, s.wrap(fmt.Sprintf("look up key %q in", key), err)
}

// lookUp asks for a key's type, value and expiry at once.
func lookUp(ctx context.Context, c *redis.Client, key string) (host.Key, error) {
	p := c.Pipeline()
	kind, value, ttl := p.Type(ctx, key), p.Get(ctx, key), p.Do(ctx, "PTTL", key)
	_, err := p.Exec(ctx)
	if kind.Val() == "" {
		return host.Key{}, err // nothing was asked: the connection, or SELECT, failed
	}
	if err := ttl.Err(); err != nil { // an error of GET is expected of what is no string
		return host.Key{}, err
	}
	if kind.Val() == "none" {
		return host.Key{}, nil
	}
	k := host.Key{Exists: true, Type: kind.Val(), TTL: -1}
	if k.Type == "string" {
		if value.Err() != nil {
			return host.Key{}, value.Err()
		}
		k.Value = value.Val()
	}
	if ms, err := ttl.Int64(); err == nil && ms >= 0 {
		k.TTL = time.Duration(ms) * time.Millisecond
	}
	return k, nil
}

// A probe is what a server says of itself when it is knocked at.
type probe struct {
	serving bool
	loading bool
	cluster bool   // a node of a Cluster
	pid     int    // INFO process_id; 0 when it does not tell
	config  string // INFO config_file
}

// probe knocks. That nobody answers is no error.
func (s *server) probe(ctx context.Context) (probe, error) {
	var p probe
	err := s.session(ctx, 0, func(c *redis.Client) error {
		fields, err := info(ctx, c, "everything")
		if err == nil {
			p.pid, _ = strconv.Atoi(fields["process_id"])
			p.config = fields["config_file"]
			p.loading = fields["loading"] == "1"
			p.cluster = fields["cluster_enabled"] == "1"
		} else if !forbidden(err) {
			return err
		}
		err = c.Ping(ctx).Err()
		p.serving = err == nil && !p.loading
		return err
	})
	var reply redis.Error
	switch {
	case err == nil:
	case errors.As(err, &reply) && strings.HasPrefix(reply.Error(), "LOADING"):
		p.loading = true
	case errors.Is(err, host.ErrDown) && ctx.Err() == nil:
	default:
		return p, err
	}
	return p, nil
}
