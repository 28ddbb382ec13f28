package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/push"
)

// receipts say what is written of each event.
type receipts struct {
	name   string
	resume bool // the receipt is of an earlier run, which this one continues
}

func receiptFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "receipt",
			Usage: "write what became of each event to this `FILE`: .parquet, .jsonl or .jsonl.gz"},
		&cli.StringFlag{Name: "resume",
			Usage: "resume the stream of this receipt `FILE`, without the events already accepted"},
	}
}

func readReceipts(c *cli.Context) (r receipts, err error) {
	r.name = c.String("receipt")
	if !c.IsSet("resume") {
		return r, nil
	}
	if r.name != "" && r.name != c.String("resume") {
		return r, misused("--resume continues the receipt that it names: leave out --receipt %s",
			r.name)
	}
	if r.name, r.resume = c.String("resume"), true; r.name == "" {
		return r, misused("--resume needs the file of a receipt")
	}
	return r, nil
}

// refused is the error of a receipt that could not be begun, in terms of flags.
func (r *receipts) refused(ctx context.Context, err error) error {
	exists, other := (*push.ReceiptExistsError)(nil), (*push.OtherStreamError)(nil)
	switch {
	case errors.As(err, &exists):
		return misused("there is a receipt %s already: resume its stream with --resume %s, or give "+
			"another name", exists.File, r.name)
	case errors.As(err, &other):
		return misused("%s", other.Text(optionFlags[other.Part]))
	case interrupted(ctx, err):
		return withCode(exitInterrupted, errors.New("interrupted before the stream began"))
	}
	return blame(err)
}
