package format

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/percorso/percorso/model/table"
)

func TestFormatsAreFoundByName(t *testing.T) {
	for _, f := range Formats() {
		got, err := LookupFormat(f.Name)
		if err != nil || got.Name != f.Name {
			t.Errorf("LookupFormat(%q) = %q, %v", f.Name, got.Name, err)
		}
	}
	_, err := LookupFormat("parket")
	want := `unknown format "parket", want csv, jsonl or parquet, did you mean "parquet"?`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestFormatsRefuseCompressionsTheyDoNotHave(t *testing.T) {
	for _, c := range []struct{ format, compression, want string }{
		{"parquet", "gzip", `parquet has no compression "gzip", want snappy, zstd or none`},
		{"parquet", "snapy",
			`parquet has no compression "snapy", want snappy, zstd or none, did you mean "snappy"?`},
		{"csv", "snappy", `csv has no compression "snappy", want none, gzip or zstd`},
		{"jsonl", "zst",
			`jsonl has no compression "zst", want none, gzip or zstd, did you mean "zstd"?`},
	} {
		f, err := LookupFormat(c.format)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Open(io.Discard, kinds(), c.compression); err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

func TestFileNamesSayFormatAndCompression(t *testing.T) {
	var got []string
	for _, f := range Formats() {
		for _, compression := range f.Compressions {
			got = append(got, f.Ext(compression))
		}
	}
	want := []string{"parquet", "parquet", "parquet",
		"csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoCompressionMeansTheFirst(t *testing.T) {
	s := kinds()
	rows := randomRows(s, 10, rand.New(rand.NewPCG(1, 1)), shape{nulls: 0.5})
	for _, f := range Formats() {
		if !bytes.Equal(file(t, f, "", s, rows), file(t, f, f.Compressions[0], s, rows)) {
			t.Errorf("%s: the default is not %s", f.Name, f.Compressions[0])
		}
	}
}

// TestFilesHoldTheRows reads every format back with readers that are not ours, for small tables of
// every kind.
func TestFilesHoldTheRows(t *testing.T) {
	s := kinds()
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		for _, n := range []int{0, 1, 2, 7, 8, 9, 63, 64, 65, 500} {
			for _, shape := range []shape{
				{}, {nulls: 1}, {nulls: 0.5}, {nulls: 0.97, distinct: 3}, {distinct: 1},
				{nulls: 0.02, distinct: 300}, {rising: true},
			} {
				rows := randomRows(s, n, rand.New(rand.NewPCG(uint64(n), 1)), shape)
				got := reparse(t, f, compression, s, file(t, f, compression, s, rows))
				want := wantCells(s, rows)
				if f.Name == "csv" {
					want = asCSV(want)
				}
				sameCells(t, s, got, want)
			}
		}
	})
}

// TestAnyTableIsReadBack does the same for random schemas, and with any split of the rows.
func TestAnyTableIsReadBack(t *testing.T) {
	column := rapid.Custom(func(t *rapid.T) table.Column {
		word := rapid.StringN(1, 10, 40)
		return table.Column{
			Name:  rapid.StringMatching(`[a-z_"é,]{1,8}`).Draw(t, "name"),
			Kind:  table.Kind(rapid.IntRange(int(table.ID), int(table.Text)).Draw(t, "kind")),
			Null:  rapid.Bool().Draw(t, "null"),
			Scale: rapid.IntRange(0, 18).Draw(t, "scale"),
			Vocab: rapid.SliceOfNDistinct(word, 1, 20, rapid.ID).Draw(t, "vocab"),
		}
	})
	// A line with nothing in it is no record to the standard CSV reader, hence two columns.
	columns := rapid.SliceOfNDistinct(column, 2, 6, func(c table.Column) string { return c.Name })
	rapid.Check(t, func(t *rapid.T) {
		s := &Schema{Name: "any", Columns: columns.Draw(t, "columns")}
		for i := range s.Columns {
			s.At = append(s.At, i)
		}
		n := rapid.IntRange(0, 3000).Draw(t, "rows")
		rows := randomRows(s, n, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), shape{
			nulls:    rapid.Float64Range(0, 1).Draw(t, "nulls"),
			distinct: rapid.IntRange(0, 200).Draw(t, "distinct"),
			rising:   rapid.Bool().Draw(t, "rising"),
		})
		split := rapid.SliceOfN(rapid.IntRange(0, 900), 0, 6).Draw(t, "split")
		f := rapid.SampledFrom(Formats()).Draw(t, "format")
		compression := rapid.SampledFrom(f.Compressions).Draw(t, "compression")

		data := file(t, f, compression, s, rows)
		if !bytes.Equal(file(t, f, compression, s, rows, split...), data) {
			t.Fatalf("split at %v, the bytes differ", split)
		}
		want := wantCells(s, rows)
		if f.Name == "csv" {
			want = asCSV(want)
		}
		sameCells(t, s, reparse(t, f, compression, s, data), want)
	})
}

// TestSplitsDoNotMatter crosses Parquet's pages and what the others gather.
func TestSplitsDoNotMatter(t *testing.T) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	long, short := eventRows(pageRows+5000, 3), eventRows(2500, 3)
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		rows := short
		if f.Name == "parquet" {
			rows = long
		}
		want := file(t, f, compression, &s, rows)
		for _, split := range [][]int{
			{1, 2, 3, 61, 64, 1000},
			{pageRows - 1, 1, 1},
			slices.Repeat([]int{997}, 40),
		} {
			if !bytes.Equal(file(t, f, compression, &s, rows, split...), want) {
				t.Errorf("split at %d…, the bytes differ", split[:3])
			}
		}
	})
}

