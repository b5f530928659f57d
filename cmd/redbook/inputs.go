package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"redbook/runbook"
	"redbook/steps"
)

// variableFlags are the flags that give values to variables.
type variableFlags struct {
	vars  []string
	files []string
}

func (f *variableFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.vars, "var", nil, "value of a variable, as NAME=VALUE; may be repeated")
	c.Flags().StringArrayVar(&f.files, "var-file", nil, "file of values, HCL or JSON; may be repeated")
}

// inputs collects what the person gave.
func (f *variableFlags) inputs(w *world) (runbook.Inputs, error) {
	getenv, err := w.environment()
	in := runbook.Inputs{
		Given:       map[string]string{},
		Environment: runbook.Environment{Getenv: getenv, Now: time.Now()},
	}
	if err != nil {
		return in, err
	}
	for _, v := range f.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return in, fmt.Errorf("--var %s: write it as NAME=VALUE", name)
		}
		if _, twice := in.Given[name]; twice {
			return in, fmt.Errorf("--var %s is given twice", name)
		}
		in.Given[name] = value
	}
	w.varFiles = f.files
	for _, path := range f.files {
		src, err := os.ReadFile(path)
		if err != nil {
			return in, fmt.Errorf("read --var-file: %w", err)
		}
		in.Files = append(in.Files, runbook.VarFile{Path: path, Source: src})
	}
	return in, nil
}

// loadRunbook reads and checks a runbook file. Warnings are printed.
func (w *world) loadRunbook(path string) (*runbook.Runbook, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read runbook: %w", err)
	}
	r, diags := runbook.Load(path, src, steps.All())
	return r, w.failOn(r, diags)
}

// failOn prints warnings and returns errors.
func (w *world) failOn(r *runbook.Runbook, diags hcl.Diagnostics) error {
	if len(diags) == 0 {
		return nil
	}
	e := &runbook.DiagnosticsError{Diagnostics: diags}
	if r != nil {
		e.Files = r.Files()
	}
	if diags.HasErrors() {
		return e
	}
	w.writeDiagnostics(e)
	return nil
}

// resolve gives the runbook's variables their values.
func (w *world) resolve(r *runbook.Runbook, in runbook.Inputs) (runbook.Variables, error) {
	vars, diags := r.Resolve(in)
	return vars, w.failOn(r, diags)
}
