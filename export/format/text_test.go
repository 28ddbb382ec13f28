package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/percorso/percorso/model/table"
)

// one is a table of a nullable text and of the same text as a code.
func one(text string) (*Schema, *table.Rows) {
	s := &Schema{Name: "one", At: []int{0, 1, 2}, Columns: []table.Column{
		{Name: "maybe", Kind: table.Text, Null: true},
		{Name: "text", Kind: table.Text},
		{Name: "code", Kind: table.Code, Vocab: []string{text}},
	}}
	texts := []string{text}
	return s, &table.Rows{Len: 1, Cols: []table.Vector{
		{Text: texts}, {Text: texts}, {Code: []uint32{1}},
	}}
}

// TestNumbersHaveAllTheirDigits holds whole numbers of every length against the library's.
func TestNumbersHaveAllTheirDigits(t *testing.T) {
	check := func(x int64) {
		got, want := string(appendInt([]byte("x"), x)), strconv.AppendInt([]byte("x"), x, 10)
		if got != string(want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	for x := int64(1); x > 0; x *= 10 {
		for near := int64(-101); near <= 101; near++ {
			check(x + near)
			check(-x + near)
		}
	}
	check(math.MaxInt64)
	check(math.MinInt64)
	r := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		check(int64(r.Uint64()) >> r.IntN(64))
	}
}

// TestCSVQuotesOnlyWhatNeedsIt holds the lines that PostgreSQL, too, reads back: without quotes, an
// empty field is null.
func TestCSVQuotesOnlyWhatNeedsIt(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"plain", "plain,plain,plain"},
		{"", `,"",""`},
		{" two words ", " two words , two words , two words "},
		{"a,b", `"a,b","a,b","a,b"`},
		{`"`, `"""","""",""""`},
		{`say "hi"`, `"say ""hi""","say ""hi""","say ""hi"""`},
		{"a\nb", "\"a\nb\",\"a\nb\",\"a\nb\""},
		{"a\rb", "\"a\rb\",\"a\rb\",\"a\rb\""},
		{`\.`, `"\.","\.","\."`}, // ends the data for PostgreSQL before 18
		{`\N`, `\N,\N,\N`},
		{"Forlì", "Forlì,Forlì,Forlì"},
		{"a\xff\xfeb", "a\uFFFDb,a\uFFFDb,a\uFFFDb"},
	} {
		s, rows := one(c.text)
		got := string(file(t, csvFormat, "none", s, rows))
		if want := "maybe,text,code\n" + c.want + "\n"; got != want {
			t.Errorf("%q: got %q, want %q", c.text, got, want)
		}
	}
}

func TestJSONLinesAreObjectsWithAllKeys(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"plain", `{"maybe":"plain","text":"plain","code":"plain"}`},
		{"", `{"maybe":null,"text":"","code":""}`},
		{"\"\\/", `{"maybe":"\"\\/","text":"\"\\/","code":"\"\\/"}`},
		{"\n\r\t", `{"maybe":"\n\r\t","text":"\n\r\t","code":"\n\r\t"}`},
		{"\x00\x1f", `{"maybe":"\u0000\u001f","text":"\u0000\u001f","code":"\u0000\u001f"}`},
		{"è<😀", `{"maybe":"è<😀","text":"è<😀","code":"è<😀"}`},
		{"a\xff\xfeb", "{\"maybe\":\"a\uFFFDb\",\"text\":\"a\uFFFDb\",\"code\":\"a\uFFFDb\"}"},
	} {
		s, rows := one(c.text)
		if got := string(file(t, jsonlFormat, "none", s, rows)); got != c.want+"\n" {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

// TestTextOfEveryKind shows a line of each format.
func TestTextOfEveryKind(t *testing.T) {
	s := kinds()
	var columns []table.Column
	for _, c := range s.Columns {
		if !c.Null {
			columns = append(columns, c)
		}
	}
	s = &Schema{Name: "kinds", Columns: columns, At: []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}
	rows := &table.Rows{Len: 2, Cols: []table.Vector{
		ints(9007199254740991, 0),
		ints(1738314000123456, -1),
		ints(20119, -1),
		ints(1999, -5),
		ints(12, -3),
		ints(1, -999_999_999_999_999_999),
		ints(-2147483648, 7),
		ints(1, 0),
		{Code: []uint32{1, 3}},
		{Text: []string{"a", "b, c"}},
	}}
	got := string(file(t, csvFormat, "none", s, rows))
	want := `id,time,date,amount,whole,fine,int,bool,code,text
9007199254740991,2025-01-31T09:00:00.123456Z,2025-01-31,19.99,12,0.000000000000000001,` +
		`-2147483648,true,web,a
0,1969-12-31T23:59:59.999999Z,1969-12-31,-0.05,-3,-0.999999999999999999,` +
		`7,false,"say ""hi"", or","b, c"
`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = string(file(t, jsonlFormat, "none", s, rows))
	want = `{"id":9007199254740991,"time":"2025-01-31T09:00:00.123456Z","date":"2025-01-31",` +
		`"amount":19.99,"whole":12,"fine":0.000000000000000001,"int":-2147483648,"bool":true,` +
		`"code":"web","text":"a"}
{"id":0,"time":"1969-12-31T23:59:59.999999Z","date":"1969-12-31",` +
		`"amount":-0.05,"whole":-3,"fine":-0.999999999999999999,"int":7,"bool":false,` +
		`"code":"say \"hi\", or","text":"b, c"}
`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestEveryDayHasItsName goes through the years 1 to 9999 with a step that meets every day of the
// month.
func TestEveryDayHasItsName(t *testing.T) {
	date := table.Column{Name: "date", Kind: table.Date32}
	at := table.Column{Name: "time", Kind: table.Time}
	s := &Schema{Name: "days", At: []int{0, 1}, Columns: []table.Column{date, at}}
	r := rand.New(rand.NewPCG(1, 1))
	rows := &table.Rows{Cols: make([]table.Vector, 2)}
	for day := int64(FirstDay); day <= LastDay; day += 23 {
		rows.Cols[0].Int = append(rows.Cols[0].Int, day)
		micros := day*DayMicros + r.Int64N(DayMicros)
		rows.Cols[1].Int = append(rows.Cols[1].Int, micros)
		rows.Len++
	}
	got := reparse(t, csvFormat, "none", s, file(t, csvFormat, "none", s, rows))
	sameCells(t, s, got, wantCells(s, rows))
}

func FuzzCSV(f *testing.F) {
	seedTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		s, rows := one(text)
		data := file(t, csvFormat, "none", s, rows)
		got, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil || len(got) != 2 {
			t.Fatalf("%q: %q, %v", text, got, err)
		}
		want := strings.ToValidUTF8(text, "\uFFFD")
		want = strings.ReplaceAll(want, "\r\n", "\n") // the reader's doing
		for i, field := range got[1] {
			if field != want {
				t.Errorf("column %d: got %q, want %q", i, field, want)
			}
		}
	})
}

func FuzzJSONL(f *testing.F) {
	seedTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		s, rows := one(text)
		data := file(t, jsonlFormat, "none", s, rows)
		if !utf8.Valid(data) || bytes.Count(data, []byte("\n")) != 1 {
			t.Fatalf("%q is not a line of UTF-8", data)
		}
		var got struct {
			Maybe      *string
			Text, Code string
		}
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		want := strings.ToValidUTF8(text, "\uFFFD")
		if got.Text != want || got.Code != want {
			t.Errorf("got %q and %q, want %q", got.Text, got.Code, want)
		}
		if (got.Maybe == nil) != (text == "") || got.Maybe != nil && *got.Maybe != want {
			t.Errorf("got %v, want %q", got.Maybe, want)
		}
	})
}

