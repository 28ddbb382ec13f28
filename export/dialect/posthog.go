package dialect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// posthogDialect is PostHog's capture API. Its e-commerce events and their properties are those of
// Segment's specification; pages and screens have names of its own.
//
// Identity: distinct_id is the customer where they are recognised, else the browser or app
// installation; for orders by unknown people it is the order. Unrecognised visitors get no person
// profile. An $identify links what a browser did to the customer when they sign up, log in or
// become known by an order. A visit has no event of its own; its id is a UUID of version 7 with the
// time at which it began, as PostHog requires.
var posthogDialect = Dialect{
	Name:    "posthog",
	Doc:     "PostHog's capture API, POST /batch/",
	Example: "http://127.0.0.1:8000/batch/",
	Key:     "project API key",
	Limits:  Limits{Bytes: 20_000_000, EventBytes: 1_000_000, Batch: 100, Future: 23 * time.Hour},
	Options: []Option{{Name: "historical_migration", Default: "false",
		Doc: "true to import old events: PostHog ingests them later and without alerts"}},
	Open: func(w *model.World, s Settings) (*Wire, error) {
		historical := s.Options["historical_migration"]
		if historical != "true" && historical != "false" {
			return nil, fmt.Errorf("historical_migration=%s: want true or false", historical)
		}
		head := `{"api_key":` + quote(s.Key)
		if historical == "true" {
			head += `,"historical_migration":true`
		}
		return &Wire{
			Encoder: &posthogEncoder{newCommerce(w)},
			Prefix:  head + `,"batch":[`,
			Header:  http.Header{"Content-Type": {"application/json"}},
			Between: ",",
			Answer:  posthogAnswer,
		}, nil
	},
}

// posthogSurvey is the id of the only survey; PostHog's ids are UUIDs.
const posthogSurvey = "00000000-0000-8000-8000-000000000001"

type posthogEncoder struct{ *commerce }

func (x *posthogEncoder) Begin(dst []byte, _ *Event) []byte { return dst }

func (x *posthogEncoder) End(dst []byte, sent int64) []byte {
	return append(x.appendTime(append(dst, `],"sent_at":"`...), sent), `"}`...)
}

func (x *posthogEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if !e.identified() || e.Type() == table.SessionStart {
		return dst, false
	}
	if e.introduces() {
		dst = x.identify(dst, e)
	}
	dst = append(dst, `{"event":`...)
	switch e.Type() {
	case table.PageView:
		dst = append(dst, `"$pageview"`...)
	case table.ScreenView:
		dst = append(dst, `"$screen"`...)
	case table.Survey:
		dst = append(dst, `"survey sent"`...)
	default:
		dst = append(dst, x.name(e)...)
	}
	dst = x.whose(dst, e, e.ID())
	switch e.Type() {
	case table.PageView, table.ScreenView:
		dst = x.viewed(dst, e)
	case table.Survey:
		dst = append(dst, `,"$survey_id":"`+posthogSurvey+`"`...)
		dst = appendIntMember(dst, `,"$survey_response":`, e.Int(table.EventScore))
		dst = x.properties(dst, e)
	default:
		dst = x.properties(dst, e)
	}
	dst = x.where(dst, e)
	return append(dst, `}}`...), true
}

// whose appends who, when and, left open, the properties that every event has; id is that of the
// event.
func (x *posthogEncoder) whose(dst []byte, e *Event, id int64) []byte {
	dst = appendIDMember(dst, `,"distinct_id":`, e.owner())
	dst = appendUUID(append(dst, `,"uuid":"`...), id)
	dst = x.appendTime(append(dst, `","timestamp":"`...), e.Time())
	dst = append(dst, `","properties":{"$lib":"percorso","$lib_version":"`+model.Release+
		`","$geoip_disable":true`...)
	dst = appendIDMember(dst, `,"$device_id":`, e.Int(table.EventDevice))
	if e.Has(table.EventSession) {
		dst = append(dst, `,"$session_id":"`...)
		dst = append(appendTimedUUID(dst, e.SessionStart(), e.Int(table.EventSession)), '"')
	}
	if !e.Has(table.EventUser) {
		dst = append(dst, `,"$process_person_profile":false`...)
	}
	return dst
}

// where appends the context of an event.
func (x *posthogEncoder) where(dst []byte, e *Event) []byte {
	if e.inApp() {
		dst = x.member(dst, `,"$screen_name":`, e, table.EventPage)
	} else if e.Code(table.EventPage) != 0 {
		dst = x.appendLink(append(dst, `,"$current_url":"`...), e)
		dst = append(dst, `","$host":"shop.example"`...)
		dst = x.member(dst, `,"$pathname":`, e, table.EventPage)
	}
	dst = x.member(dst, `,"$referrer":`, e, table.EventReferrer)
	dst = appendMember(dst, `,"$device_type":`, posthogDevices[e.Code(table.EventDeviceType)])
	dst = x.utm(dst, e)
	dst = x.member(dst, `,"$geoip_city_name":`, e, table.EventHomeCity)
	return x.member(dst, `,"consent":`, e, table.EventConsent)
}

// posthogDevices are PostHog's names of devices, quoted, by code.
var posthogDevices = [...]string{"", `"Mobile"`, `"Desktop"`, `"Tablet"`, `"Mobile"`}

// identify appends the event that links a device to a customer, with what is known of them, and a
// comma.
func (x *posthogEncoder) identify(dst []byte, e *Event) []byte {
	dst = x.whose(append(dst, `{"event":"$identify"`...), e, e.ID()|second)
	dst = appendIDMember(dst, `,"$anon_distinct_id":`, e.Int(table.EventDevice))
	dst = append(dst, `,"$set":{`...)
	if c := e.Customer(); c != nil {
		dst = x.traits(dst, c)
	}
	return append(dst, `}}},`...)
}

// posthogAnswer reads PostHog's answer. It answers 200 even where a quota is used up, and discards
// the events.
func posthogAnswer(status int, body []byte, events int) Answer {
	var said struct {
		QuotaLimited []string `json:"quota_limited"`
	}
	if status == http.StatusOK && json.Unmarshal(body, &said) == nil {
		if slices.Contains(said.QuotaLimited, "events") {
			return Refused(events, "the quota of events is used up (quota_limited)")
		}
	}
	return byStatus(status, body, events)
}
