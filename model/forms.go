package model

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/model/table"
)

// The forms in which values are written: numbers, shares, times, weights, laws.

// word returns the text of a scalar, or false for maps and lists.
func (p place) word() (string, bool) {
	if p.node.kind != scalarNode {
		return "", false
	}
	return p.node.text, true
}

func (c *Checker) text(p place) string {
	text, ok := p.word()
	if words := c.spec.Words(p.field); words != nil {
		if !ok || !slices.Contains(words, text) {
			c.wrong(p, "%s%s", oneOf(words), table.Nearest(text, words))
		}
		return text
	}
	form, isForm := c.spec.Forms[c.spec.tags()[p.field].Get("form")]
	switch {
	case !ok:
		c.wrong(p, "a text")
	case isForm && !form.Fits(text):
		c.wrong(p, "%s", form.Want)
	case !isLine(text):
		c.wrong(p, "one line of at most %d bytes", maxTextBytes)
	}
	return text
}

func (c *Checker) truth(p place) bool {
	text, ok := p.word()
	if !ok || p.node.quoted || text != "true" && text != "false" {
		c.wrong(p, "true or false")
	}
	return text == "true"
}

// ParseNumber reads a number as scenarios write it, 10_000, 0.35, -1 or 1e6: digits without a
// leading zero, _ between them, a fraction and an exponent.
func ParseNumber(s string) (float64, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	if len(digits) > 1 && digits[0] == '0' && !strings.ContainsRune(".eE", rune(digits[1])) {
		return 0, false
	}
	for i, b := range []byte(digits) {
		isDigit := func(i int) bool { return digits[i] >= '0' && digits[i] <= '9' }
		switch {
		case isDigit(i), b == 'e' || b == 'E', (b == '+' || b == '-') && i > 0:
		case b != '.' && b != '_', i+1 == len(digits) || !isDigit(i-1) || !isDigit(i+1):
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	return x + 0, err == nil // + 0 makes -0 plain
}

func (c *Checker) number(p place) float64 {
	limit := c.spec.limitOf(p.field)
	text, ok := p.word()
	x, isNumber := ParseNumber(text)
	if !ok || p.node.quoted || !isNumber || !limit.Has(x) {
		c.wrong(p, "a number %s", limit)
		return limit.Min
	}
	return x
}

// whole reads a whole number. Those above 2^53 must be written out, for they would be rounded.
func (c *Checker) whole(p place) uint64 {
	limit := c.spec.limitOf(p.field)
	text, ok := p.word()
	x, isNumber := ParseNumber(text)
	if !ok || p.node.quoted || !isNumber || x != math.Trunc(x) || !limit.Has(x) {
		c.wrong(p, "a whole number %s", limit)
		return uint64(limit.Min)
	}
	if x < 1<<53 {
		return uint64(x)
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ReplaceAll(text, "_", ""), "+"), 10, 64)
	if err != nil {
		c.wrong(p, "a whole number %s, written out", limit)
	}
	return n
}

// percent reads 35% as 0.35, rounded once.
func percent(text string) (float64, bool) {
	number, ok := strings.CutSuffix(text, "%")
	if !ok || strings.ContainsAny(number, "eE") {
		return 0, false
	}
	if _, ok := ParseNumber(number); !ok {
		return 0, false
	}
	return ParseNumber(number + "e-2")
}

// share reads 35% or 0.35.
func (c *Checker) share(p place) float64 {
	most := 1.0
	if l := c.spec.limitOf(p.field); l.Max < unlimited {
		most = l.Max
	}
	text, ok := p.word()
	x, is := percent(text)
	if !is && !p.node.quoted {
		x, is = ParseNumber(text)
	}
	if !ok || !is || x < 0 || x > most {
		c.wrong(p, "a share from 0 to %s, such as 35%% or 0.35", number(most))
		return 0
	}
	return x
}

// ratio reads a number or a percentage: 25, or 0.7 for 70%.
func (c *Checker) ratio(p place) (x float64, ok bool) {
	text, ok := p.word()
	x, is := percent(text)
	if !is && !p.node.quoted {
		x, is = ParseNumber(text)
	}
	return x, ok && is && x >= -unlimited && x <= unlimited
}

// units of time, longest name first: the end of a text decides.
var units = []struct {
	name string
	span time.Duration
}{{"min", time.Minute}, {"s", time.Second}, {"h", time.Hour}, {"d", 24 * time.Hour}}

const wantSpan = "a time such as 90min, 4h or 2.5d (units s, min, h, d)"

// span reads 90min, 4h or 2.5d.
func (c *Checker) span(p place) time.Duration {
	text, ok := p.word()
	span, is := parseSpan(text)
	if !ok || !is {
		c.wrong(p, wantSpan)
		return 0
	}
	if c.spec.limitOf(p.field).Above && span == 0 {
		c.wrong(p, "a time above 0")
	}
	return span
}

// parseSpan reads a time as documents write it: 90min, 4h or 2.5d.
func parseSpan(text string) (time.Duration, bool) {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		x, ok := ParseNumber(number)
		nanos := math.Round(x * float64(u.span))
		return time.Duration(nanos), ok && x >= 0 && nanos <= maxSpan*24*float64(time.Hour)
	}
	return 0, false
}

