package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model/table"
)

// shells are the scripts that ask us, at each press of Tab, what could come next. Where we have
// nothing to say the shell completes file names.
var shells = map[string]string{
	"bash": `_percorso() {
  local IFS=$'\n'
  COMPREPLY=($(percorso __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _percorso percorso
`,
	"zsh": `#compdef percorso
_percorso() {
  local -a found
  found=("${(@f)$(percorso __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
compdef _percorso percorso
`,
	"fish": `complete -c percorso -a ` +
		`'(percorso __complete (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
}

func shellNames() []string { return slices.Sorted(maps.Keys(shells)) }

func completionCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "prints the script that lets a shell complete our commands and flags",
		ArgsUsage: "bash | zsh | fish",
		Description: `Examples:
  source <(percorso completion bash)                       in ~/.bashrc
  source <(percorso completion zsh)                        in ~/.zshrc
  percorso completion fish > ~/.config/fish/completions/percorso.fish`,
		Action: func(c *cli.Context) error {
			shell, err := oneArgument(c, "the name of a shell: "+list(shellNames()))
			if err != nil {
				return err
			}
			script, ok := shells[shell]
			if !ok {
				return misused("unknown shell %q%s, there is: %s",
					shell, table.Nearest(shell, shellNames()), list(shellNames()))
			}
			_, err = fmt.Fprint(con.stdout, script)
			return err
		},
	}
}

// completeCommand is what the scripts call: it prints what could stand in place of the last of its
// arguments. (cli's own completion ends in a panic after a flag.)
func completeCommand(con console, app *cli.App) *cli.Command {
	return &cli.Command{
		Name:            "__complete",
		Hidden:          true,
		HideHelp:        true,
		SkipFlagParsing: true,
		Action: func(c *cli.Context) error {
			for _, word := range complete(app, c.Args().Slice()) {
				fmt.Fprintln(con.stdout, word)
			}
			return nil
		},
	}
}

// complete returns what could stand in place of the last word, which may be empty.
func complete(app *cli.App, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	// bash makes three words of --flag=value
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "=" })
	before, last := words[:len(words)-1], words[len(words)-1]

	at := &cli.Command{Name: app.Name, Flags: app.Flags, Subcommands: app.Commands}
	path, valueOf := "", ""
	for _, word := range before {
		switch {
		case valueOf != "":
			valueOf = ""
		case strings.HasPrefix(word, "-"):
			if takesValue(at.Flags, word) {
				valueOf = strings.TrimLeft(word, "-")
			}
		case at.Command(word) != nil:
			at = at.Command(word)
			path += " " + word
		}
	}

	var all []string
	switch {
	case valueOf == "without":
		all = channelsToGo(before, last)
	case valueOf == "format" && path == " schema tables":
		all = slices.Clone(tableFormats) // what follows filters in place
	case valueOf != "":
		all = flagValues(valueOf)
	case strings.HasPrefix(last, "-"):
		for _, name := range append(flagNames(at.Flags), "help") {
			all = append(all, "--"+name)
		}
	default:
		all = arguments(path, at)
	}
	return slices.DeleteFunc(all, func(w string) bool { return !strings.HasPrefix(w, last) })
}

// arguments are the words that may follow a command.
func arguments(path string, c *cli.Command) []string {
	switch path {
	case " generate", " check", " kpis", " journey", " scenarios show", " stream", " serve":
		return app.Scenarios()
	case " completion":
		return shellNames()
	case " schema tables":
		return flagValues("tables")
	}
	var names []string
	for _, sub := range c.Subcommands {
		if !sub.Hidden {
			names = append(names, sub.Name)
		}
	}
	return names
}

// flagValues are the values of a flag that has a fixed choice.
func flagValues(flag string) []string {
	var all []string
	switch flag {
	case "format":
		for _, f := range format.Formats() {
			all = append(all, f.Name)
		}
	case "compression":
		for _, f := range format.Formats() {
			all = append(all, f.Compressions...)
		}
		slices.Sort(all)
		all = slices.Compact(all)
	case "dialect":
		for _, d := range dialect.Dialects() {
			all = append(append(all, d.Name), d.Aliases...)
		}
	case "compress":
		all = []string{"gzip", "zstd"}
	case "historical":
		all = []string{"keep", "shift"}
	case "start":
		all = []string{"now"}
	case "rate":
		all = []string{"max"}
	case "shape":
		all = pace.Shapes()
	case "truth":
		all = []string{
			string(table.TruthSeparate), string(table.TruthInline), string(table.TruthNone)}
	case "pattern":
		all = slices.Clone(table.Patterns) // our caller filters in place
	case "tables":
		views, err := table.Views(table.Schema(""), table.TruthSeparate, nil)
		if err != nil {
			return nil
		}
		for _, v := range views {
			all = append(all, v.Name)
		}
	}
	return all
}

// channelsToGo are the values of --off after the channels already named: those of the scenario
// that is on the line.
func channelsToGo(words []string, value string) []string {
	named := value[:strings.LastIndex(value, ",")+1]
	var all []string
	for _, word := range words {
		w, err := loadWorld(word, nil)
		if err != nil {
			continue // a command, a flag, a value
		}
		for i := range w.Channels {
			if name := w.Channels[i].Name; !slices.Contains(strings.Split(named, ","), name) {
				all = append(all, named+name)
			}
		}
		return all
	}
	return nil
}
