package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model/table"
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
func (s *streaming) print(ctx context.Context, con console,
	live func(context.Context, table.Sink) error, opt push.Options) error {
	if opt.Wire.Attributes != nil {
		modes := "take another dialect"
		for _, o := range s.dialect.Options {
			if o.Name == "mode" {
				modes = "take another --option mode=… (" + o.Doc + ")"
			}
		}
		return misused("--to -: dialect %s says in headers what an event is, which stdout has not: %s",
			s.dialect.Name, modes)
	}
	m := push.NewMeasure(opt.Pace)
	err := push.Print(ctx, live, con.stdout, m, opt)
	if errors.Is(err, syscall.EPIPE) {
		return err
	}
	if !s.quiet {
		warnOfLoss(con, s.dialect, m.Counts())
	}
	return s.ended(ctx, err)
}

// warnOfLoss says which events the reader of stdout did not get, or would not take.
func warnOfLoss(con console, d *dialect.Dialect, c push.Counts) {
	if n := c.Events.TooBig; n > 0 {
		fmt.Fprintf(con.stderr, "percorso: left out %s events that are larger than %s takes\n",
			count(n), d.Name)
	}
	if n := c.Events.OutOfTime; n > 0 {
		fmt.Fprintf(con.stderr, "percorso: %s events are older, or further ahead, than %s takes\n",
			count(n), d.Name)
	}
}
