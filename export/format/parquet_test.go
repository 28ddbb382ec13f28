package format

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/percorso/percorso/model/table"
)

// A parquetFile is a file with all that its metadata says, page headers included.
type parquetFile struct {
	data    []byte
	meta    *format.FileMetaData
	columns []format.ColumnIndex
	offsets []format.OffsetIndex
}

func openFile(t fataler, data []byte) parquetFile {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return parquetFile{data, f.Metadata(), f.ColumnIndexes(), f.OffsetIndexes()}
}

// page returns the header and the payload of the page at a place, and the place after it.
func (f parquetFile) page(t fataler, at int64) (format.PageHeader, []byte, int64) {
	t.Helper()
	var header format.PageHeader
	r := bytes.NewReader(f.data[at:])
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(r)).Decode(&header); err != nil {
		t.Fatalf("page header at %d: %v", at, err)
	}
	start := int64(len(f.data) - r.Len())
	end := start + int64(header.CompressedPageSize)
	return header, f.data[start:end], end
}

// TestParquetMetadataIsTrue works out what the metadata of every page, column chunk and row group
// must say, for tables of some pages and row groups.
func TestParquetMetadataIsTrue(t *testing.T) {
	s := kinds()
	for _, shape := range []shape{
		{}, {nulls: 1}, {nulls: 0.999, distinct: 50}, {nulls: 0.5, distinct: 1}, {rising: true},
		{nulls: 0.3, distinct: 900},
	} {
		for _, n := range []int{0, 1, 5000, pageRows + 17} {
			rows := randomRows(s, n, rand.New(rand.NewPCG(uint64(n), 9)), shape)
			for _, compression := range parquetCompressions {
				if n <= 5000 || compression == "snappy" {
					data := file(t, parquetFormat, compression, s, rows)
					checkParquet(t, s, rows, data, compression)
				}
			}
		}
	}
}

func TestParquetRowGroupsAreBounded(t *testing.T) {
	s := &Schema{Name: "three", At: []int{0, 1, 2}, Columns: []table.Column{
		{Name: "at", Kind: table.Time},
		{Name: "who", Kind: table.ID, Null: true},
		{Name: "where", Kind: table.Code, Vocab: strings.Fields("h g f e d c b a")},
	}}
	r := rand.New(rand.NewPCG(4, 4))
	rows := randomRows(s, groupRows, r, shape{nulls: 0.5, distinct: 7})
	appendRows(rows, randomRows(s, 5000, r, shape{nulls: 0.5, distinct: 5}))
	data := file(t, parquetFormat, "", s, rows)
	groups := checkParquet(t, s, rows, data, "snappy")
	if want := []int{groupRows, 5000}; !slices.Equal(groups, want) {
		t.Errorf("row groups of %d rows, want %d", groups, want)
	}
	sameCells(t, s, reparse(t, parquetFormat, "", s, data), wantCells(s, rows))
}

// appendRows appends more rows of the same schema.
func appendRows(rows, more *table.Rows) {
	rows.Len += more.Len
	for i := range rows.Cols {
		rows.Cols[i].Int = append(rows.Cols[i].Int, more.Cols[i].Int...)
		rows.Cols[i].Code = append(rows.Cols[i].Code, more.Cols[i].Code...)
		rows.Cols[i].Text = append(rows.Cols[i].Text, more.Cols[i].Text...)
	}
}

// TestParquetColumnsKeepTheirCodec begins with a row group that compresses and goes on with one
// that does not: not all readers look at the codec again.
func TestParquetColumnsKeepTheirCodec(t *testing.T) {
	s := &Schema{Name: "one", At: []int{0}, Columns: []table.Column{{Name: "who"}}}
	r := rand.New(rand.NewPCG(4, 4))
	rows := randomRows(s, groupRows, r, shape{distinct: 1})
	appendRows(rows, randomRows(s, 5000, r, shape{}))
	data := file(t, parquetFormat, "snappy", s, rows)
	for g, group := range openFile(t, data).meta.RowGroups {
		if got := group.Columns[0].MetaData.Codec; got != format.Snappy {
			t.Errorf("row group %d: %s, want %s", g, got, format.Snappy)
		}
	}
	sameCells(t, s, reparse(t, parquetFormat, "snappy", s, data), wantCells(s, rows))
}

