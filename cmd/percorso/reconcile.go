package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/export/reconcile"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
	"github.com/percorso/percorso/simulate"
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
			r := newReconciliation(c.Args().Get(0), c.String("id"))
			err := r.run(c.Context, c.Args().Get(1))
			if interrupted(c.Context, err) {
				return withCode(exitInterrupted, errors.New("interrupted"))
			}
			if err != nil {
				return blame(err)
			}
			if err := r.print(con.stdout, c.Bool("json")); err != nil {
				return err
			}
			return r.verdict()
		},
	}
}

// A reconciliation holds the table of a receiver against a receipt. It keeps some forty bytes of
// each event; of more events than it may keep it takes a share at a time.
type reconciliation struct {
	most   int    // events at a time
	shares uint64 // of the events, by id
	share  uint64 // this one

	receipt string
	id      string // the column of the table
	origin  *push.Origin
	table   *reconcile.Foreign
	shared  []table.Column // of our events table that the table has too
	at      []int          // their places in ours
	means   []*reconcile.Meaning
	seed    maphash.Seed
	text    []byte // of a row

	events  map[int64]entry
	altered map[int64][][]byte // values that were expected, of the first altered events

	result reconciled
}

func newReconciliation(receipt, id string) *reconciliation {
	return &reconciliation{receipt: receipt, id: id, most: 1 << 24, shares: 1,
		events: make(map[int64]entry), altered: make(map[int64][][]byte), result: reconciled{
			Receipt: make(map[push.Outcome]int64), ByColumn: make(map[string]int64)}}
}

// An entry is what is known of an event.
type entry struct {
	hash     uint64 // of the values of the shared columns
	rows     uint32 // of the table
	outcome  uint8  // a place in outcomes
	maybe    bool   // it may be there twice
	expected bool   // hash is known
}

var outcomes = []push.Outcome{push.Accepted, push.Rejected, push.Dropped, push.Uncertain,
	push.Skipped, push.TooBig}

// detailed is how many altered events are looked at column by column.
const detailed = 100_000

// run compares.
func (r *reconciliation) run(ctx context.Context, of string) (err error) {
	if r.table, err = reconcile.OpenForeign(of); err != nil {
		return err
	}
	if !slices.Contains(r.table.Columns, r.id) {
		return fmt.Errorf("table %s has no column %q%s (--id names another), it has: %s",
			of, r.id, table.Nearest(r.id, r.table.Columns), list(r.table.Columns))
	}
	for err = r.enterAll(ctx); errors.Is(err, errTooMany); err = r.enterAll(ctx) {
		r.shares *= 2
	}
	if err != nil {
		return err
	}
	w, err := r.compared()
	if err != nil {
		return err
	}
	for {
		if err := r.compare(ctx, w); err != nil {
			return err
		}
		if r.share++; r.share == r.shares {
			return nil
		}
		if err := r.enterAll(ctx); err != nil {
			return err
		}
	}
}

// compare compares a share.
func (r *reconciliation) compare(ctx context.Context, w *model.World) error {
	if w != nil && len(r.events) > 0 {
		if err := r.expect(ctx, w); err != nil {
			return err
		}
	}
	if err := r.table.Read(r.columns(), r.take); err != nil {
		return err
	}
	if len(r.altered) > 0 {
		if err := r.detail(ctx, w); err != nil {
			return err
		}
	}
	return push.ReadReceipt(ctx, r.receipt, r.begin, r.count)
}

// errTooMany says that there are more events than may be kept at a time.
var errTooMany = errors.New("too many events")

// enterAll takes down the events of a share of the receipt.
func (r *reconciliation) enterAll(ctx context.Context) error {
	clear(r.events)
	clear(r.altered)
	return push.ReadReceipt(ctx, r.receipt, r.begin, r.enter)
}

// mine says whether an event is of the share.
func (r *reconciliation) mine(id int64) bool { return uint64(id)%r.shares == r.share }

func (r *reconciliation) begin(of *push.Origin) error {
	r.origin = of
	return nil
}

// enter takes down an event of the receipt.
func (r *reconciliation) enter(row *push.Row) error {
	if !r.mine(row.EventID) {
		return nil
	}
	if len(r.events) == r.most && r.share == 0 {
		return errTooMany
	}
	r.events[row.EventID] = entry{maybe: row.MaybeDuplicate,
		outcome: uint8(max(slices.Index(outcomes, row.Outcome), 0))}
	return nil
}

// compared finds out which columns are compared, and returns the world whose events they are; nil
// if none can be.
func (r *reconciliation) compared() (*model.World, error) {
	if !r.origin.SameRelease() {
		r.result.Why = fmt.Sprintf("the receipt is of release %s, and this is %s: only ids are compared",
			r.origin.Release, model.Release)
		return nil, nil
	}
	d, err := dialect.LookupDialect(r.origin.Dialect)
	if err != nil {
		return nil, err
	}
	if !d.Rows {
		r.result.Why = fmt.Sprintf("dialect %s has columns of its own: only ids are compared",
			d.Name)
		return nil, nil
	}
	w, err := r.world()
	if err != nil {
		return nil, err
	}
	for i, c := range w.Tables[table.TableEvents].Columns {
		if c.Name != r.id && i != table.EventID && slices.Contains(r.table.Columns, c.Name) {
			r.shared, r.at = append(r.shared, c), append(r.at, i)
			r.means = append(r.means, reconcile.MeaningOf(c))
			r.result.Compared = append(r.result.Compared, c.Name)
		}
	}
	if len(r.shared) == 0 {
		r.result.Why = "no column is called as in our events table: only ids are compared"
		return nil, nil
	}
	r.seed = maphash.MakeSeed()
	return w, nil
}

