package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/record"
)

func verifyCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "checks that a dataset or a recording is complete and unchanged",
		ArgsUsage: "FOLDER [flags]",
		Description: `Examples:
  percorso verify data && load data    load it only if every file is there and unchanged
  percorso verify data --json          what was found, as JSON
  percorso verify recording            what "percorso stream --record" wrote

Each file of the manifest is read and must have its rows, bytes and SHA-256. Other files in the
folders of the tables are damage, for readers would take them for data; files beside those folders
are yours and are ignored. The truth that "percorso truth" wrote beside the tables is checked, too.
Of a recording, too, each file must have its bytes and SHA-256, and its
requests can be read and are as many as the manifest says.`,
		Flags: []cli.Flag{flagOn("json", "print what was found as JSON")},
		Action: func(c *cli.Context) error {
			dir, err := oneArgument(c, "the folder of a dataset or of a recording")
			if err != nil {
				return err
			}
			if record.Is(dir) {
				return verifyRecording(c.Context, con, dir, c.Bool("json"))
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
	if err == nil {
		err = verifyTruth(dir, m)
	}
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
	what += withoutText(m.Without, m.Since)
	if m.Current() != nil {
		what += ", of release " + m.Release
	}
	_, err = fmt.Fprintf(con.stdout, "%s is complete and unchanged: %s, seed %d, %s rows, %s\n",
		dir, what, v.Seed, count(v.Rows), size(v.Bytes))
	return err
}

// verifyTruth checks the truth that lies in the folder of a dataset, if there is one.
func verifyTruth(dir string, m *dataset.Manifest) error {
	if !effects.Has(dir) {
		return nil
	}
	truth, problems, err := effects.Verify(dir)
	if err != nil {
		return err
	}
	if truth.Hash != m.Scenario.Hash || truth.Release != m.Release {
		return fmt.Errorf("%s has the truth of another run: of release %s and scenario %s, and the "+
			"dataset is of release %s and scenario %s: find it again with: percorso truth %[1]s -o %[1]s "+
			"--force", dir, truth.Release, truth.Hash, m.Release, m.Scenario.Hash)
	}
	damage := &dataset.DamageError{Dir: dir}
	for _, p := range problems {
		damage.Problems = append(damage.Problems, dataset.Problem{Path: p.Path, What: p.What})
	}
	if len(damage.Problems) > 0 {
		return damage
	}
	return nil
}

// A recordingCheck is what `verify --json` prints of a recording.
type recordingCheck struct {
	Recording string           `json:"recording"`
	OK        bool             `json:"ok"`
	Error     string           `json:"error,omitempty"` // why it could not be checked
	Problems  []record.Problem `json:"problems"`
	Scenario  string           `json:"scenario,omitempty"`
	Seed      uint64           `json:"seed"`
	Dialect   string           `json:"dialect,omitempty"`
	Requests  int64            `json:"requests"`
	Events    int64            `json:"events"`
	Bytes     int64            `json:"bytes"` // of the files
}

func verifyRecording(ctx context.Context, con console, dir string, asJSON bool) error {
	m, err := record.Verify(ctx, dir)
	if interrupted(ctx, err) {
		return withCode(exitInterrupted, fmt.Errorf("interrupted: %s is not fully checked", dir))
	}
	if unfinished := (*record.UnfinishedError)(nil); errors.As(err, &unfinished) {
		err = fmt.Errorf("%w: record it again", err)
	}
	v := recordingCheck{Recording: dir, OK: err == nil, Problems: []record.Problem{}}
	if damage := (*record.DamageError)(nil); errors.As(err, &damage) {
		v.Problems = damage.Problems
	} else if err != nil {
		v.Error = err.Error()
	}
	if m != nil {
		v.Scenario, v.Seed, v.Dialect = m.Scenario, m.Seed, m.Dialect
		v.Requests, v.Events, v.Bytes = m.Requests, m.Events, m.Size()
	}
	if asJSON {
		if err := printJSON(con.stdout, v); err != nil {
			return err
		}
	}
	if err != nil {
		return withCode(exitRefused, err)
	}
	if asJSON {
		return nil
	}
	_, err = fmt.Fprintf(con.stdout, "%s is complete and unchanged: %s, %s in %s of %s, %s\n",
		dir, recordedTitle(m), plural(m.Events, "event"), plural(m.Requests, "request"), m.Dialect,
		size(m.Size()))
	return err
}
