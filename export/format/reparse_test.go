package format

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// A cell is a value as a reader should see it, whatever the format.
type cell struct {
	missing bool
	text    string
}

// kinds has a column of every kind with and without nulls.
func kinds() *Schema {
	s := &Schema{Name: "kinds"}
	words := []string{"web", "app", `say "hi", or`, "Città\nline", "a\\b\t\x01", "z\xffz", `\.`, " "}
	add := func(name string, c table.Column) {
		for _, null := range []bool{false, true} {
			c.Name, c.Null = name, null
			if null {
				c.Name = "maybe_" + name
			}
			s.At = append(s.At, len(s.Columns))
			s.Columns = append(s.Columns, c)
		}
	}
	add("id", table.Column{Kind: table.ID})
	add("time", table.Column{Kind: table.Time})
	add("date", table.Column{Kind: table.Date32})
	add("amount", table.Column{Kind: table.Decimal, Scale: 2})
	add("whole", table.Column{Kind: table.Decimal})
	add("fine", table.Column{Kind: table.Decimal, Scale: 18})
	add("int", table.Column{Kind: table.Int})
	add("bool", table.Column{Kind: table.Bool})
	add("code", table.Column{Kind: table.Code, Vocab: words})
	add("text", table.Column{Kind: table.Text})
	slices.Reverse(s.At) // a view need not have the order of the batch
	return s
}

// A shape says how the values of randomRows are distributed.
type shape struct {
	nulls    float64 // share of missing values
	distinct int     // values in a column; 0: all different
	rising   bool    // sorted, where a column has no nulls
}

// randomRows returns n rows of a schema, with extremes among them.
func randomRows(s *Schema, n int, r *rand.Rand, f shape) *table.Rows {
	rows := &table.Rows{Len: n, Cols: make([]table.Vector, slices.Max(s.At)+1)}
	for i, c := range s.Columns {
		rows.Cols[s.At[i]] = randomVector(c, n, r, f)
	}
	return rows
}

func randomVector(c table.Column, n int, r *rand.Rand, f shape) table.Vector {
	var v table.Vector
	pool := f.distinct
	if pool == 0 {
		pool = n
	}
	ints := make([]int64, pool)
	for i := range ints {
		ints[i] = randomInt(c, r)
	}
	if f.rising && f.distinct == 0 {
		slices.Sort(ints)
	}
	for row := range n {
		i := row
		if f.distinct > 0 {
			i = r.IntN(pool)
		}
		missing := c.Null && r.Float64() < f.nulls
		switch c.Kind {
		case table.Code:
			code := uint32(1 + i%len(c.Vocab))
			if missing {
				code = 0
			}
			v.Code = append(v.Code, code)
		case table.Text:
			text := ""
			if !missing {
				text = handmade.Text(rand.New(rand.NewPCG(uint64(ints[i]), 1)))
			}
			v.Text = append(v.Text, text)
		default:
			x := ints[i]
			if missing {
				x = table.Null
			}
			v.Int = append(v.Int, x)
		}
	}
	return v
}

// randomInt returns a value of a kind: often an extreme, often a small one.
func randomInt(c table.Column, r *rand.Rand) int64 {
	least, most := int64(0), int64(1)<<53-1
	switch c.Kind {
	case table.Time:
		least, most = -62_135_596_800_000_000, 253_402_300_799_999_999 // years 1 to 9999
	case table.Date32:
		least, most = -719_162, 2_932_896
	case table.Decimal:
		least, most = -999_999_999_999_999_999, 999_999_999_999_999_999
	case table.Int:
		least, most = math.MinInt32, math.MaxInt32
	case table.Bool:
		least, most = 0, 1
	}
	switch r.IntN(8) {
	case 0:
		return least
	case 1:
		return most
	case 2:
		return min(most, r.Int64N(100))
	default:
		return least + int64(r.Uint64N(uint64(most-least)+1))
	}
}