func TestParquetPagesOfLongTextsAreShort(t *testing.T) {
	s := &Schema{Name: "one", At: []int{0}, Columns: []table.Column{
		{Name: "text", Kind: table.Text},
	}}
	r := rand.New(rand.NewPCG(4, 4))
	letters := make([]byte, 1<<20)
	for i := range letters {
		letters[i] = byte('0' + r.IntN(64))
	}
	rows := &table.Rows{Len: 20_000, Cols: make([]table.Vector, 1)}
	for range rows.Len {
		at := r.IntN(len(letters) - 3000)
		rows.Cols[0].Text = append(rows.Cols[0].Text, string(letters[at:at+3000]))
	}
	data := file(t, parquetFormat, "none", s, rows)
	if !bytes.Equal(file(t, parquetFormat, "none", s, rows, 100, 1, 5000), data) {
		t.Error("split, the bytes differ")
	}
	groups := checkParquet(t, s, rows, data, "none")
	if len(groups) < 3 {
		t.Errorf("row groups of %d rows, want some of at most %d bytes", groups, groupSize)
	}
	for _, index := range openFile(t, data).offsets {
		for _, page := range index.PageLocations {
			if page.CompressedPageSize > pageSize+stepRows*3100 {
				t.Fatalf("a page of %d bytes", page.CompressedPageSize)
			}
		}
	}
}

// checkParquet fails unless the metadata says the truth about the rows. It returns the sizes of the
// row groups.
func checkParquet(t *testing.T, s *Schema, rows *table.Rows, data []byte, codec string) []int {
	t.Helper()
	f := openFile(t, data)
	if f.meta.CreatedBy != parquetCreatedBy || f.meta.NumRows != int64(rows.Len) {
		t.Fatalf("created by %s, %d rows", f.meta.CreatedBy, f.meta.NumRows)
	}
	if len(f.meta.ColumnOrders) != len(s.Columns) {
		t.Fatalf("%d column orders, without which bounds mean nothing", len(f.meta.ColumnOrders))
	}
	var groups []int
	at, from := int64(4), 0
	for g, group := range f.meta.RowGroups {
		n := int(group.NumRows)
		if group.FileOffset != at || int(group.Ordinal) != g {
			t.Fatalf("row group %d starts at %d, want %d", group.Ordinal, group.FileOffset, at)
		}
		var raw, packed int64
		part := slice(s, rows, from, from+n)
		for i, c := range group.Columns {
			k := g*len(s.Columns) + i
			at = f.checkChunk(t, s, i, part, c.MetaData, k, at)
			raw += c.MetaData.TotalUncompressedSize
			packed += c.MetaData.TotalCompressedSize
			codecs := []string{strings.ToUpper(codec), "UNCOMPRESSED"}
			if codec != "none" && !slices.Contains(codecs, c.MetaData.Codec.String()) {
				t.Fatalf("codec %s, want one of %s", c.MetaData.Codec, codecs)
			}
		}
		if raw != group.TotalByteSize || packed != group.TotalCompressedSize {
			t.Fatalf("sizes %d, %d, want %d, %d",
				group.TotalByteSize, group.TotalCompressedSize, raw, packed)
		}
		groups = append(groups, n)
		from += n
	}
	if from != rows.Len {
		t.Fatalf("%d rows in row groups, want %d", from, rows.Len)
	}
	return groups
}

