package model

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/percorso/percorso/model/document"
	"github.com/percorso/percorso/model/table"
)

// How the values of a scenario that are more than texts and numbers read themselves from a file and
// describe themselves to editors.

// Decode reads 35% or 0.35.
func (s *Share) Decode(c *document.Checker, p document.Place) { *s = Share(c.Share(p)) }

// Schema implements document.Value.
func (*Share) Schema(b *document.Schemas, field string) document.Object {
	most := 1.0
	if l := b.Limit(field); !l.Endless() {
		most = l.Max
	}
	share := document.Object{"type": "number", "minimum": 0, "maximum": most}
	return document.AnyOf(share, document.Ref("percent"))
}

// Decode reads a number or a percentage.
func (f *Figure) Decode(c *document.Checker, p document.Place) {
	x, ok := c.Ratio(p)
	if !ok {
		c.Wrong(p, "a number or a percentage, such as 25 or 70%%")
	}
	*f = Figure(x)
}

// Schema implements document.Value.
func (*Figure) Schema(b *document.Schemas, _ string) document.Object {
	return document.AnyOf(document.Object{"type": "number"}, document.NumberText(),
		document.Ref("percent"))
}

// Decode reads 90min, 4h or 2.5d.
func (s *Span) Decode(c *document.Checker, p document.Place) { *s = Span(c.Span(p)) }

// Schema implements document.Value.
func (*Span) Schema(*document.Schemas, string) document.Object { return document.Ref("span") }

// Decode reads 2025-01-31.
func (d *Date) Decode(c *document.Checker, p document.Place) {
	if t := c.Date(p); !t.IsZero() {
		*d = Date{t.Year(), t.Month(), t.Day()}
	}
}

// Schema implements document.Value.
func (*Date) Schema(*document.Schemas, string) document.Object {
	return document.Object{"type": "string", "pattern": `^[12][0-9]{3}-[01][0-9]-[0-3][0-9]$`}
}

// Noun is what the weights after a channel are called.
func (Weights) Noun() string { return "row" }

// areFactors reports whether weights are factors, of which each means something by itself.
func areFactors(field string) bool { return field == "Stage.channels" }

// Decode reads a map from names to percentages or weights; the factors of a stage are neither.
func (w *Weights) Decode(c *document.Checker, p document.Place) {
	if p.Node.Kind != document.MapNode {
		c.Wrong(p, "a map of names with percentages or weights, such as {a: 60%%, b: 40%%}")
		return
	}
	places := c.Places(p)
	*w = make(Weights, len(places))
	if areFactors(p.Field) {
		for _, q := range places {
			(*w)[p.Name(q)] = factorAt(c, q)
		}
		return
	}
	for i, x := range c.Weigh(p, places) {
		(*w)[p.Name(places[i])] = x
	}
}

// factorAt reads a factor on a weight.
func factorAt(c *document.Checker, p document.Place) float64 {
	text, ok := "", false
	if !p.Absent() {
		text, ok = p.Word()
	}
	x, isNumber := document.ParseNumber(text)
	if !ok || p.Node.Quoted || !isNumber || x < 0 || x > document.MaxWeight {
		c.Wrong(p, "a factor such as 0.5 or 2; 0 forbids the channel")
		return 1
	}
	return x
}

// Schema accepts percentages or weights, not both.
func (*Weights) Schema(b *document.Schemas, field string) document.Object {
	schema := document.Object{"type": "object", "additionalProperties": document.WeightSchema()}
	if !areFactors(field) {
		schema = document.Object{"type": "object", "minProperties": 1, "anyOf": []document.Object{
			{"additionalProperties": document.Ref("percent")},
			{"additionalProperties": document.WeightSchema()}}}
	}
	if keys := b.Keys(field); keys != nil {
		schema["propertyNames"] = document.Object{"enum": keys}
	}
	return schema
}

const wantHours = "hours such as 9-20, or weights by hour such as {9: 1, 12-14: 3}"

