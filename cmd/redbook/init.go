package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"redbook/runbook/host"
	"redbook/runbook/host/local"
)

type initOptions struct {
	address string
	service string
	process string // a command line

	username          string
	tls               bool
	caCert, cert, key string
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
			"none, and overwrites no file. A password that it needs to ask the server comes\n" +
			"from REDBOOK_VAR_password or REDISCLI_AUTH.\n\n" +
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
	f.StringVar(&o.username, "username", "", "ACL `USER` that redbook is to be; docs/acl.md has the rule that it needs")
	f.BoolVar(&o.tls, "tls", false, "reach the server by TLS")
	f.StringVar(&o.caCert, "cacert", "", "`FILE` with the authority that signed the server's certificate; else the system's")
	f.StringVar(&o.cert, "cert", "", "`FILE` with redbook's certificate, where the server wants one")
	f.StringVar(&o.key, "key", "", "`FILE` with the key of --cert")
	return c
}

func (w *world) init(ctx context.Context, o *initOptions, dir string) error {
	if o.service != "" && o.process != "" {
		return &usageError{"redbook init", "--service and --process exclude each other; give the one that runs the server"}
	}
	if err := o.checkTLS(); err != nil {
		return err
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
	if f.PID != 0 && !locked && !d.Running {
		if err := ask(ctx, c); errors.Is(err, host.ErrDown) {
			return fmt.Errorf("%s runs, and does not answer: %w", nameOf(f), err)
		}
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

// checkTLS checks the flags about TLS, and makes their paths absolute, as the runbooks need them.
func (o *initOptions) checkTLS() (err error) {
	switch {
	case !o.tls && o.caCert+o.cert+o.key != "":
		return &usageError{"redbook init", "--cacert, --cert and --key go with --tls; add it"}
	case (o.cert == "") != (o.key == ""):
		return &usageError{"redbook init", "--cert and --key go together; give both"}
	}
	for _, path := range []*string{&o.caCert, &o.cert, &o.key} {
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
		if _, err := os.Stat(*path); err != nil {
			return fmt.Errorf("look at a file for TLS: %w", err)
		}
	}
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

// ask tells why a server cannot be asked; nil when it can.
func ask(ctx context.Context, c host.ServerConfig) error {
	return withServer(c, func(s host.Server) error {
		_, err := s.Info(ctx)
		return err
	})
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
