package model

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/percorso/percorso/model/locale"
	"github.com/percorso/percorso/model/table"
)

// What each field of a scenario accepts. A field is named by its type and key, "Stage.dwell"; the
// values of a map and the elements of a list go by the name of the field that holds them. The
// decoder, its error texts and the JSON Schema all read from here.

var (
	scenarioType = reflect.TypeFor[Scenario]()
	lawType      = reflect.TypeFor[Law]()
	weightsType  = reflect.TypeFor[Weights]()
	hoursType    = reflect.TypeFor[Hours]()
	offType      = reflect.TypeFor[Off]()
	stagesType   = reflect.TypeFor[map[string]Stage]()
	stageType    = reflect.TypeFor[Stage]()
)

// MaxDays is how many days of a scenario can be written at most.
const MaxDays = 3650

// Bounds of a scenario that are more than a matter of one field.
const (
	maxCustomers = 1<<27 - 1
	maxElements  = 64 // segments, categories, reasons
	maxCampaigns = 256
	maxSpan      = 3650 // days
	firstYear    = 1970
	lastYear     = 2199
)

// unlimited is the bound of numbers that need none.
const unlimited = 1e12

// A limit is the range of numbers that a field accepts.
type limit struct {
	min, max float64
	above    bool // min itself is not accepted
}

func limitOf(field string) limit {
	switch field {
	case "Scenario.customers":
		return limit{min: 1, max: maxCustomers}
	case "Scenario.seed":
		return limit{max: math.MaxUint64}
	case "Scenario.days":
		return limit{min: 1, max: MaxDays}
	case "Scenario.warmup":
		return limit{max: 2000}
	case "Scenario.town":
		return limit{min: 100, max: 100_000}
	case "Segment.ages":
		return limit{min: 14, max: 110}
	case "Segment.traits":
		return limit{min: -5, max: 5}
	case "Segment.needs", "Segment.spend", "Needs.per_year":
		return limit{max: 1000, above: true}
	case "Needs.vary":
		return limit{max: 1000}
	case "Needs.season", "Needs.weekday":
		return limit{max: 100}
	case "Payday.day", "Payday.days":
		return limit{max: 31}
	case "Payday.boost", "Lognormal.sigma", "Weibull.shape", "Gamma.shape":
		return limit{max: 100, above: true}
	case "Erlang.k":
		return limit{min: 1, max: 1000}
	case "Traits.spread", "Catalogue.zipf":
		return limit{max: 5}
	case "Correlation.is":
		return limit{min: -1, max: 1}
	case "Category.products":
		return limit{min: 1, max: 32_768}
	case "Category.price":
		return limit{max: 1e7, above: true}
	case "Category.sigma":
		return limit{max: 10}
	case "Pages.notice", "Pages.browse", "Pages.cart", "Pages.order", "Pages.engage",
		"Orders.quantity":
		return limit{min: 1, max: 100}
	case "Orders.lines":
		return limit{min: 1, max: 4} // simulate keeps at most 12
	case "Stores.count":
		return limit{max: 65_535}
	case "Shipping.fee", "Shipping.free_from":
		return limit{max: 1e7}
	}
	return taggedLimit(field)
}

// has says whether x lies within the limit.
func (l limit) has(x float64) bool { return x >= l.min && x <= l.max && (x > l.min || !l.above) }

// String reads "from 1 to 3650" or "above 0, up to 100".
func (l limit) String() string {
	switch {
	case l.max == unlimited:
		return "of at least 0"
	case l.above:
		return fmt.Sprintf("above %s, up to %s", figure(l.min), figure(l.max))
	}
	return fmt.Sprintf("from %s to %s", figure(l.min), figure(l.max))
}

// figure writes a number as scenarios do.
func figure(x float64) string {
	switch {
	case x == math.MaxUint64:
		return "18_446_744_073_709_551_615"
	case x == math.Trunc(x) && math.Abs(x) < 1e15:
		return grouped(int64(x))
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// grouped writes n as 134_217_727, and as 3650 where that reads well.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	if len(s) < 5 {
		return s
	}
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "_" + s[i:]
	}
	return s
}

// wordsOf lists the words that a field of text accepts; nil means any text.
func wordsOf(field string) []string {
	switch field {
	case "Scenario.locale":
		return locale.Names()
	case "Channel.touchpoint":
		return table.Touchpoints[:table.Parcel-1]
	case "Channel.closed":
		return keysFor("Needs.weekday")
	case "Stage.part_of":
		return Classical
	case "Stage.does":
		return Activities
	case "Correlation.of":
		return TraitNames
	case "Off.rule":
		return []string{"not_sent", "not_served", "lose"}
	}
	return tagged(field, "words")
}

// keysFor lists the keys that a map accepts; nil means the user's own names.
func keysFor(field string) []string {
	switch field {
	case "Segment.devices":
		return table.Devices
	case "Segment.traits", "Traits.spread":
		return TraitNames
	case "Needs.season":
		return months
	case "Needs.weekday":
		return append(weekdays[1:len(weekdays):len(weekdays)], weekdays[0])
	case "Orders.fulfilment":
		return []string{"ship", "collect"}
	}
	return tagged(field, "keys")
}

