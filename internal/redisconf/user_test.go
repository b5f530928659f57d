package redisconf

import "testing"

func TestDefaultUserRights(t *testing.T) {
	for _, tt := range []struct {
		conf string
		acl  string // "none": no aclfile
		want Rights
	}{
		{"", "none", AllRights},
		{"requirepass secret", "none", AllRights},
		{"user other off", "none", AllRights},
		{"user default off", "none", FewRights},
		{"user default on nopass ~* &* +@all", "none", AllRights},
		{"user default off ~* +@all", "none", AllRights},
		{"user default off allkeys allcommands", "none", AllRights},
		{"user default on >pw ~app:* +@all", "none", FewRights},
		{"user default on >pw ~* +@read", "none", FewRights},
		{"user default on >pw ~* +@all -@dangerous", "none", MostRights},
		{"user default on ~* +@all -@all +@read -get", "none", FewRights},
		{"user default on ~app:* +@all -get", "none", FewRights},
		{"user default ~* +@all reset off", "none", FewRights},
		{"user default ~* +@all resetkeys", "none", FewRights},
		{"user default off nocommands ~* +@ALL", "none", AllRights},
		{"aclfile users.acl", "", AllRights},
		{"aclfile users.acl", "user other on ~* +@all\n", AllRights},
		{"aclfile users.acl", "user default off\nuser other on ~* +@all\n", FewRights},
		{"aclfile users.acl", "user default off sanitize-payload ~* &* +@all\n", AllRights},
		{"user default off\naclfile users.acl", "user other off\n", AllRights},
	} {
		var acl []byte
		if tt.acl != "none" {
			acl = []byte(tt.acl)
		}
		if got := load(t, tree{"/main": tt.conf + "\n"}).DefaultUserRights(acl); got != tt.want {
			t.Errorf("%q, %q: %v", tt.conf, tt.acl, got)
		}
	}
}
