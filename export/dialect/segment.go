package dialect

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// segmentDialect is the HTTP Tracking API of Segment, which RudderStack and Jitsu take too. How
// events are called, and what they say, is in commerce.
//
// Identity: anonymousId is the browser or app installation, userId the customer where she is
// recognised. Who signs up, logs in or becomes known by an order is identified, with her traits; at
// a signup an alias joins what she did before. Orders and returns in shops by people whom nobody
// knows have the order for an anonymousId. What has no id at all, an advert in the street, is not
// seen: RudderStack refuses the whole batch for one such event, and Segment drops it in silence.
//
// What we do not know is left out: user agents, addresses of machines, titles of pages, the system
// of a phone (which is all that context.device.type may say), what is in the cart at the checkout.
var segmentDialect = Dialect{
	Name:    "segment",
	Aliases: []string{"rudderstack", "jitsu"},
	Doc:     "Segment's HTTP Tracking API, POST /v1/batch; also RudderStack and Jitsu",
	Example: "http://127.0.0.1:8080/v1/batch",
	Key:     "write key",
	// A signup makes three calls, and 2,500 calls do not fit into so many bytes: the number of calls,
	// above which Segment says yes and takes nothing, is never reached.
	Limits: Limits{Events: 2500, Bytes: 500_000, EventBytes: 32_000, Batch: 100},
	Open: func(w *model.World, s Settings) (*Wire, error) {
		header := http.Header{"Content-Type": {"application/json"}}
		if s.Key != "" {
			header.Set("Authorization",
				"Basic "+base64.StdEncoding.EncodeToString([]byte(s.Key+":")))
		}
		return &Wire{Encoder: newSegmentEncoder(w), Header: header, Between: ",",
			Answer: segmentAnswer}, nil
	},
}

type segmentEncoder struct {
	*commerce
	app    string // the member of a context of whoever uses the app
	locale string // the members of a context of whoever has a browser or the app
}

func newSegmentEncoder(w *model.World) *segmentEncoder {
	return &segmentEncoder{newCommerce(w), `,"app":{"name":` + quote(w.Scenario.Name) + `}`,
		`,"locale":` + quote(w.Scenario.Locale) + `,"timezone":` + quote(w.Scenario.TimeZone)}
}

func (x *segmentEncoder) Begin(dst []byte, _ *Event) []byte {
	return append(dst, `{"batch":[`...)
}

func (x *segmentEncoder) End(dst []byte, sent int64) []byte {
	return append(x.appendTime(append(dst, `],"sentAt":"`...), sent), `"}`...)
}

func (x *segmentEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if !e.identified() {
		return dst, false
	}
	if e.Type() == table.SignUp && e.Has(table.EventDevice) {
		dst = x.alias(dst, e)
	}
	if e.introduces() {
		dst = x.identify(dst, e)
	}
	switch e.Type() {
	case table.PageView:
		dst = append(dst, `{"type":"page","name":`...)
		dst = append(dst, x.quoted[table.EventPage][e.Code(table.EventPage)]...)
	case table.ScreenView:
		dst = append(dst, `{"type":"screen","name":`...)
		dst = append(dst, x.quoted[table.EventPage][e.Code(table.EventPage)]...)
	default:
		dst = append(append(dst, `{"type":"track","event":`...), x.name(e)...)
	}
	dst = append(dst, `,"properties":{`...)
	from := len(dst)
	dst = x.properties(dst, e)
	dst = closeObject(dst, from)
	dst = x.common(dst, e, "")
	return append(dst, '}'), true
}

// identify appends the call that says who she is, and a comma.
func (x *segmentEncoder) identify(dst []byte, e *Event) []byte {
	dst = append(dst, `{"type":"identify","traits":{`...)
	if c := e.Customer(); c != nil {
		dst = x.traits(dst, c)
	}
	dst = x.common(append(dst, '}'), e, identifySuffix)
	return append(dst, `},`...)
}

// alias appends the call that joins what her browser did to her, and a comma.
func (x *segmentEncoder) alias(dst []byte, e *Event) []byte {
	dst = appendIDMember(dst, `{"type":"alias","previousId":`, e.Int(table.EventDevice))
	return append(x.common(dst, e, aliasSuffix), `},`...)
}

