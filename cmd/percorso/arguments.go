package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// arrange puts the flags of each command before its arguments, so that they may stand anywhere:
// cli takes whatever follows the first argument for more arguments and says nothing
// (urfave/cli#976). It turns `help X` into `X --help`, and refuses a flag that is given twice
// though it may be given once: cli would take the last.
func arrange(app *cli.App, args []string) ([]string, error) {
	if len(args) > 1 && args[1] == "help" {
		args = append(append([]string{args[0]}, args[2:]...), "--help")
	}
	root := &cli.Command{Flags: app.Flags, Subcommands: app.Commands}
	rest, err := flagsFirst(root, args[1:])
	return append(args[:1:1], rest...), err
}

func flagsFirst(c *cli.Command, args []string) ([]string, error) {
	if c.SkipFlagParsing {
		return args, nil
	}
	var flags, words []string
	var again error
	given := make(map[string]bool)
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			words = append(words, args[i+1:]...)
			i = len(args)
		case arg == "--help" || arg == "-h":
			return []string{"--help"}, nil // whatever else there is: cli would look it up
		case len(arg) > 1 && arg[0] == '-':
			flags = append(flags, arg)
			again = cmp.Or(again, givenAgain(c.Flags, arg, given))
			if !takesValue(c.Flags, arg) {
				break
			}
			if i++; i == len(args) {
				return flags, again // without words, so that none is taken for the value
			}
			flags = append(flags, args[i])
		case len(words) == 0 && c.Command(arg) != nil:
			rest, err := flagsFirst(c.Command(arg), args[i+1:])
			return append(append(flags, arg), rest...), cmp.Or(again, err)
		default:
			words = append(words, arg)
		}
	}
	if len(words) > 0 {
		flags = append(append(flags, "--"), words...)
	}
	return flags, again
}

// givenAgain is the error of a flag that is among those already given and may be given once.
func givenAgain(flags []cli.Flag, arg string, given map[string]bool) error {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	flag := findFlag(flags, name)
	if flag == nil {
		return nil
	}
	if list, ok := flag.(*cli.GenericFlag); ok {
		if _, ok := list.Value.(*texts); ok {
			return nil
		}
	}
	name = flag.Names()[0]
	if given[name] {
		return misused("--%s is given twice: give it once", name)
	}
	given[name] = true
	return nil
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
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// renamedFlags are the flags that had another name up to release 0.3, by that name.
var renamedFlags = map[string]string{
	"off": "without", "give-up": "retry-for", "for": "duration", "patience": "idle-timeout",
	"readers": "max-clients", "hdr": "hdr-log",
}

// renamedToCommands are the flags of release 0.3 that are commands of their own now.
var renamedToCommands = map[string]string{
	"check --simulate": "percorso kpis SCENARIO",
	"check --off":      "percorso kpis SCENARIO --without CHANNELS",
}

// flagsElsewhere are the flags that people look for at a command which does not have them.
var flagsElsewhere = map[string]string{
	"check --without": "percorso kpis SCENARIO --without CHANNELS",
	"check --kpis":    "percorso kpis SCENARIO",
	"kpis --resolved": "percorso check SCENARIO --resolved",
}

// flagError says in one line what is wrong with the flags; cli would print the whole help.
func flagError(c *cli.Context, err error, _ bool) error {
	where := c.Command.HelpName + " --help"
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		if now, moved := renamedToCommands[c.Command.Name+" --"+name]; moved {
			return misused("%s no longer has --%s: run %q", c.Command.Name, name, now)
		}
		if there, is := flagsElsewhere[c.Command.Name+" --"+name]; is {
			return misused("%s has no --%s: run %q", c.Command.Name, name, there)
		}
		if now := renamedFlags[name]; findFlag(c.Command.Flags, now) != nil {
			return misused("--%s is now called --%s", name, now)
		}
		return misused(`unknown flag %s%s ("%s" lists the flags)`,
			typed(c, name), table.Nearest("--"+name, flagNames(c.Command.Flags)), where)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return misused("--%s needs a value", strings.TrimPrefix(name, "-"))
	}
	if value, rest, ok := strings.Cut(strings.TrimPrefix(text, "invalid value "), " for flag -"); ok {
		name, _, _ := strings.Cut(rest, ":")
		if _, ok := findFlag(c.Command.Flags, name).(*cli.DurationFlag); ok {
			return misused("--%s %s: want a time with its unit, e.g. 500ms, 10s, 5m, 1h30m", name, value)
		}
	}
	if value, rest, ok := strings.Cut(strings.TrimPrefix(text, "invalid boolean value "),
		" for -"); ok {
		name, _, _ := strings.Cut(rest, ":")
		return misused("--%s=%s: --%[1]s takes no value", name, strings.Trim(value, `"`))
	}
	return misused(`%w ("%s" explains the flags)`, err, where)
}

