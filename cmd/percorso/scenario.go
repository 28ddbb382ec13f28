package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/model"
)

// whatIsScenario is said to those who name none.
const whatIsScenario = "a scenario: a built-in one (\"percorso scenarios\" lists them), " +
	"a file, or a dataset"

// scenarioFlags are the flags that change the scenario itself. They carry text, so that the loader
// checks them with the same rules and words as the file.
func scenarioFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "customers", Usage: "simulate `N` people, e.g. 5000, 1e6, 2_000_000"},
		&cli.StringFlag{Name: "seed", Usage: "another `N`, another market of the same kind"},
		&cli.StringFlag{Name: "start", Usage: "the first `DAY` written, e.g. 2025-01-01"},
		&cli.StringFlag{Name: "days", Usage: "write `N` days"},
		&cli.GenericFlag{Name: "set", Value: new(texts),
			Usage: "change any key, `PATH=VALUE`, e.g. needs.per_year=4; may be repeated"},
	}
}

// settings are the changes that the scenario flags ask for. Flags of their own win over --set.
func settings(c *cli.Context) ([]model.Set, error) {
	var sets []model.Set
	for _, s := range readTexts(c, "set") {
		path, value, ok := strings.Cut(s, "=")
		if !ok || path == "" {
			return nil, misused("--set %q: want PATH=VALUE, e.g. --set needs.per_year=4", s)
		}
		sets = append(sets, model.Set{Path: path, Value: value, Flag: "--set",
			AnyPath: true})
	}
	for _, name := range []string{"customers", "seed", "start", "days"} {
		if c.IsSet(name) {
			sets = append(sets, model.Set{Path: name, Value: c.String(name), Flag: "--" + name})
		}
	}
	return sets, nil
}

// A request is a scenario as somebody asks for it.
type request struct {
	name string
	sets []model.Set
}

// requested reads which scenario the arguments and flags of a subcommand ask for.
func requested(c *cli.Context) (r request, err error) {
	if r.name, err = oneArgument(c, whatIsScenario); err != nil {
		return r, err
	}
	r.sets, err = settings(c)
	return r, err
}

// worldOf is the world that the arguments and flags of a subcommand ask for, with all its channels.
func worldOf(c *cli.Context) (*model.World, error) {
	r, err := requested(c)
	if err != nil {
		return nil, err
	}
	return loadWorld(r.name, r.sets)
}

// loadWorld reads and compiles a scenario; whatever is wrong with it is a misuse.
func loadWorld(name string, sets []model.Set) (*model.World, error) {
	w, err := app.Load(name, sets...)
	return w, withCode(exitMisused, err)
}
