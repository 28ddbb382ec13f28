package dialect

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// amplitudeDialect is Amplitude's HTTP API V2. Visits, pages and screens have the names that
// Amplitude's own libraries use, commerce has those of Segment's e-commerce specification. An order
// has its total as revenue, a return its refund as negative revenue.
//
// Identity: device_id is the browser or app installation, user_id the customer where they are
// recognised; an event with both joins them. An $identify describes customers when they sign up,
// log in or become known by an order. Orders by unknown people have the order as a device.
// Amplitude refuses ids of less than five characters: short ones get leading zeros.
//
// Its limit of 2,000 events counts Amplitude's events, so ours is half of that.
var amplitudeDialect = Dialect{
	Name:    "amplitude",
	Doc:     "Amplitude's HTTP API V2, POST /2/httpapi, and its batch API, POST /batch",
	Example: "http://127.0.0.1:8080/2/httpapi",
	Key:     "API key",
	Limits:  Limits{Events: 1000, Bytes: 1_000_000, EventBytes: 900_000, Batch: 100},
	Open: func(w *model.World, s Settings) (*Wire, error) {
		return &Wire{
			Encoder: &amplitudeEncoder{newCommerce(w)},
			Prefix:  `{"api_key":` + quote(s.Key) + `,"events":[`,
			Header:  http.Header{"Content-Type": {"application/json"}},
			Between: ",",
			Answer:  amplitudeAnswer,
		}, nil
	},
}

type amplitudeEncoder struct{ *commerce }

func (x *amplitudeEncoder) Begin(dst []byte, _ *Event) []byte { return dst }

func (x *amplitudeEncoder) End(dst []byte, sent int64) []byte {
	return append(x.appendTime(append(dst, `],"client_upload_time":"`...), sent), `"}`...)
}

func (x *amplitudeEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if !e.identified() {
		return dst, false
	}
	if e.introduces() {
		dst = x.identify(dst, e)
	}
	dst = append(dst, `{"event_type":`...)
	switch e.Type() {
	case table.SessionStart:
		dst = append(dst, `"session_start"`...)
	case table.PageView:
		dst = append(dst, `"[Amplitude] Page Viewed"`...)
	case table.ScreenView:
		dst = append(dst, `"[Amplitude] Screen Viewed"`...)
	default:
		dst = append(dst, x.name(e)...)
	}
	dst = x.whose(dst, e, "")
	dst = append(dst, `,"event_properties":{`...)
	from := len(dst)
	dst = closeObject(x.told(dst, e), from)
	dst = append(dst, `,"user_properties":{`...)
	from = len(dst)
	dst = x.member(x.utm(dst, e), `,"referrer":`, e, table.EventReferrer)
	dst = closeObject(x.member(dst, `,"consent":`, e, table.EventConsent), from)
	return append(x.revenue(dst, e), '}'), true
}

// told appends the properties of an event, each with a comma before it.
func (x *amplitudeEncoder) told(dst []byte, e *Event) []byte {
	switch e.Type() {
	case table.PageView:
		dst = append(dst, `,"[Amplitude] Page Domain":"shop.example"`...)
		dst = x.member(dst, `,"[Amplitude] Page Path":`, e, table.EventPage)
		dst = append(x.appendLink(append(dst, `,"[Amplitude] Page Location":"`...), e), '"')
	case table.ScreenView:
		dst = x.member(dst, `,"[Amplitude] Screen Name":`, e, table.EventPage)
	default:
		return x.properties(dst, e)
	}
	return x.viewed(dst, e)
}

