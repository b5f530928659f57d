package nspawn

import (
	"context"
	"os/exec"
	"strings"
)

const publicMirror = "http://deb.debian.org/debian"

// mirrors are those to try in turn: a download that broke off may succeed the next time.
func mirrors(ctx context.Context) []string {
	own := mirror(ctx)
	return []string{own, own, publicMirror}
}

// mirror returns the Debian mirror that this machine installs from, so that what
// works for apt-get works for debootstrap.
func mirror(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets",
		"--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", "Label: Debian").Output()
	if err != nil {
		return publicMirror
	}
	return firstMirror(string(out))
}

// firstMirror picks from one address a line; what debootstrap cannot use is passed over.
func firstMirror(listed string) string {
	for address := range strings.FieldsSeq(listed) {
		if strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://") {
			return strings.TrimSuffix(address, "/")
		}
	}
	return publicMirror
}
