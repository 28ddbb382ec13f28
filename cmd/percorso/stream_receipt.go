package main

import (
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

// open begins the receipt of a stream. What it returns is called at the end.
func (r *receipts) open(s *streaming, opt *push.Options) (func() error, error) {
	if r.name == "" {
		return func() error { return nil }, nil
	}
	open := push.CreateReceipt
	if r.resume {
		open = push.ResumeReceipt
	}
	receipt, err := open(r.name, push.OriginOf(opt, s.pacing.day, s.settings))
	if err != nil {
		return nil, refused(err)
	}
	receipt.Follow(opt)
	return receipt.Close, nil
}

// originFlags are the flags that set what package push calls otherwise.
var originFlags = map[string]string{"off": "--off", "from": "--from", "dialect": "--dialect",
	"target": "--to", push.OtherOptions: "--option"}

// refused says with which flags a receipt may be had.
func refused(err error) error {
	exists, other := (*push.ReceiptExistsError)(nil), (*push.OtherStreamError)(nil)
	switch {
	case errors.As(err, &exists):
		return misused("%w: go on with it (--resume %s), or give another name", err, exists.Receipt)
	case errors.As(err, &other):
		return misused("%s", other.Spelt(originFlags))
	}
	return blame(err)
}