func seedTexts(f *testing.F) {
	for _, text := range []string{
		"", "a", `"`, `""`, `\`, `\.`, ",", "\r\n", "\n", "a\"b,c\nd", "\x00", "\x1f", "\x7f",
		"\u2028", "\xff", "\xc3", "\xed\xa0\x80", "è", "😀", "null", " ", "'", "\ufeff",
	} {
		f.Add(text)
	}
}

// TestLongTextsPass writes a text that is longer than what is gathered.
func TestLongTextsPass(t *testing.T) {
	s, rows := one(strings.Repeat(`1,"2"`+"\n", flushSize))
	eachEncoding(t, func(t *testing.T, f Format, compression string) {
		got := reparse(t, f, compression, s, file(t, f, compression, s, rows))
		sameCells(t, s, got, wantCells(s, rows))
	})
}

// TestTextIsGathered counts the writes that reach the file.
func TestTextIsGathered(t *testing.T) {
	tables, view := eventsSchema()
	s := SchemaOf(tables, view)
	rows := eventRows(10_000, 1)
	for _, f := range []Format{csvFormat, jsonlFormat} {
		out := new(counter)
		w, err := f.Open(out, &s, "none")
		if err != nil {
			t.Fatal(err)
		}
		for row := range rows.Len {
			if err := w.Write(slice(&s, rows, row, row+1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if out.bytes/out.writes < flushSize/2 {
			t.Errorf("%s: %d bytes in %d writes", f.Name, out.bytes, out.writes)
		}
	}
}

// A counter counts what is written to it.
type counter struct{ writes, bytes int }

var _ io.Writer = new(counter)

func (c *counter) Write(b []byte) (int, error) {
	c.writes++
	c.bytes += len(b)
	return len(b), nil
}

// Records end outside quotes, wherever the pieces in which the text is read begin.
func TestCountLines(t *testing.T) {
	long := strings.Repeat("x", flushSize+3)
	for _, c := range []struct {
		text   string
		quotes bool
		lines  int64
		whole  bool
	}{
		{"", true, 0, true},
		{"a\nb\n", true, 2, true},
		{"a\n\"b\nb\"\n", true, 2, true},
		{"a\n\"b\"\"\nb\"\n", true, 2, true},
		{"a\n\"b\nb\"\n", false, 3, true},
		{long + "\n\"" + long + "\n" + long + "\"\n", true, 2, true},
		{"a\nb", true, 1, false},
		{"a\n\"b\n", true, 1, false},
	} {
		lines, err := countLines(bytes.NewReader([]byte(c.text)), c.quotes)
		if lines != c.lines || (err == nil) != c.whole {
			t.Errorf("%.20q: %d lines, %v, want %d, whole %v", c.text, lines, err, c.lines, c.whole)
		}
	}
}
