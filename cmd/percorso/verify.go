package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dataset"
)

func verifyCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "checks that a dataset is complete and as it was written",
		ArgsUsage: "DIR",
		Description: `Examples:
  percorso verify data && load data    exit code 3 when something is missing or changed`,
		Action: func(c *cli.Context) error {
			dir, err := oneArgument(c, "the folder of a dataset")
			if err != nil {
				return err
			}
			return verify(c.Context, con, dir)
		},
	}
}

func verify(ctx context.Context, con console, dir string) error {
	m, err := dataset.Verify(ctx, dir)
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, fmt.Errorf("interrupted, %s is not fully checked", dir))
	}
	if err != nil {
		return withCode(exitRefused, err)
	}
	what := m.Scenario.Name
	if m.Shard != nil {
		what += fmt.Sprintf(", shard %v", m.Shard)
	}
	if m.Current() != nil {
		what += ", of release " + m.Release
	}
	rows, bytes := m.Size()
	_, err = fmt.Fprintf(con.stdout, "%s is complete and unchanged: %s, seed %d, %s rows, %s\n",
		dir, what, m.Seed, count(rows), size(bytes))
	return err
}
