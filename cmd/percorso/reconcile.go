package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/reconcile"
)

func reconcileCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "reconcile",
		Usage:     "compares the table of a receiver with the receipt of a stream",
		ArgsUsage: "RECEIPT TABLE [flags]",
		Description: `Examples:
  percorso reconcile receipt.parquet table.csv                 did everything arrive, once
  percorso reconcile receipt.jsonl raw.jsonl --id messageId    of dialect segment
  percorso reconcile receipt.parquet table.parquet --json      the result as JSON

RECEIPT is the file that "percorso stream --receipt" wrote. TABLE is what the receiver stored: .csv
with a header line or .jsonl, both also with .gz or .zst, or .parquet.

Columns with a name of the events table are compared by meaning: 20.9 equals 20.90. Dialects with
their own columns are compared by id only; the UUIDs that they make of event ids count as ids.

TABLE has one row per event. If the receiver stored whole requests, unpack them first, for example
those of dialect segment: jq -c '.batch[]' requests.jsonl > raw.jsonl`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "id", Usage: "`COLUMN` of the table that holds the event's id",
				Value: "event_id"},
			flagOn("json", "print the result as JSON"),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 2 {
				return misused(`percorso reconcile needs a receipt and a table, got %s `+
					`("percorso reconcile --help" shows examples)`, plural(c.Args().Len(), "argument"))
			}
			x, err := compare(c.Context, c.Args().Get(0), c.Args().Get(1), c.String("id"))
			if interrupted(c.Context, err) {
				return withCode(exitInterrupted, errors.New("interrupted"))
			}
			if err != nil {
				return blame(err)
			}
			if err := printResult(con.stdout, x, c.Bool("json")); err != nil {
				return err
			}
			return verdict(x)
		},
	}
}

// compare compares a table, whose ids are in a column, with a receipt.
func compare(ctx context.Context, receipt, of, id string) (*reconcile.Result, error) {
	t, err := reconcile.OpenForeign(of)
	if err != nil {
		return nil, err
	}
	x, err := reconcile.Compare(ctx, receipt, t, app.Replay(receipt), reconcile.Options{ID: id})
	if absent := (*reconcile.NoColumnError)(nil); errors.As(err, &absent) {
		err = errors.New(absent.Advise(" (give another with --id)"))
	}
	return x, err
}

// outcomes are in the order in which they are printed.
var outcomes = []push.Outcome{push.Accepted, push.Rejected, push.Dropped, push.Uncertain,
	push.Skipped, push.TooBig}

// printResult prints the result.
func printResult(w io.Writer, x *reconcile.Result, asJSON bool) error {
	if asJSON {
		return printJSON(w, x)
	}
	var b bytes.Buffer
	var events int64
	for _, n := range x.Receipt {
		events += n
	}
	fmt.Fprintf(&b, "receipt: %s events", count(events))
	for _, o := range outcomes {
		if n := x.Receipt[o]; n > 0 {
			fmt.Fprintf(&b, ", %s %s", count(n), o)
		}
	}
	fmt.Fprintf(&b, "\ntable:   %s rows\n\n", count(x.Rows))
	tell := func(t reconcile.Tally, what string) {
		fmt.Fprintf(&b, "%12s  %s\n", count(t.Count), what)
		for _, id := range t.First {
			fmt.Fprintf(&b, "%14s%s\n", "", id)
		}
		if t.Blank > 0 {
			fmt.Fprintf(&b, "%14s%s without an id\n", "", plural(t.Blank, "row"))
		}
		if more := t.Count - t.Blank - int64(len(t.First)); more > 0 && len(t.First) > 0 {
			fmt.Fprintf(&b, "%14s… %s more\n", "", count(more))
		}
	}
	tell(x.Missing, "missing: accepted, but not in the table")
	tell(x.Twice, "duplicate: more than once in the table, though no response was lost")
	tell(reconcile.Tally{Count: x.MaybeTwo.Count},
		"maybe duplicate: more than once in the table, which the receipt announces")
	tell(x.Foreign, "foreign: rows with an id that is not in the receipt")
	tell(x.Unwanted, "not accepted: in the table, though the target did not accept them")
	if x.Beside > 0 {
		fmt.Fprintf(&b, "%12s  additional: identify and alias calls, which go with other events\n",
			count(x.Beside))
	}
	if x.Arrived+x.NotThere > 0 {
		fmt.Fprintf(&b, "%12s  uncertain, and in the table\n%12s  uncertain, and not in the table\n",
			count(x.Arrived), count(x.NotThere))
	}
	if x.Why == "" {
		fmt.Fprintf(&b, "%12s  altered: other values in one of %s compared\n",
			count(x.Altered.Count), plural(len(x.Compared), "column"))
		printAltered(&b, x)
	} else {
		fmt.Fprintf(&b, "%12s  %s\n", "-", x.Why)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// printAltered prints what was altered.
func printAltered(b *bytes.Buffer, x *reconcile.Result) {
	of := ""
	if x.Partly {
		of = fmt.Sprintf(" of the first %s events", count(reconcile.Detailed))
	}
	for _, name := range x.Compared {
		if n := x.ByColumn[name]; n > 0 {
			fmt.Fprintf(b, "%14s%s: %s%s\n", "", name, count(n), of)
		}
	}
	for _, d := range x.Different {
		fmt.Fprintf(b, "%14sevent %d: %s is %q, but %q was sent\n", "",
			d.Event, d.Column, d.Found, d.Expected)
	}
}

// verdict is an error if the table differs.
func verdict(x *reconcile.Result) error {
	var amiss []string
	for _, f := range x.Amiss() {
		amiss = append(amiss, count(f.Count)+" "+f.What)
	}
	if len(amiss) == 0 {
		return nil
	}
	return withCode(exitRefused, fmt.Errorf("the table differs from what was accepted: %s",
		list(amiss)))
}
