package reconcile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// Options say how to compare.
type Options struct {
	ID     string // column of the table with the id of the event; empty: event_id
	AtOnce int    // events held at a time, some forty bytes each; 0: 16 million
}

// A Source finds the stream that a receipt belongs to.
type Source func(of *push.Origin) (*Replay, error)

// A Replay is a stream that can be simulated again.
type Replay struct {
	World *model.World
	// Run simulates the stream into a sink, day by day from its first day on: at least the events
	// of the receipt. It ends with the sink's error.
	Run func(ctx context.Context, sink table.Sink) error
	// Day returns the day of the world of an event, from its id; ok is false if no event has it.
	Day func(id int64) (day int, ok bool)
}

// A NoColumnError says that a table has no column with the ids.
type NoColumnError struct {
	Table, Column string
	Columns       []string // of the table
}

func (e *NoColumnError) Error() string { return e.Advise("") }

// Advise returns the error with advice inserted after the column, e.g. " (say which)".
func (e *NoColumnError) Advise(advice string) string {
	return fmt.Sprintf("table %s has no column %q%s%s; its columns are %s", e.Table, e.Column,
		table.Nearest(e.Column, e.Columns), advice, strings.Join(e.Columns, ", "))
}

// Compare compares the table of a receiver with the receipt of a stream, which is named by its file
// or that of its journal. If there are more events than it may keep, it takes a share at a time,
// and reads and simulates again for each. It stops when ctx ends.
func Compare(ctx context.Context, receipt string, t *Foreign, source Source, opt Options) (
	*Result, error) {
	r := newComparison(ctx, receipt, t, source, opt)
	return &r.result, r.run()
}

// A comparison compares the table of a receiver with a receipt.
type comparison struct {
	ctx    context.Context
	most   int    // events at a time
	shares uint64 // number of shares of the events, by id
	share  uint64 // the present share

	receipt string
	id      string // column of the table
	origin  *push.Origin
	source  Source
	replay  *Replay // nil: only ids are compared
	table   *Foreign
	shared  []table.Column // columns of our events table that the table has, too
	at      []int          // their places in ours
	means   []*Meaning
	seed    maphash.Seed
	text    []byte // of a row

	events  map[int64]entry
	altered map[int64][][]byte // expected values of the first altered events

	result Result
}

func newComparison(ctx context.Context, receipt string, t *Foreign, source Source,
	opt Options) *comparison {
	return &comparison{ctx: ctx, receipt: receipt, id: cmp.Or(opt.ID, "event_id"), table: t,
		source: source, most: cmp.Or(opt.AtOnce, 1<<24), shares: 1,
		events: make(map[int64]entry), altered: make(map[int64][][]byte),
		result: Result{Receipt: make(map[push.Outcome]int64), ByColumn: make(map[string]int64)}}
}

// An entry is what is known of an event.
type entry struct {
	hash     uint64 // of the values of the shared columns
	rows     uint32 // rows of the table with this event
	maybe    bool   // it may be there twice
	expected bool   // hash is known
}

// Detailed is the number of altered events that are compared column by column.
const Detailed = 100_000

// run compares.
func (r *comparison) run() (err error) {
	if !slices.Contains(r.table.Columns, r.id) {
		return &NoColumnError{Table: r.table.name, Column: r.id, Columns: r.table.Columns}
	}
	for err = r.enterAll(); errors.Is(err, errTooMany); err = r.enterAll() {
		r.shares *= 2
	}
	if err != nil {
		return err
	}
	if err := r.prepare(); err != nil {
		return err
	}
	for {
		if err := r.compare(); err != nil {
			return err
		}
		if r.share++; r.share == r.shares {
			return nil
		}
		if err := r.enterAll(); err != nil {
			return err
		}
	}
}

// compare compares one share.
func (r *comparison) compare() error {
	if r.replay != nil && len(r.events) > 0 {
		if err := r.expect(); err != nil {
			return err
		}
	}
	if err := r.table.Read(r.ctx, r.columns(), r.take); err != nil {
		return err
	}
	if len(r.altered) > 0 {
		if err := r.detail(); err != nil {
			return err
		}
	}
	return push.ReadReceipt(r.ctx, r.receipt, r.begin, r.count)
}

// errTooMany says that there are more events than may be kept at a time.
var errTooMany = errors.New("too many events")

// enterAll records the events of a share of the receipt.
func (r *comparison) enterAll() error {
	clear(r.events)
	clear(r.altered)
	return push.ReadReceipt(r.ctx, r.receipt, r.begin, r.enter)
}