// TestBytesStayTheSame holds the bytes of every format, which must not depend on the machine
// either. A changed sum needs a reason in the commit.
func TestBytesStayTheSame(t *testing.T) {
	want := map[string]string{
		"parquet/snappy": "4222c28764a01c4f",
		"parquet/zstd":   "636d968d55bc1473",
		"parquet/none":   "1940641132b261d8",
		"csv/none":       "2c0278446c98cd10",
		"csv/gzip":       "96cb4f175c72fb89",
		"csv/zstd":       "92b0eb5896f9ddd7",
		"jsonl/none":     "9a6c12413c562d29",
		"jsonl/gzip":     "24bb48096ab18d02",
		"jsonl/zstd":     "ed1ed3f0112e4b32",
	}
	s := kinds()
	tables, view := eventsSchema()
	events := SchemaOf(tables, view)
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		sum := sha256.New()
		for _, shape := range []shape{{}, {nulls: 0.9, distinct: 5}, {nulls: 0.3, distinct: 100}} {
			rows := randomRows(s, 2000, rand.New(rand.NewPCG(5, 5)), shape)
			sum.Write(file(t, f, compression, s, rows))
		}
		sum.Write(file(t, f, compression, &events, eventRows(20_000, 5)))
		got := fmt.Sprintf("%x", sum.Sum(nil)[:8])
		if name := f.Name + "/" + compression; got != want[name] {
			t.Errorf("%q: %q, want %q", name, got, want[name])
		}
	})
}

// A fullDisk takes some bytes and then fails.
type fullDisk struct{ room int }

var errFull = errors.New("disk full")

func (d *fullDisk) Write(b []byte) (int, error) {
	if len(b) > d.room {
		n := d.room
		d.room = 0
		return n, errFull
	}
	d.room -= len(b)
	return len(b), nil
}

func TestFullDiskIsReported(t *testing.T) {
	s := kinds()
	rows := randomRows(s, 3000, rand.New(rand.NewPCG(1, 2)), shape{nulls: 0.3})
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		size := len(file(t, f, compression, s, rows))
		for room := 0; room < size; room += 1 + size/29 {
			w, err := f.Open(&fullDisk{room}, s, compression)
			if err == nil {
				err = w.Write(rows)
			}
			if err == nil {
				err = w.Close()
			}
			if !errors.Is(err, errFull) {
				t.Fatalf("with room for %d of %d bytes: %v, want %v", room, size, err, errFull)
			}
			if w == nil {
				continue
			}
			if err := w.Write(rows); !errors.Is(err, errFull) {
				t.Fatalf("write after a failure: %v, want %v", err, errFull)
			}
			if err := w.Close(); !errors.Is(err, errFull) {
				t.Fatalf("close after a failure: %v, want %v", err, errFull)
			}
		}
	})
}

// A shortWriter takes less than it is given without saying so.
type shortWriter struct{}

func (shortWriter) Write(b []byte) (int, error) { return len(b) / 2, nil }

func TestShortWritesAreReported(t *testing.T) {
	s := kinds()
	rows := randomRows(s, 100, rand.New(rand.NewPCG(1, 2)), shape{})
	for _, f := range Formats() {
		w, err := f.Open(shortWriter{}, s, "none")
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(rows)
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: %v, want %v", f.Name, err, io.ErrShortWrite)
		}
	}
}

func TestClosedWritersRefuseRows(t *testing.T) {
	s := kinds()
	rows := randomRows(s, 3, rand.New(rand.NewPCG(1, 2)), shape{})
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		w, err := f.Open(io.Discard, s, compression)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rows); !errors.Is(err, errClosed) {
			t.Errorf("write: %v, want %v", err, errClosed)
		}
		if err := w.Close(); !errors.Is(err, errClosed) {
			t.Errorf("close: %v, want %v", err, errClosed)
		}
	})
}

