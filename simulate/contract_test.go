package simulate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/scenarios"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// A fingerprint is a sink that remembers what it was given: of each table the number of its rows, a
// sum over the rows' hashes that does not depend on their order, and a hash of each part's rows in
// theirs.
type fingerprint struct {
	tables *[table.TableCount]table.Table
	mu     sync.Mutex
	rows   [table.TableCount]int
	sum    [table.TableCount][4]uint64
	parts  map[int][table.TableCount][32]byte
}

func newFingerprint(w *model.World) *fingerprint {
	return &fingerprint{tables: w.Tables, parts: map[int][table.TableCount][32]byte{}}
}

func (f *fingerprint) Encode(b *table.Batch) (func() error, error) {
	var line []byte
	f.mu.Lock()
	defer f.mu.Unlock()
	chain := f.parts[b.Part]
	for t := range b.Tables {
		for i := range b.Tables[t].Len {
			line = appendRow(line[:0], f.tables[t].Columns, &b.Tables[t], i)
			h := sha256.Sum256(line)
			for k := range f.sum[t] {
				f.sum[t][k] += binary.LittleEndian.Uint64(h[8*k:])
			}
			chain[t] = sha256.Sum256(append(chain[t][:], h[:]...))
		}
		f.rows[t] += b.Tables[t].Len
	}
	f.parts[b.Part] = chain
	return nil, nil
}

// appendRow writes a row as text: words for codes, nothing for nulls.
func appendRow(line []byte, columns []table.Column, rows *table.Rows, i int) []byte {
	for c := range columns {
		if c > 0 {
			line = append(line, '|')
		}
		switch v := &rows.Cols[c]; columns[c].Kind {
		case table.Code:
			line = append(line, columns[c].Word(v.Code[i])...)
		case table.Text:
			line = append(line, v.Text[i]...)
		default:
			if v.Int[i] != table.Null {
				line = strconv.AppendInt(line, v.Int[i], 10)
			}
		}
	}
	return line
}

// String tells two fingerprints apart, whatever the order of their rows.
func (f *fingerprint) String() string {
	var s strings.Builder
	for t := range f.rows {
		var sum []byte
		for _, v := range f.sum[t] {
			sum = binary.BigEndian.AppendUint64(sum, v)
		}
		fmt.Fprintf(&s, "%-15s %8d rows  %s\n", f.tables[t].Name, f.rows[t], hex.EncodeToString(sum))
	}
	return s.String()
}

// fashionWorld is fashion with other sizes; small towns and parts make many of them.
func fashionWorld(t testing.TB, customers, days, town, partTowns int) *model.World {
	t.Helper()
	set := func(path string, v int) model.Set {
		return model.Set{Path: path, Value: strconv.Itoa(v), Flag: "--" + path}
	}
	s, err := model.Load("fashion", scenarios.FS, set("customers", customers), set("days", days),
		set("warmup", 20), set("town", town))
	if err != nil {
		t.Fatal(err)
	}
	w, err := model.Compile(s)
	if err != nil {
		t.Fatal(err)
	}
	w.PartTowns = partTowns
	w.Parts = (w.Towns + partTowns - 1) / partTowns
	return w
}

type runner func(context.Context, *model.World, table.Sink, Options) error

func live(t testing.TB, w *model.World, run runner, opt Options) *fingerprint {
	t.Helper()
	f := newFingerprint(w)
	if err := run(t.Context(), w, f, opt); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestWorkersDoNotMatter(t *testing.T) {
	t.Parallel()
	w := fashionWorld(t, 4_100, 40, 150, 3)
	want := live(t, w, ByPart, Options{Workers: 1})
	for _, workers := range []int{2, 3, 16} {
		got := live(t, w, ByPart, Options{Workers: workers})
		if got.String() != want.String() {
			t.Errorf("%d workers wrote other rows than one:\n%s\nwant\n%s", workers, got, want)
		}
		for part, chain := range want.parts {
			if got.parts[part] != chain {
				t.Errorf("%d workers wrote the rows of part %d in another order", workers, part)
			}
		}
	}
}

// TestTilesAndBatchesDoNotMatter: how many days a town lives before the next one does, and how many
// rows come at a time, change neither the rows nor their order within a part or a day.
func TestTilesAndBatchesDoNotMatter(t *testing.T) {
	t.Parallel()
	for name, run := range orders {
		w := fashionWorld(t, 2_600, 40, 150, 3)
		want := live(t, w, run, Options{Workers: 2})
		for _, tile := range []int{1, 3, 100} {
			w.TileDays = tile
			got := live(t, w, run, Options{Workers: 2, rows: 100 * tile})
			if got.String() != want.String() || !maps.Equal(got.parts, want.parts) {
				t.Errorf("order %s: tiles of %d days, %d rows at a time:\n%s\nwant\n%s", name, tile,
					100*tile, got, want)
			}
		}
	}
}

func TestOrderOfWorkDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := fashionWorld(t, 2_600, 40, 150, 3)
	want := live(t, w, ByPart, Options{Workers: 2}).String()
	for _, workers := range []int{1, 3} {
		if got := live(t, w, ByDay, Options{Workers: workers}).String(); got != want {
			t.Errorf("day by day with %d workers:\n%s\npart by part:\n%s", workers, got, want)
		}
	}
}

