package push

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/model/table"
)

// A Threshold is a limit that a stream must not pass, such as p99>500ms.
type Threshold struct {
	text     string
	quantity *quantity
	reached  func(value, limit float64) bool
	limit    float64
	share    bool // the limit is a share of the quantity's whole
}

// A Finding is what a threshold finds in a report.
type Finding struct {
	Threshold string `json:"threshold"`
	Value     string `json:"value"` // in the unit of the threshold
	Missed    bool   `json:"missed"`
}

// A quantity is what a threshold may limit.
type quantity struct {
	name  string
	unit  unit
	value func(r *Report) float64
	whole func(r *Report) int64 // what it may be a share of; nil: nothing
}

type unit int

const (
	units   unit = iota // counts
	times               // milliseconds
	persecs             // per second
)

// quantities are all quantities.
var quantities = slices.Concat(
	latencies("", func(r *Report) *Latency { return &r.Response }),
	latencies("response.", func(r *Report) *Latency { return &r.Response }),
	latencies("service.", func(r *Report) *Latency { return &r.Service }),
	[]quantity{
		ofEvents("errors", func(c *Counts) int64 {
			return c.Events.Rejected + c.Events.Dropped + c.Events.Uncertain
		}),
		ofEvents("rejected", func(c *Counts) int64 { return c.Events.Rejected }),
		ofEvents("dropped", func(c *Counts) int64 { return c.Events.Dropped }),
		ofEvents("uncertain", func(c *Counts) int64 { return c.Events.Uncertain }),
		ofEvents("maybe_duplicate", func(c *Counts) int64 { return c.Events.MaybeDuplicate }),
		ofEvents("too_big", func(c *Counts) int64 { return c.Events.TooBig }),
		ofEvents("out_of_time", func(c *Counts) int64 { return c.Events.OutOfTime }),
		ofRequests("retried", func(c *Counts) int64 { return c.Requests.Retried }),
		ofRequests("late", func(c *Counts) int64 { return c.Requests.Late }),
		{name: "rate", unit: persecs, value: func(r *Report) float64 { return r.Rate.Held }},
		{name: "requests", unit: persecs,
			value: func(r *Report) float64 { return r.Rate.RequestsHeld }},
	})

// latencies are the quantities of a latency, their names with a prefix.
func latencies(prefix string, of func(*Report) *Latency) []quantity {
	q := func(name string, get func(*Latency) float64) quantity {
		return quantity{name: prefix + name, unit: times, value: func(r *Report) float64 {
			if of(r).Count == 0 {
				return math.NaN()
			}
			return get(of(r))
		}}
	}
	return []quantity{
		q("p50", func(l *Latency) float64 { return l.P50 }),
		q("p90", func(l *Latency) float64 { return l.P90 }),
		q("p95", func(l *Latency) float64 { return l.P95 }),
		q("p99", func(l *Latency) float64 { return l.P99 }),
		q("p99.9", func(l *Latency) float64 { return l.P999 }),
		q("max", func(l *Latency) float64 { return l.Max }),
		q("mean", func(l *Latency) float64 { return l.Mean }),
	}
}

// ofEvents is a quantity of events, as a share of those that were due.
func ofEvents(name string, get func(*Counts) int64) quantity {
	return quantity{name, units, func(r *Report) float64 { return float64(get(&r.Counts)) },
		func(r *Report) int64 { return r.Events.Due }}
}

// ofRequests is a quantity of requests, as a share of those that were due.
func ofRequests(name string, get func(*Counts) int64) quantity {
	return quantity{name, units, func(r *Report) float64 { return float64(get(&r.Counts)) },
		func(r *Report) int64 { return r.Requests.Due }}
}

// comparisons are the operators of a threshold; longer ones come first.
var comparisons = []struct {
	sign    string
	reached func(value, limit float64) bool
}{
	{">=", func(v, l float64) bool { return v >= l }},
	{"<=", func(v, l float64) bool { return v <= l }},
	{">", func(v, l float64) bool { return v > l }},
	{"<", func(v, l float64) bool { return v < l }},
}

