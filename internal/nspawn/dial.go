package nspawn

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects to an address on the host, as a process of the host would. A TCP
// address holds an IP number, no name.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network == "unix" {
		return new(net.Dialer).DialContext(ctx, network, h.Path(address))
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		conn, err := h.dialInside(ctx, network, address)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

// dialInside makes the socket on a thread that is in the host's network; a socket
// stays in the network that it was made in.
func (h *Host) dialInside(ctx context.Context, network, address string) (net.Conn, error) {
	runtime.LockOSThread() // a thread that cannot go home ends with this goroutine
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	defer home.Close()
	there, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", h.init))
	if err != nil {
		return nil, err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter the network of %s: %w", h.Name, err)
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return conn, err
}
