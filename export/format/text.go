package format

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/percorso/percorso/model/table"
)

// flushSize is how much text is buffered before it goes on to the compressor or the file.
const flushSize = 64 << 10

// A textWriter writes rows as lines of text. CSV and JSON Lines differ in the syntax around values
// and in how strings are quoted; a TextColumn holds all of that.
type textWriter struct {
	out     io.WriteCloser
	table   string
	columns []TextColumn
	nulls   string // a row of missing values
	lineEnd string
	text    []byte // not yet written
	err     error
}

// newTextWriter returns a writer whose columns have only what the schema says.
func newTextWriter(format string, w io.Writer, s *Schema, compression string) (*textWriter, error) {
	compression, err := PickCompression(format, compression, textCompressions)
	if err != nil {
		return nil, err
	}
	t := &textWriter{table: s.Name}
	if t.out, err = compressor(w, compression); err != nil {
		return nil, err
	}
	for i, c := range s.Columns {
		t.columns = append(t.columns, TextColumn{Column: c, at: s.At[i]})
	}
	return t, nil
}

// Write implements Writer.
func (w *textWriter) Write(rows *table.Rows) error {
	for row := 0; row < rows.Len && w.err == nil; row++ {
		if w.text, w.err = w.append(w.text, rows, row); w.err == nil && len(w.text) >= flushSize {
			w.err = w.flush()
		}
	}
	return w.err
}

// complete computes what follows from the syntax of the columns.
func (w *textWriter) complete() {
	for i := range w.columns {
		c := &w.columns[i]
		c.Complete()
		c.nullAt = len(w.nulls)
		w.nulls += c.null
	}
}

// append appends a row. Missing values of columns side by side are one piece of text.
func (w *textWriter) append(dst []byte, rows *table.Rows, row int) ([]byte, error) {
	written := 0 // of w.nulls, or passed over
	columns, vectors := w.columns, rows.Cols
	for i := range columns {
		c := &columns[i]
		v := &vectors[c.at]
		if c.Null && c.missing(v, row) {
			continue
		}
		if written < c.nullAt {
			dst = append(dst, w.nulls[written:c.nullAt]...)
		}
		written = c.nullAt + len(c.null)
		if c.Kind == table.Code {
			if code := int(v.Code[row]); code > 0 && code < len(c.words) {
				dst = append(dst, c.words[code]...)
				continue
			}
		}
		text, err := c.Append(dst, v, row)
		if err != nil {
			return dst, fmt.Errorf("table %s: column %s: %w", w.table, c.Name, err)
		}
		dst = text
	}
	dst = append(dst, w.nulls[written:]...)
	return append(dst, w.lineEnd...), nil
}

func (w *textWriter) flush() error {
	n, err := w.out.Write(w.text)
	if err == nil && n < len(w.text) {
		err = io.ErrShortWrite
	}
	w.text = w.text[:0]
	return err
}

// Close implements Writer.
func (w *textWriter) Close() error {
	if w.err == nil {
		w.err = w.flush()
	}
	if w.err == nil {
		w.err = w.out.Close()
	}
	if w.err != nil {
		return w.err
	}
	w.err = errClosed
	return nil
}

// A TextColumn knows how the values of a column are written.
type TextColumn struct {
	table.Column
	at     int      // place in Rows.Cols
	lead   string   // text before a value
	tail   string   // text after a value
	null   string   // a missing value, with lead
	nullAt int      // its place in a row of missing values
	words  []string // with lead and tail, by Vector.Code or boolean

	// Quote appends a string as a value, without lead and tail.
	Quote func(dst []byte, s string) []byte

	unit int64    // 10^Scale
	day  CivilDay // of the last time or date; the next one is near
}

// Complete computes the fields that follow from the others.
func (c *TextColumn) Complete() {
	c.unit = int64(math.Pow10(c.Scale))
	c.day = NewCivilDay(0)
	switch c.Kind {
	case table.Code:
		c.words = append(c.words, c.null)
		for _, word := range c.Vocab {
			c.words = append(c.words, string(c.Quote([]byte(c.lead), word)))
		}
	case table.Bool:
		c.words = []string{c.lead + "false", c.lead + "true"}
	}
}

// missing reports whether a row has no value.
func (c *TextColumn) missing(v *table.Vector, row int) bool {
	switch c.Kind {
	case table.Code:
		return v.Code[row] == 0
	case table.Text:
		return v.Text[row] == ""
	}
	return v.Int[row] == table.Null
}

// Append appends the value of a row, with the text around it.
func (c *TextColumn) Append(dst []byte, v *table.Vector, row int) ([]byte, error) {
	switch c.Kind {
	case table.Code:
		code := v.Code[row]
		if uint64(code) >= uint64(len(c.words)) {
			return dst, errNoWord(code, len(c.Vocab))
		}
		if code == 0 && !c.Null {
			return dst, errMissing
		}
		return append(dst, c.words[code]...), nil
	case table.Text:
		if c.Null && v.Text[row] == "" {
			return append(dst, c.null...), nil
		}
		return c.Quote(append(dst, c.lead...), v.Text[row]), nil
	}
	if x := v.Int[row]; x != table.Null {
		return c.AppendInt(dst, x)
	}
	if !c.Null {
		return dst, errMissing
	}
	return append(dst, c.null...), nil
}

