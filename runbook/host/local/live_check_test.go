package local

import (
	"errors"
	"fmt"
	"testing"

	"redbook/internal/redistest"
	"redbook/runbook/host"
)

func TestLoadRefused(t *testing.T) {
	primary := redistest.New(t)
	for _, tt := range []struct {
		name, conf, want string
	}{
		{"replica", fmt.Sprintf("replicaof 127.0.0.1 %d", primary.Port), "it is a replica of"},
		{"cluster", "cluster-enabled yes", "cluster"},
		{"REPLICAOF renamed", `rename-command REPLICAOF ""`, "REPLICAOF is renamed"},
		{"CONFIG renamed", `rename-command CONFIG hidden`, "CONFIG is renamed"},
		{"too little memory", "maxmemory 3mb", "maxmemory is 3 MiB"},
		{"REPLICAOF forbidden", "user default on nopass ~* &* +@all -replicaof", "may not use REPLICAOF"},
		{"CONFIG forbidden", "user default on nopass ~* &* +@all -config", "may not use CONFIG"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := redistest.New(t, redistest.WithConf(tt.conf))
			s.Start(t)
			i := instance(t, blockOf(s))
			_, err := i.CheckLoad(background(t), host.Load{Memory: 5 << 20})
			mustContain(t, err, tt.want)
			var refused *host.LoadError
			if !errors.As(err, &refused) || refused.Remedy == "" {
				t.Errorf("no remedy: %v", err)
			}
		})
	}
	i := instance(t, host.ServerConfig{Name: "main", Address: "192.0.2.1:6379"})
	_, err := i.CheckLoad(background(t), host.Load{})
	mustContain(t, err, "another machine", "listen")
}

// A Sentinel is subscribed to a channel of each server that it monitors.
func TestLoadRefusedUnderSentinel(t *testing.T) {
	s := redistest.New(t)
	s.Start(t)
	sub := s.Client(t).Subscribe(t.Context(), "__sentinel__:hello")
	defer sub.Close()
	if _, err := sub.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := instance(t, blockOf(s)).CheckLoad(background(t), host.Load{})
	mustContain(t, err, "Sentinel")
}
