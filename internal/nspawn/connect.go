package nspawn

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
)

var cables atomic.Int32

// Connect joins two hosts by a cable that nobody else is on, and returns the address of each. The
// cable never touches the machine's own network and is gone when either host is.
func Connect(ctx context.Context, a, b *Host) (addressA, addressB string, err error) {
	n := cables.Add(1)
	name := fmt.Sprintf("cable%d", n)
	addressA, addressB = fmt.Sprintf("10.77.%d.1", n%250), fmt.Sprintf("10.77.%d.2", n%250)
	if err := a.network(ctx, "link", "add", name, "type", "veth", "peer", "name", name, "netns", strconv.Itoa(b.init)); err != nil {
		return "", "", err
	}
	errA, errB := a.plugIn(ctx, name, addressA), b.plugIn(ctx, name, addressB)
	return addressA, addressB, errors.Join(errA, errB)
}

func (h *Host) plugIn(ctx context.Context, name, address string) error {
	if err := h.network(ctx, "address", "add", address+"/30", "dev", name); err != nil {
		return err
	}
	return h.network(ctx, "link", "set", name, "up")
}

// network runs ip(8) of this machine in the network of the host, so that it knows processes by their
// numbers out here.
func (h *Host) network(ctx context.Context, args ...string) error {
	enter := append([]string{"-t", strconv.Itoa(h.init), "-n", "ip"}, args...)
	if out, err := exec.CommandContext(ctx, "nsenter", enter...).CombinedOutput(); err != nil {
		return fmt.Errorf("connect %s: ip %s: %w: %s", h.Name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