// mine reports whether an event belongs to the share.
func (r *comparison) mine(id int64) bool { return uint64(id)%r.shares == r.share }

func (r *comparison) begin(of *push.Origin) error {
	r.origin = of
	return nil
}

// enter records an event of the receipt.
func (r *comparison) enter(row *push.Row) error {
	if !r.mine(row.EventID) {
		return nil
	}
	if len(r.events) == r.most && r.share == 0 {
		return errTooMany
	}
	r.events[row.EventID] = entry{maybe: row.MaybeDuplicate}
	return nil
}

// renamedColumns are the columns of events that release 0.4 gave another name.
var renamedColumns = []struct{ old, now string }{
	{"received_time", "received_at"}, {"city", "home_city"},
}

// prepare finds the columns to compare and the stream of their events; none, if only ids can be
// compared.
func (r *comparison) prepare() error {
	if !r.origin.SameRelease() {
		r.result.Why = fmt.Sprintf("the receipt is of release %s, this is release %s: only ids are "+
			"compared",
			r.origin.Release, model.Release)
		return nil
	}
	d, err := dialect.LookupDialect(r.origin.Dialect)
	if err != nil {
		return err
	}
	if !d.Rows {
		r.result.Why = fmt.Sprintf("dialect %s has its own columns: only ids are compared",
			d.Name)
		return nil
	}
	for _, c := range renamedColumns {
		if slices.Contains(r.table.Columns, c.old) && !slices.Contains(r.table.Columns, c.now) {
			return fmt.Errorf("table %s has the column %s of release 0.3, which is now called %s; many "+
				"of its words have other names, too: stream into it again, or reconcile it with "+
				"percorso 0.3", r.table.name, c.old, c.now)
		}
	}
	replay, err := r.source(r.origin)
	if err != nil {
		return err
	}
	for i, c := range replay.World.Tables[table.TableEvents].Columns {
		if c.Name != r.id && i != table.EventID && slices.Contains(r.table.Columns, c.Name) {
			r.shared, r.at = append(r.shared, c), append(r.at, i)
			r.means = append(r.means, MeaningOf(c))
			r.result.Compared = append(r.result.Compared, c.Name)
		}
	}
	if len(r.shared) == 0 {
		r.result.Why = "no column has a name of the events table: only ids are compared"
		return nil
	}
	r.replay, r.seed = replay, maphash.MakeSeed()
	return nil
}

// columns returns the columns of the table that are read, the id first.
func (r *comparison) columns() []string {
	columns := []string{r.id}
	for _, c := range r.shared {
		columns = append(columns, c.Name)
	}
	return columns
}

// An again is a sink that gets the events of a stream again.
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

// errEnough ends a simulation when nothing more is needed from it.
var errEnough = errors.New("enough")

// simulate calls event with the events of the stream again, until it has had that many of the
// receipt.
func (r *comparison) simulate(many int, event func(id int64, rows *table.Rows, row int) bool,
) error {
	sink := &again{from: int64(r.origin.From)}
	for id := range r.events {
		if day, ok := r.replay.Day(id); ok {
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
	err := r.replay.Run(r.ctx, sink)
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if many > 0 {
		return fmt.Errorf("%s is damaged: %d of its events do not belong to its scenario",
			r.receipt, many)
	}
	return nil
}

// expect computes the values that the table must hold.
func (r *comparison) expect() error {
	var text []byte
	return r.simulate(len(r.events), func(id int64, rows *table.Rows, row int) bool {
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

// take records a row of the table.
func (r *comparison) take(cells []Cell) error {
	id, beside, ok := ReadID(cells[0])
	if !r.mine(id) { // a row without id has 0
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
		if len(r.altered) < Detailed {
			r.altered[id] = nil
		} else if _, is := r.altered[id]; !is {
			r.result.Partly = true
		}
	}
	return nil
}

// detail compares altered events column by column.
func (r *comparison) detail() error {
	if err := r.simulate(len(r.altered), func(id int64, rows *table.Rows, row int) bool {
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
	return r.table.Read(r.ctx, r.columns(), func(cells []Cell) error {
		id, beside, ok := ReadID(cells[0])
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
					Difference{id, r.shared[i].Name, string(values[i]), string(cells[i+1])})
			}
		}
		return nil
	})
}

// count compares an event of the receipt with the rows that were found.
func (r *comparison) count(row *push.Row) error {
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
