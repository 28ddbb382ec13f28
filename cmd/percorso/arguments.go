package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model/table"
)

// arrange puts the flags of each command before its arguments, so that they may stand anywhere:
// cli takes whatever follows the first argument for more arguments and says nothing
// (urfave/cli#976). It also turns `help X` into `X --help`.
func arrange(app *cli.App, args []string) []string {
	if len(args) > 1 && args[1] == "help" {
		args = append(append([]string{args[0]}, args[2:]...), "--help")
	}
	root := &cli.Command{Flags: app.Flags, Subcommands: app.Commands}
	return append(args[:1:1], flagsFirst(root, args[1:])...)
}

func flagsFirst(c *cli.Command, args []string) []string {
	if c.SkipFlagParsing {
		return args
	}
	var flags, words []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			words = append(words, args[i+1:]...)
			i = len(args)
		case arg == "--help" || arg == "-h":
			return []string{"--help"} // whatever else there is: cli would look it up
		case len(arg) > 1 && arg[0] == '-':
			flags = append(flags, arg)
			if !takesValue(c.Flags, arg) {
				break
			}
			if i++; i == len(args) {
				return flags // without words, so that none is taken for the value
			}
			flags = append(flags, args[i])
		case len(words) == 0 && c.Command(arg) != nil:
			return append(append(flags, arg), flagsFirst(c.Command(arg), args[i+1:])...)
		default:
			words = append(words, arg)
		}
	}
	if len(words) == 0 {
		return flags
	}
	return append(append(flags, "--"), words...)
}

// takesValue reports whether arg is a flag whose value is the next argument.
func takesValue(flags []cli.Flag, arg string) bool {
	flag := findFlag(flags, strings.TrimLeft(arg, "-"))
	valued, ok := flag.(cli.DocGenerationFlag)
	return ok && valued.TakesValue()
}

// findFlag returns the flag of that name, or nil.
func findFlag(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}

// flagError says in one line what is wrong with the flags; cli would print the whole help.
func flagError(c *cli.Context, err error, _ bool) error {
	where := c.Command.HelpName + " --help"
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return misused(`unknown flag --%s%s ("%s" lists them)`,
			name, table.Nearest(name, flagNames(c.Command.Flags)), where)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return misused("--%s needs a value", strings.TrimPrefix(name, "-"))
	}
	if value, rest, ok := strings.Cut(strings.TrimPrefix(text, "invalid value "), " for flag -"); ok {
		name, _, _ := strings.Cut(rest, ":")
		switch findFlag(c.Command.Flags, name).(type) {
		case *cli.DurationFlag:
			return misused("--%s %s: want a time with its unit, e.g. 500ms, 10s, 5m, 1h30m", name, value)
		case *cli.IntFlag:
			return misused("--%s %s: want a whole number, e.g. 20 or 1_000", name, value)
		}
	}
	return misused(`%w ("%s" explains the flags)`, err, where)
}

// flagNames are the long names of flags.
func flagNames(flags []cli.Flag) []string {
	var names []string
	for _, f := range flags {
		names = append(names, f.Names()[0])
	}
	return names
}

// texts are the values of a flag that may be repeated, as they were written.
type texts []string

// Set adds a value.
func (t *texts) Set(value string) error {
	*t = append(*t, value)
	return nil
}

func (t *texts) String() string { return strings.Join(*t, " ") }

// readTexts returns the values of a repeated flag.
func readTexts(c *cli.Context, flag string) []string {
	if t, ok := c.Generic(flag).(*texts); ok {
		return *t
	}
	return nil
}

// flagOn is a flag without a value.
func flagOn(name, usage string) cli.Flag {
	return &cli.BoolFlag{Name: name, Usage: usage, DisableDefaultText: true}
}

// under puts flags under a heading of the help.
func under(heading string, flags ...cli.Flag) []cli.Flag {
	for _, flag := range flags {
		switch f := flag.(type) {
		case *cli.StringFlag:
			f.Category = heading
		case *cli.GenericFlag:
			f.Category = heading
		case *cli.DurationFlag:
			f.Category = heading
		case *cli.IntFlag:
			f.Category = heading
		case *cli.BoolFlag:
			f.Category = heading
		}
	}
	return flags
}

// list writes names as one reads them out.
func list(names []string) string { return strings.Join(names, ", ") }

// enumerate writes names as one does in a sentence: a, b or c.
func enumerate(names []string, last string) string {
	n := len(names) - 1
	if n < 1 {
		return list(names)
	}
	return list(names[:n]) + " " + last + " " + names[n]
}

// oneArgument returns the only argument of a command; what says what it should be.
func oneArgument(c *cli.Context, what string) (string, error) {
	switch c.Args().Len() {
	case 0:
		return "", misused(`%s needs %s ("%s --help" shows examples)`,
			c.Command.HelpName, what, c.Command.HelpName)
	case 1:
		return c.Args().First(), nil
	}
	return "", misused("%s takes one argument, got %d: %s",
		c.Command.HelpName, c.Args().Len(), strings.Join(c.Args().Slice(), " "))
}

// noArgument refuses arguments where none belong.
func noArgument(c *cli.Context) error {
	if c.Args().Present() {
		return misused("%s takes no arguments, got: %s",
			c.Command.HelpName, strings.Join(c.Args().Slice(), " "))
	}
	return nil
}
