package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/percorso/percorso/model/table"
)

// A parquetColumn turns one column into pages: the open page takes rows, and the chunk holds the
// encoded pages of the open row group.
type parquetColumn struct {
	table.Column
	at      int // place in Rows.Cols
	codec   *pageCodec
	chosen  bool // codec, for the whole file
	values  values
	present *levels // nil for a column without nulls
	there   int     // values present in the open page
	chunk   columnChunk
	payload []byte // scratch
	packed  []byte // scratch
}

// A columnChunk is what a column adds to a row group.
type columnChunk struct {
	dictionary []byte // page with its header; empty if there is none
	data       []byte // pages, with their headers
	rawSize    int64  // of both, uncompressed
	pages      []pageSummary
}

// A pageSummary describes a page, or several, after it is encoded.
type pageSummary struct {
	pageValues
	row, rows int // first, counted from the start of the row group, and how many
	nulls     int
	offset    int // in columnChunk.data
	size      int
}

func newParquetColumn(c table.Column, at int) *parquetColumn {
	p := &parquetColumn{Column: c, at: at, values: newValues(c)}
	if c.Null {
		p.present = new(levels)
	}
	return p
}

// add appends rows to the open page.
func (c *parquetColumn) add(rows piece) { c.there += c.values.add(rows, c.present) }

// endPage encodes the open page, which has the given rows.
func (c *parquetColumn) endPage(row, rows int) error {
	p := pageSummary{row: row, rows: rows, nulls: rows - c.there, offset: len(c.chunk.data)}
	c.payload = c.payload[:0]
	if c.present != nil {
		c.payload = c.present.encode(c.payload)
		c.present.reset()
	}
	if c.there > 0 {
		var err error
		if c.payload, p.pageValues, err = c.values.encode(c.payload); err != nil {
			return err
		}
		c.there = 0
	}
	header := format.PageHeader{
		Type: format.DataPage,
		DataPageHeader: thrift.New(format.DataPageHeader{
			NumValues:               int32(rows),
			Encoding:                p.encoding,
			DefinitionLevelEncoding: format.RLE,
			RepetitionLevelEncoding: format.RLE,
			Statistics:              c.statistics(&p),
		}),
	}
	var err error
	if c.chunk.data, err = c.appendPage(c.chunk.data, &header); err != nil {
		return err
	}
	p.size = len(c.chunk.data) - p.offset
	c.chunk.pages = append(c.chunk.pages, p)
	return nil
}

// endChunk encodes the dictionary of the pages so far.
func (c *parquetColumn) endChunk() error {
	var words int
	c.payload, words = c.values.dictionary(c.payload[:0])
	if words == 0 {
		return nil
	}
	header := format.PageHeader{
		Type: format.DictionaryPage,
		DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{
			NumValues: int32(words),
			Encoding:  format.Plain,
		}),
	}
	var err error
	c.chunk.dictionary, err = c.appendPage(c.chunk.dictionary, &header)
	return err
}

// reset forgets the pages.
func (c *parquetColumn) reset() {
	c.chunk = columnChunk{
		dictionary: c.chunk.dictionary[:0],
		data:       c.chunk.data[:0],
		pages:      c.chunk.pages[:0],
	}
}

// appendPage appends a page of the payload.
func (c *parquetColumn) appendPage(dst []byte, header *format.PageHeader) ([]byte, error) {
	if !c.chosen { // once, because not all readers check again at the next row group
		c.codec = c.codec.choose(c.payload)
		c.chosen = true
	}
	payload := c.payload
	if c.codec.codec != format.Uncompressed {
		c.packed = c.codec.compress(c.packed, c.payload)
		payload = c.packed
	}
	header.UncompressedPageSize = int32(len(c.payload))
	header.CompressedPageSize = int32(len(payload))
	header.CRC = int32(crc32.ChecksumIEEE(payload))
	page := bytes.NewBuffer(dst)
	encoder := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(page))
	if err := encoder.Encode(header); err != nil {
		return nil, fmt.Errorf("parquet page header: %w", err)
	}
	c.chunk.rawSize += int64(page.Len() - len(dst) + len(c.payload))
	page.Write(payload)
	return page.Bytes(), nil
}

// statistics returns the number of nulls and the bounds of the other values.
func (c *parquetColumn) statistics(p *pageSummary) format.Statistics {
	s := format.Statistics{NullCount: int64(p.nulls)}
	if p.nulls < p.rows {
		s.MinValue, s.MaxValue = c.plain(p.lo), c.plain(p.hi)
	}
	return s
}

