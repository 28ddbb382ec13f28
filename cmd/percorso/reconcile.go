package main

import (
	"bytes"
	"context"
	"encoding/json"
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
		Usage:     "compares the table that a receiver ended with to the receipt of a stream",
		ArgsUsage: "RECEIPT TABLE [flags]",
		Description: `TABLE is a .csv with a header, .jsonl (both also .gz or .zst) or .parquet.
Columns that are called as in our events table are compared by what they mean: 20.9 is 20.90. Of
dialects with columns of their own only ids are compared; UUIDs that we have made of ids are ids.

Examples:
  percorso reconcile receipt.parquet table.csv    exit code 3 when anything is amiss
  percorso reconcile receipt.jsonl raw.jsonl --id messageId     of dialect segment`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "id", Usage: "the `COLUMN` of the table with the event's id",
				Value: "event_id"},
			flagOn("json", "print the result as JSON"),
		},
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 2 {
				return misused(`percorso reconcile needs a receipt and a table, got %d arguments `+
					`("percorso reconcile --help" shows examples)`, c.Args().Len())
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

// compare holds a table, whose ids are in a column, against a receipt.
func compare(ctx context.Context, receipt, of, id string) (*reconcile.Result, error) {
	t, err := reconcile.OpenForeign(of)
	if err != nil {
		return nil, err
	}
	x, err := reconcile.Compare(ctx, receipt, t, app.Replay(receipt), reconcile.Options{ID: id})
	if absent := (*reconcile.NoColumnError)(nil); errors.As(err, &absent) {
		err = errors.New(absent.Advise(" (--id names another)"))
	}
	return x, err
}

// outcomes are in the order in which they are told.
var outcomes = []push.Outcome{push.Accepted, push.Rejected, push.Dropped, push.Uncertain,
	push.Skipped, push.TooBig}

// printResult prints what came out.
func printResult(w io.Writer, x *reconcile.Result, asJSON bool) error {
	if asJSON {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(x)
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
		if more := t.Count - int64(len(t.First)); more > 0 && len(t.First) > 0 {
			fmt.Fprintf(&b, "%14s… %s more\n", "", count(more))
		}
	}
	tell(x.Missing, "missing: accepted, and not in the table")
	tell(x.Twice, "duplicate: in the table more than once, and no answer was lost")
	tell(reconcile.Tally{Count: x.MaybeTwo.Count},
		"maybe duplicate: in the table more than once, as the receipt says it may")
	tell(x.Foreign, "foreign: rows with an id that the receipt does not have")
	tell(x.Unwanted, "not accepted: in the table, and the target did not accept them")
	if x.Beside > 0 {
		fmt.Fprintf(&b, "%12s  beside: calls that say who somebody is, of events that have theirs\n",
			count(x.Beside))
	}
	if x.Arrived+x.NotThere > 0 {
		fmt.Fprintf(&b, "%12s  uncertain that arrived\n%12s  uncertain that did not arrive\n",
			count(x.Arrived), count(x.NotThere))
	}
	if x.Why == "" {
		fmt.Fprintf(&b, "%12s  altered, in %d columns that were compared\n",
			count(x.Altered.Count), len(x.Compared))
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
		fmt.Fprintf(b, "%14sevent %d: %s is %q, sent as %q\n", "",
			d.Event, d.Column, d.Found, d.Expected)
	}
}

// verdict is an error if anything is amiss.
func verdict(x *reconcile.Result) error {
	var amiss []string
	for _, f := range x.Amiss() {
		amiss = append(amiss, count(f.Count)+" "+f.What)
	}
	if len(amiss) == 0 {
		return nil
	}
	return withCode(exitRefused, fmt.Errorf("the table is not what was accepted: %s", list(amiss)))
}
