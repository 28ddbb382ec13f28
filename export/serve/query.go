package serve

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/export/pace"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// A query is what a client asked for.
type query struct {
	world   *model.World
	framing *framing
	dialect *dialect.Dialect
	options map[string]string // of the dialect
	speed   pace.Speed        // 0: none
	rate    pace.Pace         // nil: none
	limit   int64             // events; 0: no limit

	day   int   // the first day that is looked at
	from  int64 // earlier events are left out, µs since 1970
	event int64 // where the stream begins; table.Null: not at an event
	after bool  // with the one after it
}

// maxSafe is the largest whole number that is exact in a double.
const maxSafe = 1<<53 - 1

// asked are the parameters of /v1/events, in the order in which they are read: those that choose
// the world come first.
var asked = []struct {
	name string
	read func(q *query, s *Server, value string) error // errors begin with the value
}{
	{"customers", (*query).readCustomers},
	{"dialect", (*query).readDialect},
	{"format", (*query).readFormat},
	{"speed", (*query).readSpeed},
	{"rate", (*query).readRate},
	{"from", (*query).readFrom},
	{"last_event_id", (*query).readLast},
	{"limit", (*query).readLimit},
}

// readQuery reads what a client asks for; its errors say what is accepted.
func (s *Server) readQuery(r *http.Request) (*query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" { // more recent than the address
		values.Set("last_event_id", last)
	}
	q := &query{world: s.opt.World, framing: &ndjson, event: table.Null, from: math.MinInt64}
	if strings.Contains(r.Header.Get("Accept"), sse.contentType) {
		q.framing = &sse
	}
	if q.dialect, err = dialect.LookupDialect("jsonl"); err != nil {
		return nil, err
	}
	for _, p := range asked {
		if value := values[p.name]; len(value) == 1 {
			if err := p.read(q, s, value[0]); err != nil {
				return nil, fmt.Errorf("%s=%w", p.name, err)
			}
		}
	}
	if err := q.readOptions(values); err != nil {
		return nil, err
	}
	if q.speed > 0 && q.rate != nil {
		return nil, errors.New("speed and rate both set the pace: give only one of them")
	}
	return q, nil
}

// readOptions reads the parameters that only the dialect of a request has, and refuses unknown
// ones.
func (q *query) readOptions(values url.Values) error {
	var names, options []string
	for _, p := range asked {
		names = append(names, p.name)
	}
	for _, o := range q.dialect.Options {
		options = append(options, o.Name)
	}
	all := slices.Concat(names, options)
	q.options = make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !slices.Contains(all, name):
			return errors.New(table.Unknown("parameter", name, all))
		case len(values[name]) > 1:
			return fmt.Errorf("%s is given %d times: give it once", name, len(values[name]))
		case slices.Contains(options, name):
			q.options[name] = values.Get(name)
		}
	}
	return nil
}

// wrong is the error of a value, with advice.
func wrong(value, format string, args ...any) error {
	return fmt.Errorf("%s: %w", value, fmt.Errorf(format, args...))
}

func (q *query) readCustomers(s *Server, value string) error {
	most := s.opt.World.Customers
	n, ok := document.ParseCount(value)
	if !ok || n < 1 || n > float64(most) {
		return wrong(value, "want a whole number from 1 to %s, the customers of the scenario",
			table.Grouped(int64(most)))
	}
	if int(n) == most {
		return nil
	}
	var err error
	if q.world, err = s.opt.Smaller(int(n)); err != nil {
		return wrong(value, "%w", err)
	}
	return nil
}

func (q *query) readDialect(_ *Server, value string) (err error) {
	if q.dialect, err = dialect.LookupDialect(value); err != nil {
		return wrong(value, "%w", err)
	}
	return nil
}

func (q *query) readFormat(_ *Server, value string) error {
	for _, f := range []*framing{&ndjson, &sse} {
		if f.name == value {
			q.framing = f
			return nil
		}
	}
	return wrong(value, "want ndjson or sse")
}

func (q *query) readSpeed(_ *Server, value string) (err error) {
	q.speed, err = pace.ParseSpeed(value)
	return err
}

func (q *query) readRate(s *Server, value string) (err error) {
	q.rate, err = pace.Parse(value, min(pace.MaxRate, s.opt.MaxRate))
	return err
}

// paceFrom returns the pace of a stream that begins at a time, µs since 1970.
func (q *query) paceFrom(origin int64) pace.Pace {
	switch {
	case q.speed > 0:
		return q.speed.From(origin)
	case q.rate != nil:
		return q.rate
	}
	return pace.Max
}

// readFrom reads a day, a moment or the id of an event.
func (q *query) readFrom(s *Server, value string) error {
	if strings.Trim(value, "0123456789") == "" {
		return q.readEvent(s, value)
	}
	// An unescaped + of a time zone arrives as a space.
	m, err := pace.ParseMoment(strings.ReplaceAll(value, " ", "+"))
	if err != nil {
		return fmt.Errorf("%w, or the id of an event", err)
	}
	if q.day, q.from, err = m.In(q.world); err != nil {
		return fmt.Errorf("%w, in time zone %s", err, q.world.Scenario.TimeZone)
	}
	return nil
}

// readLast reads the event that a client had last.
func (q *query) readLast(s *Server, value string) error {
	q.after = true
	return q.readEvent(s, value)
}

// readEvent reads the id of the event that a stream begins with.
func (q *query) readEvent(s *Server, value string) error {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id < 0 || id > maxSafe {
		return wrong(value, "want the id of an event, a whole number from 0 to %d", int64(maxSafe))
	}
	person, day, ok := s.opt.EventDay(q.world, id)
	switch {
	case ok:
		q.event, q.day, q.from = id, day, math.MinInt64
		return nil
	case person >= 0 && person < s.opt.World.Customers && person >= q.world.Customers:
		return wrong(value, "no event of the first %s customers can have this id",
			table.Grouped(int64(q.world.Customers)))
	}
	return wrong(value, "no event of this scenario can have this id: it belongs to another scenario "+
		"or seed")
}

func (q *query) readLimit(_ *Server, value string) error {
	n, ok := document.ParseCount(value)
	if !ok || n < 1 || n > maxSafe {
		return wrong(value, "want a number of events, a whole number from 1, e.g. 1000, 10k")
	}
	q.limit = int64(n)
	return nil
}
