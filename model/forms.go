package model

import (
	"math"
	"reflect"
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

func (c *checker) text(p place) string {
	text, ok := p.word()
	if words := wordsOf(p.field); words != nil {
		if !ok || !slices.Contains(words, text) {
			c.wrong(p, "%s%s", oneOf(words), table.Nearest(text, words))
		}
		return text
	}
	switch {
	case !ok:
		c.wrong(p, "a text")
	case p.field == "Scenario.name" && !isTitle(text):
		c.wrong(p, "a name that a folder can have, at most %d bytes", maxNameBytes)
	case p.field == "Channel.id" && !isName(text):
		c.wrong(p, "%s", strings.TrimPrefix(wantName, "want "))
	case p.field == "Scenario.currency" && !isCurrency(text):
		c.wrong(p, "three capital letters such as EUR")
	case p.field == "Scenario.time_zone" && !isTimeZone(text):
		c.wrong(p, "an IANA time zone such as Europe/Rome or UTC")
	case !isLine(text):
		c.wrong(p, "one line of at most %d bytes", maxTextBytes)
	}
	return text
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isTimeZone accepts what every machine knows; Local would be another zone on each.
func isTimeZone(s string) bool {
	_, err := time.LoadLocation(s)
	return err == nil && s != "" && s != "Local"
}

func (c *checker) truth(p place) bool {
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

func (c *checker) number(p place) float64 {
	limit := limitOf(p.field)
	text, ok := p.word()
	x, isNumber := ParseNumber(text)
	if !ok || p.node.quoted || !isNumber || !limit.has(x) {
		c.wrong(p, "a number %s", limit)
		return limit.min
	}
	return x
}

// whole reads a whole number. Those above 2^53 must be written out, for they would be rounded.
func (c *checker) whole(p place) uint64 {
	limit := limitOf(p.field)
	text, ok := p.word()
	x, isNumber := ParseNumber(text)
	if !ok || p.node.quoted || !isNumber || x != math.Trunc(x) || !limit.has(x) {
		c.wrong(p, "a whole number %s", limit)
		return uint64(limit.min)
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
func (c *checker) share(p place) float64 {
	most := 1.0
	if l := limitOf(p.field); l.max < unlimited {
		most = l.max
	}
	text, ok := p.word()
	x, is := percent(text)
	if !is && !p.node.quoted {
		x, is = ParseNumber(text)
	}
	if !ok || !is || x < 0 || x > most {
		c.wrong(p, "a share from 0 to %s, such as 35%% or 0.35", figure(most))
		return 0
	}
	return x
}

// units of time, longest name first: the end of a text decides.
var units = []struct {
	name string
	span time.Duration
}{{"min", time.Minute}, {"s", time.Second}, {"h", time.Hour}, {"d", 24 * time.Hour}}

const wantSpan = "a time such as 90min, 4h or 2.5d (units s, min, h, d)"

// span reads 90min, 4h or 2.5d.
func (c *checker) span(p place) Span {
	text, ok := p.word()
	span, is := parseSpan(text)
	if !ok || !is {
		c.wrong(p, wantSpan)
		return 0
	}
	if mustLast(p.field) && span == 0 {
		c.wrong(p, "a time above 0")
	}
	return span
}

// mustLast says whether a span of nothing makes no sense in a field.
func mustLast(field string) bool {
	switch field {
	case "Lognormal.median", "Weibull.scale", "Gamma.mean", "Erlang.mean", "Exponential.mean":
		return true
	}
	return false
}

func parseSpan(text string) (Span, bool) {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		x, ok := ParseNumber(number)
		nanos := math.Round(x * float64(u.span))
		return Span(nanos), ok && x >= 0 && nanos <= maxSpan*24*float64(time.Hour)
	}
	return 0, false
}

func (c *checker) date(p place) Date {
	text, ok := p.word()
	t, err := time.Parse("2006-01-02", text)
	if !ok || err != nil || t.Year() < firstYear || t.Year() > lastYear {
		c.wrong(p, "a day from %d-01-01 to %d-12-31, such as 2025-01-31", firstYear, lastYear)
		return Date{}
	}
	return Date{t.Year(), t.Month(), t.Day()}
}

// weights reads a map from names to percentages or weights; the factors of a stage are neither.
func (c *checker) weights(p place) Weights {
	if p.node.kind != mapNode {
		c.wrong(p, "a map of names with percentages or weights, such as {a: 60%%, b: 40%%}")
		return nil
	}
	keys := keysFor(p.field)
	w := make(Weights, len(p.node.pairs))
	var places []place
	for _, pair := range p.node.pairs {
		if keys != nil && !slices.Contains(keys, pair.key) {
			c.problems = append(c.problems, problem{pair.at, p.path, unknownKey(pair.key, keys)})
		}
		places = append(places, p.key(pair.key))
	}
	if p.field == "Stage.channels" {
		for _, q := range places {
			w[p.name(q)] = c.factor(q)
		}
		return w
	}
	for i, x := range c.weigh(p, places) {
		w[p.name(places[i])] = x
	}
	return w
}

// name is the key by which q is found in the map at p.
func (p place) name(q place) string { return strings.TrimPrefix(q.path, p.path+".") }

func (c *checker) factor(p place) float64 {
	text, ok := "", false
	if !p.absent() {
		text, ok = p.word()
	}
	x, isNumber := ParseNumber(text)
	if !ok || p.node.quoted || !isNumber || x < 0 || x > maxWeight {
		c.wrong(p, "a factor such as 0.5 or 2; 0 forbids the channel")
		return 1
	}
	return x
}

const (
	maxWeight    = 1e9
	minPart      = 1e-6   // of a sum of weights: less would be rounded away
	percentSlack = 0.0001 // how far from 1 the sum of percentages may be
)

// weigh reads values that only mean something together: percentages that sum to 100, or weights.
// It returns nil when they are not what they should be.
func (c *checker) weigh(p place, parts []place) []float64 {
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
func (c *checker) weight(p place) (x float64, isPercent bool) {
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

const wantHours = "hours such as 9-20, or weights by hour such as {9: 1, 12-14: 3}"

// hours reads 9-20, or a map from hours and ranges of hours to weights.
func (c *checker) hours(p place) (h Hours) {
	if text, ok := p.word(); ok {
		from, to, is := parseHours(text)
		if !is {
			c.wrong(p, wantHours)
		}
		for i := from; i < to; i++ {
			h[i] = 1
		}
		return h
	}
	if p.node.kind != mapNode || len(p.node.pairs) == 0 {
		c.wrong(p, wantHours)
		return h
	}
	var taken [24]bool
	sum := 0.0
	for _, pair := range p.node.pairs {
		q := p.key(pair.key)
		from, to, is := parseHours(pair.key)
		if hour, err := strconv.Atoi(pair.key); err == nil && hour >= 0 && hour < 24 {
			from, to, is = hour, hour+1, true
		}
		if !is {
			c.fail(pair.at, p, "found %s, want an hour from 0 to 23 or a range such as 12-14",
				quoted(pair.key))
			return h
		}
		weight := c.hourWeight(q)
		for i := from; i < to; i++ {
			if taken[i] {
				c.fail(pair.at, p, "found hour %d a second time", i)
			}
			h[i], taken[i] = weight, true
			sum += weight
		}
	}
	if sum == 0 && c.clean(p) {
		c.fail(p.whole(), p, "all weights are 0, want at least one above 0")
	}
	return h
}

func (c *checker) hourWeight(p place) float64 {
	if p.absent() {
		c.wrong(p, "a weight of at least 0")
		return 0
	}
	return c.number(p)
}

// parseHours reads 9-20: from nine sharp until twenty sharp.
func parseHours(text string) (from, to int, ok bool) {
	a, b, _ := strings.Cut(text, "-")
	from, err := strconv.Atoi(strings.TrimSpace(a))
	if err != nil {
		return 0, 0, false
	}
	to, err = strconv.Atoi(strings.TrimSpace(b))
	if err != nil || from < 0 || from >= to || to > 24 {
		return 0, 0, false
	}
	return from, to, true
}

// off reads what becomes of a channel's touches in a world without it.
func (c *checker) off(p place, to *Off) {
	words := wordsOf("Off.rule")
	want := oneOf(append(slices.Clone(words), "{substitute: CHANNEL, share: 40%}"))
	if text, ok := p.word(); ok {
		if !slices.Contains(words, text) {
			c.wrong(p, "%s%s", want, table.Nearest(text, words))
		}
		to.Rule = text
		return
	}
	if p.node.kind != mapNode {
		c.wrong(p, "%s", want)
		return
	}
	c.block(p, reflect.ValueOf(to).Elem())
	to.Rule = "substitute"
	for _, key := range []string{"substitute", "share"} {
		if q := p.key(key); q.absent() && c.clean(p) {
			c.fail(p.whole(), p, "%q is missing, want {substitute: CHANNEL, share: 40%%}", key)
		}
	}
}

const wantLaw = wantSpan + ", or a law such as {lognormal: {median: 3d, sigma: 1.2}}"

// law reads a bare duration, or a map with exactly one law and perhaps a min.
func (c *checker) law(p place, to *Law) {
	if text, ok := p.word(); ok {
		span, is := parseSpan(text)
		if !is {
			c.wrong(p, wantLaw)
		}
		to.Fixed = &span
		return
	}
	if p.node.kind != mapNode {
		c.wrong(p, wantLaw)
		return
	}
	c.block(p, reflect.ValueOf(to).Elem())
	c.oneLaw(p)
}

// mixture reads laws with their shares.
func (c *checker) mixture(p place) []Component {
	if p.node.kind != listNode || len(p.node.items) == 0 || len(p.node.items) > maxListed {
		c.wrong(p, "a list of up to %d laws with shares, such as [{share: 60%%, "+
			"exponential: {mean: 1h}}, {share: 40%%, exponential: {mean: 3d}}]", maxListed)
		return nil
	}
	parts := make([]Component, len(p.node.items))
	var shares []place
	for i := range parts {
		q := p.item(i)
		if q.node.kind != mapNode {
			c.wrong(q, "a law with its share, such as {share: 60%%, exponential: {mean: 1h}}")
			continue
		}
		if inner := q.key("mixture"); !inner.absent() {
			c.fail(inner.at, q, "found a mixture inside a mixture, want one list of laws")
			continue
		}
		shares = append(shares, q.key("share"))
		q.node = q.node.clone()
		q.node.drop("share")
		c.law(q, &parts[i].Law)
	}
	if len(shares) < len(parts) {
		return nil
	}
	for i, share := range c.weigh(p, shares) {
		parts[i].Share = share
	}
	return parts
}

// oneLaw checks that a law is exactly one.
func (c *checker) oneLaw(p place) {
	var laws []string
	for _, pair := range p.node.pairs {
		if pair.value.kind != nullNode && slices.Contains(lawNames(), pair.key) {
			laws = append(laws, pair.key)
		}
	}
	switch {
	case len(laws) == 0 && c.clean(p):
		c.fail(p.whole(), p, "found no law in it, want one of %s", oneOf(lawNames()))
	case len(laws) > 1:
		c.fail(p.whole(), p, "found %s, want exactly one law", strings.Join(laws, " and "))
	}
}