func TestShardsAddUp(t *testing.T) {
	t.Parallel()
	w := fashionWorld(t, 2_600, 40, 150, 2)
	want := live(t, w, ByPart, Options{})
	got := newFingerprint(w)
	for shard := 1; shard <= 4; shard++ {
		if err := ByPart(t.Context(), w, got, Options{Shard: shard, Shards: 4}); err != nil {
			t.Fatal(err)
		}
	}
	if got.String() != want.String() {
		t.Errorf("shards 1/4 to 4/4 together:\n%s\nwhole:\n%s", got, want)
	}
}

// TestDaysComeInTimeOrder holds ByDay to its promise to streams.
func TestDaysComeInTimeOrder(t *testing.T) {
	t.Parallel()
	w := fashionWorld(t, 1_500, 30, 150, 2)
	last, rows := int64(0), 0
	sink := sinkFunc(func(b *table.Batch) error {
		events := &b.Tables[table.TableEvents]
		for _, at := range events.Cols[table.EventTime].Int[:events.Len] {
			if at < last {
				return fmt.Errorf("an event of %d comes after one of %d", at, last)
			}
			last = at
			rows++
		}
		return nil
	})
	if err := ByDay(t.Context(), w, sink, Options{}); err != nil {
		t.Fatal(err)
	}
	if rows < 1000 {
		t.Fatalf("%d events prove nothing", rows)
	}
}

type sinkFunc func(*table.Batch) error

func (f sinkFunc) Encode(b *table.Batch) (func() error, error) { return nil, f(b) }

// TestMoreCustomersChangeNobody: people 1 to n live the same lives when --customers grows.
func TestMoreCustomersChangeNobody(t *testing.T) {
	t.Parallel()
	few := fashionWorld(t, 900, 40, 150, 2)
	many := fashionWorld(t, 1_350, 40, 150, 2)
	of := func(w *model.World) string {
		var lines bytes.Buffer
		err := ByPart(t.Context(), w, sinkFunc(func(b *table.Batch) error {
			r := &b.Tables[table.TableEvents]
			for i := range r.Len {
				if r.Cols[table.EventPerson].Int[i] <= 900 {
					lines.Write(appendRow(nil, w.Tables[table.TableEvents].Columns, r, i))
					lines.WriteByte('\n')
				}
			}
			return nil
		}), Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		return lines.String()
	}
	if a, b := of(few), of(many); a != b || len(a) < 1000 {
		t.Errorf("the first 900 people wrote %d bytes alone and %d bytes among 1,350", len(a), len(b))
	}
}

// TestGolden holds the rows of each built-in scenario to those of the release, on every platform it
// is run on. A changed golden needs a reason in the commit and, after a release, a new
// model.Release.
func TestGolden(t *testing.T) {
	for _, name := range []string{"fashion", "classic-funnel", "telecom", "null"} {
		t.Run(name, func(t *testing.T) {
			got := golden(t, name, goldenWorld(t, name))
			file := filepath.Join("..", "testdata", "golden", name+".txt")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs; rewrite it with make golden if that is meant. Now:\n%s", file, got)
			}
		})
	}
}

// goldenWorld is the world of a golden file.
func goldenWorld(t *testing.T, name string) *model.World {
	return builtIn(t, name, "customers", "300", "days", "60")
}

// golden is the first rows of every table, for a reader, and the fingerprint of all, for a machine.
func golden(t *testing.T, name string, w *model.World) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "release %s, scenario %s, seed %d, 300 customers, 60 days\n",
		model.Release, name, w.Scenario.Seed)
	fmt.Fprintf(&out, "world %x\n", w.Fingerprint())
	f := newFingerprint(w)
	var head [table.TableCount]int
	sink := table.Tee(f, sinkFunc(func(b *table.Batch) error {
		for t := range b.Tables {
			for i := 0; i < b.Tables[t].Len && head[t] < 20; i++ {
				fmt.Fprintf(&out, "%s %s\n", w.Tables[t].Name,
					appendRow(nil, w.Tables[t].Columns, &b.Tables[t], i))
				head[t]++
			}
		}
		return nil
	}))
	if err := ByPart(t.Context(), w, sink, Options{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	out.WriteString(f.String())
	return out.Bytes()
}

// TestATownAloneIsTheSame as among all others.
func TestATownAloneIsTheSame(t *testing.T) {
	t.Parallel()
	w := fashionWorld(t, 900, 40, 150, 2)
	want, got := live(t, w, ByPart, Options{}), newFingerprint(w)
	if err := Town(t.Context(), w, 0, got); err != nil {
		t.Fatal(err)
	}
	if n := got.rows[table.TableTruthPeople]; n < 145 || n > 160 {
		t.Errorf("%d people in a town of 150 places", got.rows[table.TableTruthPeople])
	}
	for n := 1; n < w.Towns; n++ {
		if err := Town(t.Context(), w, n, got); err != nil {
			t.Fatal(err)
		}
	}
	statics := []table.TableID{table.TableProducts, table.TableStores, table.TableCampaigns,
		table.TableTowns}
	for _, static := range statics {
		want.rows[static], want.sum[static] = 0, [4]uint64{}
	}
	if got.String() != want.String() {
		t.Errorf("towns one by one:\n%s\nall together:\n%s", got, want)
	}
}
