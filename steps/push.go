package steps

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"redbook/internal/ssh"
	"redbook/runbook"
	"redbook/runbook/effect"
	"redbook/runbook/host"
)

//go:embed push.hcl
var pushExample string

var pushKind = runbook.Kind{
	Name:    "push",
	Summary: "Make a new file on another machine over ssh, goes on after a broken transfer, checked there; never overwrites",
	New:     func() runbook.Step { return new(push) },
	Outputs: transferOutputs{},
	Timeout: long,
	Example: pushExample,
	NoRedis: true,
}

type push struct {
	From      string  `arg:"from" doc:"Path of the file to push"`
	Host      string  `arg:"host" doc:"The other machine, as ssh takes it: host, user@host, ssh://user@host:port or a name of the ssh configuration"`
	To        string  `arg:"to" doc:"Path of the new file there; one of the same content that is there already is left as it is"`
	Mode      string  `arg:"mode" default:"0600" doc:"Its permissions in octal"`
	IfExists  string  `arg:"if_exists" default:"refuse" oneof:"refuse,rotate" doc:"What to do when another file is there: refuse, or rotate it to a free .1, .2 and so on"`
	SSHConfig *string `arg:"ssh_config" doc:"Path of an ssh configuration to use in place of that of the user who runs redbook"`
}

type transferOutputs struct {
	Path    string               `out:"path" doc:"Path of the new file"`
	Size    runbook.Late[int64]  `out:"size" doc:"Its size in bytes"`
	SHA256  runbook.Late[string] `out:"sha256" doc:"SHA-256 of its content, in hex"`
	Checked runbook.Late[string] `out:"checked" doc:"What vouches for the other machine's file: by sha256sum there, by reading it back, as it was read, or against the given SHA-256"`
}

func (p *push) Check() error {
	_, err := parseMode(&p.Mode)
	return errors.Join(absolute("from", p.From), absolute("to", p.To), checkPeer(p.Host, p.SSHConfig), err)
}

// checkPeer checks the arguments that name another machine.
func checkPeer(name string, config *string) error {
	if err := ssh.CheckDestination(name); err != nil {
		return &runbook.ArgumentError{Argument: "host", Problem: err.Error()}
	}
	if config == nil {
		return nil
	}
	return absolute("ssh_config", *config)
}

func (p *push) Run(ctx context.Context, h runbook.Host) (any, error) {
	peer := host.Peer{Host: p.Host, Config: deref(p.SSHConfig)}
	far, err := h.RemoteFiles(peer)
	if err != nil {
		return nil, fmt.Errorf("push to %w", err)
	}
	there, same, err := p.standing(ctx, h, far)
	if err != nil {
		return nil, err
	}
	if same {
		h.Note("%s is there already, with the same content", peer.At(p.To))
		return transferred(p.To, there, ""), nil
	}
	if p.IfExists == "rotate" {
		if err := p.rotate(ctx, h, far, peer); err != nil {
			return nil, err
		}
	}
	attr, err := attributes(h, nil, nil, &p.Mode)
	if err != nil {
		return nil, err
	}
	e := &effect.Push{From: p.From, Peer: peer, To: p.To, Attr: attr}
	if err := h.Apply(ctx, e); err != nil {
		return nil, err
	}
	return transferred(p.To, e.After.Digest, e.After.Checked), nil
}

// standing tells what file stands at To, and whether it has the content of From. Where there is
// none nothing is read.
func (p *push) standing(ctx context.Context, h runbook.Host, far host.RemoteFiles) (there host.Digest, same bool, err error) {
	info, err := far.Stat(ctx, p.To)
	if exists, err := isThere(err); !exists || err != nil {
		return there, false, err
	}
	return sameContent(info,
		func() (host.Info, error) { return h.Stat(p.From) },
		func() (host.Digest, error) { return h.Digest(ctx, p.From) },
		func() (host.Digest, error) { return far.Digest(ctx, p.To) })
}

// sameContent compares what stands at a target with the source, which is read only if it could be
// the same.
func sameContent(target host.Info, stat func() (host.Info, error), source, content func() (host.Digest, error)) (host.Digest, bool, error) {
	if target.Kind != host.KindFile {
		return host.Digest{}, false, nil
	}
	info, err := stat()
	if err != nil || info.Size >= 0 && info.Size != target.Size {
		return host.Digest{}, false, err
	}
	want, err := source()
	if err != nil {
		return host.Digest{}, false, err
	}
	got, err := content()
	return got, err == nil && got == want, err
}

func (p *push) rotate(ctx context.Context, h runbook.Host, far host.RemoteFiles, peer host.Peer) error {
	exists := func(path string) (bool, error) {
		_, err := far.Stat(ctx, path)
		return isThere(err)
	}
	return rotate(p.To, exists, func(from, to string) error {
		return h.Apply(ctx, &effect.RemoteRename{Peer: peer, From: from, To: to})
	})
}

// transferred are the outputs about a file; in a plan a digest may not be known.
func transferred(path string, d host.Digest, checked string) transferOutputs {
	out := transferOutputs{Path: path}
	if d.SHA256 != "" {
		out.Size, out.SHA256 = runbook.Known(d.Size), runbook.Known(d.SHA256)
	}
	if checked != "" {
		out.Checked = runbook.Known(checked)
	}
	return out
}
