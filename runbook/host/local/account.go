package local

import (
	"fmt"
	"os/user"
	"strconv"
)

// Account implements host.Reader.
func (m *Machine) Account(userName, group string) (uid, gid int, err error) {
	uid, gid = -1, -1
	if userName != "" {
		if uid, err = lookUpUser(userName); err != nil {
			return -1, -1, err
		}
	}
	if group != "" {
		if gid, err = lookUpGroup(group); err != nil {
			return -1, -1, err
		}
	}
	return uid, gid, nil
}

func lookUpUser(name string) (uid int, err error) {
	if id, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(id), nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return -1, fmt.Errorf("look up user %q: %w; check the name, or give the id", name, err)
	}
	return strconv.Atoi(u.Uid)
}

func lookUpGroup(name string) (gid int, err error) {
	if id, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(id), nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return -1, fmt.Errorf("look up group %q: %w; check the name, or give the id", name, err)
	}
	return strconv.Atoi(g.Gid)
}

// accountNames are the names of ids, or the ids where they have none.
func accountNames(uid, gid int) (userName, group string) {
	userName, group = strconv.Itoa(uid), strconv.Itoa(gid)
	if u, err := user.LookupId(userName); err == nil {
		userName = u.Username
	}
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	return userName, group
}

// primaryGroup is the group that a user logs in with; its own id where it is unknown.
func primaryGroup(uid int) (gid int) {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return uid
	}
	gid, err = strconv.Atoi(u.Gid)
	if err != nil {
		return uid
	}
	return gid
}
