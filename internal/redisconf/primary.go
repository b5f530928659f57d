package redisconf

import (
	"net"
	"strings"
)

// Primary returns the host:port that the server is told to follow (replicaof), "" for none.
func (c *Config) Primary() string {
	args, _ := c.Value("replicaof")
	if len(args) != 2 || strings.EqualFold(args[0], "no") && strings.EqualFold(args[1], "one") {
		return ""
	}
	return net.JoinHostPort(args[0], args[1])
}
