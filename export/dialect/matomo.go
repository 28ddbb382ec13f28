package dialect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// matomoDialect is Matomo's bulk tracking: a list of queries to its tracking API. Matomo builds
// visits from events in the order of time, so requests are sent one after the other.
//
// It sees what happens on the web and in the app, all orders, and as events what customers do
// elsewhere. It does not see adverts and mails, which would open visits that nobody made: the link
// of the first page names the source instead.
//
// Identity: _id is the browser or app installation, uid the customer where they are recognised; for
// orders by unknown people _id is the order. Without a token Matomo takes no event that is older
// than a day, and no city.
var matomoDialect = Dialect{
	Name:    "matomo",
	Doc:     "Matomo's bulk tracking API, POST /matomo.php",
	Example: "http://127.0.0.1:8080/matomo.php",
	Key:     "token_auth",
	Limits:  matomoLimits,
	Options: []Option{{Name: "idsite", Doc: "number of the website in Matomo", Default: "1"}},
	Open: func(w *model.World, s Settings) (*Wire, error) {
		site, err := strconv.ParseUint(s.Options["idsite"], 10, 31)
		if err != nil || site == 0 {
			return nil, fmt.Errorf("idsite=%s: want a number from 1", s.Options["idsite"])
		}
		limits := matomoLimits
		if s.Key != "" {
			limits.Past = 0
		}
		return &Wire{Encoder: newMatomoEncoder(w, site, s.Key), Between: ",", Limits: limits,
			Header: http.Header{"Content-Type": {"application/json"}}, Answer: matomoAnswer}, nil
	},
}

// matomoLimits are those without a token. PHP takes bodies of up to 8 MB by default.
var matomoLimits = Limits{Bytes: 8_000_000, Past: 24 * time.Hour, InOrder: true, Batch: 100}

// matomoAgents are user agents that stand for a kind of device, by code, as parts of a query:
// Matomo detects devices by them.
var matomoAgents = [...]string{"",
	url.QueryEscape("Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 " +
		"(KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"),
	url.QueryEscape("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 " +
		"(KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"),
	url.QueryEscape("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 " +
		"(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"),
	url.QueryEscape("Shop/1.0 (Linux; Android 14; Pixel 8)"),
}

type matomoEncoder struct {
	*lexicon
	head  string // of each query
	place string // for customers with a city; needs a token
	tail  string // of a body
	names []string
	inner []byte // text to be escaped next

	carts map[int64][]OrderLine // by visit, of today
	empty [][]OrderLine         // abandoned carts, to be reused
	today int64
}

func newMatomoEncoder(w *model.World, site uint64, token string) *matomoEncoder {
	x := &matomoEncoder{lexicon: newLexicon(w), carts: make(map[int64][]OrderLine)}
	x.head = `"?idsite=` + strconv.FormatUint(site, 10) + `&rec=1&apiv=1&lang=` +
		url.QueryEscape(w.Scenario.Locale)
	x.tail = `]}`
	if token != "" {
		x.tail = `],"token_auth":` + quote(token) + `}`
		x.place = `&city=`
	}
	for _, name := range x.products {
		x.names = append(x.names, url.QueryEscape(format.ValidText(name)))
	}
	return x
}

func (x *matomoEncoder) Begin(dst []byte, _ *Event) []byte {
	return append(dst, `{"requests":[`...)
}

func (x *matomoEncoder) End(dst []byte, _ int64) []byte { return append(dst, x.tail...) }

func (x *matomoEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	switch e.Type() {
	case table.SessionStart, table.Impression, table.Click, table.MessageSent, table.MessageOpened,
		table.MessageBounced, table.Delivery, table.ContactReply:
		return dst, false
	}
	if !e.identified() {
		return dst, false
	}
	dst = append(dst, x.head...)
	switch kind := e.Type(); {
	case kind == table.PageView, kind == table.ScreenView:
		dst = x.part(append(dst, `&action_name=`...), e, table.EventPage)
		dst = x.view(dst, e)
	case kind == table.ViewItem && e.Code(table.EventProduct) != 0:
		dst = append(append(dst, `&action_name=`...), x.names[e.Code(table.EventProduct)]...)
		dst = x.view(x.product(dst, e), e)
	case kind == table.Search && e.Code(table.EventSearch) != 0:
		dst = x.part(append(dst, `&search=`...), e, table.EventSearch)
		if e.Code(table.EventCategory) != 0 {
			dst = x.part(append(dst, `&search_cat=`...), e, table.EventCategory)
		}
	case (kind == table.AddToCart || kind == table.RemoveFromCart) && e.Has(table.EventSession) &&
		e.Has(table.EventPrice) && e.Code(table.EventProduct) != 0:
		dst = x.cart(dst, e)
	case kind == table.Purchase && e.Has(table.EventOrder):
		dst = x.order(dst, e)
	default:
		dst = x.event(dst, e)
	}
	return append(x.common(dst, e), '"'), true
}

