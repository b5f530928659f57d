package steps

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"

	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

//go:embed fetch.hcl
var fetchExample string

var fetchKind = runbook.Kind{
	Name:    "fetch",
	Summary: "Make a new file of one on another machine over ssh, goes on after a broken transfer, checked; never overwrites",
	New:     func() runbook.Step { return new(fetch) },
	Outputs: transferOutputs{},
	Timeout: long,
	Example: fetchExample,
	NoRedis: true,
}

type fetch struct {
	Host      string  `arg:"host" doc:"The other machine, as ssh takes it: host, user@host, ssh://user@host:port or a name of the ssh configuration"`
	From      string  `arg:"from" doc:"Path of the file there"`
	To        string  `arg:"to" doc:"Path of the new file; one of the same content that is there already is left as it is"`
	SHA256    *string `arg:"sha256" doc:"The SHA-256 that the file must have, in hex"`
	Owner     *string `arg:"owner" doc:"User that will own it, a name or an id; else the user who runs redbook"`
	Group     *string `arg:"group" doc:"Group of it, a name or an id; else that of the user who runs redbook"`
	Mode      string  `arg:"mode" default:"0600" doc:"Its permissions in octal"`
	IfExists  string  `arg:"if_exists" default:"refuse" oneof:"refuse,rotate" doc:"What to do when another file is there: refuse, or rotate it to a free .1, .2 and so on"`
	SSHConfig *string `arg:"ssh_config" doc:"Path of an ssh configuration to use in place of that of the user who runs redbook"`
}

func (f *fetch) Check() error {
	_, err := parseMode(&f.Mode)
	return errors.Join(absolute("from", f.From), absolute("to", f.To), checkPeer(f.Host, f.SSHConfig), checkSHA256(f.SHA256), err)
}

var sha256Hex = regexp.MustCompile("^[0-9a-f]{64}$")

func checkSHA256(sum *string) error {
	if sum == nil || sha256Hex.MatchString(*sum) {
		return nil
	}
	return &runbook.ArgumentError{Argument: "sha256", Problem: "is " + quote(*sum) + "; give the 64 hexadecimal digits that sha256sum prints"}
}

func (f *fetch) Run(ctx context.Context, h runbook.Host) (any, error) {
	peer := host.Peer{Host: f.Host, Config: deref(f.SSHConfig)}
	far, err := h.RemoteFiles(peer)
	if err != nil {
		return nil, fmt.Errorf("fetch from %w", err)
	}
	here, same, err := f.standing(ctx, h, far)
	if err != nil {
		return nil, err
	}
	if same {
		h.Note("%s is there already, with the same content", f.To)
		return transferred(f.To, here, ""), nil
	}
	if f.IfExists == "rotate" {
		if err := (&rename{To: f.To}).rotate(ctx, h); err != nil {
			return nil, err
		}
	}
	attr, err := attributes(h, f.Owner, f.Group, &f.Mode)
	if err != nil {
		return nil, err
	}
	e := &effect.Fetch{Peer: peer, From: f.From, To: f.To, Attr: attr, SHA256: deref(f.SHA256)}
	if err := h.Apply(ctx, e); err != nil {
		return nil, err
	}
	return transferred(f.To, e.After.Digest, e.After.Checked), nil
}

// standing tells what file stands at To, and whether it has the content of the one there.
func (f *fetch) standing(ctx context.Context, h runbook.Host, far host.RemoteFiles) (here host.Digest, same bool, err error) {
	info, err := h.Stat(f.To)
	if exists, err := isThere(err); !exists || err != nil {
		return here, false, err
	}
	return sameContent(info,
		func() (host.Info, error) { return far.Stat(ctx, f.From) },
		func() (host.Digest, error) { return f.wanted(ctx, far) },
		func() (host.Digest, error) { return h.Digest(ctx, f.To) })
}

// wanted is the digest of the file there, which must be the one that was given.
func (f *fetch) wanted(ctx context.Context, far host.RemoteFiles) (host.Digest, error) {
	d, err := far.Digest(ctx, f.From)
	if err == nil && f.SHA256 != nil && d.SHA256 != *f.SHA256 {
		err = &runbook.CheckError{
			Problem: fmt.Sprintf("%s on %s has the SHA-256 %s, not %s", f.From, f.Host, d.SHA256, *f.SHA256),
			Remedy:  "it is not the file that was meant",
		}
	}
	return d, err
}