// wantCells returns the cells of a batch, by row, worked out with other means than the writers use.
func wantCells(s *Schema, rows *table.Rows) [][]cell {
	of := make([][]cell, rows.Len)
	for row := range of {
		for i, c := range s.Columns {
			v := &rows.Cols[s.At[i]]
			switch {
			case c.Kind == table.Code && v.Code[row] == 0,
				c.Kind == table.Text && c.Null && v.Text[row] == "",
				c.Kind < table.Code && v.Int[row] == table.Null:
				of[row] = append(of[row], cell{missing: true})
			case c.Kind == table.Code:
				word := strings.ToValidUTF8(c.Vocab[v.Code[row]-1], "\uFFFD")
				of[row] = append(of[row], cell{text: word})
			case c.Kind == table.Text:
				text := strings.ToValidUTF8(v.Text[row], "\uFFFD")
				of[row] = append(of[row], cell{text: text})
			default:
				of[row] = append(of[row], cell{text: intText(c, v.Int[row])})
			}
		}
	}
	return of
}

func intText(c table.Column, x int64) string {
	switch c.Kind {
	case table.Time:
		return time.UnixMicro(x).UTC().Format("2006-01-02T15:04:05.000000Z")
	case table.Date32:
		return time.UnixMicro(0).UTC().AddDate(0, 0, int(x)).Format(time.DateOnly)
	case table.Decimal:
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Scale)), nil)
		return new(big.Rat).SetFrac(big.NewInt(x), unit).FloatString(c.Scale)
	case table.Bool:
		return fmt.Sprint(x == 1)
	default:
		return fmt.Sprint(x)
	}
}