// checkChunk checks a column chunk that starts at a place and returns where it ends.
func (f parquetFile) checkChunk(t *testing.T, s *Schema, column int, rows *table.Rows,
	m format.ColumnMetaData, k int, at int64,
) int64 {
	t.Helper()
	c, v := s.Columns[column], &rows.Cols[s.At[column]]
	checkStatistics(t, c, v, 0, rows.Len, m.Statistics)
	start, raw := at, int64(0)
	if m.DictionaryPageOffset != 0 {
		if m.DictionaryPageOffset != at {
			t.Fatalf("dictionary at %d, want %d", m.DictionaryPageOffset, at)
		}
		words := make(map[string]bool)
		for row := range rows.Len {
			if x := plainValue(c, v, row); x != nil {
				words[string(x)] = true
			}
		}
		header, _, _ := f.page(t, at)
		if got := int(header.DictionaryPageHeader.V.NumValues); got != len(words) {
			t.Fatalf("column %s: %d words in the dictionary, want %d", c.Name, got, len(words))
		}
		at, raw = f.checkPage(t, at)
	}
	if m.DataPageOffset != at {
		t.Fatalf("data at %d, want %d", m.DataPageOffset, at)
	}
	pages, index := f.offsets[k].PageLocations, f.columns[k]
	for p, page := range pages {
		from, to := int(page.FirstRowIndex), rows.Len
		if p < len(pages)-1 {
			to = int(pages[p+1].FirstRowIndex)
		}
		header, _, end := f.page(t, at)
		if page.Offset != at || int64(page.CompressedPageSize) != end-at {
			t.Fatalf("page at %d, want %d", page.Offset, at)
		}
		if got := int(header.DataPageHeader.V.NumValues); got != to-from || got > pageRows {
			t.Fatalf("page of %d rows, want %d", got, to-from)
		}
		checkStatistics(t, c, v, from, to, header.DataPageHeader.V.Statistics)
		checkStatistics(t, c, v, from, to, format.Statistics{NullCount: index.NullCounts[p],
			MinValue: none(index.MinValues[p], index.NullPages[p]),
			MaxValue: none(index.MaxValues[p], index.NullPages[p])})
		var size int64
		at, size = f.checkPage(t, at)
		raw += size
	}
	if m.TotalCompressedSize != at-start || m.TotalUncompressedSize != raw {
		t.Fatalf("sizes %d, %d, want %d, %d",
			m.TotalCompressedSize, m.TotalUncompressedSize, at-start, raw)
	}
	checkOrder(t, c, index)
	return at
}

// none returns nil in place of the bound of a page of nulls.
func none(bound []byte, null bool) []byte {
	if null && len(bound) == 0 {
		return nil
	}
	if bound == nil {
		return []byte{}
	}
	return bound
}

// checkPage checks the sum of a page; it returns where the page ends and its size uncompressed.
func (f parquetFile) checkPage(t *testing.T, at int64) (end, raw int64) {
	t.Helper()
	header, payload, end := f.page(t, at)
	if got := crc32.ChecksumIEEE(payload); uint32(header.CRC) != got {
		t.Fatalf("page at %d: sum %08x, want %08x", at, uint32(header.CRC), got)
	}
	return end, end - at - int64(len(payload)) + int64(header.UncompressedPageSize)
}

// checkStatistics compares null count and bounds with those of some rows.
func checkStatistics(t *testing.T, c table.Column, v *table.Vector, from, to int,
	got format.Statistics,
) {
	t.Helper()
	nulls := int64(0)
	var lo, hi []byte
	for row := from; row < to; row++ {
		x := plainValue(c, v, row)
		if x == nil {
			nulls++
			continue
		}
		if lo == nil || comparePlain(c, x, lo) < 0 {
			lo = x
		}
		if hi == nil || comparePlain(c, x, hi) > 0 {
			hi = x
		}
	}
	if got.NullCount != nulls {
		t.Fatalf("column %s: %d nulls, want %d", c.Name, got.NullCount, nulls)
	}
	if !bytes.Equal(got.MinValue, lo) || !bytes.Equal(got.MaxValue, hi) ||
		(got.MinValue == nil) != (lo == nil) || (got.MaxValue == nil) != (hi == nil) {
		t.Fatalf("column %s: from %q to %q, want %q to %q",
			c.Name, got.MinValue, got.MaxValue, lo, hi)
	}
}

// plainValue is a value in Parquet's plain encoding, nil if it is missing.
func plainValue(c table.Column, v *table.Vector, row int) []byte {
	switch c.Kind {
	case table.Code:
		if v.Code[row] == 0 {
			return nil
		}
		return []byte(strings.ToValidUTF8(c.Vocab[v.Code[row]-1], "\uFFFD"))
	case table.Text:
		if c.Null && v.Text[row] == "" {
			return nil
		}
		return append([]byte{}, strings.ToValidUTF8(v.Text[row], "\uFFFD")...)
	}
	x := v.Int[row]
	switch {
	case x == table.Null:
		return nil
	case c.Kind == table.Bool:
		return []byte{byte(x)}
	case c.Kind == table.Int, c.Kind == table.Date32:
		return binary.LittleEndian.AppendUint32(nil, uint32(x))
	default:
		return binary.LittleEndian.AppendUint64(nil, uint64(x))
	}
}

