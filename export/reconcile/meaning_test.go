package reconcile

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"

	"github.com/percorso/percorso/model/table"
)

// TestMeaningIsNotSpelling: what means the same is the same, what does not is not.
func TestMeaningIsNotSpelling(t *testing.T) {
	column := func(k table.Kind, scale int) table.Column {
		return table.Column{Kind: k, Scale: scale}
	}
	for _, c := range []struct {
		column      table.Column
		ours        int64
		same, other []string
	}{
		{column(table.ID, 0), 12, []string{"12", "012", "12.0", "1.2e1", "+12"},
			[]string{"", "13", "12.5", "twelve", "1e400", "0x12", "12 "}},
		{column(table.Decimal, 2), 2090,
			[]string{"20.9", "20.90", "20.900", "2.09e1"},
			[]string{"", "20.91", "20.901", "-20.9", "20,9", "2090", "20.-9"}},
		{column(table.Decimal, 2), -5, []string{"-0.05", "-.05", "-5e-2"},
			[]string{"0.05", "-0.5", "-0.051"}},
		{column(table.Decimal, 2), 0, []string{"0", "0.0", "-0"}, []string{"", "0.01"}},
		{column(table.Time, 0), 1_735_689_600_120_000,
			[]string{"2025-01-01T00:00:00.12Z", "2025-01-01 00:00:00.120000",
				"2025-01-01 01:00:00.12+01", "2025-01-01 00:00:00.120 UTC",
				"2024-12-31T22:30:00.12-01:30", "1735689600.12",
				"2025-01-01 01:00:00.12 +0100", "1735689600120", "1735689600120000",
				"1735689600120000000"},
			[]string{"", "2025-01-01", "2025-01-01 00:00:00.121", "2025-01-01 00:00:00.1200001",
				"1735689600", "2025-01-01 00:00:00.12+01", "2025-13-01 00:00:00", "today"}},
		{column(table.Time, 0), 1_735_689_600_000_000,
			[]string{"2025-01-01", "2025-01-01 00:00:00", "1735689600"}, []string{"2025-01-02"}},
		{column(table.Date32, 0), 20089, []string{"2025-01-01", "2025-01-01 00:00:00"},
			[]string{"2025-01-02", "01/01/2025"}},
		{column(table.Bool, 0), 1, []string{"true", "True", "t", "1"},
			[]string{"false", "0", ""}},
		{column(table.Int, 0), table.Null, []string{""}, []string{"0", "null"}},
	} {
		m := MeaningOf(c.column)
		want := m.Of(nil, &table.Vector{Int: []int64{c.ours}}, 0)
		for _, s := range c.same {
			if got := m.Read(nil, Cell(s)); !bytes.Equal(got, want) {
				t.Errorf("%q means %q, want %q", s, got, want)
			}
		}
		for _, s := range c.other {
			if got := m.Read(nil, Cell(s)); bytes.Equal(got, want) {
				t.Errorf("%q means %q too", s, got)
			}
		}
	}
	words := MeaningOf(table.Column{Kind: table.Code, Vocab: []string{"a", "Città"}})
	if got := words.Of(nil, &table.Vector{Code: []uint32{2}}, 0); string(got) != "Città" {
		t.Errorf("a word means %q", got)
	}
}

// wide is a row with types that other systems write.
type wide struct {
	ID     string    `parquet:"id"`
	Big    uint64    `parquet:"big"`
	Nanos  time.Time `parquet:"nanos,timestamp(nanosecond)"`
	Millis int64     `parquet:"millis,timestamp(millisecond)"`
	Cents  int64     `parquet:"cents,decimal(2:18)"`
	Broad  [16]byte  `parquet:"broad,decimal(3:38)"`
	Double *float64  `parquet:"double,optional"`
	Single float32   `parquet:"single"`
	Yes    bool      `parquet:"yes"`
	Day    int32     `parquet:"day,date"`
	Tags   []string  `parquet:"tags,list"`
}

// wideColumns are those of wide that hold one value, wideText is what they hold.
var wideColumns = []string{"id", "big", "nanos", "millis", "cents", "broad", "double", "single",
	"yes", "day"}

var wideText = [][]string{
	{"1788478821697203", "18446744073709551615", "2025-01-01T12:00:00.12Z",
		"2025-01-01T12:00:00.12Z", "-20.90", "-1.234", "20.9", "0.1", "true", "2025-01-01"},
	{"7", "0", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0.05", "0.001", "", "0", "false",
		"1970-01-01"}}

