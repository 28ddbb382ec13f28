package dialect

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/percorso/percorso/model/table"
)

type matomoBody struct {
	Requests []string
	Token    string `json:"token_auth"`
}

// matomoParams are the parameters of the tracking API that we use.
var matomoParams = strings.Fields(`idsite rec apiv lang action_name pv_id url urlref uid _id cdt ua
	cookie city search search_cat ca e_c e_a e_n e_v idgoal ec_id revenue ec_st ec_tx ec_sh ec_dt
	ec_items _pks _pkn _pkc _pkp _rcn`)

var (
	visitorID = regexp.MustCompile(`^[0-9a-f]{16}$`)
	viewID    = regexp.MustCompile(`^[0-9A-Za-z]{6}$`)
)

// checkMatomo says what is wrong with a query of the tracking API, and reads it.
func checkMatomo(query string) (url.Values, error) {
	text, ok := strings.CutPrefix(query, "?")
	if !ok {
		return nil, fmt.Errorf("%q does not begin with ?", query)
	}
	v, err := url.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	for key, values := range v {
		if !slices.Contains(matomoParams, key) || len(values) != 1 || values[0] == "" {
			return v, fmt.Errorf("parameter %s=%q", key, values)
		}
	}
	for key, form := range map[string]*regexp.Regexp{"_id": visitorID, "pv_id": viewID} {
		if v.Has(key) && !form.MatchString(v.Get(key)) {
			return v, fmt.Errorf("%s=%s", key, v.Get(key))
		}
	}
	if at, err := strconv.ParseInt(v.Get("cdt"), 10, 64); err != nil || at < 1e9 || at > 1e10 {
		return v, fmt.Errorf("cdt=%s", v.Get("cdt"))
	}
	if !v.Has("uid") && !v.Has("_id") {
		return v, fmt.Errorf("nobody's: %s", query)
	}
	if v.Has("ec_items") {
		var items [][5]any
		if err := json.Unmarshal([]byte(v.Get("ec_items")), &items); err != nil || len(items) == 0 {
			return v, fmt.Errorf("ec_items=%s: %v", v.Get("ec_items"), err)
		}
	}
	kinds := 0
	for _, key := range []string{"action_name", "search", "idgoal", "e_c"} {
		if v.Has(key) {
			kinds++
		}
	}
	if kinds != 1 || v.Get("idsite") != "3" || v.Get("rec") != "1" ||
		v.Has("idgoal") && !v.Has("revenue") || v.Has("e_c") && !v.Has("e_a") {
		return v, fmt.Errorf("no request of one kind: %s", query)
	}
	return v, nil
}

func TestMatomoTakesEveryEvent(t *testing.T) {
	w, b := dayOfEverything()
	wire := opened(t, &matomoDialect, w, "0123456789abcdef0123456789abcdef",
		map[string]string{"idsite": "3"})
	if !wire.Limits.InOrder || wire.Limits.Past != 0 {
		t.Errorf("limits %+v: want the order of time, and any age with a token", wire.Limits)
	}
	kinds, before := map[string]int{}, int64(0)
	for _, r := range checkGolden(t, "matomo", wire, w, b) {
		body := decodeBody[matomoBody](t, r.raw)
		if body.Token != "0123456789abcdef0123456789abcdef" {
			t.Errorf("token %q", body.Token)
		}
		if len(body.Requests) != len(r.Events) { // invalid_indices mean ours
			t.Errorf("%d requests for %d events", len(body.Requests), len(r.Events))
		}
		for _, query := range body.Requests {
			v, err := checkMatomo(query)
			if err != nil {
				t.Error(err)
			}
			for _, key := range []string{"action_name", "search", "ec_id", "ec_items", "e_c", "_pks"} {
				if v.Has(key) {
					kinds[key]++
				}
			}
			if v.Has("search") && kinds["search"] == 1 && v.Get("search") != nasty {
				t.Errorf("searched %q, want %q", v.Get("search"), nasty)
			}
			at, _ := strconv.ParseInt(v.Get("cdt"), 10, 64)
			if at < before {
				t.Errorf("%d comes after %d", at, before)
			}
			before = at
		}
	}
	for _, key := range []string{"action_name", "search", "ec_id", "ec_items", "e_c", "_pks"} {
		if kinds[key] == 0 {
			t.Errorf("no request has %s", key)
		}
	}
	good := "?idsite=3&rec=1&action_name=a&_id=0123456789abcdef&cdt=1761372000"
	if _, err := checkMatomo(good); err != nil {
		t.Error(err)
	}
	for _, spoilt := range []string{good[1:], good + "&a=b", good + "&rec=1", good + "&e_c=a",
		strings.Replace(good, "cdef", "cde", 1), strings.Replace(good, "&_id", "&lang", 1),
		good + "000", good + "&url=%zz", strings.Replace(good, "action_name=a", "idgoal=0", 1),
		strings.Replace(good, "action_name=a", "idgoal=0&revenue=1&ec_items=[", 1)} {
		if _, err := checkMatomo(spoilt); err == nil {
			t.Errorf("%s: nothing wrong found", spoilt)
		}
	}
}

