package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dataset"
)

func verifyCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "checks that a dataset is complete and unchanged",
		ArgsUsage: "FOLDER [flags]",
		Description: `Examples:
  percorso verify data && load data    load it only if every file is there and unchanged
  percorso verify data --json          what was found, as JSON

Each file of the manifest is read and must have its rows, bytes and SHA-256. Other files in the
folders of the tables are damage, for readers would take them for data; files beside those folders
are yours and are ignored.`,
		Flags: []cli.Flag{flagOn("json", "print what was found as JSON")},
		Action: func(c *cli.Context) error {
			dir, err := oneArgument(c, "the folder of a dataset")
			if err != nil {
				return err
			}
			return verify(c.Context, con, dir, c.Bool("json"))
		},
	}
}

// A verification is what `verify --json` prints.
type verification struct {
	Dataset  string            `json:"dataset"`
	OK       bool              `json:"ok"`
	Error    string            `json:"error,omitempty"` // why it could not be checked
	Problems []dataset.Problem `json:"problems"`
	Scenario string            `json:"scenario,omitempty"`
	Seed     uint64            `json:"seed"`
	Shard    string            `json:"shard,omitempty"`
	Without  []string          `json:"without,omitempty"` // channels it was made without
	Rows     int64             `json:"rows"`
	Bytes    int64             `json:"bytes"`
}

func verify(ctx context.Context, con console, dir string, asJSON bool) error {
	m, err := dataset.Verify(ctx, dir)
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, fmt.Errorf("interrupted: %s is not fully checked", dir))
	}
	none := (*dataset.NoneError)(nil)
	switch {
	case !errors.As(err, &none):
	case none.Absent:
		err = fmt.Errorf("%w%s", err, nearby(dir))
	case none.Unfinished:
		err = fmt.Errorf("%w: run the same generate command with --resume to finish it", err)
	}
	v := verification{Dataset: dir, OK: err == nil, Problems: []dataset.Problem{}}
	if damage := (*dataset.DamageError)(nil); errors.As(err, &damage) {
		v.Problems = damage.Problems
	} else if err != nil {
		v.Error = err.Error()
	}
	if m != nil {
		v.Scenario, v.Seed = m.Scenario.Name, m.Seed
		if m.Shard != nil {
			v.Shard = m.Shard.String()
		}
		v.Without = m.Without
		v.Rows, v.Bytes = m.Size()
	}
	if asJSON {
		if err := printJSON(con.stdout, v); err != nil {
			return err
		}
	}
	switch {
	case none != nil && (none.Absent || none.File || none.Above != ""):
		return withCode(exitMisused, err)
	case err != nil:
		return withCode(exitRefused, err)
	case asJSON:
		return nil
	}
	what := v.Scenario
	if v.Shard != "" {
		what += ", shard " + v.Shard
	}
	what += withoutText(m.Without)
	if m.Current() != nil {
		what += ", of release " + m.Release
	}
	_, err = fmt.Fprintf(con.stdout, "%s is complete and unchanged: %s, seed %d, %s rows, %s\n",
		dir, what, v.Seed, count(v.Rows), size(v.Bytes))
	return err
}