// whose appends who, when and where; suffix is appended to the id of the event.
func (x *amplitudeEncoder) whose(dst []byte, e *Event, suffix string) []byte {
	if e.Has(table.EventUser) {
		dst = append(appendLongID(append(dst, `,"user_id":"`...), e.Int(table.EventUser)), '"')
	}
	if e.Has(table.EventDevice) {
		dst = append(appendLongID(append(dst, `,"device_id":"`...), e.Int(table.EventDevice)), '"')
	} else if !e.Has(table.EventUser) {
		dst = append(appendLongID(append(dst, `,"device_id":"`...), e.Int(table.EventOrder)), '"')
	}
	dst = appendIDMember(dst, `,"insert_id":`, e.ID())
	dst = append(append(dst[:len(dst)-1], suffix...), '"')
	dst = strconv.AppendInt(append(dst, `,"time":`...), e.Time()/1000, 10)
	dst = append(dst, `,"session_id":`...)
	if e.Has(table.EventSession) {
		dst = strconv.AppendInt(dst, e.SessionStart()/1000, 10)
	} else {
		dst = append(dst, "-1"...)
	}
	switch {
	case !e.Has(table.EventDevice):
		dst = append(dst, `,"platform":"Server"`...)
	case e.inApp():
		dst = append(dst, `,"platform":"App"`...)
	default:
		dst = append(dst, `,"platform":"Web"`...)
	}
	dst = x.member(dst, `,"device_model":`, e, table.EventDeviceType)
	dst = x.member(dst, `,"city":`, e, table.EventHomeCity)
	return append(dst, `,"library":"percorso/`+model.Release+`"`...)
}

// appendLongID appends an id with at least five digits.
func appendLongID(dst []byte, id int64) []byte {
	for least := int64(10_000); least > max(id, 1); least /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, id, 10)
}

// identify appends the event that describes a customer, and a comma.
func (x *amplitudeEncoder) identify(dst []byte, e *Event) []byte {
	dst = x.whose(append(dst, `{"event_type":"$identify"`...), e, identifySuffix)
	dst = append(dst, `,"user_properties":{"$set":{`...)
	if c := e.Customer(); c != nil {
		dst = x.traits(dst, c)
	}
	return append(dst, `}}},`...)
}

// revenue appends the revenue of an order, or the refund of a return.
func (x *amplitudeEncoder) revenue(dst []byte, e *Event) []byte {
	switch {
	case e.Type() == table.Purchase && e.Has(table.EventRevenue):
		dst = appendCentsMember(dst, `,"revenue":`, e.Int(table.EventRevenue))
		dst = append(dst, `,"revenueType":"purchase"`...)
	case e.Refund() != table.Null:
		dst = x.member(dst, `,"productId":`, e, table.EventProduct)
		dst = appendCentsMember(dst, `,"revenue":`, -e.Refund())
		dst = append(dst, `,"revenueType":"refund"`...)
	default:
		return dst
	}
	return append(dst, x.currency...)
}

// amplitudeAnswer reads Amplitude's answer. If it names events it has taken none of the request,
// not even the valid ones; and it counts its own events, of which there are more than of ours.
func amplitudeAnswer(status int, body []byte, events int) Answer {
	var said struct {
		Ingested  *int             `json:"events_ingested"`
		Error     string           `json:"error"`
		Field     string           `json:"missing_field"`
		Invalid   map[string][]int `json:"events_with_invalid_fields"`
		Missing   map[string][]int `json:"events_with_missing_fields"`
		IDLengths map[string][]int `json:"events_with_invalid_id_lengths"`
		Silenced  []int            `json:"silenced_events"`
		Threshold int              `json:"eps_threshold"`
	}
	if json.Unmarshal(body, &said) != nil {
		return byStatus(status, body, events)
	}
	if status == http.StatusOK {
		if said.Ingested != nil && *said.Ingested < events {
			return Answer{Accepted: max(*said.Ingested, 0)}
		}
		return Taken(events)
	}
	why := said.Error
	if why == "" {
		return byStatus(status, body, events)
	}
	for _, list := range []struct {
		what   string
		fields map[string][]int
	}{{"invalid", said.Invalid}, {"missing", said.Missing}, {"too short", said.IDLengths}} {
		for _, field := range slices.Sorted(maps.Keys(list.fields)) {
			why += fmt.Sprintf("; %s: %s in events %d", list.what, field, list.fields[field])
		}
	}
	if said.Field != "" {
		why += "; missing: " + said.Field
	}
	if len(said.Silenced) > 0 {
		why += fmt.Sprintf("; silenced events %d", said.Silenced)
	}
	if said.Threshold > 0 {
		why += fmt.Sprintf("; at most %d events a second of a user or device", said.Threshold)
	}
	return Refused(events, firstLine([]byte(why)))
}
