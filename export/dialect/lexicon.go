package dialect

import (
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// shopURL is the shop of every scenario: a name reserved for examples (RFC 2606).
const shopURL = "https://shop.example"

// A lexicon has the words of a world in the form dialects need, made once, so that nothing is
// quoted or looked up twice. Codes count from 1; the entry of 0, a missing value, is empty.
type lexicon struct {
	world    *model.World
	words    [table.EventPerson][]string // plain, by column of events and code
	quoted   [table.EventPerson][]string // as JSON strings
	escaped  [table.EventPerson][]string // as parts of a query
	links    []string                    // pages as full URLs, plain, by code
	products []string                    // names, plain, by code
	paid     []bool                      // by channel code: whether the channel is paid

	coupons, fulfilments, tiers []string // as JSON strings, by code

	currency string                          // a member, with the comma before it
	stamp    format.TextColumn               // writes dates
	today    atomic.Pointer[format.CivilDay] // the day of the last time that was written
}

func newLexicon(w *model.World) *lexicon {
	x := &lexicon{world: w, links: []string{""}, products: []string{""}}
	x.stamp.Complete()
	events := &w.Tables[table.TableEvents]
	for c := range x.words {
		if events.Columns[c].Kind != table.Code {
			continue
		}
		x.words[c], x.quoted[c], x.escaped[c] = []string{""}, []string{""}, []string{""}
		for _, word := range events.Columns[c].Vocab {
			x.words[c] = append(x.words[c], word)
			x.quoted[c] = append(x.quoted[c], quote(word))
			x.escaped[c] = append(x.escaped[c], url.QueryEscape(word))
		}
	}
	x.paid = make([]bool, len(x.words[table.EventChannel]))
	for i := range w.Channels {
		x.paid[i+1] = w.Channels[i].Paid
	}
	for _, page := range events.Columns[table.EventPage].Vocab {
		x.links = append(x.links, shopURL+(&url.URL{Path: page}).EscapedPath())
	}
	x.coupons = quoteVocab(w, table.TableOrders, "coupon")
	x.fulfilments = quoteVocab(w, table.TableOrders, "fulfilment")
	x.tiers = quoteVocab(w, table.TableCustomers, "tier")
	x.currency = `,"currency":` + quote(w.Scenario.Currency)
	for i := range w.Products {
		x.products = append(x.products, w.Products[i].Name)
	}
	return x
}

// word returns the plain word of a column of an event, empty if it is missing.
func (x *lexicon) word(e *Event, column int) string { return x.words[column][e.Code(column)] }

// appendLink appends the full URL of an event's page; on the landing page its query names the
// source of the visit.
func (x *lexicon) appendLink(dst []byte, e *Event) []byte {
	return x.appendQuery(append(dst, x.links[e.Code(table.EventPage)]...), e)
}

// appendQuery appends the query of a landing page, which names the source of the visit, with its
// question mark; nothing on other pages. A visit from an advert has the id of the click, as pclid:
// that of the event, to the base of 36.
func (x *lexicon) appendQuery(dst []byte, e *Event) []byte {
	if e.Code(table.EventSource) == 0 {
		return dst
	}
	lead := byte('?')
	for _, p := range [...]struct {
		key    string
		column int
	}{{"utm_source=", table.EventSource}, {"utm_medium=", table.EventMedium},
		{"utm_campaign=", table.EventCampaign}} {
		if code := e.Code(p.column); code != 0 {
			dst = append(append(append(dst, lead), p.key...), x.escaped[p.column][code]...)
			lead = '&'
		}
	}
	if x.paid[e.Code(table.EventChannel)] {
		dst = append(append(dst, lead), "pclid="...)
		dst = strconv.AppendUint(dst, uint64(e.ID()), 36)
	}
	return dst
}

// utm appends the source of a visit, as named by its link, as members.
func (x *lexicon) utm(dst []byte, e *Event) []byte {
	if e.Code(table.EventSource) == 0 {
		return dst
	}
	dst = x.member(dst, `,"utm_source":`, e, table.EventSource)
	dst = x.member(dst, `,"utm_medium":`, e, table.EventMedium)
	return x.member(dst, `,"utm_campaign":`, e, table.EventCampaign)
}

// member appends the word of a column of an event, if there is one.
func (x *lexicon) member(dst []byte, key string, e *Event, column int) []byte {
	return appendMember(dst, key, x.quoted[column][e.Code(column)])
}

// quote returns a text as a JSON string.
func quote(s string) string { return string(format.AppendJSON(nil, s)) }

// quoteVocab returns the words of a column as JSON strings, by code.
func quoteVocab(w *model.World, t table.TableID, column string) []string {
	quoted := []string{""}
	for _, word := range w.Tables[t].Column(column).Vocab {
		quoted = append(quoted, quote(word))
	}
	return quoted
}

// closeObject ends an object whose members, each with a comma before it, begin at from.
func closeObject(dst []byte, from int) []byte {
	if len(dst) > from { // the first comma is dropped
		dst = dst[:from+copy(dst[from:], dst[from+1:])]
	}
	return append(dst, '}')
}

// appendMember appends a member of a JSON object whose value is JSON: `,"key":value`, where key
// includes all that precedes the value; nothing if the value is empty.
func appendMember(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return append(append(dst, key...), value...)
}

// appendIntMember is appendMember for a whole number; table.Null is a missing value.
func appendIntMember(dst []byte, key string, value int64) []byte {
	if value == table.Null {
		return dst
	}
	return strconv.AppendInt(append(dst, key...), value, 10)
}

// appendIDMember is appendIntMember for an id, which most systems want as a string.
func appendIDMember(dst []byte, key string, value int64) []byte {
	if value == table.Null {
		return dst
	}
	return append(strconv.AppendInt(append(append(dst, key...), '"'), value, 10), '"')
}

// appendCentsMember is appendMember for an amount in cents; table.Null is a missing value.
func appendCentsMember(dst []byte, key string, cents int64) []byte {
	if cents == table.Null {
		return dst
	}
	return appendCents(append(dst, key...), cents)
}

// appendCents appends an amount with two decimals.
func appendCents(dst []byte, cents int64) []byte {
	if cents < 0 {
		dst, cents = append(dst, '-'), -cents
	}
	dst = strconv.AppendInt(dst, cents/100, 10)
	return append(dst, '.', '0'+byte(cents/10%10), '0'+byte(cents%10))
}

// appendTime appends a time as RFC 3339 in UTC with milliseconds, as JavaScript does. It is safe
// for concurrent use: requests are ended while others are begun.
func (x *lexicon) appendTime(dst []byte, micros int64) []byte {
	day, rest := micros/format.DayMicros, micros%format.DayMicros
	if rest < 0 {
		day, rest = day-1, rest+format.DayMicros
	}
	today := x.today.Load()
	if today == nil || today.Number != day {
		if day < format.FirstDay || day > format.LastDay {
			panic("dialect: no simulation reaches such years")
		}
		fresh := format.NewCivilDay(day)
		today = &fresh
		x.today.Store(today)
	}
	dst = format.AppendClock(append(dst, today.Text[:]...), rest)
	return append(dst[:len(dst)-len("123Z")], 'Z')
}

// appendMicros appends a time as RFC 3339 in UTC with microseconds.
func (x *lexicon) appendMicros(dst []byte, micros int64) []byte {
	dst, err := x.stamp.AppendTime(dst, micros)
	if err != nil {
		panic("dialect: " + err.Error()) // no simulation reaches such years
	}
	return dst
}

// appendUUID appends an id of ours as a UUID: version 8 of RFC 9562, whose bits are free. The first
// 64 bits, except the version, are a hash, so that systems which distribute rows by the first bytes
// do so evenly; the last 53 are the id itself.
func appendUUID(dst []byte, id int64) []byte {
	high := uint64(id) * 0x9e3779b97f4a7c15
	high = high ^ high>>29
	return appendHalves(dst, high&^0xf000|0x8000, uint64(id))
}

// second, with |, turns an id of ours, which has 53 bits, into that of a second event about the
// same.
const second = 1 << 53

// Suffixes of our ids for further calls about the same event.
const (
	identifySuffix = "-identify"
	aliasSuffix    = "-alias"
)

// readUUID returns the id that appendUUID has written; ok is false for any other text.
func readUUID(s string) (id int64, ok bool) {
	if len(s) != len("01234567-0123-0123-0123-0123456789ab") {
		return 0, false
	}
	low, err := strconv.ParseUint(s[19:23]+s[24:], 16, 64)
	id = int64(low &^ (1 << 63))
	return id, err == nil && strings.EqualFold(s, string(appendUUID(nil, id)))
}

// EventNumber returns the number in the id of a call: that of the event which the call is about, by
// itself or as a UUID. An event may make further calls that identify its customer, whose ids are
// derived from its own: for those, beside is true. A text that is no such id is returned unchanged.
func EventNumber(id string) (number string, beside bool) {
	if n, ok := readUUID(id); ok {
		return strconv.FormatInt(n&^second, 10), n&second != 0
	}
	number, identify := strings.CutSuffix(id, identifySuffix)
	number, alias := strings.CutSuffix(number, aliasSuffix)
	return number, identify || alias
}

// appendTimedUUID appends an id of ours as a UUID of version 7, which begins with a time, given in
// µs since 1970.
func appendTimedUUID(dst []byte, micros, id int64) []byte {
	return appendHalves(dst, uint64(micros/1000)<<16|0x7000, uint64(id))
}

// appendHalves appends a UUID of two halves. The second begins with the bits that RFC 9562
// requires.
func appendHalves(dst []byte, high, low uint64) []byte {
	const hex = "0123456789abcdef"
	low |= 1 << 63
	for i := range 32 {
		switch i {
		case 8, 12, 16, 20:
			dst = append(dst, '-')
		}
		half := high
		if i >= 16 {
			half = low
		}
		dst = append(dst, hex[half>>(60-4*(i%16))&15])
	}
	return dst
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}
