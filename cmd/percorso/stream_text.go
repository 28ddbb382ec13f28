package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/percorso/percorso/export/push"
	"github.com/percorso/percorso/model"
)

// A calendar says which days a simulation goes through before its first event is sent. The zero one
// is of a recording, which nothing goes before.
type calendar struct {
	start  time.Time // day 0
	warmup int       // days before it
	first  int       // the day with which the stream begins
}

func calendarOf(w *model.World, first int) calendar {
	s := w.Scenario.Start
	return calendar{time.Date(s.Year, s.Month, s.Day, 0, 0, 0, 0, time.UTC), w.Warmup, first}
}

func (c *calendar) date(day int) string { return c.start.AddDate(0, 0, day).Format(time.DateOnly) }

// making is what a stream waits for that has nothing to send.
func (c *calendar) making() string {
	if c.start.IsZero() {
		return "reading the recording"
	}
	return "waiting for the simulation"
}

// waiting is the line for a stream that has sent nothing yet, when a day is being simulated.
func (c *calendar) waiting(day int) string {
	if c.start.IsZero() {
		return c.making() + ", no request is due yet"
	}
	if day >= c.first {
		return fmt.Sprintf("simulating %s, no request is due yet", c.date(day))
	}
	what := "the warm-up"
	if day >= 0 {
		what = "the days before the stream"
	}
	return fmt.Sprintf("simulating %s: %.0f%%, %s; the first events are of %s", what,
		100*float64(day+c.warmup)/float64(c.first+c.warmup), c.date(day), c.date(c.first))
}

// minuteUTC is the layout of simulated times, to the minute.
const minuteUTC = "2006-01-02 15:04 UTC"

// secondLine is the line for a second of a stream, or some of them. all are the events so far, and
// done is how much of the stream is done, less than 0 if it has no end of its own. making is what
// it waits for if for nothing else. On a terminal the line is shorter, with what matters first: it
// may be cut.
func secondLine(s *push.Second, all *push.Flow, done float64, making string, live bool) string {
	var b strings.Builder
	if done >= 0 {
		if live {
			b.WriteString(bar(done, 10) + " ")
		}
		fmt.Fprintf(&b, "%3.0f%%, ", 100*min(done, 1))
	}
	fmt.Fprintf(&b, "%.0f s, ", s.At)
	length := max(s.Length, 1e-3)
	if s.Events.Sent == 0 {
		b.WriteString(cmp.Or(idleText(s), making))
	} else {
		each := func(n int64, noun string) string {
			return plural(int64(math.Round(float64(n)/length)), noun) + "/s"
		}
		b.WriteString(each(s.Events.Sent, "event"))
		if !live {
			b.WriteString(", " + each(s.Requests.Sent, "request"))
		}
		if s.Failed > 0 && s.Bytes == 0 {
			b.WriteString(" attempted")
		}
	}
	if s.Response.Count > 0 {
		if !live {
			fmt.Fprintf(&b, ", p50 %s", latencyText(s.Response.P50))
		}
		fmt.Fprintf(&b, ", p99 %s", latencyText(s.Response.P99))
	}
	if s.Failed > 0 {
		fmt.Fprintf(&b, ", %s failed (%s)", plural(s.Failed, "attempt"), s.Trouble)
	}
	fmt.Fprintf(&b, ", %s in flight", count(s.InFlight))
	if s.Failed > 0 || s.Resting > 0 {
		fmt.Fprintf(&b, ", %s of %s events accepted", count(all.Accepted), count(all.Due))
	}
	fmt.Fprintf(&b, ", %s errors, %s late", count(s.Events.Failed()), count(s.Late))
	if s.Behind > push.LateAfter.Seconds() {
		fmt.Fprintf(&b, ", %s behind", span(seconds(s.Behind)))
	}
	if !s.Simulated.IsZero() {
		fmt.Fprintf(&b, ", at %s", s.Simulated.Format(minuteUTC))
	}
	return b.String()
}

// idleText says what a stream was waiting for that sent no events in a second; empty if for more to
// send.
func idleText(s *push.Second) string {
	switch {
	case s.Resting > 0:
		return "waiting to retry " + plural(s.Resting, "request")
	case s.Failed > 0 || s.Retried > 0:
		return "retrying"
	case s.InFlight > 0:
		return "waiting for answers"
	case s.NextDue > 0:
		return fmt.Sprintf("next request due in %s", span(seconds(s.NextDue)))
	}
	return ""
}

