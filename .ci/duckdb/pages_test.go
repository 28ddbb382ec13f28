package readers

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"

	"github.com/percorso/percorso/model/table"
)

// What the page indexes say of each page, as Arrow reads them, is what DuckDB finds in the rows of
// that page: DuckDB itself skips row groups only.
func TestPageIndexesAreTrue(t *testing.T) {
	d := long(t, only("parquet")[:1])[0]
	r := openDuckDB(t)
	pages := 0
	for _, table := range d.tables {
		s := &table.schema
		r.ask(t, fmt.Sprintf("CREATE OR REPLACE TABLE scanned AS "+
			"FROM read_parquet('%s', file_row_number=true)", d.firstFile(s.Name)))
		f, err := file.OpenParquetFile(d.firstFile(s.Name), false)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range s.Columns {
			got := pagesOf(t, f, i, c)
			var starts []string
			for _, page := range got {
				first, _, _ := strings.Cut(page, " ")
				starts = append(starts, "("+first+")")
			}
			pages += len(got)
			query := fmt.Sprintf("SELECT first, count(*) - count(%[1]s), coalesce(%[2]s, '%[4]s'), "+
				"coalesce(%[3]s, '%[4]s') FROM rows ASOF JOIN (VALUES %[5]s) AS pages(first) "+
				"ON file_row_number >= first GROUP BY first ORDER BY first",
				c.Name, r.text(c, "min("+c.Name+")"), r.text(c, "max("+c.Name+")"), missing,
				strings.Join(starts, ", "))
			same(t, d, s.Name+"."+c.Name, got, r.overRows(t, query, "FROM scanned"))
			wrong := firstIsAnother(c, "file_row_number = 0", "scanned")
			if slices.Equal(got, r.overRows(t, query, wrong)) {
				t.Errorf("%s.%s: nobody sees that a value is another", s.Name, c.Name)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if pages < 500 {
		t.Errorf("looked at %d pages, there are more", pages)
	}
}

// overRows asks a question about the rows that a query gives.
func (r *reader) overRows(t *testing.T, question, query string) []string {
	t.Helper()
	return lines(r.ask(t, "WITH rows AS ("+query+") "+question))
}

// pagesOf lists the pages of a column as the indexes describe them: the first row, counted from the
// start of the file, how many values are missing, and between what the others are.
func pagesOf(t *testing.T, f *file.Reader, column int, c table.Column) (pages []string) {
	t.Helper()
	before := int64(0) // rows of earlier row groups
	for group := range f.NumRowGroups() {
		index, err := f.GetPageIndexReader().RowGroup(group)
		if err != nil {
			t.Fatal(err)
		}
		of, err := index.GetColumnIndex(column)
		if err != nil || of == nil {
			t.Fatalf("column %s has no index: %v", c.Name, err)
		}
		at, err := index.GetOffsetIndex(column)
		if err != nil || at == nil {
			t.Fatalf("column %s has no index: %v", c.Name, err)
		}
		for page, place := range at.GetPageLocations() {
			from, to := boundsOf(of, page, c)
			pages = append(pages, fmt.Sprint(before+place.FirstRowIndex, " ",
				of.GetNullCounts()[page], " ", from, " ", to))
		}
		before += f.RowGroup(group).NumRows()
	}
	return pages
}

// boundsOf returns the texts of the least and the greatest value of a page.
func boundsOf(index metadata.ColumnIndex, page int, c table.Column) (from, to string) {
	if index.GetNullPages()[page] {
		return missing, missing
	}
	text := func(plain []byte) string {
		switch len(plain) {
		case 1:
			return textOf(c, int64(plain[0]))
		case 4:
			return textOf(c, int64(int32(binary.LittleEndian.Uint32(plain))))
		default:
			return textOf(c, int64(binary.LittleEndian.Uint64(plain)))
		}
	}
	if c.Kind == table.Code || c.Kind == table.Text {
		text = func(plain []byte) string { return string(plain) }
	}
	return text(index.GetMinValues()[page]), text(index.GetMaxValues()[page])
}
