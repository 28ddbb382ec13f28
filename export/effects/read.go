package effects

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	parquetformat "github.com/parquet-go/parquet-go/format"

	"github.com/percorso/percorso/export/format"
)

// A Row is a row of a table of a truth: words and numbers by column, without those that are
// missing.
type Row struct {
	Words   map[string]string
	Numbers map[string]float64
}

// ReadRows reads a table of a complete truth, in whatever format it was written.
func ReadRows(dir, table string) (rows []Row, err error) {
	m, err := Read(dir)
	if err != nil {
		return nil, err
	}
	found := false
	for _, file := range m.Files {
		if file.Table != table || !isOurs(file) {
			continue
		}
		found = true
		name := filepath.Join(dir, filepath.FromSlash(file.Path))
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if sum(text) != file.SHA256 {
			return nil, fmt.Errorf("%s is damaged", name)
		}
		more, err := readRows(m.Format, m.Compression, string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		rows = append(rows, more...)
	}
	if !found {
		return nil, fmt.Errorf("%s has no table %s", dir, table)
	}
	return rows, nil
}

func readRows(kind, compression, text string) ([]Row, error) {
	if kind == "parquet" {
		return readParquet(text)
	}
	in, err := format.Decompressor(strings.NewReader(text), compression)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if kind == "csv" {
		return readCSV(in)
	}
	return readJSON(in)
}

// set keeps a text, and the number that it is.
func (r *Row) set(column, text string) {
	if text == "" {
		return
	}
	r.Words[column] = text
	if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
		r.Numbers[column] = v
	}
}

func newRow() Row { return Row{Words: map[string]string{}, Numbers: map[string]float64{}} }

func readCSV(in io.Reader) (rows []Row, err error) {
	r := csv.NewReader(in)
	head, err := r.Read()
	if err != nil {
		return nil, err
	}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := newRow()
		for i, text := range cells {
			row.set(head[i], text)
		}
		rows = append(rows, row)
	}
}

func readJSON(in io.Reader) (rows []Row, err error) {
	d := json.NewDecoder(in)
	d.UseNumber()
	for {
		var object map[string]any
		if err := d.Decode(&object); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		row := newRow()
		for column, value := range object {
			if value != nil {
				row.set(column, fmt.Sprint(value))
			}
		}
		rows = append(rows, row)
	}
}

func readParquet(text string) (rows []Row, err error) {
	file, err := parquet.OpenFile(strings.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, err
	}
	columns := file.Schema().Columns()
	scales := make([]int64, len(columns))
	for i, path := range columns {
		leaf, ok := file.Schema().Lookup(path...)
		if !ok {
			return nil, errors.New("a column is missing")
		}
		if t := leaf.Node.Type().LogicalType(); t != nil {
			if decimal, ok := t.Value.(*parquetformat.DecimalType); ok {
				scales[i] = int64(decimal.Scale)
			}
		}
	}
	in := parquet.NewReader(file)
	defer in.Close()
	buffer := make([]parquet.Row, 64)
	for {
		n, err := in.ReadRows(buffer)
		for _, values := range buffer[:n] {
			row := newRow()
			for _, v := range values {
				if v.IsNull() {
					continue
				}
				i := v.Column()
				text := v.String()
				if scales[i] > 0 {
					by := new(big.Int).Exp(big.NewInt(10), big.NewInt(scales[i]), nil)
					text = new(big.Rat).SetFrac(big.NewInt(v.Int64()), by).FloatString(int(scales[i]))
				}
				row.set(columns[i][0], text)
			}
			rows = append(rows, row)
		}
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