// comparePlain orders values as the column order of the specification does.
func comparePlain(c table.Column, a, b []byte) int {
	signed := func(x []byte) int64 {
		switch len(x) {
		case 1:
			return int64(x[0])
		case 4:
			return int64(int32(binary.LittleEndian.Uint32(x)))
		default:
			return int64(binary.LittleEndian.Uint64(x))
		}
	}
	if c.Kind == table.Code || c.Kind == table.Text {
		return bytes.Compare(a, b)
	}
	if x, y := signed(a), signed(b); x != y {
		return map[bool]int{true: -1, false: 1}[x < y]
	}
	return 0
}

// checkOrder checks that the bounds of pages are in the order the index claims.
func checkOrder(t *testing.T, c table.Column, index format.ColumnIndex) {
	t.Helper()
	var lo, hi [][]byte
	for p, null := range index.NullPages {
		if !null {
			lo, hi = append(lo, index.MinValues[p]), append(hi, index.MaxValues[p])
		}
	}
	compare := func(a, b []byte) int { return comparePlain(c, a, b) }
	opposite := func(a, b []byte) int { return comparePlain(c, b, a) }
	want := format.Unordered
	switch {
	case slices.IsSortedFunc(lo, compare) && slices.IsSortedFunc(hi, compare):
		want = format.Ascending
	case slices.IsSortedFunc(lo, opposite) && slices.IsSortedFunc(hi, opposite):
		want = format.Descending
	}
	if index.BoundaryOrder != want {
		t.Fatalf("column %s: bounds are %s, want %s", c.Name, index.BoundaryOrder, want)
	}
}

func TestPageBoundsRiseFallOrNeither(t *testing.T) {
	null := [2]int64{-1, -1}
	for _, c := range []struct {
		pages [][2]int64 // least and greatest
		want  format.BoundaryOrder
	}{
		{nil, format.Ascending},
		{[][2]int64{{1, 2}}, format.Ascending},
		{[][2]int64{null, null}, format.Ascending},
		{[][2]int64{{1, 5}, {1, 5}, {2, 5}, {2, 9}}, format.Ascending},
		{[][2]int64{{2, 9}, {2, 5}, {1, 5}}, format.Descending},
		{[][2]int64{{2, 9}, null, {1, 5}}, format.Descending},
		{[][2]int64{{1, 5}, null, {2, 9}}, format.Ascending},
		{[][2]int64{{1, 5}, null, {0, 9}}, format.Unordered},
		{[][2]int64{{1, 9}, {2, 5}}, format.Unordered},
		{[][2]int64{{1, 5}, {2, 9}, {1, 5}}, format.Unordered},
	} {
		var chunk columnChunk
		for _, p := range c.pages {
			page := pageSummary{rows: 1}
			if p == null {
				page.nulls = 1
			} else {
				page.lo.whole, page.hi.whole = p[0], p[1]
			}
			chunk.pages = append(chunk.pages, page)
		}
		if got := chunk.order(); got != c.want {
			t.Errorf("%d: %s, want %s", c.pages, got, c.want)
		}
	}
}

// TestParquetSaysWhatItIsSortedBy moves one row of a sorted table.
func TestParquetSaysWhatItIsSortedBy(t *testing.T) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	rows := eventRows(pageRows+100, 1)
	times := rows.Cols[table.EventTime].Int
	sorting := func() []format.SortingColumn {
		return openFile(t, file(t, parquetFormat, "", &s, rows)).meta.RowGroups[0].SortingColumns
	}
	if got := sorting(); len(got) != 1 || got[0].ColumnIdx != table.EventTime || got[0].Descending {
		t.Errorf("sorted by %+v, want event_time", got)
	}
	for _, row := range []int{10, pageRows} { // inside a page, and from one to the next
		before := times[row]
		times[row] = times[row-1] - 1
		if got := sorting(); len(got) != 0 {
			t.Errorf("sorted by %+v although row %d is not", got, row)
		}
		times[row] = before
	}
}

// TestDamagedParquetIsNoticed flips a bit in every column's data.
func TestDamagedParquetIsNoticed(t *testing.T) {
	s := kinds()
	rows := randomRows(s, 500, rand.New(rand.NewPCG(1, 1)), shape{nulls: 0.2})
	data := file(t, parquetFormat, "", s, rows)
	f := openFile(t, data)
	for k, index := range f.offsets {
		_, payload, _ := f.page(t, index.PageLocations[0].Offset)
		payload[len(payload)/2] ^= 1
		if _, err := reparseParquet(s, data); err == nil {
			t.Errorf("column %s: nobody saw the damage", s.Columns[k].Name)
		}
		payload[len(payload)/2] ^= 1
	}
	sameCells(t, s, reparse(t, parquetFormat, "", s, data), wantCells(s, rows))
}

