package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/percorso/percorso/model/table"
)

// What a Parquet writer holds in memory is bounded: a page of raw values per column and a row group
// of encoded pages. All bounds count rows from the start of the file, so that pages begin at the
// same rows however the rows arrive.
const (
	groupRows = 1 << 18  // rows of a row group
	groupSize = 24 << 20 // bytes of encoded pages after which a row group ends early
	pageRows  = 1 << 15  // rows of a page
	pageSize  = 1 << 20  // bytes of text after which the pages of all columns end early
	stepRows  = 1 << 10  // rows after which pageSize is checked
)

const (
	parquetMagic     = "PAR1"
	parquetVersion   = 2
	parquetCreatedBy = "percorso version 1" // of the encoding: bytes outlive releases
)

var parquetCompressions = []string{"snappy", "zstd", "none"}

var parquetFormat = Format{
	Name:         "parquet",
	Compressions: parquetCompressions,
	Ext:          func(string) string { return "parquet" },
	Open:         openParquet,
	Values:       "Parquet",
	Type:         parquetTypeName,
	DuckDB:       func([]table.Column) (string, []string) { return "read_parquet", nil },
	Rows: func(file *io.SectionReader, _ string) (int64, error) {
		f, err := parquet.OpenFile(file, file.Size(), parquet.SkipBloomFilters(true),
			parquet.SkipPageIndex(true))
		if err != nil {
			return 0, err
		}
		return f.NumRows(), nil
	},
}

// A parquetWriter turns columns of a batch into Parquet pages without building rows or strings in
// between: values that are present move into a page per column, full pages are encoded and
// compressed, and a full row group of pages goes to the file.
type parquetWriter struct {
	out     io.Writer
	schema  *Schema
	columns []*parquetColumn

	page   int   // rows in the open pages
	group  int   // rows in the finished pages of the open row group
	rows   int64 // rows in finished row groups
	offset int64 // bytes written

	groups        []format.RowGroup
	columnIndexes []format.ColumnIndex // by row group, then column
	offsetIndexes []format.OffsetIndex
	err           error
}

func openParquet(w io.Writer, s *Schema, compression string) (Writer, error) {
	compression, err := PickCompression("parquet", compression, parquetCompressions)
	if err != nil {
		return nil, err
	}
	codec, err := newPageCodec(compression)
	if err != nil {
		return nil, err
	}
	p := &parquetWriter{out: w, schema: s, columns: s.parquetColumns()}
	for _, c := range p.columns {
		c.codec, c.chosen = codec, false
	}
	return p, nil
}

// parquetColumns returns the columns of a new file: those of a closed one, if there is one. The
// files of a run are written one after the other, and a new one would take its memory from the
// system page by page while the last one's is given back.
func (s *Schema) parquetColumns() []*parquetColumn {
	if s.closed != nil {
		if old, ok := s.closed.Get().(*[]*parquetColumn); ok {
			return *old
		}
	}
	var columns []*parquetColumn
	for i, c := range s.Columns {
		columns = append(columns, newParquetColumn(c, s.At[i]))
	}
	return columns
}

// Write implements Writer.
func (w *parquetWriter) Write(rows *table.Rows) error {
	for from := 0; from < rows.Len && w.err == nil; {
		to := min(rows.Len, from+stepRows-w.page%stepRows)
		for _, c := range w.columns {
			c.add(piece{&rows.Cols[c.at], rows.There, c.at, from, to})
		}
		w.page += to - from
		from = to
		if w.page == pageRows || w.page%stepRows == 0 && w.text() >= pageSize {
			w.err = w.endPage()
		}
	}
	return w.err
}

// text returns the size of the longest open page of text.
func (w *parquetWriter) text() int {
	size := 0
	for _, c := range w.columns {
		if t, ok := c.values.(*textValues); ok {
			size = max(size, len(t.plain))
		}
	}
	return size
}

// endPage encodes the open page of every column.
func (w *parquetWriter) endPage() error {
	size := 0
	for _, c := range w.columns {
		if err := c.endPage(w.group, w.page); err != nil {
			return fmt.Errorf("table %s: column %s: %w", w.schema.Name, c.Name, err)
		}
		size += len(c.chunk.data)
	}
	w.group += w.page
	w.page = 0
	if w.group >= groupRows || size >= groupSize {
		return w.endGroup()
	}
	return nil
}

