package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/effects"
)

func mergeCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "merge",
		Usage:     "joins the shards of a dataset, or of a truth, into one",
		ArgsUsage: "FOLDER… --out FOLDER [flags]",
		Description: `Examples:
  percorso generate fashion --shard 1/2 -o one    on one machine
  percorso generate fashion --shard 2/2 -o two    on another
  percorso merge one two -o data                  the same files as without shards

Give the folders of all shards, in any order. On one file system the merged files are hard links to
those of the shards, which take no space.`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "write to `FOLDER`"},
			flagOn("force", "replace the dataset in the folder"),
		},
		Action: func(c *cli.Context) error {
			switch {
			case !c.Args().Present():
				return misused(`%s needs the folders of all shards ("%[1]s --help" shows examples)`,
					c.Command.HelpName)
			case c.String("out") == "" || c.String("out") == "-":
				return misused("%s needs the folder to write: --out FOLDER", c.Command.HelpName)
			}
			return merge(c.Context, con, c.Args().Slice(), c.String("out"), c.Bool("force"))
		},
	}
}

func merge(ctx context.Context, con console, dirs []string, out string, force bool) error {
	if effects.IsShard(dirs[0]) {
		if err := app.MergeTruth(dirs, out, force); err != nil {
			return blame(err)
		}
		fmt.Fprintf(con.stderr, "%s: the truth from %d shards\n", out, len(dirs))
		return nil
	}
	m, err := dataset.Merge(ctx, dirs, out, force)
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, fmt.Errorf("interrupted: %s is incomplete", out))
	}
	if err != nil {
		return blame(occupied(err, ""))
	}
	rows, bytes := m.Size()
	fmt.Fprintf(con.stderr, "%s: %s rows in %d tables, %s, from %d shards\n",
		out, count(rows), len(m.Tables), size(bytes), len(dirs))
	return nil
}
