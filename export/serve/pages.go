package serve

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// index is a page that explains the server by example.
func (s *Server) index(w http.ResponseWriter, r *http.Request) {
	world, at := s.opt.World, "http://"+r.Host
	who := ""
	if s.opt.Token != "" {
		who = ` -H "Authorization: Bearer $TOKEN"`
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, `percorso serves %s: %s customers, %d days from %04d-%02d-%02d.

GET /v1/events    the events: one JSON object per line, or Server-Sent Events
  speed=60x               simulated time runs 60 times faster than real time; also 0.05x, max
  rate=100                events a second; also 5k/s, 300/min, max, or a rate that changes:
                          ramp:100..5k/10m, step, spike, sine. Without speed and rate: as fast
                          as you read
  from=2025-01-31         begin on a day, at a time (2025-01-31T08:00, local time of the scenario,
                          or 2025-01-31T08:00:00Z), or with the event of this id
  last_event_id=ID        begin after this event, as the header Last-Event-ID does
  limit=1000              stop after this many events; also 10k, 2M
  customers=1000          only the events of the first 1000 customers; also 10k
  dialect=segment         events as another system expects them; /v1/dialects lists all, with
                          their options
  format=sse              Server-Sent Events, as the header Accept: text/event-stream asks for
GET /v1/schema    JSON Schema of an event in dialect jsonl
GET /v1/scenario  the scenario as YAML, or as JSON with Accept: application/json
GET /v1/dialects  all dialects
GET /healthz      health check
GET /metrics      metrics for Prometheus

  curl -N%[7]s '%[8]s/v1/events?limit=3'
  curl -N%[7]s '%[8]s/v1/events?speed=60x&format=sse'
  curl -N%[7]s '%[8]s/v1/events?rate=100&dialect=segment'

Every client gets the same events with the same ids, in order of time. A connection that breaks off
means that the JSON lines are incomplete; Server-Sent Events end with "event: end" and the reason.
`, world.Scenario.Name, table.Grouped(int64(world.Customers)), world.Days,
		world.Scenario.Start.Year, world.Scenario.Start.Month, world.Scenario.Start.Day, who, at)
}

// schema is /v1/schema.
func (s *Server) schema(w http.ResponseWriter, _ *http.Request) {
	schema, err := eventSchema(s.opt.World)
	if err != nil {
		problem(w, http.StatusInternalServerError, "%v", err)
		return
	}
	writeJSON(w, "application/schema+json", schema)
}

// scenario is /v1/scenario.
func (s *Server) scenario(w http.ResponseWriter, r *http.Request) {
	text, kind := s.opt.World.Scenario.YAML(), "application/yaml"
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		var err error
		if text, err = yaml.YAMLToJSON(text); err != nil {
			problem(w, http.StatusInternalServerError, "%v", err)
			return
		}
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.Write(text)
}

// A dialectLine is a dialect as /v1/dialects lists it.
type dialectLine struct {
	Name    string       `json:"name"`
	Aliases []string     `json:"aliases,omitempty"`
	About   string       `json:"about"`
	Options []optionLine `json:"options,omitempty"` // parameters of /v1/events
}

type optionLine struct {
	Name    string `json:"name"`
	About   string `json:"about"`
	Default string `json:"default,omitempty"`
}

// dialects is /v1/dialects.
func (s *Server) dialects(w http.ResponseWriter, _ *http.Request) {
	var lines []dialectLine
	for _, d := range dialect.Dialects() {
		if unreadable(d) != "" {
			continue
		}
		line := dialectLine{Name: d.Name, Aliases: d.Aliases, About: d.Doc}
		for _, o := range d.Options {
			line.Options = append(line.Options, optionLine{o.Name, o.Doc, o.Default})
		}
		lines = append(lines, line)
	}
	writeJSON(w, "application/json", lines)
}

func writeJSON(w http.ResponseWriter, kind string, value any) {
	w.Header().Set("Content-Type", kind)
	format.WriteJSON(w, value) // else the client has gone
}

// health is /healthz.
func health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("ok\n"))
}

// eventSchema is the JSON Schema of a line of the dialect jsonl.
func eventSchema(w *model.World) (map[string]any, error) {
	views, err := table.Views(w.Tables, table.TruthSeparate, []string{"events"})
	if err != nil {
		return nil, err
	}
	schema := format.SchemaOf(w.Tables, views[0])
	properties := make(map[string]any, len(schema.Columns))
	required := make([]string, len(schema.Columns))
	for i := range schema.Columns {
		c := &schema.Columns[i]
		required[i] = c.Name
		properties[c.Name] = columnSchema(c)
	}
	return map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "An event of " + w.Scenario.Name, "description": views[0].Doc,
		"type": "object", "properties": properties, "required": required,
		"additionalProperties": false,
	}, nil
}

// columnSchema is the JSON Schema of the values of a column.
func columnSchema(c *table.Column) map[string]any {
	about := c.Doc
	if c.Unit != "" && c.Kind != table.Time {
		about += " [" + c.Unit + "]"
	}
	kind := map[table.Kind]string{table.ID: "integer", table.Int: "integer", table.Duration: "integer",
		table.Decimal: "number", table.Bool: "boolean"}[c.Kind]
	if kind == "" {
		kind = "string"
	}
	schema := map[string]any{"description": about, "type": kind}
	if c.Null {
		schema["type"] = []string{kind, "null"}
	}
	switch c.Kind {
	case table.Time:
		schema["format"] = "date-time"
	case table.Date32:
		schema["format"] = "date"
	case table.Code:
		schema["enum"] = words(c)
	}
	return schema
}

// words returns the values that a column of words may have.
func words(c *table.Column) []any {
	var all []any
	for _, word := range c.Vocab {
		all = append(all, word)
	}
	if c.Null {
		all = append(all, nil)
	}
	return all
}