// An update of a cart has all that is in it, and nothing of a cart that was paid.
func TestMatomoCartsAreWhole(t *testing.T) {
	w, b := dayOfEverything()
	wire := opened(t, &matomoDialect, w, "", nil)
	day := NewDay(w)
	day.Take(b)
	add, buy, remove := -1, -1, -1
	for i, h := range happenings {
		switch {
		case h.kind == table.AddToCart && add < 0:
			add = i
		case h.kind == table.Purchase && buy < 0:
			buy = i
		case h.kind == table.RemoveFromCart:
			remove = i
		}
	}
	cart := func(row int) string {
		text, _ := wire.Event(nil, day.Event(b, row))
		v, _ := url.ParseQuery(strings.Trim(string(text), `"?`))
		var items [][5]any
		_ = json.Unmarshal([]byte(v.Get("ec_items")), &items)
		return fmt.Sprint(v.Get("revenue"), " ", len(items), " ", items[0][4])
	}
	for i, want := range []string{"241.20 1 2", "482.40 1 4"} {
		if got := cart(add); got != want {
			t.Errorf("cart %d is %s, want %s", i, got, want)
		}
	}
	if got, want := cart(remove), "361.80 1 3"; got != want {
		t.Errorf("after the removal the cart is %s, want %s", got, want)
	}
	cart(add)
	cart(remove)
	b.Tables[table.TableEvents].Cols[table.EventProduct].Code[add] = 2
	if got, want := cart(add), "723.60 2 4"; got != want {
		t.Errorf("with another product the cart is %s, want %s", got, want)
	}
	cart(buy)
	if got, want := cart(add), "241.20 1 2"; got != want {
		t.Errorf("after the purchase the cart is %s, want %s", got, want)
	}
}

func TestMatomoOptions(t *testing.T) {
	w, _ := dayOfEverything()
	wire := opened(t, &matomoDialect, w, "", nil)
	if wire.Limits.Past != 24*time.Hour || !wire.Limits.InOrder {
		t.Errorf("limits without a token are %+v", wire.Limits)
	}
	if got := string(wire.End(wire.Begin(nil, nil), 0)); got != `{"requests":[]}` {
		t.Errorf("a body without a token is %s", got)
	}
	for _, site := range []string{"", "0", "-1", "a"} {
		_, err := OpenDialect(&matomoDialect, w,
			Settings{Options: map[string]string{"idsite": site}})
		if err == nil || !strings.Contains(err.Error(), "want a number from 1") {
			t.Errorf("idsite %q: got %v", site, err)
		}
	}
}

// What we escape is read as it was.
func TestEscapedIsReadAsItWas(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, text := range []string{string(all), nasty, "a&b=c%20+d#?/", ""} {
		if got, err := url.QueryUnescape(string(appendEscaped(nil, []byte(text)))); got != text {
			t.Errorf("%q is read as %q, %v", text, got, err)
		}
	}
}

func TestMatomoAnswers(t *testing.T) {
	w, _ := dayOfEverything()
	checkAnswers(t, opened(t, &matomoDialect, w, "k", nil), []answered{
		{200, `{"status":"success","tracked":4,"invalid":0}`, 4, nil, ""},
		{200, `{"status":"success","tracked":3,"invalid":1,"invalid_indices":[2]}`,
			3, []int{2}, "1 of 4"},
		{200, `{"status":"success","tracked":3,"invalid":1}`, 3, nil, "1 of 4"}, // which?
		{200, `{"status":"success","tracked":0,"invalid":4}`, 0, allFour, "4 of 4"},
		{204, ``, 4, nil, ""},
		{200, "GIF89a\x01\x00", 0, nil, "picture"},
		{400, "GIF89a\x01\x00", 0, allFour, "did not understand"},
		{400, `{"status":"error","tracked":0,"message":"no site 9"}`, 0, allFour, "no site 9"},
		{500, `{"status":"error","tracked":2,"invalid":0}`, 2, nil, ""},
		{401, `You need a token`, 0, allFour, "token"},
	})
}

func TestMatomoAllocatesNothing(t *testing.T) {
	w, b := dayOfEverything()
	checkNoAllocations(t, opened(t, &matomoDialect, w, "k", nil), w, b)
}

func BenchmarkMatomo(b *testing.B) {
	w, day := dayOfEverything()
	benchmarkWire(b, opened(b, &matomoDialect, w, "k", nil), w, day)
}