// endGroup writes the encoded pages of every column.
func (w *parquetWriter) endGroup() error {
	if err := w.start(); err != nil {
		return err
	}
	group := format.RowGroup{
		NumRows:    int64(w.group),
		FileOffset: w.offset,
		Ordinal:    int16(min(len(w.groups), math.MaxInt16)),
	}
	for i, c := range w.columns {
		if err := c.endChunk(); err != nil {
			return err
		}
		meta := c.metadata(w.offset)
		group.Columns = append(group.Columns, format.ColumnChunk{MetaData: meta})
		group.TotalByteSize += meta.TotalUncompressedSize
		group.TotalCompressedSize += meta.TotalCompressedSize
		if len(group.SortingColumns) == 0 && c.sorted() {
			group.SortingColumns = []format.SortingColumn{{ColumnIdx: int32(i)}}
		}
		w.columnIndexes = append(w.columnIndexes, c.columnIndex())
		w.offsetIndexes = append(w.offsetIndexes, c.offsetIndex(meta.DataPageOffset))
		if err := w.write(c.chunk.dictionary); err != nil {
			return err
		}
		if err := w.write(c.chunk.data); err != nil {
			return err
		}
		c.reset()
	}
	w.groups = append(w.groups, group)
	w.rows += int64(w.group)
	w.group = 0
	return nil
}

// start writes the beginning of the file, once.
func (w *parquetWriter) start() error {
	if w.offset > 0 {
		return nil
	}
	return w.write([]byte(parquetMagic))
}

// Close implements Writer.
func (w *parquetWriter) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.page > 0 {
		w.err = w.endPage()
	}
	if w.err == nil && w.group > 0 {
		w.err = w.endGroup()
	}
	if w.err == nil {
		w.err = w.writeFooter()
	}
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	if w.schema.closed != nil {
		columns := w.columns
		w.schema.closed.Put(&columns)
	}
	w.columns = nil
	return nil
}

// writeFooter writes the page indexes of all row groups and then the metadata with their offsets.
func (w *parquetWriter) writeFooter() error {
	if err := w.start(); err != nil {
		return err
	}
	var tail bytes.Buffer
	encoder := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&tail))
	// place encodes a structure and returns its offset in the file and its length.
	place := func(what any) (int64, int32, error) {
		start := tail.Len()
		if err := encoder.Encode(what); err != nil {
			return 0, 0, fmt.Errorf("parquet footer: %w", err)
		}
		return w.offset + int64(start), int32(tail.Len() - start), nil
	}
	var err error
	for i := range w.columnIndexes {
		c := w.chunk(i)
		c.ColumnIndexOffset, c.ColumnIndexLength, err = place(&w.columnIndexes[i])
		if err != nil {
			return err
		}
	}
	for i := range w.offsetIndexes {
		c := w.chunk(i)
		c.OffsetIndexOffset, c.OffsetIndexLength, err = place(&w.offsetIndexes[i])
		if err != nil {
			return err
		}
	}
	_, size, err := place(w.metadata())
	if err != nil {
		return err
	}
	tail.Write(binary.LittleEndian.AppendUint32(nil, uint32(size)))
	tail.WriteString(parquetMagic)
	return w.write(tail.Bytes())
}

// chunk returns the i-th column chunk of the file.
func (w *parquetWriter) chunk(i int) *format.ColumnChunk {
	return &w.groups[i/len(w.columns)].Columns[i%len(w.columns)]
}

func (w *parquetWriter) metadata() *format.FileMetaData {
	m := &format.FileMetaData{
		Version:   parquetVersion,
		Schema:    parquetSchema(w.schema),
		NumRows:   w.rows,
		RowGroups: w.groups,
		CreatedBy: parquetCreatedBy,
	}
	for range w.columns {
		order := format.ColumnOrder{Value: new(format.TypeDefinedOrder)}
		m.ColumnOrders = append(m.ColumnOrders, order)
	}
	return m
}

func (w *parquetWriter) write(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	n, err := w.out.Write(b)
	w.offset += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
