// Package handmade makes worlds and batches by hand, for tests of sinks: no scenario is read and
// nobody is simulated. A World has the tables of every market, words with every awkward letter,
// and three days in Rome over the night in which summer time ends; Batches fills any part of it
// with possible values, the same at every call.
package handmade

import (
	"math/rand/v2"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// World returns a world without people: a schema whose Code columns have words, three days in
// Rome over the night in which summer time ends, and as many parts as asked for.
func World(parts int) *model.World {
	w := new(model.World)
	w.Scenario = &model.Scenario{
		Name: "handmade", Seed: 7, TimeZone: "Europe/Rome", Currency: "EUR",
		Start: model.Date{Year: 2025, Month: time.October, Day: 25},
	}
	w.Customers, w.Parts, w.Days, w.Warmup = 1000, parts, 3, 1
	for _, midnight := range []string{"2025-10-23T22:00:00Z", "2025-10-24T22:00:00Z",
		"2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z", "2025-10-27T23:00:00Z"} {
		at, err := time.Parse(time.RFC3339, midnight)
		if err != nil {
			panic(err)
		}
		w.Midnight = append(w.Midnight, at.UnixMicro())
	}
	w.Tables = table.Schema("EUR")
	words := map[string][]string{
		"event_type":    {"impression", "session_start", "page_view", "purchase"},
		"device_type":   {"mobile", "desktop", "app"},
		"touchpoint":    {"web", "app", "store"},
		"fulfilment":    {"ship", "collect", "in_store"},
		"identified_by": {"login", "order", "loyalty_card"},
		"outcome":       {"purchased", "gave_up", "under_way"},
		"reason":        {"price", "just looking, thanks", `said "no"`},
	}
	for t := range w.Tables {
		for c := range w.Tables[t].Columns {
			column := &w.Tables[t].Columns[c]
			if column.Kind != table.Code {
				continue
			}
			column.Vocab = words[column.Name]
			if column.Vocab == nil {
				column.Vocab = []string{"città", "b & b", "c"}
			}
		}
	}
	w.Tables[table.TableCarts].Column("status").Vocab = []string{"abandoned", "converted"}
	return w
}

// Batches returns what happens in a part of a handmade world: three batches of events, the
// last with the other tables. Part 2 is one in which nothing happens.
func Batches(w *model.World, part int) []*table.Batch {
	if part == 2 {
		b := table.NewBatch(w.Tables, 0)
		b.Part, b.Last = part, true
		return []*table.Batch{b}
	}
	r := rand.New(rand.NewPCG(11, uint64(part+1)))
	all := make([]*table.Batch, 3)
	if part == table.StaticPart {
		all = all[:1]
	}
	for i := range all {
		b := table.NewBatch(w.Tables, 100)
		b.Part, b.Last = part, i == len(all)-1
		for t := range w.Tables {
			id := table.TableID(t)
			switch {
			case w.Tables[t].Static != (part == table.StaticPart):
			case b.Last || id == table.TableEvents || id == table.TableCarts:
				fill(w, b, id, 20+r.IntN(60), r)
			}
		}
		all[i] = b
	}
	return all
}

// fill adds n rows with possible values in every column.
func fill(w *model.World, b *table.Batch, t table.TableID, n int, r *rand.Rand) {
	texts := []string{"rossi", "D'Angelo, \"Ciccio\"", "two\nlines", "à la carte"}
	from, to := w.Begin(), w.End()
	b.Extend(w.Tables, t, n)
	for c, column := range w.Tables[t].Columns {
		v := &b.Tables[t].Cols[c]
		for i := range n {
			null := column.Null && r.IntN(3) == 0
			switch column.Kind {
			case table.Code:
				v.Code[i] = 1 + uint32(r.IntN(len(column.Vocab)))
				if null {
					v.Code[i] = 0
				}
			case table.Text:
				v.Text[i] = texts[r.IntN(len(texts))]
				if null {
					v.Text[i] = ""
				}
			case table.Time:
				v.Int[i] = from + r.Int64N(to-from)
			case table.Bool:
				v.Int[i] = r.Int64N(2)
			default:
				v.Int[i] = r.Int64N(20_000)
			}
			if null && column.Kind != table.Code && column.Kind != table.Text {
				v.Int[i] = table.Null
			}
		}
	}
}

// Simulate gives a sink every part of a shard (of all with shards 0), three at a time, but those to
// skip; the static tables always come. It stops at the first error.
func Simulate(w *model.World, sink table.Sink, shard, shards int, skip func(int) bool) error {
	var g errgroup.Group
	g.SetLimit(3)
	for part := table.StaticPart; part < w.Parts; part++ {
		static := part == table.StaticPart && shard <= 1
		mine := part >= 0 && (shards == 0 || part%shards == shard-1)
		if static || mine && (skip == nil || !skip(part)) {
			g.Go(func() error { return EncodeAll(sink, Batches(w, part)) })
		}
	}
	return g.Wait()
}

// EncodeAll gives a sink some batches, one after the other, and commits each.
func EncodeAll(sink table.Sink, all []*table.Batch) error {
	for _, b := range all {
		commit, err := sink.Encode(b)
		if err != nil {
			return err
		}
		if commit != nil {
			if err := commit(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Text is a short random text of characters that formats have trouble with.
func Text(r *rand.Rand) string {
	alphabet := []string{"a", "bc", "è", "日", "😀", `"`, "'", ",", "\n", "\r", "\t", "\\", " ", "\x00",
		"\x1f", "\x7f", "\u2028", "<", "\xff", "\xe2\x82", "n", "null"}
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}
