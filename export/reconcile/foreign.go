package reconcile

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"

	"github.com/percorso/percorso/export/format"
)

// A Foreign is a table that another system wrote, as CSV with a header, JSON Lines or Parquet. Its
// values are read as text, whatever their types; a Meaning interprets them.
type Foreign struct {
	Columns []string
	name    string
	kind    *foreignKind
}

// A Cell is a value of a foreign table; nil is a missing one.
type Cell []byte

// A foreignKind is a format of foreign tables.
type foreignKind struct {
	ends   []string // extensions of file names
	packed bool     // the file may also be compressed as a whole, with another extension .gz or .zst
	begin  func(file *os.File) (columns []string, err error)
	read   func(f *Foreign, file *os.File, columns []string, row func([]Cell) error) error
}

// foreignKinds are all formats; a new one is a line here and two functions.
var foreignKinds = []foreignKind{
	{[]string{".csv"}, true, beginCSV, (*Foreign).readCSV},
	{[]string{".jsonl", ".ndjson", ".json"}, true, beginLines, (*Foreign).readLines},
	{[]string{".parquet"}, false, beginParquet, (*Foreign).readParquet},
}

// OpenForeign finds the columns of a table. Those of JSON Lines are the keys of the first thousand
// rows.
func OpenForeign(name string) (*Foreign, error) {
	bare := strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	f := &Foreign{name: name}
	for i, kind := range foreignKinds {
		for _, end := range kind.ends {
			if strings.HasSuffix(bare, end) && (kind.packed || bare == name) {
				f.kind = &foreignKinds[i]
			}
		}
	}
	if f.kind == nil {
		return nil, fmt.Errorf("table %q: want a name that ends in .csv, .jsonl, .ndjson or .json, "+
			"also with .gz or .zst, or in .parquet", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if f.Columns, err = f.kind.begin(file); err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	return f, nil
}

func beginParquet(file *os.File) (columns []string, err error) {
	in, err := openForeignParquet(file)
	if err != nil {
		return nil, err
	}
	for _, field := range in.Schema().Fields() {
		columns = append(columns, field.Name())
	}
	return columns, nil
}

func beginCSV(file *os.File) ([]string, error) {
	text, err := unpacked(file)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	columns, err := csv.NewReader(text).Read()
	if errors.Is(err, io.EOF) {
		err = errors.New("it has no header line")
	}
	if err == nil {
		columns[0] = strings.TrimPrefix(columns[0], "\ufeff")
	}
	return columns, err
}

func beginLines(file *os.File) ([]string, error) {
	text, err := unpacked(file)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	const enough = 1000
	keys := make(map[string]bool)
	lines := json.NewDecoder(text)
	for range enough {
		var row map[string]json.RawMessage
		if err := lines.Decode(&row); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		for key := range row {
			keys[key] = true
		}
	}
	return slices.Sorted(maps.Keys(keys)), nil
}

// unpacked returns the text of a file that may be compressed.
func unpacked(file *os.File) (io.ReadCloser, error) {
	in := bufio.NewReaderSize(file, 256<<10)
	switch {
	case strings.HasSuffix(file.Name(), ".gz"):
		return gzip.NewReader(in)
	case strings.HasSuffix(file.Name(), ".zst"):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(in), nil
}

// Read calls each with the values of some columns of each row. They are valid until it returns. It
// ends early, with an error, when ctx does.
func (f *Foreign) Read(ctx context.Context, columns []string, each func([]Cell) error) error {
	file, err := os.Open(f.name)
	if err != nil {
		return err
	}
	defer file.Close()
	row := func(cells []Cell) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return each(cells)
	}
	if err := f.kind.read(f, file, columns, row); err != nil {
		return fmt.Errorf("table %s: %w", f.name, err)
	}
	return nil
}

func (f *Foreign) readCSV(file *os.File, columns []string, row func([]Cell) error) error {
	text, err := unpacked(file)
	if err != nil {
		return err
	}
	defer text.Close()
	lines := csv.NewReader(text)
	lines.ReuseRecord = true
	if _, err := lines.Read(); err != nil {
		return err
	}
	cells, at := make([]Cell, len(columns)), make([]int, len(columns))
	for i, c := range columns {
		at[i] = slices.Index(f.Columns, c)
	}
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range cells {
			if cells[i] = nil; record[at[i]] != "" && record[at[i]] != `\N` {
				cells[i] = Cell(record[at[i]])
			}
		}
		if err := row(cells); err != nil {
			return err
		}
	}
}

func (f *Foreign) readLines(file *os.File, columns []string, row func([]Cell) error) error {
	text, err := unpacked(file)
	if err != nil {
		return err
	}
	defer text.Close()
	cells, lines := make([]Cell, len(columns)), json.NewDecoder(text)
	for {
		var values map[string]json.RawMessage
		if err := lines.Decode(&values); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for i, c := range columns {
			cells[i] = Cell(values[c])
			switch {
			case len(cells[i]) == 0 || string(cells[i]) == "null":
				cells[i] = nil
			case cells[i][0] == '"':
				var s string
				if err := json.Unmarshal(cells[i], &s); err != nil {
					return err
				}
				cells[i] = Cell(s)
			}
		}
		if err := row(cells); err != nil {
			return err
		}
	}
}

func openForeignParquet(file *os.File) (*parquet.File, error) {
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return parquet.OpenFile(file, about.Size(), parquet.SkipPageIndex(true),
		parquet.SkipBloomFilters(true))
}

func (f *Foreign) readParquet(file *os.File, columns []string, row func([]Cell) error) error {
	in, err := openForeignParquet(file)
	if err != nil {
		return err
	}
	cells, place := make([]Cell, len(columns)), make(map[int]int)
	types := make([]parquet.Type, len(columns))
	for i, c := range columns {
		leaf, ok := in.Schema().Lookup(c)
		if !ok {
			return fmt.Errorf("column %s holds more than one value", c)
		}
		place[leaf.ColumnIndex], types[i] = i, leaf.Node.Type()
	}
	rows := parquet.NewReader(in)
	defer rows.Close()
	some := make([]parquet.Row, 256)
	for {
		n, err := rows.ReadRows(some)
		for _, values := range some[:n] {
			clear(cells)
			for _, v := range values {
				if i, ok := place[v.Column()]; ok && !v.IsNull() {
					cells[i] = parquetText(v, types[i])
				}
			}
			if err := row(cells); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// parquetText returns a value as text, by the type of its column.
func parquetText(v parquet.Value, t parquet.Type) Cell {
	if logical := t.LogicalType(); logical != nil {
		switch l := logical.Value.(type) {
		case *parquetformat.TimestampType:
			return timestampText(v.Int64(), l.Unit.Value)
		case *parquetformat.DateType:
			day := time.Unix(int64(v.Int32())*format.DaySeconds, 0).UTC()
			return day.AppendFormat(nil, time.DateOnly)
		case *parquetformat.DecimalType:
			return decimalText(v, int(l.Scale))
		case *parquetformat.IntType:
			switch {
			case !l.IsSigned && v.Kind() == parquet.Int64:
				return strconv.AppendUint(nil, v.Uint64(), 10)
			case !l.IsSigned:
				return strconv.AppendUint(nil, uint64(v.Uint32()), 10)
			}
		}
	}
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.AppendBool(nil, v.Boolean())
	case parquet.Int32:
		return strconv.AppendInt(nil, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(nil, v.Int64(), 10)
	case parquet.Int96:
		return Cell(int96Text(v.Int96().Int64(), v.Int96()[2]))
	case parquet.Float:
		return strconv.AppendFloat(nil, float64(v.Float()), 'g', -1, 32)
	case parquet.Double:
		return strconv.AppendFloat(nil, v.Double(), 'g', -1, 64)
	default:
		return v.ByteArray()
	}
}

// timestampText returns a time as text.
func timestampText(x int64, unit parquetformat.TimeUnitValue) Cell {
	per := int64(time.Second)
	switch unit.(type) {
	case *parquetformat.MilliSeconds:
		per = 1e3
	case *parquetformat.MicroSeconds:
		per = 1e6
	}
	at := time.Unix(x/per, x%per*(int64(time.Second)/per)).UTC()
	return at.AppendFormat(nil, time.RFC3339Nano)
}

// int96Text returns a time in the format of old writers as text: nanoseconds of a day, and the
// Julian day number.
func int96Text(nanos int64, julian uint32) string {
	const epoch = 2_440_588
	return time.Unix((int64(julian)-epoch)*format.DaySeconds, nanos).UTC().Format(time.RFC3339Nano)
}

// decimalText returns a decimal as text; wide decimals are bytes, the most significant first.
func decimalText(v parquet.Value, scale int) Cell {
	var x big.Int
	switch v.Kind() {
	case parquet.Int32:
		x.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		x.SetInt64(v.Int64())
	default:
		b := v.ByteArray()
		if x.SetBytes(b); len(b) > 0 && b[0]&0x80 != 0 {
			x.Sub(&x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
		}
	}
	sign := ""
	if x.Sign() < 0 {
		sign = "-"
		x.Neg(&x)
	}
	digits := x.String()
	if scale <= 0 {
		return Cell(sign + digits + strings.Repeat("0", -scale))
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale+1-len(digits)) + digits
	}
	return Cell(sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:])
}