// common appends what every call says: who, when, in which context.
func (x *segmentEncoder) common(dst []byte, e *Event, suffix string) []byte {
	dst = appendIDMember(dst, `,"messageId":`, e.ID())
	dst = append(append(dst[:len(dst)-1], suffix...), '"')
	dst = appendIDMember(dst, `,"userId":`, e.Int(table.EventUser))
	if suffix != aliasSuffix {
		dst = x.anonymous(dst, e)
	}
	at := len(dst) + len(`,"timestamp":"`)
	dst = x.appendTime(append(dst, `,"timestamp":"`...), e.Time())
	stamp := dst[at:]
	dst = append(append(append(dst, `","originalTimestamp":"`...), stamp...), '"')
	dst = append(dst, `,"channel":`...)
	switch {
	case !e.Has(table.EventSession):
		dst = append(dst, `"server"`...)
	case e.inApp():
		dst = append(dst, `"mobile"`...)
	default:
		dst = append(dst, `"browser"`...)
	}
	return x.context(dst, e)
}

// anonymous appends the id of whoever is not known: of her browser or, in a shop, of her receipt.
func (x *segmentEncoder) anonymous(dst []byte, e *Event) []byte {
	if e.Has(table.EventDevice) {
		return appendIDMember(dst, `,"anonymousId":`, e.Int(table.EventDevice))
	}
	if e.Has(table.EventUser) {
		return dst
	}
	return appendIDMember(dst, `,"anonymousId":`, e.Int(table.EventOrder))
}

// context appends what surrounds a call.
func (x *segmentEncoder) context(dst []byte, e *Event) []byte {
	dst = append(dst, `,"context":{"library":{"name":"percorso","version":"`+model.Release+`"}`...)
	if e.Code(table.EventSource) != 0 {
		dst = append(dst, `,"campaign":{"source":`...)
		dst = append(dst, x.quoted[table.EventSource][e.Code(table.EventSource)]...)
		dst = x.member(dst, `,"medium":`, e, table.EventMedium)
		dst = x.member(dst, `,"name":`, e, table.EventCampaign)
		dst = append(dst, '}')
	}
	if e.Has(table.EventSession) && e.Code(table.EventPage) != 0 && !e.inApp() {
		dst = append(dst, `,"page":{`...)
		from := len(dst)
		dst = closeObject(x.page(dst, e), from)
	}
	if e.inApp() && e.Has(table.EventDevice) {
		dst = append(dst, x.app...)
		dst = append(appendIDMember(dst, `,"device":{"id":`, e.Int(table.EventDevice)), '}')
	}
	if e.Has(table.EventDevice) {
		dst = append(dst, x.locale...)
	}
	dst = append(x.member(dst, `,"location":{"city":`, e, table.EventHomeCity), '}')
	dst = appendIntMember(dst, `,"sessionId":`, e.Int(table.EventSession))
	dst = append(dst, `,"consent":{"categoryPreferences":{"analytics":`...)
	dst = appendBool(dst, e.Code(table.EventConsent) == table.ConsentGranted)
	return append(dst, `}}}`...)
}

// segmentAnswer reads an answer. Segment says {"success":true}, RudderStack ok, Jitsu
// {"status":"ok"} or, of a batch, how many calls it took. None of them says which it refused.
func segmentAnswer(status int, body []byte, events int) Answer {
	a := byStatus(status, body, events)
	var said struct {
		Success *bool    `json:"success"`
		Status  string   `json:"status"`
		Message string   `json:"message"`
		Error   string   `json:"error"`
		Got     int      `json:"receivedEvents"` // calls: an event may make several
		Took    int      `json:"okEvents"`
		Errors  []string `json:"errors"`
	}
	if json.Unmarshal(body, &said) != nil {
		return a
	}
	why := format.ValidText(cmp.Or(said.Message, said.Error, strings.Join(said.Errors, "; ")))
	switch {
	case len(a.Rejected) > 0:
		a.Why = cmp.Or(why, a.Why)
	case said.Took < said.Got && said.Took > 0:
		return Answer{Accepted: max(events-(said.Got-said.Took), 0), Why: cmp.Or(why, firstLine(body))}
	case said.Took < said.Got:
		return Refused(events, cmp.Or(why, firstLine(body)))
	case said.Success != nil && !*said.Success, said.Status != "" && said.Status != "ok":
		return Refused(events, cmp.Or(why, firstLine(body)))
	}
	return a
}
