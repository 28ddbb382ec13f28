package dialect

import (
	"bytes"
	"io"
	"reflect"
	"testing"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model/table"
)

// The bodies are, byte by byte, what a dataset has of the same events.
func TestJSONLDialectIsTheDataset(t *testing.T) {
	w, b := dayOfEverything()
	views, err := table.Views(w.Tables, table.TruthSeparate, []string{"events"})
	if err != nil {
		t.Fatal(err)
	}
	schema := format.SchemaOf(w.Tables, views[0])
	var want bytes.Buffer
	jsonl, err := format.LookupFormat("jsonl")
	if err != nil {
		t.Fatal(err)
	}
	text, err := jsonl.Open(struct{ io.Writer }{&want}, &schema, "none")
	if err != nil {
		t.Fatal(err)
	}
	if err := text.Write(&b.Tables[table.TableEvents]); err != nil {
		t.Fatal(err)
	}
	if err := text.Close(); err != nil {
		t.Fatal(err)
	}
	var got []byte
	wire := mustOpen(t, &jsonlDialect, w, Settings{})
	made, unseen := makeRequests(wire, w, b)
	for _, r := range made {
		got = append(got, r.raw...)
	}
	if string(got) != want.String() || len(got) == 0 || len(unseen) != 0 {
		t.Errorf("got %s\nwant %s", got, want.String())
	}
	checkNoAllocations(t, wire, w, b)
}

func TestJSONLAnswers(t *testing.T) {
	w, _ := dayOfEverything()
	wire := mustOpen(t, &jsonlDialect, w, Settings{})
	for _, c := range []struct {
		status int
		body   string
		want   Answer
	}{
		{200, "", Taken(2)}, {204, "", Taken(2)},
		{400, "Code: 27. DB::Exception: Cannot parse input\nat line 1",
			Refused(2, "Code: 27. DB::Exception: Cannot parse input")},
		{422, "\xff", Refused(2, "\uFFFD")},
	} {
		if got := wire.Answer(c.status, []byte(c.body), 2); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%d %q: got %+v, want %+v", c.status, c.body, got, c.want)
		}
	}
}

func BenchmarkJSONL(b *testing.B) {
	w, batch := dayOfEverything()
	benchmarkWire(b, mustOpen(b, &jsonlDialect, w, Settings{}), w, batch)
}
