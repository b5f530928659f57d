package runbook

import (
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"redbook/runbook/host"
)

// Server evaluates a redis block. The password comes from the block's
// password, password_file or password_command, else from the file
// redis-password in $CREDENTIALS_DIRECTORY, else from REDISCLI_AUTH.
func (s *Scope) Server(b *RedisBlock) (host.ServerConfig, hcl.Diagnostics) {
	c := host.ServerConfig{Name: b.Name}
	f := argumentReader{scope: s}
	f.text(b.args["address"], &c.Address, checkAddress)
	f.text(b.args["username"], &c.Username, nil)
	f.text(b.args["service"], &c.Service, nil)
	f.text(b.args["config"], &c.Config, checkAbsolute)
	c.TLS = f.tls(b)
	c.Process = f.process(b)
	if a := b.args["service"]; c.Service != "" && c.Process != nil {
		f.diags = append(f.diags, errorAt(a.Range, "Both service and process",
			"The redis block %q has a service and a process block: keep the service where systemd runs the server, the process block where it does not; null is as good as none.", b.Name))
	}
	password, diags := s.password(b)
	c.Password = password
	return c, append(f.diags, diags...)
}

// argumentReader evaluates arguments into fields, and collects what is wrong.
type argumentReader struct {
	scope *Scope
	diags hcl.Diagnostics
}

// tls reads the tls block; nil without one.
func (f *argumentReader) tls(b *RedisBlock) *host.TLS {
	if b.tls == nil {
		return nil
	}
	t, args := &host.TLS{}, b.tls.Attributes
	f.text(args["ca"], &t.CA, checkAbsolute)
	f.text(args["server_name"], &t.ServerName, nil)
	cert := f.text(args["cert"], &t.Cert, checkAbsolute)
	key := f.text(args["key"], &t.Key, checkAbsolute)
	if cert && !key && args["key"] == nil {
		f.diags = append(f.diags, errorAt(args["cert"].Range, "Missing argument",
			"A client certificate needs its private key: add key = \"/path\"."))
	}
	return t
}

// process reads the process block; nil without one and when its command is null.
func (f *argumentReader) process(b *RedisBlock) *host.Process {
	if b.process == nil {
		return nil
	}
	p, args := &host.Process{}, b.process.Attributes
	command := f.list(args["command"], &p.Command)
	f.text(args["dir"], &p.Dir, checkAbsolute)
	f.text(args["user"], &p.User, nil)
	if !command {
		return nil
	}
	return p
}

// text stores a string, and tells whether there is one: null and a missing
// argument leave the field alone.
func (f *argumentReader) text(a *hcl.Attribute, to *string, check func(string) error) bool {
	if a == nil {
		return false
	}
	v, diags := f.scope.plain(a, cty.String, `text in quotes`)
	f.diags = append(f.diags, diags...)
	if v == cty.NilVal {
		return false
	}
	*to = v.AsString()
	if check == nil {
		return true
	}
	if err := check(*to); err != nil {
		f.diags = append(f.diags, errorAt(a.Expr.Range(), "Invalid "+a.Name, "%q: %s.", *to, err))
	}
	return true
}

// list stores a list of strings that must not be empty, and tells whether there
// is one.
func (f *argumentReader) list(a *hcl.Attribute, to *[]string) bool {
	if a == nil {
		return false
	}
	v, diags := f.scope.plain(a, cty.List(cty.String), `["program", "argument"]`)
	f.diags = append(f.diags, diags...)
	if v == cty.NilVal {
		return false
	}
	for _, e := range v.AsValueSlice() {
		if e.IsNull() || len(*to) == 0 && e.AsString() == "" {
			*to = nil
			break
		}
		*to = append(*to, e.AsString())
	}
	if len(*to) == 0 {
		f.diags = append(f.diags, errorAt(a.Expr.Range(), "Invalid "+a.Name,
			"A command is a list of the program and its arguments, without null: write [\"program\", \"argument\"]."))
	}
	return true
}

func checkAbsolute(path string) error {
	if !filepath.IsAbs(path) {
		return errors.New("the path must be absolute, beginning with /")
	}
	return nil
}

// checkAddress accepts host:port and unix:///path.
func checkAddress(address string) error {
	const remedy = `write "127.0.0.1:6379" or "unix:///run/redis/redis.sock"`
	if path, ok := strings.CutPrefix(address, "unix://"); ok {
		if !filepath.IsAbs(path) {
			return errors.New("the path of a socket is absolute, with three slashes: " + remedy)
		}
		return nil
	}
	if strings.Contains(address, "://") {
		return errors.New("an address has no scheme but unix://; TLS is asked for with a tls block: " + remedy)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.New("the address is not host:port: " + remedy)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return errors.New("the port is a number from 1 to 65535: " + remedy)
	}
	return nil
}
