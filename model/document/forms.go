package document

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/model/table"
)

// The forms in which values are written: numbers, shares, times, dates and weights.

// Word returns the text of the scalar at p, or false for a map or a list. There must be a value.
func (p Place) Word() (string, bool) {
	if p.Node.Kind != ScalarNode {
		return "", false
	}
	return p.Node.Text, true
}

func (c *Checker) text(p Place) string {
	text, ok := p.Word()
	if words := c.spec.words(p.Field); words != nil {
		if !ok || !slices.Contains(words, text) {
			hint, isOld := c.spec.renamed(p.Field, "words", text)
			if !isOld {
				hint = table.Nearest(text, words)
			}
			c.Wrong(p, "%s%s", table.OneOf(words), hint)
		}
		return text
	}
	form, isForm := c.spec.Forms[c.spec.tags()[p.Field].Get("form")]
	switch {
	case !ok:
		c.Wrong(p, "text")
	case isForm && !form.Fits(text):
		c.Wrong(p, "%s", form.Want)
	case !isLine(text):
		c.Wrong(p, "one line of at most %d bytes", maxTextBytes)
	}
	return text
}

// The words of true and false, those of YAML 1.1; but off removes a value.
var (
	yesWords = []string{"true", "yes", "on"}
	noWords  = []string{"false", "no"}
)

func (c *Checker) truth(p Place) bool {
	text, ok := p.Word()
	yes := slices.Contains(yesWords, text)
	if !ok || p.Node.Quoted || !yes && !slices.Contains(noWords, text) {
		c.Wrong(p, "true or false")
	}
	return yes
}

// ParseNumber reads a number as documents write it, 10_000, 0.35, -1 or 1e6: digits without a
// leading zero, optionally with _ between them, a fraction and an exponent. It returns false for
// anything else.
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
	return x + 0, err == nil // + 0 turns -0 into 0
}

// ParseCount reads a whole number of things: what ParseNumber reads, also in thousands or millions,
// as 10k, 10K and 1.5M, and with commas before every three digits, as 10,000.
func ParseCount(s string) (float64, bool) {
	for unit, power := range map[string]string{"k": "e3", "K": "e3", "M": "e6"} {
		if number, ok := strings.CutSuffix(s, unit); ok && !strings.ContainsAny(number, "eE") {
			s = number + power
			break
		}
	}
	x, ok := ParseNumber(withoutCommas(s))
	return x, ok && x == math.Trunc(x)
}

// withoutCommas removes the commas of a whole number that has one before every three digits; any
// other text stays as it is.
func withoutCommas(s string) string {
	first, rest, _ := strings.Cut(strings.TrimLeft(s, "+-"), ",")
	for i, group := range append([]string{first}, strings.Split(rest, ",")...) {
		if strings.Trim(group, "0123456789") != "" || i == 0 && (group == "" || len(group) > 3) ||
			i > 0 && len(group) != 3 {
			return s
		}
	}
	return strings.ReplaceAll(s, ",", "")
}

// countExamples end an error about a number that may be large.
const countExamples = ", e.g. 20, 10k, 2M, 1e6"

// Number reads the number at p, which must be within the range of its field; otherwise it records
// a problem and returns the lower end of the range.
func (c *Checker) Number(p Place) float64 {
	limit := c.spec.limitOf(p.Field)
	text, ok := p.Word()
	x, isNumber := ParseNumber(text)
	if !ok || p.Node.Quoted || !isNumber || !limit.Has(x) {
		c.Wrong(p, "a number %s", limit)
		return limit.Min
	}
	return x
}

