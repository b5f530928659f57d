package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"redbook/runbook/host"
	"redbook/runbooks"
)

func shippedRunbooks() ([]string, error) { return fs.Glob(runbooks.Files, "*.hcl") }

// checkNew wants none of the files to be there.
func checkNew(dir string) error {
	names, err := shippedRunbooks()
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%s is there already, and init overwrites nothing: name another directory, as in redbook init %s", path, shellQuote(filepath.Clean(dir)+"-new"))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look at %s: %w", path, err)
		}
	}
	return nil
}

// writeRunbooks writes the shipped runbooks with a server filled in.
func writeRunbooks(dir string, c host.ServerConfig) (paths []string, err error) {
	names, err := shippedRunbooks()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	for _, name := range names {
		source, err := runbooks.Files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		filled, err := fillIn(name, source, c)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(dir, name)
		if err := writeNew(path, filled); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func writeNew(path string, content []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write runbook: %w", err)
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write runbook: %w", err)
	}
	return nil
}

// fillIn sets the defaults of a shipped runbook's variables to what reaches and starts a
// server, and what no variable has in its process block.
func fillIn(name string, source []byte, c host.ServerConfig) ([]byte, error) {
	f, diags := hclwrite.ParseConfig(source, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	defaults := map[string]cty.Value{"address": cty.StringVal(c.Address)}
	if c.Username != "" {
		defaults["username"] = cty.StringVal(c.Username)
	}
	if c.Service != "" {
		defaults["service"] = cty.StringVal(c.Service)
	}
	if c.Config != "" {
		defaults["config"] = cty.StringVal(c.Config)
	}
	if c.Process != nil {
		var words []cty.Value
		for _, word := range c.Process.Command {
			words = append(words, cty.StringVal(word))
		}
		defaults["process"] = cty.ListVal(words)
	}
	for _, b := range f.Body().Blocks() {
		switch {
		case b.Type() == "variable":
			if v, ok := defaults[b.Labels()[0]]; ok {
				b.Body().SetAttributeValue("default", v)
			}
		case b.Type() == "redis":
			fillTLS(b.Body(), c.TLS)
			fillProcess(b.Body().FirstMatchingBlock("process", nil), c.Process)
		}
	}
	return hclwrite.Format(f.Bytes()), nil
}

func fillTLS(redis *hclwrite.Body, t *host.TLS) {
	if t == nil {
		return
	}
	body := redis.AppendNewBlock("tls", nil).Body()
	for _, a := range []struct{ name, path string }{{"ca", t.CA}, {"cert", t.Cert}, {"key", t.Key}} {
		if a.path != "" {
			body.SetAttributeValue(a.name, cty.StringVal(a.path))
		}
	}
}

func fillProcess(b *hclwrite.Block, p *host.Process) {
	if b == nil || p == nil {
		return
	}
	if p.Dir != "" {
		b.Body().SetAttributeValue("dir", cty.StringVal(p.Dir))
	}
	if u, err := user.Current(); p.User != "" && (err != nil || u.Username != p.User) {
		b.Body().SetAttributeValue("user", cty.StringVal(p.User))
	}
}
