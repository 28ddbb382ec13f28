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

// refuseWithStdout refuses flags about answers, which stdout does not give.
func refuseWithStdout(c *cli.Context) error {
	for _, f := range slices.Concat(receiptFlags(), reportingFlags()) {
		if name := f.Names()[0]; c.IsSet(name) {
			return misused("--%s has no effect with --to -: stdout does not answer", name)
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

// noHeaders is the error of a dialect, or of a mode of it, that stdout would show only in part.
func noHeaders(d *dialect.Dialect) error {
	modes := "choose another dialect"
	for _, o := range d.Options {
		if o.Name == "mode" {
			modes = "choose another --option mode=… (" + o.Doc + ")"
		}
	}
	return misused("--to -: dialect %s describes each event in HTTP headers, which stdout does not "+
		"have: %s",
		d.Name, modes)
}

// warnOfLoss says which events are not on stdout, or would not be accepted.
func warnOfLoss(con console, d *dialect.Dialect, c *push.Counts) {
	if n := c.Events.TooBig; n > 0 {
		fmt.Fprintf(con.stderr, "percorso: left out %s events that are larger than %s accepts\n",
			count(n), d.Name)
	}
	if n := c.Events.OutOfTime; n > 0 {
		fmt.Fprintf(con.stderr, "percorso: %s events are older or later than %s accepts\n",
			count(n), d.Name)
	}
}