// Decode reads 9-20, or a map from hours and ranges of hours to weights.
func (h *Hours) Decode(c *document.Checker, p document.Place) {
	if text, ok := p.Word(); ok {
		from, to, is := parseHours(text)
		if !is {
			c.Wrong(p, wantHours)
		}
		for i := from; i < to; i++ {
			h[i] = 1
		}
		return
	}
	if p.Node.Kind != document.MapNode || len(p.Node.Pairs) == 0 {
		c.Wrong(p, wantHours)
		return
	}
	var taken [24]bool
	sum := 0.0
	for _, pair := range p.Node.Pairs {
		q := p.Key(pair.Key)
		from, to, is := parseHours(pair.Key)
		if hour, err := strconv.Atoi(pair.Key); err == nil && hour >= 0 && hour < 24 {
			from, to, is = hour, hour+1, true
		}
		if !is {
			c.Fail(pair.At, p, "found %s, want an hour from 0 to 23 or a range such as 12-14",
				document.Quoted(pair.Key))
			return
		}
		weight := hourWeight(c, q)
		for i := from; i < to; i++ {
			if taken[i] {
				c.Fail(pair.At, p, "found hour %d a second time, want each hour once", i)
			}
			h[i], taken[i] = weight, true
			sum += weight
		}
	}
	if sum == 0 && c.Clean(p) {
		c.Fail(p.Whole(), p, "all weights are 0, want at least one above 0")
	}
}

// Schema implements document.Value.
func (*Hours) Schema(*document.Schemas, string) document.Object {
	hour := `([01]?[0-9]|2[0-4])`
	span := hour + "-" + hour
	text := document.Object{"type": "string", "pattern": "^" + span + "$"}
	return document.AnyOf(text, document.Object{
		"type": "object", "minProperties": 1, "additionalProperties": false,
		"patternProperties": document.Object{"^" + hour + "(-" + hour + ")?$": document.WeightSchema()},
	})
}

