package redistest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// reservePort returns a TCP port on which nothing listens, and which no other test gets before this one has
// ended: a server that is down for a while must find its port again. The reservation is a unix socket of
// that name in the abstract namespace, which dies with the test's process. Ports are below the kernel's
// ephemeral range, so that no outgoing connection takes one.
func reservePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 15000 + rand.IntN(15000)
		reservation, err := net.Listen("unix", fmt.Sprintf("@redistest-port-%d", port))
		if err != nil {
			continue
		}
		probe, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			reservation.Close()
			continue
		}
		probe.Close()
		t.Cleanup(func() { reservation.Close() })
		return port
	}
	t.Fatal("no free TCP port on 127.0.0.1 from 15000 to 29999")
	return 0
}
