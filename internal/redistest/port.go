package redistest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// busOffset is how far above its port a node of a Cluster listens for the others.
const busOffset = 10000

// ReservePort returns a TCP port on which nothing listens, and which no other test gets before this one has
// ended: a server that is down for a while must find its port again. The reservation is a unix socket of
// that name in the abstract namespace, which dies with the test's process. Ports, those of a Cluster's bus
// too, are below the kernel's ephemeral range, so that no outgoing connection takes one, and none is the bus of another.
func ReservePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port := 15000 + rand.IntN(7500)
		reservation, err := net.Listen("unix", fmt.Sprintf("@redistest-port-%d", port))
		if err != nil {
			continue
		}
		if !isFree(port) || !isFree(port+busOffset) {
			reservation.Close()
			continue
		}
		t.Cleanup(func() { reservation.Close() })
		return port
	}
	t.Fatal("no free TCP port on 127.0.0.1 from 15000 to 22499")
	return 0
}

func isFree(port int) bool {
	probe, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	probe.Close()
	return true
}