// world is that of the stream. Its days run on as those of the stream may have: that changes none
// of those before.
func (r *reconciliation) world() (*model.World, error) {
	s, err := model.LoadBytes(r.receipt, []byte(r.origin.YAML), scenarios.FS, asLongAsCanBe)
	if err != nil {
		return nil, err
	}
	w, err := model.Compile(s)
	if err != nil {
		return nil, err
	}
	return w.Without(r.origin.Off...)
}

// columns are those of the table that are read, the id first.
func (r *reconciliation) columns() []string {
	columns := []string{r.id}
	for _, c := range r.shared {
		columns = append(columns, c.Name)
	}
	return columns
}

// An again is a sink that is told the events of a stream again.
type again struct {
	from  int64
	last  int // the last day
	event func(id int64, rows *table.Rows, row int) error
}

func (a *again) Encode(b *table.Batch) (func() error, error) {
	if b.Part > a.last {
		return nil, errEnough
	}
	rows := &b.Tables[table.TableEvents]
	for row := range rows.Len {
		if rows.Cols[table.EventTime].Int[row] < a.from {
			continue
		}
		if err := a.event(rows.Cols[table.EventID].Int[row], rows, row); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// errEnough ends a simulation of which there is nothing left to learn.
var errEnough = errors.New("enough")

// simulate tells the events of the receipt again, until event has had so many.
func (r *reconciliation) simulate(ctx context.Context, w *model.World, many int,
	event func(id int64, rows *table.Rows, row int) bool) error {
	sink := &again{from: int64(r.origin.From)}
	for id := range r.events {
		if _, day, ok := simulate.EventDay(w, id); ok {
			sink.last = max(sink.last, day)
		}
	}
	sink.event = func(id int64, rows *table.Rows, row int) error {
		if event(id, rows, row) {
			if many--; many == 0 {
				return errEnough
			}
		}
		return nil
	}
	err := simulate.ByDay(ctx, w, sink, simulate.Options{From: r.origin.Day, Identify: true})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if many > 0 {
		return fmt.Errorf("%s is damaged: %s of its events are not of its scenario",
			r.receipt, count(many))
	}
	return nil
}

// expect simulates what the table must hold.
func (r *reconciliation) expect(ctx context.Context, w *model.World) error {
	var text []byte
	return r.simulate(ctx, w, len(r.events), func(id int64, rows *table.Rows, row int) bool {
		e, known := r.events[id]
		if !known {
			return false
		}
		text = text[:0]
		for i, at := range r.at {
			text = append(r.means[i].Of(text, &rows.Cols[at], row), 0)
		}
		e.hash, e.expected = maphash.Bytes(r.seed, text), true
		r.events[id] = e
		return true
	})
}

// take takes down a row of the table.
func (r *reconciliation) take(cells []reconcile.Cell) error {
	id, beside, ok := reconcile.ReadID(cells[0])
	if !r.mine(id) { // what has no id is 0
		return nil
	}
	r.result.Rows++
	e, known := r.events[id]
	if !ok || !known {
		r.result.Foreign.add(string(cells[0]))
		return nil
	}
	if beside {
		r.result.Beside++
		return nil
	}
	e.rows++
	r.events[id] = e
	if !e.expected {
		return nil
	}
	r.text = r.text[:0]
	for i, m := range r.means {
		r.text = append(m.Read(r.text, cells[i+1]), 0)
	}
	if maphash.Bytes(r.seed, r.text) != e.hash {
		r.result.Altered.add(fmt.Sprint(id))
		if len(r.altered) < detailed {
			r.altered[id] = nil
		} else if _, is := r.altered[id]; !is {
			r.result.Partly = true
		}
	}
	return nil
}

// detail compares altered events column by column.
func (r *reconciliation) detail(ctx context.Context, w *model.World) error {
	if err := r.simulate(ctx, w, len(r.altered), func(id int64, rows *table.Rows, row int) bool {
		if _, is := r.altered[id]; !is {
			return false
		}
		values := make([][]byte, len(r.at))
		for i, at := range r.at {
			values[i] = r.means[i].Of(nil, &rows.Cols[at], row)
		}
		r.altered[id] = values
		return true
	}); err != nil {
		return err
	}
	return r.table.Read(r.columns(), func(cells []reconcile.Cell) error {
		id, beside, ok := reconcile.ReadID(cells[0])
		values, is := r.altered[id]
		if !ok || beside || !is {
			return nil
		}
		for i, m := range r.means {
			found := m.Read(nil, cells[i+1])
			if bytes.Equal(found, values[i]) {
				continue
			}
			r.result.ByColumn[r.shared[i].Name]++
			if len(r.result.Different) < shown {
				r.result.Different = append(r.result.Different,
					difference{id, r.shared[i].Name, string(values[i]), string(cells[i+1])})
			}
		}
		return nil
	})
}

// count holds an event of the receipt against the rows that were found.
func (r *reconciliation) count(row *push.Row) error {
	if !r.mine(row.EventID) {
		return nil
	}
	r.result.Receipt[row.Outcome]++
	e, id := r.events[row.EventID], fmt.Sprint(row.EventID)
	switch {
	case e.rows > 1 && e.maybe:
		r.result.MaybeTwo.add(id)
	case e.rows > 1:
		r.result.Twice.add(id)
	}
	switch {
	case row.Outcome == push.Accepted:
		if e.rows == 0 {
			r.result.Missing.add(id)
		}
	case row.Outcome == push.Uncertain && e.rows == 0:
		r.result.NotThere++
	case e.rows > 0 && (row.Outcome == push.Uncertain || e.maybe):
		r.result.Arrived++
	case e.rows > 0:
		r.result.Unwanted.add(id)
	}
	return nil
}
