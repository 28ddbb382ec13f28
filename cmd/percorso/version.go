package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/percorso/percorso/model"
)

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
