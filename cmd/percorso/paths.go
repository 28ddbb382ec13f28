package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/attribute"
	"github.com/percorso/percorso/export/paths"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// ruleText explains what makes a path, as pathFlags choose it.
const ruleText = `
A path is the touches of a customer up to an order. Touches are visits to the web site and the app;
with --touches all also impressions, opened messages, store visits and calls, as far as they have a
user_id or a device_id. Touches older than --look-back at the order do not count; without an order a
path ends where nothing follows for that long. --identity company knows customers by user_id and
devices; truth knows the person behind every event. Touches at the same time are in the order of
event_id.`

// pathFlags are the flags that say what makes a path.
func pathFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "touches", Usage: "`clicks|all`: which touches count", Value: "clicks"},
		&cli.StringFlag{Name: "look-back", Usage: "days that count before an order, e.g. `30d`",
			Value: "30d"},
		&cli.StringFlag{Name: "identity", Usage: "`company|truth`: whose touches belong together",
			Value: "company"},
		flagOn("paid-only", "leave out touches of channels that are not paid"),
	}
}

// readRule reads pathFlags.
func readRule(c *cli.Context) (r paths.Rule, err error) {
	touches, err := placeOf(c, "touches", []string{"clicks", "all"})
	if err != nil {
		return r, err
	}
	identity, err := placeOf(c, "identity", []string{"company", "truth"})
	if err != nil {
		return r, err
	}
	r = paths.Rule{All: touches == 1, Truth: identity == 1, PaidOnly: c.Bool("paid-only")}
	r.LookBack, err = readSpan(c, "look-back")
	return r, err
}

// readSpan reads a time such as 30d.
func readSpan(c *cli.Context, flag string) (time.Duration, error) {
	span, ok := document.ParseSpan(c.String(flag))
	if !ok || span <= 0 {
		return 0, misused("--%s %s: want a time above 0, such as 30d or 12h", flag, c.String(flag))
	}
	return span, nil
}

// collect simulates a market and returns its paths.
func collect(ctx context.Context, con console, w *model.World, r paths.Rule, quiet bool) (
	*paths.Set, error) {
	sink := paths.NewCollector(w, r)
	if err := live(ctx, con, w, sink, quiet); err != nil {
		return nil, err
	}
	return sink.Set(), nil
}

// isPathFile reports whether an argument names a file of paths, and no scenario.
func isPathFile(name string) bool {
	at, err := os.Stat(name)
	return err == nil && !at.IsDir() && !isYAML(name)
}

// pathsOf returns the paths that the argument and the flags of a command ask for, and where they
// come from.
func pathsOf(c *cli.Context, con console) (s *paths.Set, from string, err error) {
	name, err := oneArgument(c, "a CSV file of paths, a scenario or the folder of a dataset")
	if err != nil {
		return nil, "", err
	}
	rule, err := readRule(c)
	if err != nil {
		return nil, "", err
	}
	if isPathFile(name) {
		for _, flag := range []string{"touches", "look-back", "identity", "paid-only", "customers",
			"seed", "luck", "start", "days", "set", "without"} {
			if c.IsSet(flag) {
				return nil, "", misused("--%s is for paths of a scenario: %s has them already", flag, name)
			}
		}
		s, err := paths.ReadFile(name)
		if wrong := (*paths.Error)(nil); errors.As(err, &wrong) {
			err = withCode(exitMisused, err)
		}
		return s, name, err
	}
	w, err := worldOf(c)
	if err != nil {
		return nil, "", err
	}
	if w, err = withoutSince(c, w); err != nil {
		return nil, "", err
	}
	s, err = collect(c.Context, con, w, rule, c.Bool("quiet"))
	return s, title(w), err
}

// title says which market is simulated.
func title(w *model.World) string {
	return w.Scenario.Name + ", " + count(w.Customers) + " customers, " + plural(w.Days, "day") +
		fmt.Sprintf(", seed %d", w.Scenario.Seed) + withoutText(w.OffNames(), w.OffSinceText())
}

// markPaths says which channels of a file are paid and direct.
func markPaths(c *cli.Context, s *paths.Set) error {
	paid, direct := namesIn(c, "paid"), namesIn(c, "direct")
	if s.Paid != nil && len(paid)+len(direct) > 0 {
		return misused("--paid and --direct are for files: a scenario says which channels are which")
	}
	if err := s.Mark(paid, direct); err != nil {
		return misused("%w", err)
	}
	return nil
}

// methodNames lists the methods that a flag names; none means all.
func methodNames(c *cli.Context) ([]string, error) {
	names, all := namesIn(c, "methods"), attribute.Names()
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, misused("--methods: %s", table.Unknown("method", name, all))
		}
	}
	return names, nil
}