// hourWeight reads the weight of some hours.
func hourWeight(c *document.Checker, p document.Place) float64 {
	if p.Absent() {
		c.Wrong(p, "a weight of at least 0")
		return 0
	}
	return c.Number(p)
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
var withoutRules = []string{"not_sent", "not_served", "lose"}

// Decode reads what becomes of a channel's touches in a world without it.
func (to *Without) Decode(c *document.Checker, p document.Place) {
	words := withoutRules
	want := table.OneOf(append(slices.Clone(words), "{substitute: CHANNEL, share: 40%}"))
	if text, ok := p.Word(); ok {
		if !slices.Contains(words, text) {
			c.Wrong(p, "%s%s", want, table.Nearest(text, words))
		}
		to.Rule = text
		return
	}
	if p.Node.Kind != document.MapNode {
		c.Wrong(p, "%s", want)
		return
	}
	c.Block(p, reflect.ValueOf(to).Elem())
	to.Rule = "substitute"
	for _, key := range []string{"substitute", "share"} {
		if q := p.Key(key); q.Absent() && c.Clean(p) {
			c.Fail(p.Whole(), p, "%q is missing, want {substitute: CHANNEL, share: 40%%}", key)
		}
	}
}

// Schema implements document.Value.
func (*Without) Schema(b *document.Schemas, _ string) document.Object {
	return document.AnyOf(document.Object{"enum": withoutRules}, b.Define(reflect.TypeFor[Without]()))
}

const wantLaw = document.WantSpan +
	", or a distribution such as {lognormal: {median: 3d, sigma: 1.2}}"

// Wants is what the error of a missing law asks for.
func (*Law) Wants() string { return wantLaw }

// Decode reads a bare duration, or a map with exactly one law and perhaps a min.
func (to *Law) Decode(c *document.Checker, p document.Place) {
	if text, ok := p.Word(); ok {
		span, is := document.ParseSpan(text)
		if !is {
			c.Wrong(p, wantLaw)
		}
		fixed := Span(span)
		to.Fixed = &fixed
		return
	}
	if p.Node.Kind != document.MapNode {
		c.Wrong(p, wantLaw)
		return
	}
	c.Block(p, reflect.ValueOf(to).Elem())
	oneLaw(c, p)
}

// Decode reads laws with their shares.
func (to *Mixture) Decode(c *document.Checker, p document.Place) {
	if n := len(p.Node.Items); p.Node.Kind != document.ListNode || n == 0 || n > document.MaxListed {
		c.Wrong(p, "a list of up to %d distributions with shares, such as [{share: 60%%, "+
			"exponential: {mean: 1h}}, {share: 40%%, exponential: {mean: 3d}}]", document.MaxListed)
		return
	}
	parts := make(Mixture, len(p.Node.Items))
	var shares []document.Place
	for i := range parts {
		q := p.Item(i)
		if q.Node.Kind != document.MapNode {
			c.Wrong(q, "a distribution with its share, such as {share: 60%%, exponential: {mean: 1h}}")
			continue
		}
		if inner := q.Key("mixture"); !inner.Absent() {
			c.Fail(inner.At, q, "found a mixture inside a mixture, want one list of distributions")
			continue
		}
		shares = append(shares, q.Key("share"))
		q.Node = q.Node.Clone()
		q.Node.Drop("share")
		parts[i].Law.Decode(c, q)
	}
	if len(shares) < len(parts) {
		return
	}
	for i, share := range c.Weigh(p, shares) {
		parts[i].Share = share
	}
	*to = parts
}

// oneLaw checks that a law is exactly one.
func oneLaw(c *document.Checker, p document.Place) {
	var laws []string
	for _, pair := range p.Node.Pairs {
		if pair.Value.Kind != document.NullNode && slices.Contains(lawNames(), pair.Key) {
			laws = append(laws, pair.Key)
		}
	}
	switch {
	case len(laws) == 0 && c.Clean(p):
		c.Fail(p.Whole(), p, "found no distribution, want one of %s", table.OneOf(lawNames()))
	case len(laws) > 1:
		c.Fail(p.Whole(), p, "found %s, want exactly one distribution", strings.Join(laws, " and "))
	}
}

// lawType is that of the block of a law.
var lawType = reflect.TypeFor[Law]()

// lawNames are the laws of time that there are.
func lawNames() []string {
	return slices.DeleteFunc(document.KeysOf(lawType), func(key string) bool { return key == "min" })
}

// Schema accepts a bare duration, or a block with exactly one law.
func (*Law) Schema(b *document.Schemas, _ string) document.Object {
	return b.DefineAs("Law", func() document.Object {
		block := b.Block(lawType)
		var one []document.Object
		for _, key := range lawNames() {
			one = append(one, document.Object{"required": []string{key}})
		}
		block["oneOf"] = one
		return document.AnyOf(document.Ref("span"), block)
	})
}

// Schema implements document.Value.
func (*Mixture) Schema(b *document.Schemas, _ string) document.Object {
	return document.Object{"type": "array", "minItems": 1, "maxItems": document.MaxListed,
		"items": b.DefineAs("Component", func() document.Object { return component(b) })}
}

// component is the schema of a law, other than a mixture, with its share of one.
func component(b *document.Schemas) document.Object {
	block := b.Block(lawType)
	properties := block["properties"].(document.Object)
	delete(properties, "mixture")
	share, _ := document.FieldOf(reflect.TypeFor[Component](), "share")
	properties["share"] = document.AnyOf(document.WeightSchema(), document.Ref("percent"))
	properties["share"].(document.Object)["description"] = share.Tag.Get("doc")
	var one []document.Object
	for _, key := range lawNames() {
		if key != "mixture" {
			one = append(one, document.Object{"required": []string{key, "share"}})
		}
	}
	block["oneOf"] = one
	return block
}
