package format

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/percorso/percorso/model/table"
)

// eventsSchema returns the tables with plausible words in the Code columns of events, and the view
// of the 28 columns that trackers see.
func eventsSchema() (*[table.TableCount]table.Table, table.View) {
	tables := table.Schema("EUR")
	c := tables[table.TableEvents].Columns
	words := func(at, n int, form string) {
		for i := range n {
			c[at].Vocab = append(c[at].Vocab, fmt.Sprintf(form, i))
		}
	}
	c[table.EventType].Vocab = []string{"impression", "email_sent", "page_view", "view_item",
		"search", "add_to_cart", "purchase", "store_visit", "survey", "ad_click", "email_open"}
	c[table.EventChannel].Vocab = []string{"direct", "display", "email", "organic_search",
		"paid_search_brand", "paid_search_generic", "paid_social", "store", "call_center"}
	c[table.EventTouchpoint].Vocab = []string{"app", "inbox", "telephone", "social_feed", "store",
		"web"}
	c[table.EventDeviceType].Vocab = []string{"app", "desktop", "mobile", "tablet"}
	c[table.EventConsent].Vocab = []string{"denied", "granted"}
	c[table.EventReason].Vocab = []string{"price", "delivery", "just looking, thanks", "size"}
	words(table.EventCampaign, 24, "campaign_%02d")
	words(table.EventSource, 9, "source%d.example")
	words(table.EventMedium, 6, "medium%d")
	words(table.EventReferrer, 12, "https://site%d.example/")
	words(table.EventPage, 600, "/clothing/women/item-%04d")
	words(table.EventSearch, 400, "blue dress %d")
	words(table.EventProduct, 1200, "p%05d")
	words(table.EventCategory, 12, "category-%d")
	words(table.EventStore, 60, "store_%03d")
	words(table.EventHomeCity, 110, "Città di Castello %d")
	views, err := table.Views(tables, table.TruthSeparate, []string{"events"})
	if err != nil {
		panic(err)
	}
	return tables, views[0]
}

// eventRows returns n event rows as a market would make them: six in ten are exposures, the others
// belong to visits of some pages; ids repeat within visits, most columns are null on most rows, and
// rows are sorted by time.
func eventRows(n int, seed uint64) *table.Rows {
	r := rand.New(rand.NewPCG(seed, 7))
	var rows [][]int64
	for len(rows) < n {
		rows = appendTouch(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b []int64) int {
		return cmp.Compare(a[table.EventTime], b[table.EventTime])
	})
	tables, _ := eventsSchema()
	b := table.NewBatch(tables, n)
	b.Extend(tables, table.TableEvents, n)
	out := &b.Tables[table.TableEvents]
	for i := range n {
		for c, col := range tables[table.TableEvents].Columns {
			v := rows[i][c]
			switch {
			case col.Kind != table.Code:
				out.Cols[c].Int[i] = v
			case v == table.Null:
				out.Cols[c].Code[i] = 0
			default:
				out.Cols[c].Code[i] = uint32(v) + 1
			}
		}
	}
	return out
}

// people is how many customers share a part in eventRows.
const people = 6000

// opaque is the number of the k-th thing of a kind.
func opaque(kind, k int64) int64 {
	x := uint64(k)*0x9e3779b97f4a7c15 ^ uint64(kind)*0xd6e8feb86659fd93
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return int64((x ^ x>>29) >> 11)
}

// appendTouch appends the rows of an exposure or of a visit to rows. Codes are from 0.
func appendTouch(rows [][]int64, r *rand.Rand) [][]int64 {
	who := r.Int64N(people)
	skewed := func(n int64) int64 { f := r.Float64(); return int64(f * f * f * float64(n)) }
	at := 1_735_689_600_000_000 + r.Int64N(90*86_400_000_000)
	start := make([]int64, table.EventCause+1)
	for c := range start {
		start[c] = table.Null
	}
	known := who%3 != 0
	start[table.EventHomeCity] = who * 7 % 110
	start[table.EventConsent] = min(1, who%5)
	start[table.EventPerson] = who + 1
	start[table.EventCause] = 0
	put := func(row []int64, t int64) {
		row[table.EventID] = opaque(1, r.Int64())
		row[table.EventTime] = t
		row[table.EventReceived] = t + 40_000 + r.Int64N(900_000)
		rows = append(rows, row)
	}
	if r.IntN(10) < 7 {
		start[table.EventType] = r.Int64N(2)
		start[table.EventChannel] = 1 + r.Int64N(2)
		start[table.EventTouchpoint] = r.Int64N(6)
		start[table.EventCampaign] = skewed(24)
		if start[table.EventType] == 0 {
			start[table.EventDevice] = opaque(2, who)
			start[table.EventDeviceType] = who % 4
		} else if known {
			start[table.EventUser] = opaque(3, who)
		}
		put(start, at)
		return rows
	}
	start[table.EventSession] = opaque(4, r.Int64())
	start[table.EventDevice] = opaque(2, who+people*min(1, r.Int64N(4)))
	start[table.EventDeviceType] = who % 4
	start[table.EventChannel] = skewed(9)
	start[table.EventTouchpoint] = 5 * r.Int64N(2)
	if known && r.IntN(2) == 0 {
		start[table.EventUser] = opaque(3, who)
	}
	if start[table.EventChannel] > 1 {
		start[table.EventSource] = start[table.EventChannel]
		start[table.EventMedium] = start[table.EventChannel] % 6
		start[table.EventReferrer] = r.Int64N(12)
	}
	for range 1 + r.IntN(7) {
		row := slices.Clone(start)
		fillPage(row, r, skewed)
		put(row, at)
		at += 5_000_000 + r.Int64N(120_000_000)
	}
	return rows
}

// fillPage sets what a page of a visit shows.
func fillPage(row []int64, r *rand.Rand, skewed func(int64) int64) {
	row[table.EventType] = 2
	row[table.EventPage] = skewed(600)
	row[table.EventDuration] = 1000 + skewed(300_000)
	switch k := r.IntN(20); {
	case k < 9:
		row[table.EventType] = 3
		product := skewed(1200)
		row[table.EventProduct] = product
		row[table.EventCategory] = product / 100
		row[table.EventPrice] = 990 + opaque(5, product)%20_000
		if k == 0 {
			row[table.EventType] = 5
			row[table.EventQuantity] = 1 + skewed(3)
		}
	case k == 9:
		row[table.EventType] = 6
		row[table.EventOrder] = opaque(6, r.Int64())
		row[table.EventRevenue] = 2_000 + r.Int64N(30_000)
		row[table.EventStore] = skewed(60)
	case k == 10:
		row[table.EventType] = 4
		row[table.EventSearch] = skewed(400)
	case k == 11:
		row[table.EventScore] = 10 - skewed(11)
		row[table.EventReason] = skewed(4)
	}
}
