package local

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"redbook/internal/safefs"
)

// status finds the main process of a server without a service manager: the one
// in its pid file, else the one that /proc shows, else the one that the server
// itself names; that comes last since a busy server answers late. None is
// believed unless it is a Redis server of the expected user that works on our
// config: the server's user can write the pid file, and root is about to send a
// signal.
func (p *process) status(ctx context.Context) (mainProcess, error) {
	conf, err := p.server.readSettings(ctx, "")
	if err != nil {
		return mainProcess{}, err
	}
	uid, err := p.expectedUser()
	if err != nil {
		return mainProcess{}, err
	}
	if main := fromPIDFile(conf.pidFile); main.ours(conf, uid) {
		return main, nil
	}
	var found []mainProcess
	for _, main := range allProcesses() {
		if main.ours(conf, uid) {
			found = append(found, main)
		}
	}
	found = withoutRelatives(found)
	if len(found) == 1 {
		return found[0], nil
	}
	if main := p.named(ctx, conf); main.pid != 0 || len(found) == 0 {
		return main, p.checkOwner(main, uid)
	}
	return mainProcess{}, fmt.Errorf("processes %d and %d both look like the server of %s: give each server its own dir",
		found[0].pid, found[1].pid, conf.config)
}

// expectedUser is whose process the server must be.
func (p *process) expectedUser() (uid int, err error) {
	if p.User == "" {
		return os.Geteuid(), nil
	}
	return lookUpUser(p.User)
}

// named asks the server itself. It is believed where its config file is ours and
// the id is that of a Redis server on this machine.
func (p *process) named(ctx context.Context, conf settings) mainProcess {
	answer, err := p.server.probe(ctx)
	if err != nil || answer.pid == 0 || answer.config != conf.config {
		return mainProcess{}
	}
	if main := findProcess(answer.pid); main.isRedis() {
		return main
	}
	return mainProcess{}
}

func (p *process) checkOwner(main mainProcess, uid int) error {
	if main.pid == 0 {
		return nil
	}
	owner, _, err := main.owner()
	if err != nil || owner == uid {
		return err
	}
	has, _ := accountNames(owner, -1)
	wants, _ := accountNames(uid, -1)
	return fmt.Errorf("the server (process %d) runs as %s, not as %s: set user in the process block", main.pid, has, wants)
}

func fromPIDFile(path string) mainProcess {
	if path == "" {
		return mainProcess{}
	}
	content, err := safefs.ReadFile(path, 64)
	if err != nil {
		return mainProcess{}
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return mainProcess{}
	}
	return findProcess(pid)
}

// ours tells whether p is the Redis server of conf: by its command line until it
// has read its config, then by its title and its working directory, which is dir.
func (p mainProcess) ours(conf settings, uid int) bool {
	if p.pid == 0 || !p.isRedis() {
		return false
	}
	if owner, _, err := p.owner(); err != nil || owner != uid {
		return false
	}
	if args := p.args(); len(args) > 1 {
		config, _ := parseCommand(args)
		if config != "" && !filepath.IsAbs(config) {
			config = filepath.Join(p.cwd(), config)
		}
		return config == conf.config || sameFile(config, conf.config)
	}
	return sameFile(procPath(p.pid, "cwd"), conf.dir) && !p.listensElsewhere(conf.port)
}

// listensElsewhere reads the title, "redis-server 127.0.0.1:6379", where there is one.
func (p mainProcess) listensElsewhere(port string) bool {
	for _, word := range strings.Fields(strings.Join(p.args(), " ")) {
		at := strings.LastIndexByte(word, ':')
		if _, err := strconv.ParseUint(word[at+1:], 10, 16); at >= 0 && err == nil {
			return word[at+1:] != port && port != "0"
		}
	}
	return false
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// withoutRelatives keeps the server of those that look like one for a moment: a child that saves is not it, and of one
// that goes to the background, in a session of its own as a daemon does, the parent is not.
func withoutRelatives(all []mainProcess) []mainProcess {
	return slices.DeleteFunc(slices.Clone(all), func(p mainProcess) bool {
		return slices.ContainsFunc(all, func(q mainProcess) bool {
			return q.pid == p.parent() && !p.leadsSession() || p.pid == q.parent() && q.leadsSession()
		})
	})
}

func supplementaryGroups(userName string) []uint32 {
	u, err := user.Lookup(userName)
	if err != nil {
		return nil
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil
	}
	var groups []uint32
	for _, id := range ids {
		if gid, err := strconv.ParseUint(id, 10, 32); err == nil {
			groups = append(groups, uint32(gid))
		}
	}
	return groups
}