// requiredOf lists the keys without which a value means nothing and that have no default.
func requiredOf(t reflect.Type) []string {
	switch t {
	case scenarioType:
		return []string{"channels", "journey"}
	case reflect.TypeFor[Channel]():
		return []string{"touchpoint"}
	case stageType:
		return []string{"part_of", "dwell", "next"}
	case reflect.TypeFor[Campaign]():
		return []string{"channel", "from", "to"}
	case reflect.TypeFor[Correlation]():
		return []string{"of", "is"}
	case reflect.TypeFor[Lognormal]():
		return []string{"median", "sigma"}
	case reflect.TypeFor[Weibull]():
		return []string{"scale", "shape"}
	case reflect.TypeFor[Gamma]():
		return []string{"mean", "shape"}
	case reflect.TypeFor[Erlang]():
		return []string{"mean", "k"}
	case reflect.TypeFor[Exponential]():
		return []string{"mean"}
	}
	var keys []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag; tag.Get("must") != "" {
			keys = append(keys, tag.Get("yaml"))
		}
	}
	return keys
}

// Fields of newer blocks carry their rules in tags of their own: range:"0..1" or range:">0..100"
// for numbers, words:"a,b" for texts, keys:"a,b" for maps, must:"true" for what cannot be left out.

// fieldTags are the tags of all fields of a scenario, by the name of the field.
var fieldTags = sync.OnceValue(func() map[string]reflect.StructTag {
	tags, seen := map[string]reflect.StructTag{}, map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			if seen[t] {
				return
			}
			seen[t] = true
			for i := range t.NumField() {
				f := t.Field(i)
				if key := f.Tag.Get("yaml"); key != "" {
					tags[t.Name()+"."+key] = f.Tag
					walk(f.Type)
				}
			}
		}
	}
	walk(scenarioType)
	return tags
})

// tagged lists the words of a tag of a field, or nil.
func tagged(field, tag string) []string {
	if words := fieldTags()[field].Get(tag); words != "" {
		return strings.Split(words, ",")
	}
	return nil
}

// taggedLimit reads the tag range of a field.
func taggedLimit(field string) limit {
	from, to, ok := strings.Cut(fieldTags()[field].Get("range"), "..")
	if !ok {
		return limit{max: unlimited}
	}
	l := limit{}
	from, l.above = strings.CutPrefix(from, ">")
	l.min, l.max = mustNumber(from), mustNumber(to)
	return l
}

func mustNumber(text string) float64 {
	x, ok := ParseNumber(text)
	if !ok {
		panic("model: no number in a tag: " + text)
	}
	return x
}

// nounOf is what the elements of a map with the user's own names are called.
func nounOf(t reflect.Type) string {
	if t.Elem() == weightsType {
		return "row"
	}
	return strings.ToLower(t.Elem().Name())
}

// isNamed says whether a t is a map from the user's own names to blocks: channels, stages, rows.
func isNamed(t reflect.Type) bool {
	return t.Kind() == reflect.Map && (t.Elem().Kind() == reflect.Struct || t.Elem() == weightsType)
}

// replacedByList says whether a t is written as one text or list.
func replacedByList(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		return t == reflect.TypeFor[Date]()
	case reflect.Map:
		return false
	}
	return true
}

// fieldOf finds the field of the struct t that the file calls key.
func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("yaml") == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// keysOf lists the keys that a block of type t accepts, in the order of its documentation.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("yaml")
		if key != "" && key != ",inline" && (t != offType || key != "rule") {
			keys = append(keys, key)
		}
	}
	return keys
}

// typeOf is the type of what stands at key in a t, or nil.
func typeOf(t reflect.Type, key string) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Map:
		t = t.Elem()
	case reflect.Struct:
		f, ok := fieldOf(t, key)
		if !ok {
			return nil
		}
		t = f.Type
	default:
		return nil
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// isName says whether s can be the name of a channel, a stage and so on: such names become words
// in the data, parts of paths and of `a > b`.
func isName(s string) bool {
	for i, c := range s {
		switch {
		case unicode.IsLetter(c):
		case i > 0 && (unicode.IsDigit(c) || c == '_' || c == '-'):
		default:
			return false
		}
	}
	return s != "" && len(s) <= maxNameBytes
}

// maxNameBytes is the longest name a user can give to anything.
const maxNameBytes = 64

const wantName = "want a letter, then letters, digits, _ or -, at most 64 bytes in all"

// isTitle says whether s can name a scenario: its name becomes that of a folder.
func isTitle(s string) bool {
	return s != "" && len(s) <= maxNameBytes && !strings.ContainsAny(s, `/\:*?"<>|`) &&
		isLine(s) && !strings.ContainsAny(s[:1], " .-") && strings.TrimSpace(s) == s
}

// isLine says whether s is one line of readable text.
func isLine(s string) bool {
	for _, c := range s {
		if !unicode.IsPrint(c) {
			return false
		}
	}
	return len(s) <= maxTextBytes
}

const maxTextBytes = 500
