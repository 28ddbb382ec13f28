package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dataset"
)

func mergeCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "merge",
		Usage:     "joins the shards of a dataset into one",
		ArgsUsage: "DIR… --out DIR [flags]",
		Description: `Examples:
  percorso generate fashion --shard 1/2 --out one    on one machine
  percorso generate fashion --shard 2/2 --out two    on another
  percorso merge one two --out data                  the same files as without shards`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` to write"},
			flagOn("force", "replace a dataset that is there"),
		},
		Action: func(c *cli.Context) error {
			switch {
			case !c.Args().Present():
				return misused(`%s needs the folders of all shards ("%[1]s --help" shows examples)`,
					c.Command.HelpName)
			case c.String("out") == "" || c.String("out") == "-":
				return misused("%s needs --out and the folder to write", c.Command.HelpName)
			}
			return merge(c.Context, con, c.Args().Slice(), c.String("out"), c.Bool("force"))
		},
	}
}

func merge(ctx context.Context, con console, dirs []string, out string, force bool) error {
	m, err := dataset.Merge(ctx, dirs, out, force)
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, fmt.Errorf("interrupted, %s is not complete", out))
	}
	if err != nil {
		return blame(occupied(err, ""))
	}
	rows, bytes := m.Size()
	fmt.Fprintf(con.stderr, "%s: %s rows in %d tables, %s, from %d shards\n",
		out, count(rows), len(m.Tables), size(bytes), len(dirs))
	return nil
}