// whole reads a whole number, a negative one as its two's complement. Those above 2^53 must be
// written out, for they would be rounded.
func (c *Checker) whole(p Place) uint64 {
	limit := c.spec.limitOf(p.Field)
	text, ok := p.Word()
	x, isCount := ParseCount(text)
	if !ok || p.Node.Quoted || !isCount || !limit.Has(x) {
		examples := ""
		if limit.Max >= 1e6 && limit.Max < Unlimited {
			examples = countExamples
		}
		c.Wrong(p, "a whole number %s%s", limit, examples)
		return uint64(int64(limit.Min))
	}
	if x < 1<<53 {
		return uint64(int64(x))
	}
	n, err := strconv.ParseUint(strings.NewReplacer("_", "", ",", "", "+", "").Replace(text), 10, 64)
	if err != nil {
		c.Wrong(p, "a whole number %s, written out", limit)
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

// Share reads 35% or 0.35, at most what the range of its field says, or 1; otherwise it records a
// problem and returns 0.
func (c *Checker) Share(p Place) float64 {
	most := 1.0
	if l := c.spec.limitOf(p.Field); l.Max < Unlimited {
		most = l.Max
	}
	text, ok := p.Word()
	x, is := percent(text)
	if !is && !p.Node.Quoted {
		x, is = ParseNumber(text)
	}
	if !ok || !is || x < 0 || x > most {
		c.Wrong(p, "a share from 0 to %s, such as 35%% or 0.35", Number(most))
		return 0
	}
	return x
}

// Ratio reads a number or a percentage: 25, or 0.7 for 70%. It is not ok, and records nothing, when
// p holds neither or one beyond Unlimited.
func (c *Checker) Ratio(p Place) (x float64, ok bool) {
	text, ok := p.Word()
	x, is := percent(text)
	if !is && !p.Node.Quoted {
		x, is = ParseNumber(text)
	}
	return x, ok && is && x >= -Unlimited && x <= Unlimited
}

// units of time, longest name first: the end of a text decides.
var units = []struct {
	name string
	span time.Duration
}{{"min", time.Minute}, {"s", time.Second}, {"h", time.Hour}, {"d", 24 * time.Hour}}

// WantSpan completes "found …, want " where a duration is wanted.
const WantSpan = "a duration such as 90min, 4h or 2.5d (units s, min, h, d)"

// Span reads a time, 90min, 4h or 2.5d, of at most 3650 days, and not 0 where the range of its
// field excludes it; otherwise it records a problem.
func (c *Checker) Span(p Place) time.Duration {
	text, ok := p.Word()
	span, is := ParseSpan(text)
	if !ok || !is {
		c.Wrong(p, WantSpan)
		return 0
	}
	if c.spec.limitOf(p.Field).Above && span == 0 {
		c.Wrong(p, "a duration above 0")
	}
	return span
}

// ParseSpan reads a time as documents write it, a number and s, min, h or d: 90min, 4h or 2.5d. It
// returns false for anything else, and for more than 3650 days.
func ParseSpan(text string) (time.Duration, bool) {
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

// Date reads a civil day from 1970 to 2199, 2025-01-31, as its midnight UTC; otherwise it records a
// problem and returns the zero time.
func (c *Checker) Date(p Place) time.Time {
	text, ok := p.Word()
	t, err := time.Parse(time.DateOnly, text)
	if !ok || err != nil || t.Year() < firstYear || t.Year() > lastYear {
		c.Wrong(p, "a day from %d-01-01 to %d-12-31, such as 2025-01-31", firstYear, lastYear)
		return time.Time{}
	}
	return t
}

// Bounds of weights and shares.
const (
	MaxWeight    = 1e9    // the largest weight
	minPart      = 1e-6   // of a sum of weights: anything less would be rounded away
	PercentSlack = 0.0001 // how far from 1 the sum of percentages may be
)

// Weigh reads the parts of the map at p, which only mean something together: percentages that sum
// to 100, or weights, not all 0. It returns them in their order, 60% as 0.6 and a weight as it is.
// If they are invalid it records why and returns nil.
func (c *Checker) Weigh(p Place, parts []Place) []float64 {
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
			c.Wrong(q, "all percentages or all weights, not both in %s", p.Path)
		}
	}
	switch {
	case len(c.problems) > before:
		return nil
	case len(parts) == 0:
		c.Fail(p.Whole(), p, "found an empty map, want at least one name")
	case percentages > 0 && math.Abs(sum-1) > PercentSlack:
		c.Fail(p.Whole(), p, "percentages sum to %s%%, want 100%%",
			strconv.FormatFloat(math.Round(sum*1e6)/1e4, 'f', -1, 64))
	case sum == 0:
		c.Fail(p.Whole(), p, "all weights are 0, want at least one above 0")
	}
	for i, x := range values {
		if x > 0 && x < minPart*sum && len(c.problems) == before {
			c.Wrong(parts[i], "0 or at least a millionth of the sum of %s", p.Path)
		}
	}
	if len(c.problems) > before {
		return nil
	}
	return values
}

// weight reads one of several percentages or weights.
func (c *Checker) weight(p Place) (x float64, isPercent bool) {
	if p.Absent() {
		c.Wrong(p, "a percentage or a weight, such as 60%% or 3")
		return 0, false
	}
	text, ok := p.Word()
	x, isPercent = percent(text)
	if !isPercent && !p.Node.Quoted {
		if x, ok = ParseNumber(text); !ok {
			x = -1
		}
	}
	if !ok || p.Node.Quoted && !isPercent || x < 0 || x > MaxWeight {
		c.Wrong(p, "a percentage or a weight of at least 0, such as 60%% or 3")
	}
	return x, isPercent
}

// Places lists the places of all values of the map at p in the order of the file, and records a
// problem for each key that its field does not accept.
func (c *Checker) Places(p Place) []Place {
	keys := c.spec.keysFor(p.Field)
	var places []Place
	for _, pair := range p.Node.Pairs {
		if keys != nil && !slices.Contains(keys, pair.Key) {
			c.problems = append(c.problems,
				problem{pair.At, p.Path, c.spec.unknown(p.Field, pair.Key, keys)})
		}
		places = append(places, p.Key(pair.Key))
	}
	return places
}

// Name is the key by which q, one of the Places of the map at p, is found there.
func (p Place) Name(q Place) string { return strings.TrimPrefix(q.Path, p.Path+".") }
