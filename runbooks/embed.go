// Package runbooks holds the shipped runbooks for redbook to carry with it. The files
// beside this one are their only copy.
package runbooks

import "embed"

// Files are the runbooks, NAME.hcl.
//
//go:embed *.hcl
var Files embed.FS
