package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/push"
)

// refuseWithStdout refuses flags about answers, of which stdout gives none.
func refuseWithStdout(c *cli.Context) error {
	for _, f := range slices.Concat(receiptFlags(), reportingFlags()) {
		if name := f.Names()[0]; c.IsSet(name) {
			return misused("--%s means nothing with --to -: nobody answers there", name)
		}
	}
	return nil
}

// print writes the bodies of requests to stdout.
func (s *streaming) print(ctx context.Context, con console, ask app.Streaming) error {
	ask.Writer = con.stdout
	flow, err := app.Prepare(ask)
	if err != nil {
		return s.refused(err)
	}
	r, err := flow.Run(ctx)
	if errors.Is(err, syscall.EPIPE) {
		return err
	}
	if !s.quiet {
		warnOfLoss(con, s.dialect, &r.Counts)
	}
	return s.ended(ctx, err)
}

// noHeaders is the error of a dialect, or of a mode of it, of which stdout would show half.
func noHeaders(d *dialect.Dialect) error {
	modes := "take another dialect"
	for _, o := range d.Options {
		if o.Name == "mode" {
			modes = "take another --option mode=… (" + o.Doc + ")"
		}
	}
	return misused("--to -: dialect %s says in headers what an event is, which stdout has not: %s",
		d.Name, modes)
}

// warnOfLoss says which events the reader of stdout did not get, or would not take.
func warnOfLoss(con console, d *dialect.Dialect, c *push.Counts) {
	if n := c.Events.TooBig; n > 0 {
		fmt.Fprintf(con.stderr, "percorso: left out %s events that are larger than %s takes\n",
			count(n), d.Name)
	}
	if n := c.Events.OutOfTime; n > 0 {
		fmt.Fprintf(con.stderr, "percorso: %s events are older, or further ahead, than %s takes\n",
			count(n), d.Name)
	}
}
