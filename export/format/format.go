package format

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/percorso/percorso/model/table"
)

// A Schema is a table as a file holds it: the columns of a view, in its order.
type Schema struct {
	Name    string
	Columns []table.Column
	At      []int // the place of each column in Rows.Cols

	closed *sync.Pool // columns of closed files, whose memory serves the next; nil if it does not
}

// SchemaOf returns the schema of a view of the tables of a batch.
func SchemaOf(tables *[table.TableCount]table.Table, v table.View) Schema {
	s := Schema{Name: v.Name, At: v.Columns, Columns: make([]table.Column, len(v.Columns))}
	s.closed = new(sync.Pool)
	for i, at := range v.Columns {
		s.Columns[i] = tables[v.Table].Columns[at]
	}
	return s
}

// A Format writes tables in one file format.
type Format struct {
	Name         string                          // parquet, csv, jsonl
	Compressions []string                        // accepted names, the default first
	Ext          func(compression string) string // extension of the files: parquet, csv, csv.gz, …

	// Open starts a file of the given table on w. An empty compression is the default; an unknown
	// one is an error that lists those of the format.
	Open func(w io.Writer, s *Schema, compression string) (Writer, error)

	// Joins reports whether files of one table can be concatenated: the rows of each, without the
	// header that every file begins with.
	Joins bool

	// Type describes how the values of a column look, for people, and Values what such values are
	// called: those of a JSON file are JSON.
	Type   func(c table.Column) string
	Values string

	// DuckDB says how DuckDB reads files of the given columns: by which of its table functions, with
	// which options. It is nil when DuckDB cannot.
	DuckDB func(columns []table.Column) (function string, options []string)

	// Rows counts the rows of a file that Open has written.
	Rows func(file *io.SectionReader, compression string) (int64, error)
}

// A Writer writes the rows of one table to one file. The same rows give the same bytes however they
// are split over calls of Write. A Writer is not safe for concurrent use: each worker has its own.
// After an error it is unusable: later calls return the same error.
type Writer interface {
	// Write appends rows. It does not keep a reference to them.
	Write(rows *table.Rows) error
	// Close writes buffered rows and the footer, if there is one. It does not close the underlying
	// writer.
	Close() error
}

var errClosed = errors.New("format: write to a closed file")

// ValidText returns s with a replacement character for each run of bytes that are not UTF-8, so
// that every format contains the same text.
func ValidText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// formats are the built-in formats; a new one is a file of its own and a line here.
var formats = []Format{parquetFormat, csvFormat, jsonlFormat}

// Formats returns all formats, registered ones included.
func Formats() []Format { return slices.Clone(formats) }

// Register adds a format, so that datasets and streams find it by name. Call it from the init
// function of the package that defines the format; a name that is taken is a panic.
func Register(f Format) {
	if slices.ContainsFunc(formats, func(g Format) bool { return g.Name == f.Name }) {
		panic("format: " + f.Name + " is registered twice")
	}
	formats = append(formats, f)
}

// LookupFormat returns the format of the given name; the error for an unknown name lists the
// formats.
func LookupFormat(name string) (Format, error) {
	names := make([]string, len(formats))
	for i, f := range formats {
		if f.Name == name {
			return f, nil
		}
		names[i] = f.Name
	}
	return Format{}, errors.New(table.Unknown("format", name, names))
}

// PickCompression returns the named compression if a format accepts it, and the first accepted one
// when name is empty.
func PickCompression(format, name string, accepted []string) (string, error) {
	switch {
	case name == "":
		return accepted[0], nil
	case slices.Contains(accepted, name):
		return name, nil
	}
	return "", fmt.Errorf("%s has no compression %q, want %s%s",
		format, name, table.OneOf(accepted), table.Nearest(name, accepted))
}
