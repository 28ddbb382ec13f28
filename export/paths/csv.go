package paths

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Forms of files, by the columns that they must have. Other columns are ignored.
const wantedColumns = "path,total_conversions[,total_conversion_value][,total_null] (a row for " +
	"each path), id,path,converted[,value][,hours] (a row for each journey) or " +
	"id,time,channel,conversion[,value] (a row for each touch)"

// An Error is what is wrong with a file, and where.
type Error struct {
	File string
	Line int // from 1; 0: all of it
	What string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.What
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
}

// ReadFile reads a CSV file of paths, of any of the three forms. What is wrong with it is an
// *Error.
func ReadFile(name string) (*Set, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Read(name, file)
}

// Read reads what ReadFile reads, from a file that is called like that in errors.
func Read(name string, from io.Reader) (*Set, error) {
	in := bufio.NewReader(from)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		in.Discard(3)
	}
	rows := csv.NewReader(in)
	rows.ReuseRecord = true
	r := &reader{file: name, rows: rows, numbers: map[string]uint16{}, set: &Set{}}
	head, err := r.next()
	if err == io.EOF {
		return nil, r.fail("it is empty, want columns " + wantedColumns)
	}
	if err != nil {
		return nil, err
	}
	r.columns = map[string]int{}
	for i, column := range head {
		column = strings.ToLower(strings.TrimSpace(column))
		if other, ok := aliases[column]; ok {
			column = other
		}
		if _, twice := r.columns[column]; twice {
			return nil, r.fail(fmt.Sprintf("two columns are called %s", column))
		}
		r.columns[column] = i
	}
	switch {
	case r.has("path", "total_conversions"):
		err = r.readPaths()
	case r.has("path", "conversion"):
		err = r.readJourneys()
	case r.has("id", "time", "channel", "conversion"):
		err = r.readTouches()
	default:
		return nil, r.fail(fmt.Sprintf("found columns %.80q, want %s", strings.Join(head, ","),
			wantedColumns))
	}
	if err != nil {
		return nil, err
	}
	if conversions, _, _ := r.set.Totals(); conversions == 0 {
		r.line = 0
		return nil, r.fail("no path ends in a conversion: there is nothing to attribute")
	}
	return r.set, nil
}

// aliases are other names of columns.
var aliases = map[string]string{"converted": "conversion", "transaction": "conversion",
	"user_id": "id", "journey_id": "id", "timestamp": "time", "revenue": "value",
	"total_conversions_value": "total_conversion_value"}

// A reader reads rows.
type reader struct {
	file    string
	rows    *csv.Reader
	columns map[string]int
	row     []string
	line    int
	numbers map[string]uint16
	set     *Set
}

func (r *reader) has(columns ...string) bool {
	return !slices.ContainsFunc(columns, func(c string) bool { _, ok := r.columns[c]; return !ok })
}

func (r *reader) fail(what string) error { return &Error{r.file, r.line, what} }

// next reads a row.
func (r *reader) next() ([]string, error) {
	row, err := r.rows.Read()
	if wrong := (*csv.ParseError)(nil); errors.As(err, &wrong) {
		r.line = wrong.Line
		return nil, r.fail(wrong.Err.Error())
	}
	if err == nil {
		r.row = row
		r.line, _ = r.rows.FieldPos(0)
	}
	return row, err
}

// text is the text of a column, empty if there is no such column.
func (r *reader) text(column string) string {
	if i, ok := r.columns[column]; ok {
		return strings.TrimSpace(r.row[i])
	}
	return ""
}

// count is a whole number of a column, 0 if there is no such column or it is empty.
func (r *reader) count(column string) (int64, error) {
	text := r.text(column)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != math.Trunc(n) || n < 0 || n > 1<<50 {
		return 0, r.fail(fmt.Sprintf("%s: found %q, want a whole number from 0", column, text))
	}
	return int64(n), nil
}

// amount is a number of a column, 0 if there is no such column or it is empty.
func (r *reader) amount(column string) (float64, error) {
	text := r.text(column)
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e15 {
		return 0, r.fail(fmt.Sprintf("%s: found %q, want a number", column, text))
	}
	return v, nil
}

// yes is whether a column says yes.
func (r *reader) yes(column string) (bool, error) {
	switch text := strings.ToLower(r.text(column)); text {
	case "1", "1.0", "true", "t", "yes":
		return true, nil
	case "0", "0.0", "false", "f", "no", "":
		return false, nil
	default:
		return false, r.fail(fmt.Sprintf("%s: found %q, want 0 or 1, true or false", column, text))
	}
}

// channel is the number of a channel.
func (r *reader) channel(name string) (uint16, error) {
	if name = strings.TrimSpace(name); name == "" {
		return 0, r.fail("found a channel without a name")
	}
	n, err := r.set.number(r.numbers, name)
	if err != nil {
		return 0, r.fail(err.Error())
	}
	return n, nil
}
