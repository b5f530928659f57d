package redisconf

import (
	"strings"
)

// Rights say what a user may do to the data.
type Rights int

const (
	AllRights  Rights = iota
	MostRights        // every key, and every command but some
	FewRights         // some keys, or some commands
)

// DefaultUserRights are those of the default user as a start reads it; being off takes no right away. aclFile is the
// content of the aclfile that c names, nil if it names none.
//
// The rules are those of ACLSetUser in acl.c. Before its first line the default user may do everything, and the line
// begins anew. Rights that selectors give, and those that come of many categories, are not added up.
func (c *Config) DefaultUserRights(aclFile []byte) Rights {
	rules, limited := c.userRules("default", aclFile)
	if !limited {
		return AllRights
	}
	commands, keys := FewRights, false
	for _, rule := range rules {
		switch lower := strings.ToLower(rule); {
		case lower == "reset":
			commands, keys = FewRights, false
		case lower == "+@all", lower == "allcommands":
			commands = AllRights
		case lower == "-@all", lower == "nocommands":
			commands = FewRights
		case strings.HasPrefix(rule, "-"):
			commands = max(commands, MostRights)
		case lower == "~*", lower == "allkeys", lower == "%rw~*":
			keys = true
		case lower == "resetkeys":
			keys = false
		}
	}
	if !keys {
		return FewRights
	}
	return commands
}

// userRules are the rules of a user in the aclfile, or in the config where there is none.
func (c *Config) userRules(name string, aclFile []byte) (rules []string, ok bool) {
	for line := range strings.Lines(string(aclFile)) {
		if words := strings.Fields(line); len(words) >= 2 && strings.EqualFold(words[0], "user") && words[1] == name {
			rules, ok = append(rules, words[2:]...), true
		}
	}
	if aclFile != nil {
		return rules, ok
	}
	for _, d := range c.All("user") {
		if len(d.Args) > 0 && d.Args[0] == name {
			rules, ok = append(rules, d.Args[1:]...), true
		}
	}
	return rules, ok
}
