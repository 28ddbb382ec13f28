package simulate

import (
	"slices"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A recorder takes down what happens in the towns of a part, each day in a daybook of its own, and
// turns it into columns day by day: events, orders and carts in the order of time, so that the
// order of rows says nothing about whose they are; the other tables as they come.
type recorder struct {
	world  *model.World
	ids    *ids
	silent bool    // in the warm-up nothing is written
	ledger *Ledger // what a silent recorder takes down all the same; or nil
	*daybook
	books []daybook // of as many days as towns may be apart

	keys   []uint64 // time of day and place of each event of a day
	order  []uint64 // the same, sorted
	places []int32  // of the rows of another table, sorted
	lost   event    // where events of the warm-up go
	batch  *table.Batch
	most   int // event rows of a batch
}

// A daybook is what happened on a day in the towns of a part.
type daybook struct {
	events   []event
	orders   []order
	carts    []closedCart
	sideRows []sideRow
	rows     *table.Batch // of the tables that come as they come
}

// newRecorder returns a recorder of as many days at a time as given, whose batch has room for the
// given event rows and no more.
func newRecorder(w *model.World, ids *ids, days, rows int) *recorder {
	rec := &recorder{world: w, ids: ids, books: make([]daybook, days),
		batch: table.NewBatch(w.Tables, rows), most: rows}
	for i := range rec.books {
		rec.books[i].rows = table.NewBatch(w.Tables, 0)
	}
	rec.daybook = &rec.books[0]
	return rec
}

// newSilent returns a recorder that writes nothing.
func newSilent(w *model.World, ids *ids) *recorder {
	return &recorder{world: w, ids: ids, silent: true, daybook: new(daybook)}
}

// open lets what follows be written on a day, unless that is silent.
func (rec *recorder) open(day int, silent bool) {
	rec.silent, rec.daybook = silent, rec.book(day)
}

// book is the daybook of a day.
func (rec *recorder) book(day int) *daybook {
	return &rec.books[(day+rec.world.Warmup)%len(rec.books)]
}

// add returns a place for one more event of today.
func (rec *recorder) add() *event {
	if rec.silent {
		return &rec.lost
	}
	n := len(rec.events)
	if n == cap(rec.events) {
		rec.events = slices.Grow(rec.events, max(512, n/4))
	}
	rec.events = rec.events[:n+1]
	return &rec.events[n]
}

// A row is a row of a table being filled, column by column.
type row struct {
	rows *table.Rows
	at   int
	next int
}

func (r *row) ints(values ...int64) {
	for _, v := range values {
		r.rows.Cols[r.next].Int[r.at] = v
		r.next++
	}
}

func (r *row) codes(values ...uint32) {
	for _, v := range values {
		r.rows.Cols[r.next].Code[r.at] = v
		r.next++
	}
}

func (r *row) texts(values ...string) {
	for _, v := range values {
		r.rows.Cols[r.next].Text[r.at] = v
		r.next++
	}
}

func (r *row) bools(values ...bool) {
	for _, v := range values {
		n := int64(0)
		if v {
			n = 1
		}
		r.ints(n)
	}
}

// row begins a row of a table.
func (rec *recorder) row(t table.TableID) row {
	at := rec.rows.Add(rec.world.Tables, t)
	return row{rows: &rec.rows.Tables[t], at: at}
}

// A sorting key is the time of day of an event in µs and, in its placeBits lowest bits, its place.
// The leading bits of the time, in steps of 134 s, say to which of a day's slots it belongs.
const (
	placeBits = 27
	placeMask = 1<<placeBits - 1
	slotShift = placeBits + 27
	slots     = 1 << (64 - slotShift) // 38 hours: more than any day has
	crowded   = 16                    // more events in a slot are sorted on their own
)

// sort puts the places of today's events in the order of their times: one pass counts the events of
// each slot, another fills the slots, and the last moves the few in a slot past each other. Events
// of the same moment keep their order.
func (rec *recorder) sort(midnight int64) {
	events, n := rec.events, len(rec.events)
	keys, order := slices.Grow(rec.keys[:0], n)[:n], slices.Grow(rec.order[:0], n)[:n]
	rec.keys, rec.order = keys, order
	var ends [slots]int32
	for i := range events {
		key := uint64(events[i].at-midnight)<<placeBits | uint64(i)
		keys[i] = key
		ends[key>>slotShift]++
	}
	sum := int32(0)
	for s := range ends {
		ends[s], sum = sum, sum+ends[s] // where the slot begins, until it is filled
	}
	for _, key := range keys {
		end := &ends[key>>slotShift]
		order[*end] = key
		*end++
	}
	from := int32(0)
	for _, to := range &ends {
		if to-from > crowded {
			slices.Sort(order[from:to])
		}
		from = to
	}
	last := uint64(0)
	for i, key := range order {
		if key >= last {
			last = key
			continue
		}
		for i > 0 && order[i-1] > key {
			order[i] = order[i-1]
			i--
		}
		order[i] = key
	}
}

// close turns what happened on the open day into columns and calls flush whenever the batch is
// full. Orders come before the events that belong to them, so that a stream knows what was in them.
func (rec *recorder) close(day int, flush func() error) error {
	at := day + rec.world.Warmup
	rec.writeOrders()
	rec.writeCarts(day)
	rec.writeSideRows()
	rec.takeRows()
	rec.sort(rec.world.Midnight[at])
	rest := rec.order
	for len(rest) > 0 {
		room := rec.most - rec.batch.Tables[table.TableEvents].Len
		if room < min(len(rest), rec.most) {
			if err := flush(); err != nil {
				return err
			}
			room = rec.most
		}
		n := min(room, len(rest))
		rec.fill(rest[:n], at)
		rest = rest[n:]
	}
	rec.events = rec.events[:0]
	return nil
}

// inOrder sorts the places 0..n-1 of rows that are too large to be moved about. The result is good
// until the next call.
func (rec *recorder) inOrder(n int, compare func(x, y int32) int) []int32 {
	rec.places = rec.places[:0]
	for i := range n {
		rec.places = append(rec.places, int32(i))
	}
	slices.SortFunc(rec.places, compare)
	return rec.places
}

// takeRows moves the rows that are ready into the batch.
func (rec *recorder) takeRows() {
	rec.batch.Append(rec.world.Tables, rec.rows)
	rec.rows.Reset()
}
