package story

import (
	"fmt"
	"strings"
	"time"
)

// spaced writes a name of the scenario as words.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// plural writes how many of something there are.
func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// chance writes a probability.
func chance(p float64) string { return fmt.Sprintf("%.3g %%", 100*p) }

// minutes writes how long an event lasted.
func minutes(e record) string {
	return plural(max(1, e.number["duration_ms"]/60_000), "minute")
}

// money writes an amount in cents.
func (t *teller) money(cents int64) string {
	return fmt.Sprintf("%d.%02d %s", cents/100, cents%100, t.w.Scenario.Currency)
}

// clock writes a time, in µs, where the market is.
func (t *teller) clock(micros int64, layout string) string {
	return time.UnixMicro(micros).In(t.zone).Format(layout)
}

// date writes the day of a time, in µs.
func (t *teller) date(micros int64) string { return t.clock(micros, "2 January 2006") }

// when writes the time of an event.
func (t *teller) when(e record) string {
	return t.clock(e.number["event_time"], "Mon 2 Jan 15:04")
}