// Bounds of times and dates.
const (
	maxSpan   = 3650 // days
	firstYear = 1970
	lastYear  = 2199
)

// date reads a civil day, 2025-01-31, as its midnight UTC.
func (c *Checker) date(p place) time.Time {
	text, ok := p.word()
	t, err := time.Parse(time.DateOnly, text)
	if !ok || err != nil || t.Year() < firstYear || t.Year() > lastYear {
		c.wrong(p, "a day from %d-01-01 to %d-12-31, such as 2025-01-31", firstYear, lastYear)
		return time.Time{}
	}
	return t
}

const (
	maxWeight    = 1e9
	minPart      = 1e-6   // of a sum of weights: less would be rounded away
	percentSlack = 0.0001 // how far from 1 the sum of percentages may be
)

// weigh reads values that only mean something together: percentages that sum to 100, or weights.
// It returns nil when they are not what they should be.
func (c *Checker) weigh(p place, parts []place) []float64 {
	before := len(c.problems)
	values := make([]float64, len(parts))
	percentages, sum := 0, 0.0
	for i, q := range parts {
		var isPercent bool
		values[i], isPercent = c.weight(q)
		sum += values[i]
		if isPercent {
			percentages++
		}
		if len(c.problems) == before && percentages > 0 && percentages <= i {
			c.wrong(q, "all percentages or all weights, not both in %s", p.path)
		}
	}
	switch {
	case len(c.problems) > before:
		return nil
	case len(parts) == 0:
		c.fail(p.whole(), p, "found nothing in it, want at least one name")
	case percentages > 0 && math.Abs(sum-1) > percentSlack:
		c.fail(p.whole(), p, "percentages sum to %s%%, want 100%%",
			strconv.FormatFloat(math.Round(sum*1e6)/1e4, 'f', -1, 64))
	case sum == 0:
		c.fail(p.whole(), p, "all weights are 0, want at least one above 0")
	}
	for i, x := range values {
		if x > 0 && x < minPart*sum && len(c.problems) == before {
			c.wrong(parts[i], "0 or at least a millionth of all in %s", p.path)
		}
	}
	if len(c.problems) > before {
		return nil
	}
	return values
}

// weight reads one of several percentages or weights.
func (c *Checker) weight(p place) (x float64, isPercent bool) {
	if p.absent() {
		c.wrong(p, "a percentage or a weight, such as 60%% or 3")
		return 0, false
	}
	text, ok := p.word()
	x, isPercent = percent(text)
	if !isPercent && !p.node.quoted {
		if x, ok = ParseNumber(text); !ok {
			x = -1
		}
	}
	if !ok || p.node.quoted && !isPercent || x < 0 || x > maxWeight {
		c.wrong(p, "a percentage or a weight of at least 0, such as 60%% or 3")
	}
	return x, isPercent
}

// places lists where the values of the map at p stand, and refuses keys that its field does not
// accept.
func (c *Checker) places(p place) []place {
	keys := c.spec.keysFor(p.field)
	var places []place
	for _, pair := range p.node.pairs {
		if keys != nil && !slices.Contains(keys, pair.key) {
			c.problems = append(c.problems, problem{pair.at, p.path, unknownKey(pair.key, keys)})
		}
		places = append(places, p.key(pair.key))
	}
	return places
}

// name is the key by which q is found in the map at p.
func (p place) name(q place) string { return strings.TrimPrefix(q.path, p.path+".") }