// TestImpossibleValuesAreReported puts into a column what its kind does not have.
func TestImpossibleValuesAreReported(t *testing.T) {
	const all = "parquet csv jsonl"
	code := table.Column{Kind: table.Code, Vocab: []string{"web", "app"}}
	for _, c := range []struct {
		name    string
		column  table.Column
		value   table.Vector
		formats string
		want    string
	}{
		{"missing id", table.Column{}, ints(table.Null), all,
			"a value is missing where none may be"},
		{"missing code", code, table.Vector{Code: []uint32{0}}, all,
			"a value is missing where none may be"},
		{"code without a word", code, table.Vector{Code: []uint32{3}}, all,
			"code 3, want 1 to 2: the vocabulary has no more words"},
		{"half truth", table.Column{Kind: table.Bool}, ints(2), "csv jsonl",
			"value 2, want 0 or 1"},
		{"half truth", table.Column{Kind: table.Bool}, ints(2), "parquet",
			"value 2, want 1 or less"},
		{"long int", table.Column{Kind: table.Int}, ints(1 << 31), "parquet",
			"value 2147483648, want 2147483647 or less"},
		{"long negative int", table.Column{Kind: table.Int}, ints(-1<<31 - 1), "parquet",
			"value -2147483649, want -2147483648 or more"},
		{"too much money", table.Column{Kind: table.Decimal}, ints(math.MaxInt64), "parquet",
			"value 9223372036854775807, want 999999999999999999 or less"},
		{"year 10000", table.Column{Kind: table.Date32}, ints(2_932_897), "csv jsonl",
			"day 2932897 since 1970 is not in the years 1 to 9999"},
		{"year 0", table.Column{Kind: table.Time}, ints(-62_135_596_800_000_001), "csv jsonl",
			"day -719163 since 1970 is not in the years 1 to 9999"},
	} {
		for name := range strings.FieldsSeq(c.formats) {
			f, err := LookupFormat(name)
			if err != nil {
				t.Fatal(err)
			}
			c.column.Name = "it"
			s := &Schema{Name: "one", Columns: []table.Column{c.column}, At: []int{0}}
			w, err := f.Open(io.Discard, s, "")
			if err != nil {
				t.Fatal(err)
			}
			if err = w.Write(&table.Rows{Len: 1, Cols: []table.Vector{c.value}}); err == nil {
				err = w.Close()
			}
			if want := "table one: column it: " + c.want; err == nil || err.Error() != want {
				t.Errorf("%s: %s:\ngot  %v\nwant %s", name, c.name, err, want)
			}
		}
	}
}

func ints(x ...int64) table.Vector { return table.Vector{Int: x} }

// TestWritersHoldLittle writes rows in which nothing repeats. A worker has a file of every table
// open.
func TestWritersHoldLittle(t *testing.T) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	rows := eventRows(pageRows, 1)
	r := rand.New(rand.NewPCG(1, 1))
	for i, c := range s.Columns {
		for row := range rows.Cols[i].Int {
			rows.Cols[i].Int[row] = r.Int64N(1 << 31)
		}
		for row := range rows.Cols[i].Code {
			rows.Cols[i].Code[row] = 1 + r.Uint32N(uint32(len(c.Vocab)))
		}
	}
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		most, n := int64(2<<20), pageRows
		if f.Name == "parquet" {
			most, n = 40<<20, groupRows-1
		}
		before := heap()
		w, err := f.Open(io.Discard, &s, compression)
		if err != nil {
			t.Fatal(err)
		}
		for n > 0 {
			part := slice(&s, rows, 0, min(n, rows.Len))
			if err := w.Write(part); err != nil {
				t.Fatal(err)
			}
			n -= part.Len
		}
		if held := heap() - before; held > most {
			t.Errorf("%d KiB, want at most %d", held>>10, most>>10)
		}
		runtime.KeepAlive(rows)
		runtime.KeepAlive(w)
	})
}

// TestWritesDoNotAllocate holds the promise of the text formats for every row, and of Parquet for
// every row that does not complete a page.
func TestWritesDoNotAllocate(t *testing.T) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	rows := eventRows(2000, 1)
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		w, err := f.Open(io.Discard, &s, compression)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < pageRows+2000; n += rows.Len {
			if err := w.Write(rows); err != nil {
				t.Fatal(err)
			}
		}
		got := testing.AllocsPerRun(10, func() {
			if err := w.Write(rows); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("%v allocations in %d rows, want none", got, rows.Len)
		}
	})
}
