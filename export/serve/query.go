package serve

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/export/dialect"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A query is what a reader asked for.
type query struct {
	world   *model.World
	framing *framing
	dialect *dialect.Dialect
	options map[string]string // of the dialect
	speed   float64           // times simulated time; 0: none
	rate    float64           // events a second; 0: none
	limit   int64             // events; 0: no limit

	day   int   // the first that is looked at
	from  int64 // events before it are left out, µs since 1970
	event int64 // where the stream begins; table.Null: not with an event
	after bool  // with the one after it
}

// What may be asked for.
const (
	minSpeed, maxSpeed = 0.1, 1e6
	minRate, maxRate   = 0.001, 1e6
	maxSafe            = 1<<53 - 1 // what programs that know only doubles can count to
)

// asked are the parameters of /v1/events, in the order in which they are read: those that say which
// world it is come first.
var asked = []struct {
	name string
	read func(q *query, s *Server, value string) error
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

// readQuery reads what a reader asks for; its errors say what may be asked.
func (s *Server) readQuery(r *http.Request) (*query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" { // says more than an address used again
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
				return nil, fmt.Errorf("%s=%s: %w", p.name, value[0], err)
			}
		}
	}
	if err := q.readOptions(values); err != nil {
		return nil, err
	}
	if q.speed > 0 && q.rate > 0 {
		return nil, fmt.Errorf("speed and rate both say how fast: give one")
	}
	return q, nil
}

// readOptions reads what only the dialect of a request knows, and refuses what nobody knows.
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
			return fmt.Errorf("unknown parameter %q%s, there is: %s", name,
				table.Nearest(name, all), strings.Join(all, ", "))
		case len(values[name]) > 1:
			return fmt.Errorf("%s is given %d times, want one", name, len(values[name]))
		case slices.Contains(options, name):
			q.options[name] = values.Get(name)
		}
	}
	return nil
}

func (q *query) readCustomers(s *Server, value string) error {
	most := s.opt.World.Customers
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		return fmt.Errorf("want a whole number from 1 to %d, as many as the scenario has", most)
	}
	if n < most {
		q.world, err = s.opt.Smaller(n)
	}
	return err
}

func (q *query) readDialect(_ *Server, value string) (err error) {
	q.dialect, err = dialect.LookupDialect(value)
	return err
}

func (q *query) readFormat(_ *Server, value string) error {
	for _, f := range []*framing{&ndjson, &sse} {
		if f.name == value {
			q.framing = f
			return nil
		}
	}
	return fmt.Errorf("want ndjson or sse")
}

func (q *query) readSpeed(_ *Server, value string) (err error) {
	q.speed, err = strconv.ParseFloat(strings.TrimSuffix(value, "x"), 64)
	if err != nil || !(q.speed >= minSpeed && q.speed <= maxSpeed) {
		return fmt.Errorf("want how many times faster than real time, from 0.1x to 1000000x, " +
			"e.g. 60x")
	}
	return nil
}

func (q *query) readRate(s *Server, value string) (err error) {
	most := float64(maxRate)
	if s.opt.MaxRate > 0 {
		most = min(most, s.opt.MaxRate)
	}
	q.rate, err = strconv.ParseFloat(strings.TrimSuffix(value, "/s"), 64)
	if err != nil || !(q.rate >= minRate && q.rate <= most) {
		return fmt.Errorf("want events a second, from 0.001 to %.0f, e.g. %.0f", most, min(100, most))
	}
	return nil
}

// readFrom reads a day, a moment or the id of an event.
func (q *query) readFrom(s *Server, value string) error {
	w := q.world
	if strings.Trim(value, "0123456789") == "" {
		return q.readEvent(s, value)
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		first := time.Date(w.Scenario.Start.Year, time.Month(w.Scenario.Start.Month),
			w.Scenario.Start.Day, 0, 0, 0, 0, time.UTC)
		q.day = int(day.Sub(first).Hours() / 24)
		if day.Before(first) || q.day >= w.Days {
			return fmt.Errorf("want a day from %s to %s", first.Format(time.DateOnly),
				first.AddDate(0, 0, w.Days-1).Format(time.DateOnly))
		}
		q.from = w.Midnight[q.day+w.Warmup]
		return nil
	}
	// The + of a time zone means a space where nobody escaped it.
	at, err := time.Parse(time.RFC3339, strings.ReplaceAll(value, " ", "+"))
	if err != nil {
		return fmt.Errorf("want a day such as 2025-01-31, a moment such as " +
			"2025-01-31T08:00:00Z, or the id of an event")
	}
	q.from = at.UnixMicro()
	var ok bool
	if q.day, ok = w.DayOf(q.from); !ok || q.day < 0 {
		text := func(day int) string {
			return time.UnixMicro(w.Midnight[w.Warmup+day]).UTC().Format(time.RFC3339)
		}
		return fmt.Errorf("want a moment from %s to before %s", text(0), text(w.Days))
	}
	return nil
}

// readLast reads the event that a reader had last.
func (q *query) readLast(s *Server, value string) error {
	q.after = true
	return q.readEvent(s, value)
}

// readEvent reads the event that a stream begins with.
func (q *query) readEvent(s *Server, value string) error {
	id, err := strconv.ParseInt(value, 10, 64)
	if err != nil || id < 0 || id > maxSafe {
		return fmt.Errorf("want the id of an event, a whole number from 0 to %d", int64(maxSafe))
	}
	person, day, ok := s.opt.EventDay(q.world, id)
	switch {
	case ok:
		q.event, q.day, q.from = id, day, math.MinInt64
		return nil
	case person >= 0 && person < s.opt.World.Customers && person >= q.world.Customers:
		return fmt.Errorf("no event of the first %d customers can have this id",
			q.world.Customers)
	}
	return fmt.Errorf("no event of this scenario can have this id: it is of another scenario, " +
		"or of another seed")
}

func (q *query) readLimit(_ *Server, value string) (err error) {
	q.limit, err = strconv.ParseInt(value, 10, 64)
	if err != nil || q.limit < 1 {
		return fmt.Errorf("want how many events, a whole number from 1")
	}
	return nil
}