// part appends the word of a column of an event as a part of a query.
func (x *matomoEncoder) part(dst []byte, e *Event, column int) []byte {
	return append(dst, x.escaped[column][e.Code(column)]...)
}

// view appends the id of a page view: six characters.
func (x *matomoEncoder) view(dst []byte, e *Event) []byte {
	const characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	dst = append(dst, `&pv_id=`...)
	for id, n := uint64(e.ID())*0x9e3779b97f4a7c15>>16, 0; n < 6; n++ {
		dst, id = append(dst, characters[id%62]), id/62
	}
	return dst
}

// product appends the viewed product.
func (x *matomoEncoder) product(dst []byte, e *Event) []byte {
	dst = x.part(append(dst, `&_pks=`...), e, table.EventProduct)
	dst = append(append(dst, `&_pkn=`...), x.names[e.Code(table.EventProduct)]...)
	if e.Code(table.EventCategory) != 0 {
		dst = x.part(append(dst, `&_pkc=`...), e, table.EventCategory)
	}
	return appendCentsMember(dst, `&_pkp=`, e.Int(table.EventPrice))
}

// cart appends everything in a cart once something is added or removed: Matomo treats missing items
// as removed. What was added during another visit is unknown here.
func (x *matomoEncoder) cart(dst []byte, e *Event) []byte {
	if day := e.Time() / format.DayMicros; day != x.today {
		for visit := range x.carts {
			x.leave(visit)
		}
		x.today = day
	}
	visit, pieces := e.Int(table.EventSession), max(e.Int(table.EventQuantity), 1)
	lines, ok := x.carts[visit]
	if !ok && len(x.empty) > 0 {
		lines, x.empty = x.empty[len(x.empty)-1], x.empty[:len(x.empty)-1]
	}
	product := e.Code(table.EventProduct)
	at := slices.IndexFunc(lines, func(l OrderLine) bool { return l.Product == product })
	if at < 0 {
		at, lines = len(lines), append(lines, OrderLine{Product: product,
			Category: e.Code(table.EventCategory), Price: e.Int(table.EventPrice)})
	}
	if e.Type() == table.RemoveFromCart {
		pieces = -pieces
	}
	if lines[at].Quantity += pieces; lines[at].Quantity <= 0 {
		lines = slices.Delete(lines, at, at+1)
	}
	x.carts[visit] = lines
	total := int64(0)
	for i := range lines {
		total += lines[i].Quantity * lines[i].Price
	}
	dst = appendCents(append(dst, `&idgoal=0&revenue=`...), total)
	return x.items(dst, lines)
}

// leave forgets the cart of a visit.
func (x *matomoEncoder) leave(visit int64) {
	if lines, ok := x.carts[visit]; ok {
		delete(x.carts, visit)
		x.empty = append(x.empty, lines[:0])
	}
}

// order appends an order.
func (x *matomoEncoder) order(dst []byte, e *Event) []byte {
	x.leave(e.Int(table.EventSession))
	dst = appendIntMember(append(dst, `&idgoal=0`...), `&ec_id=`, e.Int(table.EventOrder))
	if e.Code(table.EventCampaign) != 0 {
		dst = x.part(append(dst, `&_rcn=`...), e, table.EventCampaign)
	}
	o := e.Order()
	if o == nil {
		return appendCentsMember(dst, `&revenue=`, e.Int(table.EventRevenue))
	}
	dst = appendCentsMember(dst, `&revenue=`, o.Total)
	dst = appendCentsMember(dst, `&ec_st=`, o.Subtotal)
	dst = appendCentsMember(dst, `&ec_tx=`, o.Tax)
	dst = appendCentsMember(dst, `&ec_sh=`, o.Shipping)
	dst = appendCentsMember(dst, `&ec_dt=`, o.Discount)
	return x.items(dst, o.Lines)
}

// items appends products as [["sku","name",["category"],price,quantity],…].
func (x *matomoEncoder) items(dst []byte, lines []OrderLine) []byte {
	in := append(x.inner[:0], '[')
	for i := range lines {
		l := &lines[i]
		if i > 0 {
			in = append(in, ',')
		}
		in = append(append(in, '['), x.quoted[table.EventProduct][l.Product]...)
		in = append(format.AppendJSON(append(in, ','), x.products[l.Product]), `,[`...)
		in = append(append(in, x.quoted[table.EventCategory][l.Category]...), `],`...)
		in = strconv.AppendInt(append(appendCents(in, l.Price), ','), l.Quantity, 10)
		in = append(in, ']')
	}
	x.inner = append(in, ']')
	return appendEscaped(append(dst, `&ec_items=`...), x.inner)
}

