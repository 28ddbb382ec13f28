package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/push"
)

// receipts say what is written about each event.
type receipts struct {
	name   string
	resume bool // the receipt is of an earlier run, which this one goes on with
}

func receiptFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "receipt",
			Usage: "write what became of each event to `FILE`: .parquet, .jsonl or .jsonl.gz"},
		&cli.StringFlag{Name: "resume",
			Usage: "go on with the stream of `RECEIPT` without what was accepted"},
	}
}

func readReceipts(c *cli.Context) (r receipts, err error) {
	r.name = c.String("receipt")
	if !c.IsSet("resume") {
		return r, nil
	}
	if r.name != "" && r.name != c.String("resume") {
		return r, misused("--resume goes on in the receipt that it names: leave out --receipt %s",
			r.name)
	}
	if r.name, r.resume = c.String("resume"), true; r.name == "" {
		return r, misused("--resume needs the receipt of a stream")
	}
	return r, nil
}

// refused is the error of a receipt that could not be begun, in terms of flags.
func (r *receipts) refused(ctx context.Context, err error) error {
	exists, other := (*push.ReceiptExistsError)(nil), (*push.OtherStreamError)(nil)
	switch {
	case errors.As(err, &exists):
		return misused("there is a receipt %s already: go on with it (--resume %s), or give another "+
			"name", exists.File, r.name)
	case errors.As(err, &other):
		return misused("%s", other.Text(optionFlags[other.Part]))
	case interrupted(ctx, err):
		return withCode(exitInterrupted, errors.New("interrupted before the beginning of the stream"))
	}
	return blame(err)
}
