package story

import (
	"fmt"
	"strings"
	"time"
)

// spaced writes a name of the scenario as words.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// capital makes the first letter of a sentence a capital.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// plural writes how many of something there are.
func plural(n int64, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// joined lists things: a, b and c.
func joined(things []string) string {
	if n := len(things); n > 1 {
		return strings.Join(things[:n-1], ", ") + " and " + things[n-1]
	}
	return strings.Join(things, "")
}

// chance writes a probability.
func chance(p float64) string { return fmt.Sprintf("%.3g%%", 100*p) }

// minutes writes how long an event lasted.
func minutes(e record) string {
	return plural(max(1, e.number["duration_ms"]/60_000), "minute")
}

// span writes a length of time to the second.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	var parts []string
	for _, unit := range []struct {
		of   time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}} {
		if n := d / unit.of; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d -= n * unit.of
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}

// money writes an amount in cents.
func (t *teller) money(cents int64) string {
	return fmt.Sprintf("%d.%02d %s", cents/100, cents%100, t.w.Scenario.Currency)
}

// clock is a time, in µs, where the market is.
func (t *teller) clock(micros int64) time.Time { return time.UnixMicro(micros).In(t.zone) }

// date writes the day of a time, in µs.
func (t *teller) date(micros int64) string { return t.clock(micros).Format("2 January 2006") }
