package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

type initOptions struct {
	address string
	service string
	process string // a command line
}

func newInit(w *world) *cobra.Command {
	o := &initOptions{}
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Look at this machine and write runbooks for its Redis server",
		Long: "init finds the Redis or Valkey server of this machine, by systemd's units and by\n" +
			"what runs, looks at its config and its data, and writes the shipped runbooks to\n" +
			"DIR (runbooks unless given) with its address, unit and config filled in. The\n" +
			"server may be down. init changes nothing of it, asks for no password and writes\n" +
			"none, and overwrites no file.\n\n" +
			"Where there are several servers, one of the flags says which.",
		Args: operands(0, 1, "at most one DIR"),
		RunE: func(c *cobra.Command, args []string) error {
			dir := "runbooks"
			if len(args) > 0 {
				dir = args[0]
			}
			return w.init(c.Context(), o, dir)
		},
	}
	f := c.Flags()
	f.StringVar(&o.address, "redis", "", "`ADDRESS` of the server: host:port or unix:///path")
	f.StringVar(&o.service, "service", "", "systemd `UNIT` that runs the server")
	f.StringVar(&o.process, "process", "", "`COMMAND` that starts the server, where no systemd does: program and config file")
	return c
}

func (w *world) init(ctx context.Context, o *initOptions, dir string) error {
	if o.service != "" && o.process != "" {
		return &usageError{"redbook init", "--service and --process exclude each other; give the one that runs the server"}
	}
	if err := checkNew(dir); err != nil {
		return err
	}
	c, f, err := w.chooseServer(ctx, o)
	if err != nil {
		return err
	}
	d, err := w.describeServer(ctx, c)
	locked := isLocked(err)
	if err != nil && !locked {
		return err
	}
	if d.Config != "" {
		c.Config = d.Config
	}
	if c.Process != nil && c.Process.User == "" {
		c.Process.User = d.User
	}
	files, err := writeRunbooks(dir, c)
	if err != nil {
		return err
	}
	v := newTextView(w.stdout, w.color(w.stdout))
	if locked {
		v.wrapped("", fmt.Sprintf("redis at %s: it wants a password, so it was not asked", c.Address))
	} else {
		v.foundServer(d)
	}
	v.foundSupervisor(c, f)
	v.wroteRunbooks(files)
	v.nextCommands(dir, locked, d)
	return nil
}

// describeServer asks the server, or reads its config.
func (w *world) describeServer(ctx context.Context, c host.ServerConfig) (host.Description, error) {
	var d host.Description
	err := withServer(c, func(s host.Server) (err error) {
		d, err = s.Describe(ctx)
		return err
	})
	return d, err
}

func withServer(c host.ServerConfig, do func(host.Server) error) error {
	m, err := local.New([]host.ServerConfig{c}, local.Options{})
	if err != nil {
		return err
	}
	s, err := m.Server(c.Name)
	if err == nil {
		err = do(s)
	}
	return errors.Join(err, m.Close())
}
