package redistest

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Client returns a client of the server over its unix socket, closed when the test ends. It never
// sends a command twice and waits for answers without end.
func (s *Server) Client(t testing.TB) *redis.Client {
	t.Helper()
	client := s.dial()
	t.Cleanup(func() { client.Close() })
	return client
}

// Do sends one command over a new connection and returns the reply as go-redis has it. A nil reply
// is nil; an error reply fails the test.
func (s *Server) Do(t testing.TB, args ...any) any {
	t.Helper()
	client := s.dial()
	defer client.Close()
	reply, err := client.Do(context.Background(), args...).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		t.Fatalf("redis %v: %v", args, err)
	}
	return reply
}

// Serving says whether the server answers now and has loaded its data.
func (s *Server) Serving() bool {
	knock, err := net.Dial("unix", s.Socket)
	if err != nil {
		return false // told apart here, since go-redis logs each failed dial
	}
	knock.Close()
	client := s.dial()
	defer client.Close()
	ctx := context.Background()
	if client.Ping(ctx).Err() != nil {
		return false
	}
	info, err := client.Info(ctx, "persistence").Result()
	return err == nil && strings.Contains(info, "\r\nloading:0\r\n") && !strings.Contains(info, "async_loading:1")
}

func (s *Server) dial() *redis.Client {
	return redis.NewClient(&redis.Options{
		Network:                  "unix",
		Addr:                     s.Socket,
		Password:                 s.Password,
		Protocol:                 2,
		MaxRetries:               -1,
		DialerRetries:            1,
		ReadTimeout:              -1,
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}
