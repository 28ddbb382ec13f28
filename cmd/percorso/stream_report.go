package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/push"
)

// A reporting is what is said about a stream, while it runs and after.
type reporting struct{}

func reportingFlags() []cli.Flag { return nil }

func readReporting(_ *cli.Context) (reporting, error) { return reporting{}, nil }

// start begins to report. What it returns is called at the end, with the error of the run, and
// returns what the command ends with.
func (r *reporting) start(con console, m *push.Measure, _ *streaming) (func(error) error, error) {
	return func(err error) error {
		fmt.Fprintf(con.stderr, "%+v\n", m.Counts())
		return err
	}, nil
}
