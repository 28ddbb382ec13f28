package format

import (
	"io"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// csvFormat is RFC 4180 with lines that end in \n, as PostgreSQL's COPY … WITH (FORMAT csv, HEADER)
// and most programs read it: a missing value is empty, an empty string is "".
var csvFormat = Format{
	Name:         "csv",
	Compressions: textCompressions,
	Ext:          textExt("csv"),
	Open:         openCSV,
	Joins:        true,
	Values:       "CSV",
	Type: func(c table.Column) string {
		switch c.Kind {
		case table.ID, table.Duration, table.Int:
			return "integer"
		case table.Time:
			return "RFC 3339"
		case table.Date32:
			return "YYYY-MM-DD"
		case table.Decimal:
			return "decimal"
		case table.Bool:
			return "true/false"
		}
		return "text"
	},
	DuckDB: func(columns []table.Column) (string, []string) {
		return "read_csv", []string{"auto_detect = false, header = true",
			`delim = ',', quote = '"', escape = '"'`, "nullstr = '', allow_quoted_nulls = false",
			duckDBColumns(columns)}
	},
	Rows: func(file *io.SectionReader, compression string) (int64, error) {
		lines, err := countTextRows(file, compression, true)
		return lines - 1, err // the header
	},
}

func openCSV(w io.Writer, s *Schema, compression string) (Writer, error) {
	t, err := newTextWriter("csv", w, s, compression)
	if err != nil {
		return nil, err
	}
	t.lineEnd = "\n"
	for i := range t.columns {
		c := &t.columns[i]
		if i > 0 {
			c.lead, c.null = ",", ","
		}
		c.Quote = appendCSV
		t.text = append(t.text, c.lead...)
		t.text = appendCSV(t.text, c.Name)
	}
	t.text = append(t.text, t.lineEnd...)
	t.complete()
	return t, nil
}

// appendCSV appends a field, quoted only where necessary: if it contains a separator or a quote,
// for an empty string, and for \., which ends the data for older PostgreSQL.
func appendCSV(dst []byte, s string) []byte {
	s = ValidText(s)
	if s != "" && s != `\.` && !strings.ContainsAny(s, "\",\r\n") {
		return append(dst, s...)
	}
	dst = append(dst, '"')
	for {
		before, after, found := strings.Cut(s, `"`)
		dst = append(dst, before...)
		if !found {
			return append(dst, '"')
		}
		dst = append(dst, `""`...)
		s = after
	}
}
