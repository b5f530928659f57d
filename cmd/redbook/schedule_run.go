package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"

	"redbook/internal/schedule"
	"redbook/runbook"
)

// A scheduledRun is a command line for a schedule, and what it comes of.
type scheduledRun struct {
	meta        schedule.Meta
	argv        []string
	credentials []schedule.Credential

	runbook *runbook.Runbook
	vars    runbook.Variables
	getenv  func(string) string // the environment that it will have, as far as redbook asks for it
}

// scheduledRun checks a runbook and the values that it is to run with, as nobody will be
// there to be asked.
func (w *world) scheduledRun(path string, o *scheduleOptions) (*scheduledRun, error) {
	s := &scheduledRun{meta: schedule.Meta{
		Name: scheduleName(path, o.name), Calendar: strings.Join(strings.Fields(o.calendar), " "), StateDir: w.scheduledState(o.cron),
	}}
	err := schedule.CheckName(s.meta.Name)
	if err != nil {
		return nil, err
	}
	if s.meta.Runbook, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if s.runbook, err = w.loadScheduled(path); err != nil {
		return nil, err
	}
	secrets, err := s.readCredentials(o.credentials)
	if err != nil {
		return nil, err
	}
	s.getenv = func(name string) string { return secrets[name] }
	in, err := o.inputs(w)
	if err != nil {
		return nil, err
	}
	in.Getenv = s.getenv
	if err := s.checkValues(in); err != nil {
		return nil, err
	}
	if s.vars, err = w.resolve(s.runbook, in); err != nil {
		return nil, err
	}
	if err := s.checkOwners(o); err != nil {
		return nil, err
	}
	return s, s.writeCommand(o)
}

// scheduleName is the one given, else the runbook's without its ending.
func scheduleName(path, given string) string {
	if given != "" {
		return given
	}
	return strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".json"), ".hcl")
}

func (w *world) loadScheduled(path string) (*runbook.Runbook, error) {
	if content, err := os.ReadFile(path); err == nil && isPlan(content) {
		return nil, fmt.Errorf("%s is a plan, which is run once: schedule its runbook", path)
	}
	r, err := w.loadRunbook(path)
	if err != nil {
		return nil, err
	}
	return r, w.failOn(r, r.Validate())
}

// scheduledState is the state directory where it is not the one that redbook takes anyway:
// root's by systemd, else that of the user, for whom cron sets HOME alone.
func (w *world) scheduledState(byCron bool) string {
	usual := "/var/lib/redbook"
	if byCron && os.Geteuid() != 0 {
		usual = filepath.Join(w.getenv("HOME"), ".local", "state", "redbook")
	} else if w.stateDir == "" {
		return ""
	}
	if dir := w.stateDirectory(); dir != usual {
		return dir
	}
	return ""
}

// checkValues wants a value for every variable that has no default, and none of a
// sensitive one where others can read it.
func (s *scheduledRun) checkValues(in runbook.Inputs) error {
	given := map[string]bool{}
	for _, f := range in.Files {
		for _, name := range assigned(f) {
			given[name] = true
			if v := s.variable(name); v != nil && v.Sensitive {
				if err := checkPrivate(f.Path); err != nil {
					return fmt.Errorf("--var-file gives the sensitive variable %s: %w", name, err)
				}
			}
		}
	}
	for _, v := range s.runbook.Variables {
		_, onCommandLine := in.Given[v.Name]
		switch {
		case v.Sensitive && onCommandLine:
			return fmt.Errorf("--var gives the sensitive variable %s, and everybody can read a unit and a crontab: %s", v.Name, wayOfSecret(v.Name))
		case v.Default != cty.NilVal || onCommandLine || given[v.Name] || s.getenv("REDBOOK_VAR_"+v.Name) != "":
		case v.Sensitive:
			return fmt.Errorf("the variable %s has no default, and a schedule can ask nobody and does not have the environment of this shell: %s", v.Name, wayOfSecret(v.Name))
		default:
			return fmt.Errorf("the variable %s has no default, and a schedule can ask nobody and does not have the environment of this shell: add --var %s=VALUE, or a --var-file with a line %[1]s = VALUE", v.Name, v.Name)
		}
	}
	return nil
}

func wayOfSecret(name string) string {
	return fmt.Sprintf("put it into a file with mode 0600, and give that with --credential %s=FILE (systemd), or a line %[1]s = \"…\" in one for --var-file", name)
}

func (s *scheduledRun) variable(name string) *runbook.Variable {
	at := slices.IndexFunc(s.runbook.Variables, func(v *runbook.Variable) bool { return v.Name == name })
	if at < 0 {
		return nil
	}
	return s.runbook.Variables[at]
}

// assigned are the names to which a file gives values. What is wrong with the file
// Resolve tells.
func assigned(f runbook.VarFile) (names []string) {
	parse := hclparse.NewParser().ParseHCL
	if strings.HasSuffix(f.Path, ".json") {
		parse = hclparse.NewParser().ParseJSON
	}
	file, diags := parse(f.Source, f.Path)
	if diags.HasErrors() {
		return nil
	}
	var attrs hcl.Attributes
	attrs, _ = file.Body.JustAttributes()
	for name := range attrs {
		names = append(names, name)
	}
	return names
}

// checkPrivate wants a file that nobody but its owner can read.
func checkPrivate(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others than its owner can get at %s (mode %04o): chmod 0600 %s", path, info.Mode().Perm(), shellQuote(path))
	}
	return nil
}

// writeCommand makes the command line, which needs no directory to be run in.
func (s *scheduledRun) writeCommand(o *scheduleOptions) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find redbook's own path: %w", err)
	}
	s.argv = []string{program, "run", s.meta.Runbook, "--yes"}
	if s.meta.StateDir != "" {
		s.argv = append(s.argv, "--state-dir", s.meta.StateDir)
	}
	for _, v := range o.vars {
		s.argv = append(s.argv, "--var", v)
	}
	var all error
	for _, f := range o.files {
		path, err := filepath.Abs(f)
		all = errors.Join(all, err)
		s.argv = append(s.argv, "--var-file", path)
	}
	return all
}
