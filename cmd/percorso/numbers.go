package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/percorso/percorso/model/table"
)

// count writes a whole number with a comma before every three digits: 1,234,567.
func count[N int | int64 | float64](n N) string {
	return table.Grouped(int64(n))
}

// plural writes how many there are of something: 1 argument, 3 arguments.
func plural[N int | int64](n N, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return count(n) + " " + noun
}

// size writes a number of bytes in the largest decimal unit that leaves something before the
// point: 312 MB, 1.2 GB.
func size[N int64 | float64](bytes N) string { return scaled(float64(bytes), "B") }

// rate writes how many there were in a second: 3.1 M.
func rate(n int64, took time.Duration) string {
	return scaled(float64(n)/max(took.Seconds(), 1e-3), "")
}

// scaled writes x in the largest thousands that leave something before the point.
func scaled(x float64, unit string) string {
	prefix, prefixes := "", "kMGT"
	for i := 0; x >= 999.5 && i < len(prefixes); i++ {
		x /= 1000
		prefix = prefixes[i : i+1]
	}
	digits := 0
	if x < 9.95 && prefix != "" {
		digits = 1
	}
	return strings.TrimSpace(fmt.Sprintf("%.*f %s%s", digits, x, prefix, unit))
}

// seconds is a time from a number of seconds.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// span writes a duration as people say it: 4.2 s, 3 min, 2 h 5 min.
func span(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 10:
		return fmt.Sprintf("%.1f s", s)
	case s < 90:
		return fmt.Sprintf("%.0f s", s)
	case s < 90*60:
		return fmt.Sprintf("%.0f min", s/60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// shortTime writes a duration as flags take it, without what is 0: 1m, not 1m0s.
func shortTime(d time.Duration) string {
	text := strings.TrimSuffix(d.String(), "m0s")
	if text != d.String() {
		text += "m"
	}
	if hours, ok := strings.CutSuffix(text, "h0m"); ok {
		return hours + "h"
	}
	return text
}