// ParseThresholds reads thresholds as a user writes them: p99>500ms,errors>1%,rate<4900/s. An error
// gives its place, counted in characters from 1.
func ParseThresholds(text string) ([]Threshold, error) {
	var list []Threshold
	at := 1
	for one := range strings.SplitSeq(text, ",") {
		t, err := parseThreshold(strings.TrimSpace(one))
		if err != nil {
			blanks := len(one) - len(strings.TrimLeft(one, " "))
			return nil, fmt.Errorf("%q, at %d: %w", text, at+blanks, err)
		}
		list = append(list, t)
		at += len([]rune(one)) + 1
	}
	return list, nil
}

// parseThreshold reads one threshold.
func parseThreshold(text string) (t Threshold, err error) {
	at := strings.IndexAny(text, "<>")
	if at < 0 {
		return t, fmt.Errorf("%q has no comparison; want a quantity, one of > < >= <=, and a "+
			"limit, e.g. p99>500ms", text)
	}
	t.text = strings.ReplaceAll(text, " ", "")
	name, rest := strings.TrimSpace(text[:at]), text[at:]
	for i := range quantities {
		if quantities[i].name == name {
			t.quantity = &quantities[i]
		}
	}
	if t.quantity == nil {
		names := quantityNames()
		return t, fmt.Errorf("%s; latencies also as response.p99, service.p99",
			table.Unknown("quantity", name, names))
	}
	for _, c := range comparisons {
		if limit, ok := strings.CutPrefix(rest, c.sign); ok {
			t.reached = c.reached
			return t, t.parseLimit(strings.TrimSpace(limit))
		}
	}
	panic("push: a comparison without a sign")
}

// quantityNames lists the quantities, without the longer names of latencies.
func quantityNames() []string {
	var names []string
	for _, q := range quantities {
		if strings.Count(q.name, ".") == strings.Count(q.name, "p99.9") {
			names = append(names, q.name)
		}
	}
	return names
}

// parseLimit reads the limit of a threshold.
func (t *Threshold) parseLimit(text string) error {
	q, number := t.quantity, text
	switch q.unit {
	case times:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return fmt.Errorf("%s: %q is not a time, want e.g. 500ms or 2s", q.name, text)
		}
		t.limit = millis(float64(d))
		return nil
	case persecs:
		number = strings.TrimSuffix(text, "/s")
	case units:
		number, t.share = strings.CutSuffix(text, "%")
	}
	limit, err := strconv.ParseFloat(number, 64)
	if err != nil || !(limit >= 0) || math.IsInf(limit, 1) || t.share && limit > 100 {
		want := "a number from 0, or a share such as 1%"
		if q.unit == persecs {
			want = "a number per second, e.g. 4900/s"
		}
		return fmt.Errorf("%s: %q is not a limit, want %s", q.name, text, want)
	}
	t.limit = limit
	return nil
}

// OfDelivery reports whether the threshold limits how many events are not delivered: it is about
// errors, rejected, dropped or uncertain ones.
func (t Threshold) OfDelivery() bool {
	return slices.Contains([]string{"errors", "rejected", "dropped", "uncertain"}, t.quantity.name)
}

// Check compares a report with the limit. What was never measured counts as passed.
func (t *Threshold) Check(r *Report) Finding {
	value := t.quantity.value(r)
	v := Finding{Threshold: t.text, Missed: true}
	if t.share {
		if value *= 100; value > 0 {
			value /= float64(max(t.quantity.whole(r), 1))
		}
	}
	if math.IsNaN(value) {
		v.Value = "nothing was measured"
		return v
	}
	v.Missed = t.reached(value, t.limit)
	switch number := strconv.FormatFloat(math.Round(value*1e3)/1e3, 'f', -1, 64); {
	case t.quantity.unit == times:
		v.Value = number + " ms"
	case t.quantity.unit == persecs:
		v.Value = number + "/s"
	case t.share:
		v.Value = number + "%"
	default:
		v.Value = number
	}
	return v
}