// typed is a flag with the dashes with which it was typed; cli does not tell.
func typed(c *cli.Context, name string) string {
	args, _ := c.App.Metadata[argumentsKey].([]string)
	for _, arg := range args {
		if flag, _, _ := strings.Cut(arg, "="); strings.HasPrefix(flag, "-") &&
			strings.TrimLeft(flag, "-") == name {
			return flag
		}
	}
	return "--" + name
}

// argumentsKey is where the metadata of the app keeps its arguments.
const argumentsKey = "arguments"

// flagNames are the long names of the flags that are to be seen, with their dashes.
func flagNames(flags []cli.Flag) []string {
	var names []string
	for _, f := range flags {
		if seen, ok := f.(cli.VisibleFlag); ok && !seen.IsVisible() {
			continue
		}
		names = append(names, "--"+f.Names()[0])
	}
	return names
}

// readCount reads a flag that counts something, from least to most: 20, 10k, 2M, 1e6, 10,000.
func readCount(c *cli.Context, flag string, least, most int64) (int64, error) {
	text := c.String(flag)
	x, ok := document.ParseCount(text)
	if !ok || x < float64(least) || x > float64(most) {
		to := ""
		if most < anyCount {
			to = " to " + count(most)
		}
		return 0, misused("--%s %s: want a whole number from %d%s, e.g. 20, 10k, 2M, 1e6",
			flag, text, least, to)
	}
	return int64(x), nil
}

// anyCount is the limit of counts that have no other: the largest integer that is exact in JSON.
const anyCount = 1<<53 - 1

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

// quietFlag is --quiet, or -q; usage says what it leaves out.
func quietFlag(usage string) cli.Flag {
	return &cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: usage,
		DisableDefaultText: true}
}

// flagLine is a flag as the help lists it: its names, what it takes, a tab, what it does and what
// it is without being given. What it takes stands between backquotes in its usage, as one of the
// words or, before a colon, apart.
func flagLine(f cli.Flag) string {
	var line strings.Builder
	for _, name := range slices.Backward(f.Names()) { // the short one first
		if line.Len() > 0 {
			line.WriteString(", ")
		}
		line.WriteString("--"[:min(len(name), 2)] + name)
	}
	flag, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return line.String()
	}
	before, rest, _ := strings.Cut(flag.GetUsage(), "`")
	takes, after, _ := strings.Cut(rest, "`")
	if flag.TakesValue() {
		line.WriteString(" " + takes)
	}
	if about, ok := strings.CutPrefix(after, ": "); ok && before == "" {
		line.WriteString("\t" + about)
	} else {
		line.WriteString("\t" + before + takes + after)
	}
	usual := flag.GetDefaultText()
	if bare, err := strconv.Unquote(usual); err == nil {
		usual = bare
	} else if d, err := time.ParseDuration(usual); err == nil {
		usual = shortTime(d)
	}
	if usual != "" && flag.TakesValue() {
		line.WriteString(" (default: " + usual + ")")
	}
	return line.String()
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
		case *cli.BoolFlag:
			f.Category = heading
		}
	}
	return flags
}

// list writes names as one reads them out.
func list(names []string) string { return strings.Join(names, ", ") }

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
