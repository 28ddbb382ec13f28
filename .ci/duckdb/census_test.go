package readers

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A census is a sink that keeps what a reader of the tables must find: their portraits. It knows
// the batch and nothing of formats.
type census struct {
	mu     sync.Mutex
	tables []*tableCensus
}

func newCensus(w *model.World, views []table.View) *census {
	c := new(census)
	for _, v := range views {
		s := format.SchemaOf(w.Tables, v)
		c.tables = append(c.tables,
			&tableCensus{table: v.Table, schema: s, extents: make([]extent, len(s.Columns))})
	}
	return c
}

// Encode implements table.Sink.
func (c *census) Encode(b *table.Batch) (func() error, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tables {
		t.count(&b.Tables[t.table])
	}
	return nil, nil
}

// A tableCensus is the census of one table.
type tableCensus struct {
	table   table.TableID
	schema  format.Schema
	rows    int64
	content int64
	extents []extent // of the columns
}

// An extent is how far the values of a column go. Those of numbers are kept as numbers.
type extent struct {
	nulls, values      int64
	least, most        int64
	leastText, topmost string
}

func (t *tableCensus) count(rows *table.Rows) {
	texts := make([]string, len(t.extents))
	for row := range rows.Len {
		for i, c := range t.schema.Columns {
			texts[i] = t.extents[i].see(c, &rows.Cols[t.schema.At[i]], row)
		}
		t.content += contentOf(texts)
	}
	t.rows += int64(rows.Len)
}

// missing is what stands for a missing value in the text of a row.
const missing = "~"

// contentOf is the first 40 bits of the MD5 sum of a row as text, so that the sum over a million
// rows fits 64 bits. SQL can do the same.
func contentOf(texts []string) int64 {
	sum := md5.Sum([]byte(strings.Join(texts, "|")))
	n, err := strconv.ParseInt(hex.EncodeToString(sum[:])[:10], 16, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// see takes note of one value and returns its text.
func (e *extent) see(c table.Column, v *table.Vector, row int) string {
	var text string
	switch c.Kind {
	case table.Code:
		if code := v.Code[row]; code > 0 {
			text = c.Vocab[code-1]
		}
	case table.Text:
		text = v.Text[row]
	default:
		return e.seeInt(c, v.Int[row])
	}
	if text == "" && c.Null {
		e.nulls++
		return missing
	}
	if e.values == 0 || text < e.leastText {
		e.leastText = text
	}
	if e.values == 0 || text > e.topmost {
		e.topmost = text
	}
	e.values++
	return text
}

func (e *extent) seeInt(c table.Column, x int64) string {
	if x == table.Null {
		e.nulls++
		return missing
	}
	if e.values == 0 || x < e.least {
		e.least = x
	}
	if e.values == 0 || x > e.most {
		e.most = x
	}
	e.values++
	return textOf(c, x)
}

// textOf is how SQL shows a number, boolean, time or date of a column in the text of a row: times
// as micro-seconds, dates as days since 1970.
func textOf(c table.Column, x int64) string {
	switch c.Kind {
	case table.Bool:
		return strconv.FormatBool(x == 1)
	case table.Decimal:
		unit := int64(1)
		for range c.Scale {
			unit *= 10
		}
		sign := ""
		if x < 0 {
			sign, x = "-", -x
		}
		return fmt.Sprintf("%s%d.%0*d", sign, x/unit, c.Scale, x%unit)
	default:
		return strconv.FormatInt(x, 10)
	}
}

// A portrait is what a table adds up to, a line each: its rows, their content whatever their order,
// and the missing values and extremes of every column.
type portrait []string

// newPortrait names figures, which come in the order in which a reader gives them.
func newPortrait(s *format.Schema, figures []string) portrait {
	p := portrait{"rows " + figures[0], "content " + figures[1]}
	for i, c := range s.Columns {
		of := figures[2+3*i:]
		p = append(p, c.Name+" nulls "+of[0], c.Name+" from "+of[1], c.Name+" to "+of[2])
	}
	return p
}

// portrait returns what a reader of the table must find.
func (t *tableCensus) portrait() portrait {
	figures := []string{fmt.Sprint(t.rows), fmt.Sprint(t.content)}
	for i, c := range t.schema.Columns {
		e := &t.extents[i]
		from, to := e.leastText, e.topmost
		if c.Kind != table.Code && c.Kind != table.Text {
			from, to = textOf(c, e.least), textOf(c, e.most)
		}
		if e.values == 0 {
			from, to = missing, missing
		}
		figures = append(figures, fmt.Sprint(e.nulls), from, to)
	}
	return newPortrait(&t.schema, figures)
}

// differs lists in what p is not as wanted; it is empty when the two are equal.
func (p portrait) differs(want portrait) string {
	if len(p) != len(want) {
		return fmt.Sprintf("%d figures, want %d", len(p), len(want))
	}
	var found []string
	for i := range p {
		if p[i] != want[i] {
			found = append(found, fmt.Sprintf("%s, want %s", p[i], want[i]))
		}
	}
	return strings.Join(found, "\n")
}
