package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/model"
)

// whatIsScenario tells what a scenario is, when none is given.
const whatIsScenario = "a scenario: a built-in name (\"percorso scenarios\" lists them), " +
	"a YAML file, or the folder of a dataset"

// scenarioFlags are the flags that change the scenario itself. They carry text, so that the loader
// checks them with the same rules and words as the file.
func scenarioFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "customers", Usage: "simulate `N` people, e.g. 5000, 10k, 2M, 1e6"},
		&cli.StringFlag{Name: "seed", Usage: "random seed, a number `N`; the same seed gives the same " +
			"data"},
		&cli.StringFlag{Name: "start", Usage: "first `DAY` of the data, e.g. 2025-01-31"},
		&cli.StringFlag{Name: "days", Usage: "number of days, `N`, e.g. 90"},
		&cli.GenericFlag{Name: "set", Value: new(texts), Usage: "`KEY=VALUE`: change a key of the " +
			"scenario, e.g. needs.per_year=4; may be repeated"},
	}
}

// settings are the changes that the scenario flags ask for. Flags of their own win over --set.
func settings(c *cli.Context) ([]model.Set, error) {
	var sets []model.Set
	for _, s := range readTexts(c, "set") {
		path, value, ok := strings.Cut(s, "=")
		if !ok || path == "" {
			return nil, misused("--set %q: want KEY=VALUE, e.g. --set needs.per_year=4", s)
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
	if near := missing(err); near != nil {
		return nil, near
	}
	if file := name + ".yaml"; err != nil && filepath.Ext(name) == "" && exists(file) &&
		app.BuiltIn(name) == "" {
		err = fmt.Errorf("%w (or the file %s?)", err, file)
	}
	return w, withCode(exitMisused, err)
}
