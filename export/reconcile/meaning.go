package reconcile

import (
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
)

// A Meaning writes values in one canonical form, so that values that mean the same become the same
// bytes: 20.9 and 20.90, a time with a T and one with a space, a number and its text.
type Meaning struct{ text format.TextColumn }

// MeaningOf returns the Meaning of the values of a column.
func MeaningOf(c table.Column) *Meaning {
	m := &Meaning{format.TextColumn{Column: c}}
	m.text.Null = true
	m.text.Quote = func(dst []byte, s string) []byte { return append(dst, format.ValidText(s)...) }
	m.text.Complete()
	return m
}

// Of appends a value of ours; nothing if it is missing.
func (m *Meaning) Of(dst []byte, v *table.Vector, row int) []byte {
	dst, err := m.text.Append(dst, v, row)
	if err != nil {
		panic("reconcile: " + err.Error()) // no simulation makes such rows
	}
	return dst
}

// Read appends a value of another system; nothing if it is missing. A text that cannot be a value
// of the column stays as it is.
func (m *Meaning) Read(dst []byte, c Cell) []byte {
	if len(c) == 0 {
		return dst
	}
	var x int64
	ok := false
	switch s := string(c); m.text.Kind {
	case table.Code, table.Text:
		return append(dst, c...)
	case table.Time:
		x, ok = readTime(s)
	case table.Date32:
		if x, ok = readTime(s); ok {
			x = x / format.DayMicros
		}
	case table.Decimal:
		x, ok = readDecimal(s, m.text.Scale)
	case table.Bool:
		var b bool
		var err error
		if b, err = strconv.ParseBool(strings.ToLower(s)); b {
			x = 1
		}
		ok = err == nil
	default:
		x, ok = readDecimal(s, 0)
	}
	if ok {
		if text, err := m.text.AppendInt(dst, x); err == nil {
			return text
		}
	}
	return append(dst, c...)
}

// ReadID returns our id that a value of another system is, or contains: as a number or as a UUID.
// An event may make further calls that identify its customer, whose ids are derived from its own:
// for those, beside is true.
func ReadID(c Cell) (id int64, beside, ok bool) {
	number, beside := dialect.EventNumber(string(c))
	id, ok = readDecimal(number, 0)
	return id, beside, ok
}

// readDecimal returns a number in units of 10^-scale; false if it is none.
func readDecimal(s string, scale int) (int64, bool) {
	if strings.ContainsAny(s, "eE") {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return 0, false
		}
		s = strconv.FormatFloat(f, 'f', -1, 64)
	}
	whole, part, _ := strings.Cut(s, ".")
	part = strings.TrimRight(part, "0")
	if len(part) > scale || strings.ContainsAny(part, "+-") {
		return 0, false
	}
	if scale > 0 {
		whole += part + strings.Repeat("0", scale-len(part))
	}
	x, err := strconv.ParseInt(whole, 10, 64)
	return x, err == nil
}

// readTime returns a time as µs since 1970. It reads RFC 3339, also with a space and without a
// zone, which is then UTC; and numbers of seconds, milli-, micro- or nanoseconds, told apart by
// their digits.
func readTime(s string) (int64, bool) {
	if len(s) < len(time.DateOnly) || s[4] != '-' {
		return readEpoch(s)
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, "UTC"), " ")
	day, clock := s[:len(time.DateOnly)], strings.TrimLeft(s[len(time.DateOnly):], "T ")
	if clock == "" {
		clock = "00:00:00"
	}
	switch at := strings.LastIndexAny(clock, "Z+-"); {
	case at < 0:
		clock += "Z"
	case clock[at] != 'Z' && len(clock)-at == len("+00"):
		clock += ":00"
	case clock[at] != 'Z' && len(clock)-at == len("+0000"):
		clock = clock[:at+3] + ":" + clock[at+3:]
	}
	t, err := time.Parse(time.RFC3339Nano, day+"T"+strings.Replace(clock, " ", "", 1))
	if err != nil || t.Nanosecond()%1000 != 0 {
		return 0, false
	}
	return t.UnixMicro(), true
}

func readEpoch(s string) (int64, bool) {
	whole, part, _ := strings.Cut(s, ".")
	const seconds = 11 // digits, at most
	digits := len(strings.TrimPrefix(whole, "-"))
	switch {
	case part != "" || digits <= seconds:
		return readDecimal(s, 6)
	case digits <= seconds+3:
		return readDecimal(s+"000", 0)
	case digits <= seconds+6:
		return readDecimal(s, 0)
	}
	x, ok := readDecimal(s, 0)
	return x / 1000, ok && x%1000 == 0
}