// latencyText writes milliseconds as people say them: 0.42 ms, 12.3 ms, 1.90 s.
func latencyText(ms float64) string {
	switch {
	case ms < 9.995:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 999.5:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.2f s", ms/1e3)
}

// writeReport writes the report on a stream, for people.
func writeReport(out io.Writer, r *push.Report) error {
	w := bufio.NewWriter(out)
	pace := ""
	if r.Pace != "" {
		pace = ", " + r.Pace
	}
	fmt.Fprintf(w, "%s (seed %d) to %s as %s%s\n%s", r.Scenario, r.Seed, r.Target, r.Dialect, pace,
		span(seconds(r.Seconds)))
	if !r.SimulatedFrom.IsZero() {
		fmt.Fprintf(w, ", events from %s to %s", r.SimulatedFrom.Format("2006-01-02 15:04"),
			r.SimulatedTo.Format(minuteUTC))
	}
	fmt.Fprint(w, "\n\n")
	for _, row := range reportRows(r) {
		fmt.Fprintf(w, "  %-16s%14s%14s", row.name, row.events, row.requests)
		if row.note != "" {
			fmt.Fprintf(w, "   %s", row.note)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\n  responses       %s\n", eachOf(r.Status, "none"))
	if r.Why != "" {
		fmt.Fprintf(w, "  first refusal   %s\n", r.Why)
	}
	fmt.Fprintf(w, "  data sent       %s\n", size(r.Bytes))
	writeLatencies(w, r)
	for i, v := range r.Thresholds {
		if i == 0 {
			fmt.Fprintln(w)
		}
		said := "ok"
		if v.Missed {
			said = "FAILED"
		}
		fmt.Fprintf(w, "  fail if %-20s %s: it was %s\n", v.Threshold, said, v.Value)
	}
	return w.Flush()
}

// A reportRow is a row of the table of what became of events and requests.
type reportRow struct{ name, events, requests, note string }

// reportRows is that table. Rows without events or requests are left out, but for the usual ones.
func reportRows(r *push.Report) []reportRow {
	e, q := &r.Events, &r.Requests
	sent, note := "sent", rateNote(r)
	if e.Sent > 0 && r.Bytes == 0 {
		sent, note = "attempted", "nothing reached the target"
	}
	rows := []reportRow{
		{"", "events", "requests", ""},
		{"due", count(e.Due), count(q.Due), ""},
		{sent, count(e.Sent), count(q.Sent), note},
		{"HTTP accepted", count(e.HTTPAccepted), count(q.Accepted), ""},
		{"accepted", count(e.Accepted), "", perSecond(r.Rate.Accepted)},
		{"rejected", count(e.Rejected), count(q.Rejected), ""},
		{"dropped", count(e.Dropped), count(q.Dropped), eachOf(r.Drops, "")},
	}
	late := fmt.Sprintf("sent more than %d ms after they were due", push.LateAfter.Milliseconds())
	for _, row := range []struct {
		n      int64
		events bool
		name   string
		note   string
	}{
		{e.Uncertain, true, "uncertain", "sent; it is not known whether they arrived"},
		{e.MaybeDuplicate, true, "maybe duplicate", "accepted after a lost response"},
		{q.Retried, false, "retried", "attempts after the first"},
		{q.Split, false, "split", "too large for the target, sent in halves"},
		{q.Late, false, "late", late},
		{e.Skipped, true, "skipped", r.Dialect + " has no such events"},
		{e.OutOfTime, true, "out of time", "older or later than the target accepts"},
		{e.TooBig, true, "too big", "larger than the target accepts, not sent"},
	} {
		switch {
		case row.n == 0:
		case row.events:
			rows = append(rows, reportRow{row.name, count(row.n), "", row.note})
		default:
			rows = append(rows, reportRow{row.name, "", count(row.n), row.note})
		}
	}
	return rows
}

// rateNote compares the rate that was reached with the scheduled one.
func rateNote(r *push.Report) string {
	if r.Rate.Held == 0 {
		return ""
	}
	note := perSecond(r.Rate.Held)
	if r.Rate.Asked > 0 {
		note += fmt.Sprintf(" of %s scheduled (%.2f%%)", perSecond(r.Rate.Asked),
			100*r.Rate.Held/r.Rate.Asked)
	}
	return note
}

func perSecond(rate float64) string {
	switch {
	case rate == 0:
		return ""
	case rate < 100:
		return fmt.Sprintf("%.3g/s", rate)
	}
	return count(math.Round(rate)) + "/s"
}

// writeLatencies writes the table of latencies.
func writeLatencies(w io.Writer, r *push.Report) {
	fmt.Fprintf(w, "\n  %-16s", "")
	for _, name := range []string{"p50", "p90", "p99", "p99.9", "max"} {
		fmt.Fprintf(w, "%11s", name)
	}
	fmt.Fprintln(w)
	from := "from when it was due"
	if r.Unpaced {
		from = "from the first attempt"
	}
	for _, row := range []struct {
		name, note string
		push.Latency
	}{{"response", from, r.Response}, {"service", "of each attempt", r.Service}} {
		fmt.Fprintf(w, "  %-16s", row.name)
		for _, ms := range []float64{row.P50, row.P90, row.P99, row.P999, row.Max} {
			text := "-"
			if row.Count > 0 {
				text = latencyText(ms)
			}
			fmt.Fprintf(w, "%11s", text)
		}
		fmt.Fprintf(w, "   %s\n", row.note)
	}
	if r.Requests.Dropped > 0 && !r.Unpaced {
		fmt.Fprintln(w, "  (dropped requests count with the time until they were dropped)")
	}
}

// eachOf lists how many there were of each: 98 × 200, 2 × 429.
func eachOf(n map[string]int64, none string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(n)) {
		list = append(list, fmt.Sprintf("%s × %s", count(n[name]), name))
	}
	if list == nil {
		return none
	}
	return strings.Join(list, ", ")
}