// file writes rows as one file, handing over the given numbers of rows at a time and then the rest.
func file(t fataler, f Format, compression string, s *Schema, rows *table.Rows, split ...int,
) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := f.Open(&out, s, compression)
	if err != nil {
		t.Fatal(err)
	}
	from := 0
	for _, n := range append(split, rows.Len) {
		to := min(from+n, rows.Len)
		if err := w.Write(slice(s, rows, from, to)); err != nil {
			t.Fatal(err)
		}
		from = to
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// slice returns some rows as rows of their own.
func slice(s *Schema, rows *table.Rows, from, to int) *table.Rows {
	part := &table.Rows{Len: to - from, Cols: make([]table.Vector, len(rows.Cols))}
	for i, at := range s.At {
		switch v := rows.Cols[at]; s.Columns[i].Kind {
		case table.Code:
			part.Cols[at].Code = v.Code[from:to]
		case table.Text:
			part.Cols[at].Text = v.Text[from:to]
		default:
			part.Cols[at].Int = v.Int[from:to]
		}
	}
	return part
}

// reparse reads a file with readers that are not ours.
func reparse(t fataler, f Format, compression string, s *Schema, data []byte) [][]cell {
	t.Helper()
	var table [][]cell
	var err error
	if f.Name == "parquet" {
		table, err = reparseParquet(s, data)
	} else if data, err = decompress(compression, data); err != nil {
		t.Fatal(err)
	} else if f.Name == "csv" {
		table, err = reparseCSV(s, data)
	} else {
		table, err = reparseJSONL(s, data)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", f.Name, compression, err)
	}
	return table
}

func decompress(compression string, data []byte) ([]byte, error) {
	switch compression {
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(z)
	case "zstd":
		z, err := zstd.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return io.ReadAll(z)
	}
	return data, nil
}

// reparseCSV reads an empty field as missing where a value may be. It undoes no quoting itself: the
// standard reader does, which also turns \r\n inside quotes into \n.
func reparseCSV(s *Schema, data []byte) ([][]cell, error) {
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(records) == 0 {
		return nil, errors.Join(err, errors.New("no header"))
	}
	for i, c := range s.Columns {
		if records[0][i] != c.Name {
			return nil, fmt.Errorf("column %d is %q, want %q", i, records[0][i], c.Name)
		}
	}
	table := make([][]cell, len(records)-1)
	for row, record := range records[1:] {
		for i, text := range record {
			missing := text == "" && s.Columns[i].Null
			table[row] = append(table[row], cell{missing: missing, text: text})
		}
	}
	return table, nil
}

// reparseJSONL reads objects token by token, so that the order of keys counts.
func reparseJSONL(s *Schema, data []byte) ([][]cell, error) {
	table := make([][]cell, 0)
	for line := range bytes.Lines(data) {
		n := len(table) + 1
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		if token, err := d.Token(); err != nil || token != json.Delim('{') {
			return nil, fmt.Errorf("line %d begins with %v, %w", n, token, err)
		}
		var row []cell
		for _, c := range s.Columns {
			if key, err := d.Token(); err != nil || key != c.Name {
				return nil, fmt.Errorf("line %d: key %v, want %s, %w", n, key, c.Name, err)
			}
			value, err := d.Token()
			if err != nil {
				return nil, err
			}
			if err := rightJSONType(c.Kind, value); err != nil {
				return nil, fmt.Errorf("line %d: %s: %w", n, c.Name, err)
			}
			if value == nil {
				row = append(row, cell{missing: true})
			} else {
				row = append(row, cell{text: fmt.Sprint(value)})
			}
		}
		if token, err := d.Token(); err != nil || token != json.Delim('}') {
			return nil, fmt.Errorf("line %d ends with %v, %w", n, token, err)
		}
		table = append(table, row)
	}
	return table, nil
}

func rightJSONType(k table.Kind, value any) error {
	right := value == nil
	switch k {
	case table.ID, table.Duration, table.Int, table.Decimal:
		_, number := value.(json.Number)
		right = right || number
	case table.Bool:
		_, truth := value.(bool)
		right = right || truth
	default:
		_, text := value.(string)
		right = right || text
	}
	if !right {
		return fmt.Errorf("%v is a %T", value, value)
	}
	return nil
}

func reparseParquet(s *Schema, data []byte) ([][]cell, error) {
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	if err := rightParquetSchema(s, f); err != nil {
		return nil, err
	}
	table := make([][]cell, 0, f.NumRows())
	for _, g := range f.RowGroups() {
		rows := g.Rows()
		defer rows.Close()
		buffer := make([]parquet.Row, 100)
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				table = append(table, parquetCells(s, row))
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return table, nil
}

func parquetCells(s *Schema, row parquet.Row) []cell {
	cells := make([]cell, len(s.Columns))
	for i, c := range s.Columns {
		switch v := row[i]; {
		case v.IsNull():
			cells[i].missing = true
		case c.Kind == table.Bool:
			cells[i].text = fmt.Sprint(v.Boolean())
		case c.Kind == table.Int, c.Kind == table.Date32:
			cells[i].text = intText(c, int64(v.Int32()))
		case c.Kind < table.Code:
			cells[i].text = intText(c, v.Int64())
		default:
			cells[i].text = string(v.ByteArray())
		}
	}
	return cells
}

// rightParquetSchema checks names, repetition and logical types.
func rightParquetSchema(s *Schema, f *parquet.File) error {
	if got := f.Schema().Name(); got != s.Name {
		return fmt.Errorf("table %q, want %q", got, s.Name)
	}
	for i, c := range s.Columns {
		want := map[table.Kind]string{
			table.ID: "INT64", table.Duration: "INT64", table.Int: "INT32",
			table.Bool: "BOOLEAN", table.Date32: "DATE",
			table.Time:    "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)",
			table.Decimal: fmt.Sprintf("DECIMAL(18,%d)", c.Scale),
			table.Code:    "STRING", table.Text: "STRING",
		}[c.Kind]
		field := f.Schema().Fields()[i]
		if field.Name() != c.Name || field.Optional() != c.Null || field.Type().String() != want {
			return fmt.Errorf("field %s %s, optional %t; want %s %s, optional %t", field.Name(),
				field.Type(), field.Optional(), c.Name, want, c.Null)
		}
	}
	return nil
}

// sameCells fails unless the tables are equal.
func sameCells(t fataler, s *Schema, got, want [][]cell) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for row := range want {
		if len(got[row]) != len(want[row]) {
			t.Fatalf("row %d: %d columns, want %d", row, len(got[row]), len(want[row]))
		}
		for i := range want[row] {
			if got[row][i] != want[row][i] {
				t.Fatalf("row %d, column %s: %+v, want %+v",
					row, s.Columns[i].Name, got[row][i], want[row][i])
			}
		}
	}
}

// asCSV is what the standard library's CSV reader makes of texts.
func asCSV(table [][]cell) [][]cell {
	for _, row := range table {
		for i := range row {
			row[i].text = strings.ReplaceAll(row[i].text, "\r\n", "\n")
		}
	}
	return table
}

// eachEncoding runs a test for every format and compression.
func eachEncoding(t *testing.T, test func(t *testing.T, f Format, compression string)) {
	for _, f := range Formats() {
		for _, compression := range f.Compressions {
			t.Run(f.Name+"/"+compression, func(t *testing.T) { test(t, f, compression) })
		}
	}
}
