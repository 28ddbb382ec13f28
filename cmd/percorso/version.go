package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
)

func versionCommand(con console) *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "prints the release and how it was built",
		Description: `Examples:
  percorso version
  percorso --version    the same`,
		Action: func(c *cli.Context) error {
			if err := noArgument(c); err != nil {
				return err
			}
			_, err := fmt.Fprintln(con.stdout, version())
			return err
		},
	}
}

// version is the release of the rules and what the binary was built from and with.
func version() string {
	text := fmt.Sprintf("percorso %s (", model.Release)
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, s := range built.Settings {
			switch {
			case s.Key == "vcs.revision":
				text += s.Value[:min(12, len(s.Value))] + ", "
			case s.Key == "vcs.modified" && s.Value == "true":
				text += "modified, "
			}
		}
	}
	return text + fmt.Sprintf("%s %s/%s)", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
