package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model"
)

// whatIsScenario tells what a scenario is, when none is given.
const whatIsScenario = "a scenario: a built-in name (\"percorso scenarios\" lists them), " +
	"a YAML file, or the folder of a dataset"

// scenarioFlags are the flags that change the scenario itself. They carry text, so that the loader
// checks them with the same rules and words as the file.
func scenarioFlags() []cli.Flag {
	return scenarioFlagsFrom("first `DAY` of the data, e.g. 2025-01-31")
}

// scenarioFlagsFrom are scenarioFlags with another text about --start.
func scenarioFlagsFrom(start string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "customers", Usage: "simulate `N` people, e.g. 5000, 10k, 2M, 1e6"},
		&cli.StringFlag{Name: "seed", Usage: "random seed, a whole number `N`; the same seed gives " +
			"the same data"},
		&cli.StringFlag{Name: "luck", Usage: "other luck for the same people, a whole number `N`"},
		&cli.StringFlag{Name: "start", Usage: start},
		&cli.StringFlag{Name: "days", Usage: "simulate `N` days, e.g. 90"},
		&cli.GenericFlag{Name: "set", Value: new(texts), Usage: "`KEY=VALUE`: change a key of the " +
			"scenario, e.g. needs.per_year=4; repeat it"},
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
	for _, name := range []string{"customers", "seed", "luck", "start", "days"} {
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
	if r.sets, err = settings(c); err == nil {
		r.warn(c)
	}
	return r, err
}

// warn says that a dataset was made without channels which the command will simulate.
func (r *request) warn(c *cli.Context) {
	if !app.IsDataset(r.name) {
		return
	}
	m, err := dataset.ReadManifest(r.name)
	if err != nil {
		return // loading says what is wrong
	}
	given, advice := withoutChannels(c), ""
	left := slices.ContainsFunc(m.Without, func(name string) bool {
		return !slices.Contains(given, name)
	})
	switch {
	case !left || c.Command.Name == "check" && len(r.sets) == 0: // that shows the manifest
		return
	case findFlag(c.Command.Flags, "without") != nil:
		advice = ": add --without " + strings.Join(m.Without, ",") + " to leave out the same"
	}
	fmt.Fprintf(c.App.ErrWriter, "percorso: %s was made without %s, and is simulated here with all "+
		"its channels%s\n", r.name, list(m.Without), advice)
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
	if err != nil {
		err = orFile(err, name)
	}
	return w, withCode(exitMisused, err)
}

// warnOfDates says which campaigns and promotions of a scenario are lost.
func warnOfDates(con console, w *model.World) {
	for _, line := range w.Scenario.Unused() {
		fmt.Fprintf(con.stderr, "percorso: %s\n", line)
	}
}

// orFile adds to the error of a name which file or folder may be meant, if it is no built-in name.
func orFile(err error, name string) error {
	at, absent := os.Stat(name)
	switch {
	case app.BuiltIn(name) != "" || strings.ContainsAny(name, `/\`) || isYAML(name):
		return err
	case absent == nil && !at.IsDir():
		return fmt.Errorf("unknown scenario %q, but there is a file %s: write ./%[2]s", name, name)
	case absent == nil:
		return err
	case filepath.Ext(name) == "" && exists(name+".yaml"):
		return fmt.Errorf("%w (or the file %s.yaml?)", err, name)
	}
	if near := neighbour(name); near != "" && (app.IsDataset(near) || isYAML(near)) {
		return fmt.Errorf("%w (or %s?)", err, near)
	}
	return err
}

// isYAML reports whether a name is taken for that of a file because of its end.
func isYAML(name string) bool {
	return filepath.Ext(name) == ".yaml" || filepath.Ext(name) == ".yml"
}

// withoutFlag is the flag that takes channels away.
func withoutFlag(usage string) cli.Flag {
	return &cli.GenericFlag{Name: "without", Value: new(texts), Usage: usage}
}

// withoutChannels are the channels that --without names.
func withoutChannels(c *cli.Context) []string { return namesIn(c, "without") }

// namesIn are the names in a flag that takes several, with commas between them.
func namesIn(c *cli.Context, flag string) []string {
	var names []string
	for _, s := range readTexts(c, flag) {
		for name := range strings.SplitSeq(s, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

// without is a world without the channels that --without names.
func without(w *model.World, channels []string) (*model.World, error) {
	off, err := w.Without(channels...)
	if err != nil {
		return nil, misused("--without: %w", err)
	}
	return off, nil
}
