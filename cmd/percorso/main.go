// Percorso simulates customer journeys and writes them as data.
//
// One file of this package per subcommand. Each has a constructor that reads the flags into a plain
// struct, and a function that does the work and knows nothing of flags. This is the only package
// that looks at the clock, the terminal and the signals of the process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model/table"
)

// The exit codes, also printed by `percorso --help`.
const (
	exitDone        = 0
	exitFailed      = 1
	exitMisused     = 2
	exitRefused     = 3 // a check failed
	exitInterrupted = 130
)

// A console is what a command may touch of the outside world besides files.
type console struct {
	stdout io.Writer // data
	stderr io.Writer // talk
	now    func() time.Time
	self   string // how the command was called, as one types it
}

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // a fifth less memory for a twentieth more time
	}
	os.Exit(run(os.Args, os.Stdout, os.Stderr))
}

// run does what args ask, of which the first is the program's name, and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := interruptible(context.Background())
	defer stop()
	con := console{stdout: stdout, stderr: stderr, now: time.Now, self: typedAs(args[0])}
	app := newApp(con)
	app.Metadata = map[string]any{argumentsKey: args}
	args, err := arrange(app, args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	return explain(stderr, err)
}

// typedAs is what one types to call a program whose first argument is its path.
func typedAs(path string) string {
	switch {
	case strings.Contains(path, "go-build") && exists("cmd/percorso/main.go"):
		return "go run ./cmd/percorso"
	case strings.Contains(path, "go-build") || !strings.ContainsRune(path, os.PathSeparator):
		return "percorso"
	}
	return quoted(path)
}

// explain says what went wrong, in as few words as the error has, and returns the exit code.
func explain(stderr io.Writer, err error) int {
	if err == nil || errors.Is(err, syscall.EPIPE) { // whoever read our stdout has seen enough
		return exitDone
	}
	fmt.Fprintf(stderr, "percorso: %v\n", err)
	if coded := (*codedError)(nil); errors.As(err, &coded) {
		return coded.code
	}
	return exitFailed
}

// A codedError is an error with an exit code of its own.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// withCode gives err an exit code; nil stays nil.
func withCode(code int, err error) error {
	if err == nil {
		return nil
	}
	return &codedError{code, err}
}

// misused is the error of somebody who asked for something that cannot be done.
func misused(format string, args ...any) error {
	return &codedError{exitMisused, fmt.Errorf(format, args...)}
}

// blame gives an error of package export its code: a check that failed, a disk that is full or
// closed, or else somebody who asked for what cannot be. Of a file that is not there it says which
// one may be meant.
func blame(err error) error {
	if near := missing(err); near != nil {
		return near
	}
	errno, damage := syscall.Errno(0), (*dataset.DamageError)(nil)
	switch {
	case errors.As(err, &damage):
		return withCode(exitRefused, err)
	case errors.As(err, &errno) && !errors.Is(err, fs.ErrNotExist):
		return withCode(exitFailed, err)
	}
	return withCode(exitMisused, err)
}

func newApp(con console) *cli.App {
	cli.FlagStringer = flagLine
	app := &cli.App{
		Name:                  "percorso",
		Usage:                 "simulates customer journeys and writes them as data",
		Writer:                con.stdout,
		ErrWriter:             con.stderr,
		HideVersion:           true, // we print more than its number
		HideHelpCommand:       true, // `help X` is `X --help`, see arrange
		CustomAppHelpTemplate: appHelp,
		OnUsageError:          flagError,
		ExitErrHandler:        func(*cli.Context, error) {}, // run decides what to print
		Flags: []cli.Flag{
			flagOn("version", "print the release and how it was built"),
		},
		Commands: []*cli.Command{
			generateCommand(con),
			streamCommand(con),
			serveCommand(con),
			checkCommand(con),
			kpisCommand(con),
			truthCommand(con),
			attributeCommand(con),
			scoreCommand(con),
			exportCommand(con),
			journeyCommand(con),
			scenariosCommand(con),
			schemaCommand(con),
			verifyCommand(con),
			mergeCommand(con),
			reconcileCommand(con),
			completionCommand(con),
			versionCommand(con),
		},
	}
	app.Action = func(c *cli.Context) error {
		switch {
		case c.Bool("version"):
			fmt.Fprintln(con.stdout, version())
			return nil
		case c.Args().Present():
			return unknownCommand("command", c.Args().First(), app.Commands)
		}
		return cli.ShowAppHelp(c)
	}
	for _, c := range app.Commands {
		prepare(c, c.Name)
	}
	app.Commands = append(app.Commands, completeCommand(con, app))
	return app
}

// prepare gives a command and those below it what cli does not pass down. The path is the words
// that call it.
func prepare(c *cli.Command, path string) {
	c.HideHelpCommand = true
	c.CustomHelpTemplate = commandHelp + exitCodes(path)
	c.OnUsageError = flagError
	for _, sub := range c.Subcommands {
		prepare(sub, path+" "+sub.Name)
	}
}

// unknownCommand is the error of a word that is not among the commands.
func unknownCommand(kind, word string, commands []*cli.Command) error {
	var names []string
	for _, c := range commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	return misused("%s", table.Unknown(kind, word, names))
}

const appHelp = `{{.Name}} {{.Usage}}

Examples:
  percorso generate fashion --customers 2000 -o data    a year of a small fashion market
  percorso check shop.yaml                              is my scenario valid, and what will it give
  percorso scenarios show classic-funnel > shop.yaml    a scenario to start from

Commands:{{range .VisibleCommands}}
  {{.Name}}{{"\t"}}{{.Usage}}{{end}}

Flags:{{range .VisibleFlags}}
  {{.}}{{end}}

"percorso COMMAND --help" shows examples and flags of a command.
` + exitText + "3 a check failed, " + exitLast

// The first and the last of the exit codes, as help lists them.
const (
	exitText = "Exit codes: 0 done, 1 failed, 2 wrong usage, "
	exitLast = "130 interrupted.\n"
)

// refusals are what exit code 3 means, by the command that uses it.
var refusals = map[string]string{
	"kpis":      "a KPI is missed",
	"generate":  "the dataset to resume is damaged",
	"merge":     "a shard is damaged",
	"verify":    "incomplete or damaged",
	"reconcile": "the table differs",
}

// exitCodes lists the exit codes of a command, as the last lines of its help.
func exitCodes(command string) string {
	text := "\n" + exitText
	switch refusal, ok := refusals[command]; {
	case command == "stream":
		return "\n" + streamExits
	case command == "check":
		text = strings.Replace(text, "2 wrong usage", "2 wrong usage or an invalid scenario", 1)
	case command == "journey":
		text = strings.Replace(text, "1 failed", "1 failed, or nobody has such a journey", 1)
	case ok:
		text += "3 " + refusal + ", "
	}
	return text + exitLast
}

const commandHelp = `{{.HelpName}} {{.Usage}}

Usage:
  {{.HelpName}}{{with .ArgsUsage}} {{.}}{{end}}{{if .Description}}

{{.Description}}{{end}}{{if .VisibleCommands}}

Commands:{{range .VisibleCommands}}
  {{.Name}} {{.ArgsUsage}}{{"\t"}}{{.Usage}}{{end}}{{end}}

Flags:{{$group := ""}}{{range .VisibleFlags}}{{if ne .GetCategory $group}}{{$group = .GetCategory}}
{{with $group}}
 {{.}}:{{end}}{{end}}
  {{.}}{{end}}
`
