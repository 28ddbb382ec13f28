package format

import (
	"encoding/json"
	"io"

	"github.com/percorso/percorso/model/table"
)

// jsonlFormat is one JSON object per line, with all keys in the order of the columns and null for
// missing values. Decimals are numbers with all their digits, times and dates are strings.
var jsonlFormat = Format{
	Name:         "jsonl",
	Compressions: textCompressions,
	Ext:          textExt("jsonl"),
	Open:         openJSONL,
	Joins:        true,
	Values:       "JSON",
	Type: func(c table.Column) string {
		switch c.Kind {
		case table.ID, table.Duration, table.Int, table.Decimal:
			return "number"
		case table.Bool:
			return "boolean"
		}
		return "string"
	},
	DuckDB: func(columns []table.Column) (string, []string) {
		return "read_json", []string{"format = 'newline_delimited'", duckDBColumns(columns)}
	},
	Rows: func(file *io.SectionReader, compression string) (int64, error) {
		return countTextRows(file, compression, false)
	},
}

func openJSONL(w io.Writer, s *Schema, compression string) (Writer, error) {
	t, err := newTextWriter("jsonl", w, s, compression)
	if err != nil {
		return nil, err
	}
	t.lineEnd = "}\n"
	for i := range t.columns {
		c := &t.columns[i]
		c.lead = ","
		if i == 0 {
			c.lead = "{"
		}
		c.lead = string(append(AppendJSON([]byte(c.lead), c.Name), ':'))
		c.null = c.lead + "null"
		if c.Kind == table.Time || c.Kind == table.Date32 {
			c.lead, c.tail = c.lead+`"`, `"`
		}
		c.Quote = AppendJSON
	}
	t.complete()
	return t, nil
}

// JSONObjects returns a function that appends a row as a JSON object, the same as in its line of
// JSON Lines.
func JSONObjects(s *Schema) (func(dst []byte, rows *table.Rows, row int) ([]byte, error), error) {
	w, err := openJSONL(io.Discard, s, "none")
	if err != nil {
		return nil, err
	}
	text := w.(*textWriter)
	text.lineEnd = "}"
	return text.append, nil
}

// AppendJSON appends a string in quotes.
func AppendJSON(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	s = ValidText(s)
	dst = append(dst, '"')
	done := 0
	for i := range len(s) {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		dst = append(dst, s[done:i]...)
		done = i + 1
		switch b {
		case '"', '\\':
			dst = append(dst, '\\', b)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[b>>4], hex[b&15])
		}
	}
	dst = append(dst, s[done:]...)
	return append(dst, '"')
}

// WriteJSON writes a value as JSON for programs that people read, too: indented, with < and & as
// they are.
func WriteJSON(w io.Writer, value any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(value)
}