// AppendInt appends a value of Vector.Int that is not missing.
func (c *TextColumn) AppendInt(dst []byte, x int64) ([]byte, error) {
	var err error
	switch c.Kind {
	case table.Bool:
		if x != 0 && x != 1 {
			return dst, fmt.Errorf("value %d, want 0 or 1", x)
		}
		return append(dst, c.words[x]...), nil
	case table.Decimal:
		dst = c.appendDecimal(append(dst, c.lead...), x)
	case table.Time:
		dst, err = c.AppendTime(append(dst, c.lead...), x)
	case table.Date32:
		dst, err = c.AppendDate(append(dst, c.lead...), x)
	default:
		dst = appendInt(append(dst, c.lead...), x)
	}
	return append(dst, c.tail...), err
}

// appendInt appends x as strconv does, in half the time: two digits at a time of eight.
func appendInt(dst []byte, x int64) []byte {
	rest := uint64(x)
	if x < 0 {
		dst, rest = append(dst, '-'), -rest
	}
	var text [24]byte
	at := len(text)
	for rest >= 100_000_000 {
		eight := uint32(rest % 100_000_000)
		rest /= 100_000_000
		hi, lo := eight/10_000, eight%10_000
		at -= 8
		g := (*[8]byte)(text[at:])
		*(*[2]byte)(g[0:]) = pairs[hi/100]
		*(*[2]byte)(g[2:]) = pairs[hi%100]
		*(*[2]byte)(g[4:]) = pairs[lo/100]
		*(*[2]byte)(g[6:]) = pairs[lo%100]
	}
	last := uint32(rest)
	for ; last >= 100; last /= 100 {
		at -= 2
		*(*[2]byte)(text[at:]) = pairs[last%100]
	}
	at -= 2
	*(*[2]byte)(text[at:]) = pairs[last]
	if last < 10 {
		at++
	}
	return append(dst, text[at:]...)
}

// appendDecimal appends x units of 10^-scale.
func (c *TextColumn) appendDecimal(dst []byte, x int64) []byte {
	if x < 0 {
		dst = append(dst, '-')
		x = -x
	}
	dst = appendInt(dst, x/c.unit)
	if c.Scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for rest, unit := x%c.unit, c.unit/10; unit > 0; unit /= 10 {
		dst = append(dst, '0'+byte(rest/unit))
		rest %= unit
	}
	return dst
}

// Lengths of time, and the days whose text has four digits for the year.
const (
	SecondMicros = 1_000_000
	DaySeconds   = 86_400
	DayMicros    = DaySeconds * SecondMicros
	FirstDay     = -719_162  // 0001-01-01, in days since 1970
	LastDay      = 2_932_896 // 9999-12-31
)

// A CivilDay is a day since 1970 and its text, such as 2025-01-31.
type CivilDay struct {
	Number int64
	Text   [len(time.DateOnly)]byte
}

// NewCivilDay returns the day of a number.
func NewCivilDay(number int64) CivilDay {
	d := CivilDay{Number: number}
	time.Unix(number*DaySeconds, 0).UTC().AppendFormat(d.Text[:0], time.DateOnly)
	return d
}

// AppendTime appends a time as RFC 3339 with micro-seconds, in UTC.
func (c *TextColumn) AppendTime(dst []byte, micros int64) ([]byte, error) {
	day, micros := micros/DayMicros, micros%DayMicros
	if micros < 0 {
		day, micros = day-1, micros+DayMicros
	}
	dst, err := c.AppendDate(dst, day)
	return AppendClock(dst, micros), err
}

// AppendClock appends what follows the date of a time: T, the time of day with micro-seconds, Z.
func AppendClock(dst []byte, micros int64) []byte {
	seconds, micro := uint32(micros/SecondMicros), uint32(micros%SecondMicros)
	h, m, s := pairs[seconds/3600], pairs[seconds/60%60], pairs[seconds%60]
	x, y, z := pairs[micro/10_000], pairs[micro/100%100], pairs[micro%100]
	return append(dst, 'T', h[0], h[1], ':', m[0], m[1], ':', s[0], s[1], '.',
		x[0], x[1], y[0], y[1], z[0], z[1], 'Z')
}

// pairs are the numbers from 00 to 99.
var pairs = func() (p [100][2]byte) {
	for i := range p {
		p[i] = [2]byte{'0' + byte(i/10), '0' + byte(i%10)}
	}
	return p
}()

// AppendDate appends the day with the given number.
func (c *TextColumn) AppendDate(dst []byte, day int64) ([]byte, error) {
	if day != c.day.Number {
		if day < FirstDay || day > LastDay {
			return dst, fmt.Errorf("day %d since 1970 is not in the years 1 to 9999", day)
		}
		c.day = NewCivilDay(day)
	}
	return append(dst, c.day.Text[:]...), nil
}

// countTextRows counts the records of a text file, whose last record must be complete: the lines
// or, with quotes, those whose ends are not quoted.
func countTextRows(file *io.SectionReader, compression string, quotes bool) (int64, error) {
	text, err := Decompressor(file, compression)
	if err != nil {
		return 0, err
	}
	defer text.Close()
	return countLines(text, quotes)
}

// countLines counts line ends; with quotes, only those outside quoted values: a quote inside a
// value is doubled, so an even number of quotes precedes the end of a record (RFC 4180). A last
// line without an end is an error.
func countLines(r io.Reader, quotes bool) (lines int64, err error) {
	in := bufio.NewReaderSize(r, flushSize)
	quoted := false
	for {
		line, err := in.ReadSlice('\n')
		if quotes && bytes.Count(line, []byte{'"'})%2 == 1 {
			quoted = !quoted
		}
		switch {
		case err == nil && !quoted:
			lines++
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) == 0 && !quoted:
			return lines, nil
		case errors.Is(err, io.EOF):
			return lines, errors.New("the last record has no end")
		default:
			return lines, err
		}
	}
}
