package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set when a release is linked; a build from a checkout says its
// commit instead.
var release = ""

func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := "devel"
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			v += "-" + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			v += "-dirty"
		}
	}
	return v
}

func newVersion(w *world) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: operands(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(w.stdout, "redbook %s\n", version())
			return nil
		},
	}
}