func TestParquetSpendsLittleOnWhatSaysLittle(t *testing.T) {
	s := kinds()
	const n = 4 * pageRows
	for name, shape := range map[string]shape{
		"nulls only": {nulls: 1}, "one value": {distinct: 1}, "nulls and a few": {nulls: 0.9999},
	} {
		rows := randomRows(s, n, rand.New(rand.NewPCG(1, 1)), shape)
		f := openFile(t, file(t, parquetFormat, "none", s, rows))
		for i, c := range f.meta.RowGroups[0].Columns {
			column, most := s.Columns[i], int64(1500)
			switch {
			case column.Kind == table.Bool, column.Kind == table.Text,
				!column.Null && name != "one value":
				continue // plain, or not what this is about
			case column.Kind == table.Time:
				most = 10_000 // differences, a few bytes for each 128
			}
			if size := c.MetaData.TotalCompressedSize; size > most {
				t.Errorf("%s: column %s takes %d bytes in %d rows", name, column.Name, size, n)
			}
		}
	}
}

// TestLevelsAreReadBack holds the hybrid of runs and packed bits for any mixture of them.
func TestLevelsAreReadBack(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var want []bool
		var l levels
		for range 1 + r.IntN(8) {
			percent := []int{0, 100, 0, 100, 1, 50, 99}[r.IntN(7)]
			for range 1 + r.IntN(300) {
				there := r.IntN(100) < percent
				want = append(want, there)
				l.push(map[bool]uint64{true: 1}[there], 1)
			}
		}
		got := decodeLevels(t, l.encode(nil), len(want))
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d:\ngot  %v\nwant %v", seed, got, want)
		}
	}
}

// TestIndicesAreReadBack holds the same for places in a dictionary, in all their widths.
func TestIndicesAreReadBack(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		readBack[uint32](t, r, 1+r.IntN(1<<r.IntN(31)))
		readBack[uint8](t, r, 1+r.IntN(1<<r.IntN(9)))
	}
}

// readBack encodes random places in a dictionary of some words, mixed with runs, and reads them
// with another program.
func readBack[I place](t *testing.T, r *rand.Rand, words int) {
	var indices []I
	var want []int32
	for range 1 + r.IntN(6) {
		distinct := 1 + r.IntN(min(3, words))
		if r.IntN(2) == 0 {
			distinct = words
		}
		for range 1 + r.IntN(150) {
			index := words - 1 - r.IntN(distinct)
			want = append(want, int32(index))
			indices = append(indices, I(index))
		}
	}
	data := appendIndices(nil, indices, words)
	got, err := (&rle.Encoding{BitWidth: int(data[0])}).DecodeInt32(nil, data[1:])
	if err != nil || len(got) < len(want) || len(got) >= len(want)+8 {
		t.Fatalf("%d words: %d of %d indices, %v", words, len(got), len(want), err)
	}
	if !slices.Equal(got[:len(want)], want) {
		t.Fatalf("%d words:\ngot  %d\nwant %d", words, got, want)
	}
	if most := 2 + len(want)*int(data[0])/8 + 30; len(data) > most {
		t.Fatalf("%d words: %d bytes for %d indices", words, len(data), len(want))
	}
}

// decodeLevels reads the hybrid as the specification describes it.
func decodeLevels(t fataler, data []byte, rows int) []bool {
	if n := binary.LittleEndian.Uint32(data); int(n) != len(data)-4 {
		t.Fatalf("length %d, want %d", n, len(data)-4)
	}
	data = data[4:]
	var out []bool
	for len(data) > 0 {
		header, n := binary.Uvarint(data)
		data = data[n:]
		if header&1 == 0 {
			out = append(out, slices.Repeat([]bool{data[0] == 1}, int(header>>1))...)
			data = data[1:]
			continue
		}
		for _, b := range data[:header>>1] {
			for bit := range 8 {
				out = append(out, b>>bit&1 == 1)
			}
		}
		data = data[header>>1:]
		if len(data) == 0 { // only the last may have padding, which is of less than a byte
			if len(out) < rows || len(out) >= rows+8 {
				t.Fatalf("%d levels, want %d and less than 8 more", len(out), rows)
			}
			out = out[:rows]
		}
	}
	return out
}
