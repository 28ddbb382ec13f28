package dialect

import (
	"net/http"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// jsonlDialect is our own: the rows of the events table as JSON Lines, as `generate --format jsonl`
// writes them. Receivers are databases and pipelines that take NDJSON over HTTP.
var jsonlDialect = Dialect{
	Name:    "jsonl",
	Doc:     "our events table as newline-delimited JSON",
	Example: "http://127.0.0.1:18090/",
	Limits:  Limits{Bytes: 10 << 20, Batch: 500},
	Rows:    true,
	Open: func(w *model.World, s Settings) (*Wire, error) {
		lines, err := newJSONLEncoder(w, "\n")
		if err != nil {
			return nil, err
		}
		return &Wire{
			Encoder: lines,
			Header:  http.Header{"Content-Type": {"application/x-ndjson"}},
		}, nil
	},
}

// A jsonlEncoder writes rows, each followed by end.
type jsonlEncoder struct {
	object func(dst []byte, rows *table.Rows, row int) ([]byte, error)
	end    string
}

func newJSONLEncoder(w *model.World, end string) (*jsonlEncoder, error) {
	views, err := table.Views(w.Tables, table.TruthSeparate, []string{"events"})
	if err != nil {
		return nil, err
	}
	schema := format.SchemaOf(w.Tables, views[0])
	object, err := format.JSONObjects(&schema)
	return &jsonlEncoder{object, end}, err
}

func (j *jsonlEncoder) Begin(dst []byte, _ *Event) []byte { return dst }

func (j *jsonlEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	dst, err := j.object(dst, e.rows, e.row)
	if err != nil {
		panic("dialect: " + err.Error()) // no simulation makes such rows
	}
	return append(dst, j.end...), true
}

func (j *jsonlEncoder) End(dst []byte, _ int64) []byte { return dst }
