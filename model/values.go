package model

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// How the values of a scenario that are more than texts and numbers read themselves from a file and
// describe themselves to editors.

// Decode reads 35% or 0.35.
func (s *Share) Decode(c *Checker, p place) { *s = Share(c.share(p)) }

// Schema implements document.Value.
func (*Share) Schema(b *Schemas, field string) Object {
	most := 1.0
	if l := b.Limit(field); !l.Endless() {
		most = l.Max
	}
	return AnyOf(Object{"type": "number", "minimum": 0, "maximum": most}, Ref("percent"))
}

// Decode reads a number or a percentage.
func (f *Figure) Decode(c *Checker, p place) {
	x, ok := c.ratio(p)
	if !ok {
		c.wrong(p, "a number or a percentage, such as 25 or 70%%")
	}
	*f = Figure(x)
}

// Schema implements document.Value.
func (*Figure) Schema(b *Schemas, _ string) Object {
	return AnyOf(Object{"type": "number"}, NumberText(), Ref("percent"))
}

// Decode reads 90min, 4h or 2.5d.
func (s *Span) Decode(c *Checker, p place) { *s = Span(c.span(p)) }

// Schema implements document.Value.
func (*Span) Schema(*Schemas, string) Object { return Ref("span") }

// Decode reads 2025-01-31.
func (d *Date) Decode(c *Checker, p place) {
	if t := c.date(p); !t.IsZero() {
		*d = Date{t.Year(), t.Month(), t.Day()}
	}
}

// Schema implements document.Value.
func (*Date) Schema(*Schemas, string) Object {
	return Object{"type": "string", "pattern": `^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$`}
}

// Noun is what the weights after a channel are called.
func (Weights) Noun() string { return "row" }

// areFactors reports whether weights are factors, of which each means something by itself.
func areFactors(field string) bool { return field == "Stage.channels" }

// Decode reads a map from names to percentages or weights; the factors of a stage are neither.
func (w *Weights) Decode(c *Checker, p place) {
	if p.node.kind != mapNode {
		c.wrong(p, "a map of names with percentages or weights, such as {a: 60%%, b: 40%%}")
		return
	}
	places := c.places(p)
	*w = make(Weights, len(places))
	if areFactors(p.field) {
		for _, q := range places {
			(*w)[p.name(q)] = factorAt(c, q)
		}
		return
	}
	for i, x := range c.weigh(p, places) {
		(*w)[p.name(places[i])] = x
	}
}

