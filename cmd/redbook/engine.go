package main

import (
	"os"
	"os/user"
	"path/filepath"
	"time"

	"redbook/runbook"
	"redbook/runbook/host"
	"redbook/runbook/host/local"
	"redbook/runbook/journal"
	"redbook/steps"
)

// engine wires the real machine, clock and state directory together.
func (w *world) engine(observe func(runbook.Event), stop <-chan struct{}) (*runbook.Engine, error) {
	store, err := journal.Open(w.stateDirectory())
	if err != nil {
		return nil, err
	}
	e := w.planner()
	e.Store, e.Observe, e.Stop = store, observe, stop
	return e, nil
}

// planner is an engine that only plans and keeps nothing. It knows the earlier
// runs, where there are some that this user may read.
func (w *world) planner() *runbook.Engine {
	var store *journal.Store
	if w.hasState() {
		store, _ = journal.Open(w.stateDirectory()) // a plan can do without
	}
	return &runbook.Engine{
		Store:   store,
		Kinds:   steps.All(),
		Connect: connect,
		Actor:   w.actor(),
		Now:     time.Now,
		Getenv:  w.getenv,
	}
}

func connect(servers []host.ServerConfig) (runbook.Machine, error) {
	return local.New(servers, local.Options{})
}

// stateDirectory is where the journals of this user's runs are.
func (w *world) stateDirectory() string {
	switch {
	case w.stateDir != "":
		abs, err := filepath.Abs(w.stateDir)
		if err != nil {
			return w.stateDir
		}
		return abs
	case os.Geteuid() == 0:
		return "/var/lib/redbook"
	case w.getenv("XDG_STATE_HOME") != "":
		return filepath.Join(w.getenv("XDG_STATE_HOME"), "redbook")
	}
	return filepath.Join(w.getenv("HOME"), ".local", "state", "redbook")
}

// hasState tells whether there may be runs. A plan looks, and makes nothing.
func (w *world) hasState() bool {
	_, err := os.Stat(filepath.Join(w.stateDirectory(), "runs"))
	return err == nil
}

// actor is who runs redbook: also who stands behind sudo.
func (w *world) actor() journal.Actor {
	a := journal.Actor{Sudo: w.getenv("SUDO_USER"), PID: os.Getpid(), Version: version()}
	if u, err := user.Current(); err == nil {
		a.User = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		a.Host = h
	}
	return a
}
