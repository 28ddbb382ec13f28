package dialect

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// mixpanelDialect is Mixpanel's import API, which takes events of any age. Commerce has the names
// of Segment's e-commerce specification, a page view has that of Mixpanel's own library.
//
// Identity follows the simplified ID merge: $device_id is the browser or app installation and
// $user_id the customer where they are recognised; an event with both joins them, so logins need no
// further call. Orders by unknown people have the empty distinct_id, which Mixpanel excludes from
// its user statistics. Profiles go to another endpoint and are not sent. A visit has no event:
// Mixpanel derives visits.
var mixpanelDialect = Dialect{
	Name:    "mixpanel",
	Doc:     "Mixpanel's import API, POST /import",
	Example: "http://127.0.0.1:8080/import",
	Key:     "project token, or USER:SECRET of a service account",
	Limits: Limits{Events: 2000, Bytes: 2_000_000, EventBytes: 1_000_000, Future: time.Hour,
		Batch: 1000},
	Options: []Option{{Name: "project_id", Doc: "ID of the project, needed with a service account"}},
	Open: func(w *model.World, s Settings) (*Wire, error) {
		header := http.Header{"Content-Type": {"application/json"}}
		if s.Key != "" {
			user, secret, _ := strings.Cut(s.Key, ":")
			header.Set("Authorization",
				"Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+secret)))
		}
		query := url.Values{"strict": {"1"}} // required for naming the refused events
		if project := s.Options["project_id"]; project != "" {
			query.Set("project_id", project)
		}
		return &Wire{Encoder: &mixpanelEncoder{newCommerce(w)}, Header: header, Query: query,
			Between: ",", Answer: mixpanelAnswer}, nil
	},
}

type mixpanelEncoder struct{ *commerce }

func (x *mixpanelEncoder) Begin(dst []byte, _ *Event) []byte { return append(dst, '[') }

func (x *mixpanelEncoder) End(dst []byte, _ int64) []byte { return append(dst, ']') }

func (x *mixpanelEncoder) Event(dst []byte, e *Event) ([]byte, bool) {
	if !e.identified() || e.Type() == table.SessionStart {
		return dst, false
	}
	dst = append(dst, `{"event":`...)
	switch e.Type() {
	case table.PageView:
		dst = append(dst, `"$mp_web_page_view"`...)
	case table.ScreenView:
		dst = append(dst, `"Screen Viewed"`...)
	default:
		dst = append(dst, x.name(e)...)
	}
	dst = strconv.AppendInt(append(dst, `,"properties":{"time":`...), e.Time()/1000, 10)
	dst = appendIDMember(dst, `,"$insert_id":`, e.ID())
	dst = x.whose(dst, e)
	switch e.Type() {
	case table.PageView, table.ScreenView:
		dst = x.viewed(dst, e)
	default:
		dst = x.properties(dst, e)
	}
	return append(x.where(dst, e), `}}`...), true
}

// whose appends the ids of the person.
func (x *mixpanelEncoder) whose(dst []byte, e *Event) []byte {
	switch {
	case e.Has(table.EventUser):
		dst = appendIDMember(dst, `,"distinct_id":`, e.Int(table.EventUser))
	case e.Has(table.EventDevice):
		dst = append(dst, `,"distinct_id":"$device:`...)
		dst = append(strconv.AppendInt(dst, e.Int(table.EventDevice), 10), '"')
	default:
		dst = append(dst, `,"distinct_id":""`...)
	}
	dst = appendIDMember(dst, `,"$device_id":`, e.Int(table.EventDevice))
	dst = appendIDMember(dst, `,"$user_id":`, e.Int(table.EventUser))
	return append(dst, `,"mp_lib":"percorso","$lib_version":"`+model.Release+`"`...)
}

// where appends the context of an event.
func (x *mixpanelEncoder) where(dst []byte, e *Event) []byte {
	if e.inApp() {
		dst = x.member(dst, `,"screen_name":`, e, table.EventPage)
	} else if e.Code(table.EventPage) != 0 {
		dst = append(x.appendLink(append(dst, `,"$current_url":"`...), e), '"')
		dst = x.member(dst, `,"current_url_path":`, e, table.EventPage)
	}
	dst = x.member(dst, `,"$referrer":`, e, table.EventReferrer)
	dst = x.member(dst, `,"$device":`, e, table.EventDeviceType)
	dst = x.utm(dst, e)
	dst = appendIDMember(dst, `,"session_id":`, e.Int(table.EventSession))
	dst = x.member(dst, `,"$city":`, e, table.EventHomeCity)
	return x.member(dst, `,"consent":`, e, table.EventConsent)
}

// mixpanelAnswer reads Mixpanel's answer: 400 means that it took all but the failed records. A
// record may fail for several fields.
func mixpanelAnswer(status int, body []byte, events int) Answer {
	var said struct {
		Imported *int `json:"num_records_imported"`
		Failed   []struct {
			Index          int
			Field, Message string
		} `json:"failed_records"`
	}
	if status != http.StatusOK && status != http.StatusBadRequest ||
		json.Unmarshal(body, &said) != nil || said.Imported == nil {
		return byStatus(status, body, events)
	}
	a := Answer{Accepted: min(max(*said.Imported, 0), events)}
	for _, f := range said.Failed {
		if f.Index < 0 || f.Index >= events {
			continue
		}
		if a.Why == "" {
			a.Why = firstLine([]byte(f.Field + ": " + f.Message))
		}
		a.Rejected = append(a.Rejected, f.Index)
	}
	slices.Sort(a.Rejected)
	a.Rejected = slices.Compact(a.Rejected)
	if status == http.StatusBadRequest && a.Accepted == 0 && len(a.Rejected) == 0 {
		return byStatus(status, body, events)
	}
	return a
}