// plain encodes a bound as a page would hold it.
func (c *parquetColumn) plain(b bound) []byte {
	switch parquetType(c.Kind) {
	case format.Boolean:
		return []byte{byte(b.whole)}
	case format.Int32:
		return binary.LittleEndian.AppendUint32(nil, uint32(b.whole))
	case format.Int64:
		return binary.LittleEndian.AppendUint64(nil, uint64(b.whole))
	default:
		return []byte(b.text)
	}
}

// metadata describes the chunk, which starts at the given offset of the file.
func (c *parquetColumn) metadata(offset int64) format.ColumnMetaData {
	all := c.chunk.summary()
	m := format.ColumnMetaData{
		Type:                  parquetType(c.Kind),
		PathInSchema:          []string{c.Name},
		Codec:                 c.codec.codec,
		NumValues:             int64(all.rows),
		TotalUncompressedSize: c.chunk.rawSize,
		TotalCompressedSize:   int64(len(c.chunk.dictionary) + len(c.chunk.data)),
		DataPageOffset:        offset + int64(len(c.chunk.dictionary)),
		Statistics:            c.statistics(&all),
	}
	if len(c.chunk.dictionary) > 0 {
		m.DictionaryPageOffset = offset
		m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{
			PageType: format.DictionaryPage,
			Encoding: format.Plain,
			Count:    1,
		})
	}
	var pages [format.RLEDictionary + 1]int32
	for _, p := range c.chunk.pages {
		pages[p.encoding]++
	}
	for encoding, n := range pages {
		e := format.Encoding(encoding)
		if n > 0 {
			m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{
				PageType: format.DataPage,
				Encoding: e,
				Count:    n,
			})
		}
		if n > 0 || e == format.RLE || e == format.Plain && len(c.chunk.dictionary) > 0 {
			m.Encoding = append(m.Encoding, e)
		}
	}
	return m
}

// summary describes all pages together.
func (c *columnChunk) summary() pageSummary {
	all := pageSummary{pageValues: pageValues{sorted: true}}
	for _, p := range c.pages {
		if p.nulls < p.rows {
			first := all.nulls == all.rows
			all.sorted = all.sorted && p.sorted && (first || !p.lo.less(all.hi))
			if first || p.lo.less(all.lo) {
				all.lo = p.lo
			}
			if first || all.hi.less(p.hi) {
				all.hi = p.hi
			}
		}
		all.rows += p.rows
		all.nulls += p.nulls
	}
	return all
}

// sorted reports whether the column is the time of the rows and they are in its order.
func (c *parquetColumn) sorted() bool {
	return c.Kind == table.Time && !c.Null && c.chunk.summary().sorted
}

// columnIndex returns the bounds of each page.
func (c *parquetColumn) columnIndex() format.ColumnIndex {
	index := format.ColumnIndex{BoundaryOrder: c.chunk.order()}
	for _, p := range c.chunk.pages {
		s := c.statistics(&p)
		index.NullPages = append(index.NullPages, p.nulls == p.rows)
		index.MinValues = append(index.MinValues, s.MinValue)
		index.MaxValues = append(index.MaxValues, s.MaxValue)
		index.NullCounts = append(index.NullCounts, s.NullCount)
	}
	return index
}

// order reports whether both bounds rise, or both fall, from page to page.
func (c *columnChunk) order() format.BoundaryOrder {
	rises, falls := true, true
	last := -1
	for i, p := range c.pages {
		if p.nulls == p.rows {
			continue
		}
		if last >= 0 {
			q := c.pages[last]
			rises = rises && !p.lo.less(q.lo) && !p.hi.less(q.hi)
			falls = falls && !q.lo.less(p.lo) && !q.hi.less(p.hi)
		}
		last = i
	}
	switch {
	case rises:
		return format.Ascending
	case falls:
		return format.Descending
	default:
		return format.Unordered
	}
}

// offsetIndex returns the offsets of the pages, if the first is at the given offset of the file.
func (c *parquetColumn) offsetIndex(offset int64) format.OffsetIndex {
	var index format.OffsetIndex
	for _, p := range c.chunk.pages {
		index.PageLocations = append(index.PageLocations, format.PageLocation{
			Offset:             offset + int64(p.offset),
			CompressedPageSize: int32(p.size),
			FirstRowIndex:      int64(p.row),
		})
	}
	return index
}