// factorAt reads a factor on a weight.
func factorAt(c *Checker, p place) float64 {
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

// Schema accepts percentages or weights, not both.
func (*Weights) Schema(b *Schemas, field string) Object {
	schema := Object{"type": "object", "additionalProperties": WeightSchema()}
	if !areFactors(field) {
		schema = Object{"type": "object", "minProperties": 1, "anyOf": []Object{
			{"additionalProperties": Ref("percent")}, {"additionalProperties": WeightSchema()}}}
	}
	if keys := b.Keys(field); keys != nil {
		schema["propertyNames"] = Object{"enum": keys}
	}
	return schema
}

const wantHours = "hours such as 9-20, or weights by hour such as {9: 1, 12-14: 3}"

// Decode reads 9-20, or a map from hours and ranges of hours to weights.
func (h *Hours) Decode(c *Checker, p place) {
	if text, ok := p.word(); ok {
		from, to, is := parseHours(text)
		if !is {
			c.wrong(p, wantHours)
		}
		for i := from; i < to; i++ {
			h[i] = 1
		}
		return
	}
	if p.node.kind != mapNode || len(p.node.pairs) == 0 {
		c.wrong(p, wantHours)
		return
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
			return
		}
		weight := hourWeight(c, q)
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
}

// Schema implements document.Value.
func (*Hours) Schema(*Schemas, string) Object {
	hour := `([01]?[0-9]|2[0-4])`
	span := hour + "-" + hour
	return AnyOf(Object{"type": "string", "pattern": "^" + span + "$"}, Object{
		"type": "object", "minProperties": 1, "additionalProperties": false,
		"patternProperties": Object{"^" + hour + "(-" + hour + ")?$": WeightSchema()},
	})
}

// hourWeight reads the weight of some hours.
func hourWeight(c *Checker, p place) float64 {
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

// offRules are the words for what becomes of a channel's touches in a world without it.
var offRules = []string{"not_sent", "not_served", "lose"}

// Decode reads what becomes of a channel's touches in a world without it.
func (to *Off) Decode(c *Checker, p place) {
	words := offRules
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

// Schema implements document.Value.
func (*Off) Schema(b *Schemas, _ string) Object {
	return AnyOf(Object{"enum": offRules}, b.Define(reflect.TypeFor[Off]()))
}

const wantLaw = wantSpan + ", or a law such as {lognormal: {median: 3d, sigma: 1.2}}"

// Wants is what the error of a missing law asks for.
func (*Law) Wants() string { return wantLaw }

// Decode reads a bare duration, or a map with exactly one law and perhaps a min.
func (to *Law) Decode(c *Checker, p place) {
	if text, ok := p.word(); ok {
		span, is := parseSpan(text)
		if !is {
			c.wrong(p, wantLaw)
		}
		fixed := Span(span)
		to.Fixed = &fixed
		return
	}
	if p.node.kind != mapNode {
		c.wrong(p, wantLaw)
		return
	}
	c.block(p, reflect.ValueOf(to).Elem())
	oneLaw(c, p)
}

// Decode reads laws with their shares.
func (to *Mixture) Decode(c *Checker, p place) {
	if p.node.kind != listNode || len(p.node.items) == 0 || len(p.node.items) > maxListed {
		c.wrong(p, "a list of up to %d laws with shares, such as [{share: 60%%, "+
			"exponential: {mean: 1h}}, {share: 40%%, exponential: {mean: 3d}}]", maxListed)
		return
	}
	parts := make(Mixture, len(p.node.items))
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
		parts[i].Law.Decode(c, q)
	}
	if len(shares) < len(parts) {
		return
	}
	for i, share := range c.weigh(p, shares) {
		parts[i].Share = share
	}
	*to = parts
}

// oneLaw checks that a law is exactly one.
func oneLaw(c *Checker, p place) {
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

// lawType is that of the block of a law.
var lawType = reflect.TypeFor[Law]()

// lawNames are the laws of time that there are.
func lawNames() []string {
	return slices.DeleteFunc(keysOf(lawType), func(key string) bool { return key == "min" })
}

// Schema accepts a bare duration, or a block with exactly one law.
func (*Law) Schema(b *Schemas, _ string) Object {
	return b.DefineAs("Law", func() Object {
		block := b.Block(lawType)
		var one []Object
		for _, key := range lawNames() {
			one = append(one, Object{"required": []string{key}})
		}
		block["oneOf"] = one
		return AnyOf(Ref("span"), block)
	})
}

// Schema implements document.Value.
func (*Mixture) Schema(b *Schemas, _ string) Object {
	return Object{"type": "array", "minItems": 1, "maxItems": maxListed,
		"items": b.DefineAs("Component", func() Object { return component(b) })}
}

// component is the schema of a law, other than a mixture, with its share of one.
func component(b *Schemas) Object {
	block := b.Block(lawType)
	properties := block["properties"].(Object)
	delete(properties, "mixture")
	share, _ := fieldOf(reflect.TypeFor[Component](), "share")
	properties["share"] = AnyOf(WeightSchema(), Ref("percent"))
	properties["share"].(Object)["description"] = share.Tag.Get("doc")
	var one []Object
	for _, key := range lawNames() {
		if key != "mixture" {
			one = append(one, Object{"required": []string{key, "share"}})
		}
	}
	block["oneOf"] = one
	return block
}