// event appends an event that Matomo has no name for: category, action, name and value. ca keeps it
// from being a page view where the events plugin is off.
func (x *matomoEncoder) event(dst []byte, e *Event) []byte {
	dst = x.part(append(dst, `&ca=1&e_c=`...), e, table.EventTouchpoint)
	dst = x.part(append(dst, `&e_a=`...), e, table.EventType)
	for _, column := range [...]int{table.EventProduct, table.EventReason, table.EventCategory,
		table.EventStore} {
		if e.Code(column) != 0 {
			dst = x.part(append(dst, `&e_n=`...), e, column)
			break
		}
	}
	if e.Has(table.EventScore) {
		return appendIntMember(dst, `&e_v=`, e.Int(table.EventScore))
	}
	if e.Has(table.EventDuration) { // in seconds
		dst = strconv.AppendInt(append(dst, `&e_v=`...), e.Int(table.EventDuration)/1000, 10)
	}
	return dst
}

// common appends the parameters of every query: who, when, where.
func (x *matomoEncoder) common(dst []byte, e *Event) []byte {
	dst = appendIntMember(dst, `&uid=`, e.Int(table.EventUser))
	if e.Has(table.EventDevice) {
		dst = appendHex(append(dst, `&_id=`...), e.Int(table.EventDevice))
	} else if !e.Has(table.EventUser) {
		dst = appendHex(append(dst, `&_id=`...), e.Int(table.EventOrder))
	}
	dst = strconv.AppendInt(append(dst, `&cdt=`...), e.Time()/format.SecondMicros, 10)
	if e.Code(table.EventPage) != 0 {
		x.inner = x.appendLink(x.inner[:0], e)
		dst = appendEscaped(append(dst, `&url=`...), x.inner)
	}
	if e.Code(table.EventReferrer) != 0 {
		dst = x.part(append(dst, `&urlref=`...), e, table.EventReferrer)
	}
	if kind := e.Code(table.EventDeviceType); kind != 0 {
		dst = append(append(dst, `&ua=`...), matomoAgents[kind]...)
		if e.Code(table.EventConsent) == table.ConsentGranted {
			dst = append(dst, `&cookie=1`...)
		} else {
			dst = append(dst, `&cookie=0`...)
		}
	}
	if x.place != "" && e.Code(table.EventHomeCity) != 0 {
		dst = x.part(append(dst, x.place...), e, table.EventHomeCity)
	}
	return dst
}

// appendHex appends an id with 16 hexadecimal digits.
func appendHex(dst []byte, id int64) []byte {
	const hex = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, hex[uint64(id)>>shift&15])
	}
	return dst
}

// appendEscaped appends a text as a part of a query.
func appendEscaped(dst, text []byte) []byte {
	const hex = "0123456789ABCDEF"
	for _, b := range text {
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9',
			b == '-', b == '_', b == '.', b == '~':
			dst = append(dst, b)
		default:
			dst = append(dst, '%', hex[b>>4], hex[b&15])
		}
	}
	return dst
}

// matomoAnswer reads Matomo's answer: how many events it tracked and, with a token, the places of
// those it did not. A picture is its answer to a request it does not understand.
func matomoAnswer(status int, body []byte, events int) Answer {
	if bytes.HasPrefix(body, []byte("GIF8")) {
		if status == http.StatusOK {
			return Answer{Why: "it answers with a picture and does not say what it tracked"}
		}
		return Refused(events, "it answers with a picture: it did not understand the request")
	}
	var said struct {
		Tracked *int
		Invalid int
		Places  []int `json:"invalid_indices"`
		Message string
	}
	if json.Unmarshal(body, &said) != nil || said.Tracked == nil {
		return byStatus(status, body, events)
	}
	why := firstLine([]byte(said.Message))
	if why == "" && said.Invalid > 0 {
		why = fmt.Sprintf("%d of %d are invalid", said.Invalid, events)
	}
	a := Answer{Accepted: min(max(*said.Tracked, 0), events), Why: why}
	if a.Accepted == 0 && (said.Invalid >= events || status >= 300) {
		return Refused(events, why)
	}
	for _, place := range said.Places {
		if place >= 0 && place < events {
			a.Rejected = append(a.Rejected, place)
		}
	}
	slices.Sort(a.Rejected)
	return a
}
