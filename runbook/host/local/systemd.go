package local

import (
	"context"
	"fmt"
	"sync"

	"github.com/coreos/go-systemd/v22/dbus"
)

// A systemdBus is what redbook asks of systemd: these methods of *dbus.Conn, and
// no others. A job's result comes on its channel: "done", or why not.
type systemdBus interface {
	StartUnitContext(ctx context.Context, name, mode string, result chan<- string) (job int, err error)
	StopUnitContext(ctx context.Context, name, mode string, result chan<- string) (job int, err error)
	ResetFailedUnitContext(ctx context.Context, name string) error
	GetAllPropertiesContext(ctx context.Context, unit string) (map[string]any, error)
	Close()
}

// dialSystemd connects to the system bus or, as root, to systemd itself.
func dialSystemd() (systemdBus, error) {
	// The context of a connection ends the connection, so it is not a call's.
	c, err := dbus.NewWithContext(context.Background())
	if err != nil {
		return nil, fmt.Errorf("connect to systemd: %w; where no systemd runs, use a process block in place of service", err)
	}
	return c, nil
}

// A systemdConn is the connection to systemd, made when it is first needed.
type systemdConn struct {
	dial func() (systemdBus, error)
	mu   sync.Mutex
	bus  systemdBus
}

func (c *systemdConn) get() (systemdBus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if alive, ok := c.bus.(interface{ Connected() bool }); ok && !alive.Connected() {
		c.bus.Close()
		c.bus = nil
	}
	if c.bus != nil {
		return c.bus, nil
	}
	bus, err := c.dial()
	if err != nil {
		return nil, err
	}
	c.bus = bus
	return bus, nil
}

func (c *systemdConn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bus != nil {
		c.bus.Close()
		c.bus = nil
	}
}
