package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
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
func (r *receipts) open(ctx context.Context, s *streaming, opt *push.Options) (func() error,
	error) {
	if r.name == "" {
		return func() error { return nil }, nil
	}
	var receipt *push.Receipt
	var err error
	if of := originOf(s, opt); r.resume {
		receipt, err = push.ResumeReceipt(ctx, r.name, of)
	} else {
		receipt, err = push.CreateReceipt(r.name, of)
	}
	if err != nil {
		return nil, r.refused(ctx, err)
	}
	opt.Ledger, opt.Past = receipt, receipt.Past()
	if opt.Events > 0 { // of all runs together
		if opt.Events -= receipt.Sent(); opt.Events <= 0 {
			opt.Events = -1
		}
	}
	return func() error { return receipt.Close(context.WithoutCancel(ctx)) }, nil // also after a ^C
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

// originOf is what the receipt of a stream is of.
func originOf(s *streaming, opt *push.Options) *push.Origin {
	return &push.Origin{
		Release: model.Release, Scenario: opt.World.Scenario.Name,
		YAML: string(opt.World.Scenario.YAML()), Off: opt.World.OffNames(),
		Day: s.pacing.day, From: push.Micros(opt.From),
		Dialect: s.dialect.Name, Options: digestOf(s.settings), Target: push.Public(opt.Target),
	}
}

// digestOf tells the settings of a dialect apart and does not tell what they are.
func digestOf(s dialect.Settings) string {
	if len(s.Options) == 0 {
		return ""
	}
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		fmt.Fprintf(hash, "%q=%q\n", name, s.Options[name])
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}