// writeWide writes the table in each format.
func writeWide(t *testing.T, dir string) {
	at := time.Date(2025, 1, 1, 12, 0, 0, 120_000_000, time.UTC)
	double := 20.9
	if err := parquet.WriteFile(filepath.Join(dir, "t.parquet"), []wide{
		{ID: "1788478821697203", Big: 1<<64 - 1, Nanos: at, Millis: at.UnixMilli(), Cents: -2090,
			Broad: broad(-1_234), Double: &double, Single: 0.1, Yes: true, Day: 20089},
		{ID: "7", Nanos: time.Unix(0, 0), Cents: 5, Broad: broad(1), Tags: []string{"a", "b"}},
	}); err != nil {
		t.Fatal(err)
	}
	csv := bytes.NewBufferString("\ufeffmore," + strings.Join(wideColumns, ",") + "\n")
	var jsonl, packed bytes.Buffer
	for _, row := range wideText {
		csv.WriteString("\"line\nbreak\"")
		jsonl.WriteString(`{"more": [1, {}]`)
		for i, value := range row {
			switch number := i == 1 || i >= 4 && i <= 8; {
			case value == "":
				csv.WriteString(`,\N`)
				fmt.Fprintf(&jsonl, ", %q: null", wideColumns[i])
				continue
			case number:
				fmt.Fprintf(&jsonl, ", %q: %s", wideColumns[i], value)
			default:
				fmt.Fprintf(&jsonl, ", %q: %q", wideColumns[i], value)
			}
			fmt.Fprintf(csv, ",%q", value)
		}
		csv.WriteByte('\n')
		jsonl.WriteString("}\n")
	}
	z := gzip.NewWriter(&packed)
	z.Write(csv.Bytes())
	z.Close()
	for name, text := range map[string][]byte{"t.csv": csv.Bytes(), "t.jsonl": jsonl.Bytes(),
		"t.csv.gz": packed.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// TestForeignTables: the same table reads the same from all formats, with what is missing in each
// one's way.
func TestForeignTables(t *testing.T) {
	dir := t.TempDir()
	writeWide(t, dir)
	for _, name := range []string{"t.parquet", "t.csv", "t.csv.gz", "t.jsonl"} {
		table, err := OpenForeign(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range wideColumns {
			if !slices.Contains(table.Columns, c) {
				t.Errorf("%s has no column %s: %q", name, c, table.Columns)
			}
		}
		n := 0
		if err := table.Read(t.Context(), wideColumns, func(cells []Cell) error {
			for i, c := range cells {
				if want := wideText[n][i]; string(c) != want || (c == nil) != (want == "") {
					t.Errorf("%s: row %d, %s: %q, want %q", name, n, wideColumns[i], c, want)
				}
			}
			n++
			return nil
		}); err != nil || n != len(wideText) {
			t.Errorf("%s: %d rows, error %v", name, n, err)
		}
	}
	for _, name := range []string{"t.xlsx", "t.parquet.gz", "absent.csv"} {
		if _, err := OpenForeign(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was opened", name)
		}
	}
}

// broad is a wide decimal.
func broad(x int64) (b [16]byte) {
	big.NewInt(x).FillBytes(b[:])
	if x < 0 {
		wrapped := new(big.Int).Add(big.NewInt(x), new(big.Int).Lsh(big.NewInt(1), 128))
		wrapped.FillBytes(b[:])
	}
	return b
}

// TestIDsAreReadAsTheyWereWritten: as numbers, however a table spells them, and those of calls
// beside those of events. (Dialects test how they are taken apart.)
func TestIDsAreReadAsTheyWereWritten(t *testing.T) {
	const id = int64(6_004_799_503_160_661)
	for text, want := range map[string]struct {
		id         int64
		beside, ok bool
	}{
		"6004799503160661":                     {id, false, true},
		"6004799503160661.0":                   {id, false, true},
		"6004799503160661-identify":            {id, true, true},
		"00000000-0000-8000-8000-000000000001": {0, false, false},
		"6004799503160661-other":               {0, false, false},
		"":                                     {0, false, false},
	} {
		if got, beside, ok := ReadID(Cell(text)); got != want.id || beside != want.beside ||
			ok != want.ok {
			t.Errorf("%q: got %d, %v, %v, want %+v", text, got, beside, ok, want)
		}
	}
}
