package dialect

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// cloudeventsDialect is CloudEvents 1.0 over HTTP in its three modes. The id of an event is our
// event_id, its type our event_type with a prefix, its time our event_time, its subject user/ID
// where the customer is known and device/ID where only the browser is. The data is the complete row
// of the events table, as in jsonl, so that what arrives can be reconciled.
var cloudeventsDialect = Dialect{
	Name:    "cloudevents",
	Doc:     "CloudEvents 1.0 over HTTP: brokers, functions, Knative, Event Grid",
	Example: "http://127.0.0.1:8080/",
	Limits:  Limits{Events: 1, EventBytes: 64 << 10, Batch: 1},
	Rows:    true,
	Options: []Option{
		{Name: "mode", Default: "structured",
			Doc: "structured: an event is a body; binary: its attributes are headers; " +
				"batched: a body has many"},
		{Name: "source", Doc: "the CloudEvents attribute source, a URI reference " +
			"(default: /percorso/SCENARIO)"},
		{Name: "type_prefix", Default: "com.percorso.", Doc: "prefix of the event type"},
	},
	Open: openCloudevents,
}

func openCloudevents(w *model.World, s Settings) (*Wire, error) {
	source := s.Options["source"]
	if source == "" {
		source = "/percorso/" + url.PathEscape(w.Scenario.Name)
	}
	if err := checkURIReference(source); err != nil {
		return nil, fmt.Errorf("option source=%s: %w; want a URI reference, such as /shop/web",
			source, err)
	}
	rows, err := newJSONLEncoder(w, "")
	if err != nil {
		return nil, err
	}
	x := &cloudEncoder{rows: rows, lexicon: newLexicon(w), source: source,
		prefix: format.ValidText(s.Options["type_prefix"])}
	x.quote()
	header := func(kind string) http.Header { return http.Header{"Content-Type": {kind}} }
	switch mode := s.Options["mode"]; mode {
	case "structured":
		return &Wire{Encoder: x,
			Header: header("application/cloudevents+json; charset=utf-8")}, nil
	case "binary":
		return &Wire{Encoder: rows, Header: header("application/json"),
			Attributes: x.attributes}, nil
	case "batched": // without a charset: the Go SDK does not recognise the content type with one
		limits := Limits{Bytes: 1 << 20, EventBytes: 64 << 10, Batch: 100}
		return &Wire{Encoder: cloudBatch{x}, Between: ",", Limits: limits,
			Header: header("application/cloudevents-batch+json")}, nil
	default:
		return nil, fmt.Errorf("option mode=%s%s, want structured, binary or batched",
			mode, table.Nearest(mode, []string{"structured", "binary", "batched"}))
	}
}

// checkURIReference returns what is wrong with a URI reference.
func checkURIReference(s string) error {
	for _, b := range []byte(s) {
		if b <= ' ' || b > '~' || strings.IndexByte("\"<>\\^`{|}", b) >= 0 {
			return fmt.Errorf("has %q, which must be percent-encoded", string(b))
		}
	}
	_, err := url.Parse(s)
	return err
}

// A cloudEncoder writes an event with its attributes, as JSON.
type cloudEncoder struct {
	*lexicon
	rows           *jsonlEncoder
	source, prefix string
	types          []string // members by event type, with everything that events of a type share
}

// quote makes the members that events of a type share.
func (x *cloudEncoder) quote() {
	x.types = []string{""}
	for _, name := range x.words[table.EventType][1:] {
		x.types = append(x.types, `","source":`+quote(x.source)+`,"type":`+quote(x.prefix+name)+
			`,"datacontenttype":"application/json"`)
	}
}

// Begin implements Encoder.
func (x *cloudEncoder) Begin(dst []byte, _ *Event) []byte { return dst }

// Event implements Encoder.
func (x *cloudEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	dst = strconv.AppendInt(append(dst, `{"specversion":"1.0","id":"`...), e.ID(), 10)
	dst = append(dst, x.types[e.Type()]...)
	switch {
	case e.Has(table.EventUser):
		dst = strconv.AppendInt(append(dst, `,"subject":"user/`...), e.Int(table.EventUser), 10)
		dst = append(dst, '"')
	case e.Has(table.EventDevice):
		dst = strconv.AppendInt(append(dst, `,"subject":"device/`...), e.Int(table.EventDevice), 10)
		dst = append(dst, '"')
	}
	dst = x.appendMicros(append(dst, `,"time":"`...), e.Time())
	dst, _ = x.rows.Event(append(dst, `","data":`...), e)
	return append(dst, '}'), true
}

// End implements Encoder.
func (x *cloudEncoder) End(dst []byte, _ int64) []byte { return dst }

// A cloudBatch writes events as a JSON array.
type cloudBatch struct{ *cloudEncoder }

// Begin implements Encoder.
func (b cloudBatch) Begin(dst []byte, _ *Event) []byte { return append(dst, '[') }

// End implements Encoder.
func (b cloudBatch) End(dst []byte, _ int64) []byte { return append(dst, ']') }

// attributes returns the headers of an event in binary mode.
func (x *cloudEncoder) attributes(e *Event) http.Header {
	h := make(http.Header, 6)
	set := func(name, value string) { h[name] = []string{percentEncoded(value)} }
	set("Ce-Specversion", "1.0")
	set("Ce-Id", strconv.FormatInt(e.ID(), 10))
	set("Ce-Source", x.source)
	set("Ce-Type", x.prefix+x.word(e, table.EventType))
	set("Ce-Time", string(x.appendMicros(nil, e.Time())))
	if id := e.Int(table.EventUser); id != table.Null {
		set("Ce-Subject", "user/"+strconv.FormatInt(id, 10))
	} else if id := e.Int(table.EventDevice); id != table.Null {
		set("Ce-Subject", "device/"+strconv.FormatInt(id, 10))
	}
	return h
}

// percentEncoded returns a value for a header: characters other than printable ASCII, spaces,
// quotes and percent signs are encoded (HTTP binding, 3.1.3.2).
func percentEncoded(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || c == '"' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
