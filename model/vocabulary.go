package model

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/percorso/percorso/model/table"
)

// Pages of the site that are not about one category or product, in the order of their codes.
const (
	PageHome uint32 = iota + 1
	PageSearch
	PageCart
	PageCheckout
	PageConfirmation
	PageAccount
	PageOrders
	PageLogin
	pageCount
)

var pages = []string{"/", "/search", "/cart", "/checkout", "/order-confirmation",
	"/account", "/account/orders", "/login"}

// CategoryPage returns the code of the page that lists a category.
func (w *World) CategoryPage(category int) uint32 { return pageCount + uint32(category) }

// PageOf returns the code of the page of a product.
func (w *World) PageOf(product uint32) uint32 {
	return pageCount + uint32(len(w.Categories)) + product - 1
}

// Schema returns the tables that come out of every market in a currency, with all vocabularies that
// do not depend on the scenario. What the words of the others are says WordsOf.
func Schema(currency string) *[table.TableCount]table.Table {
	tables := table.Schema(currency)
	cause := tables[table.TableEvents].Column("cause")
	cause.Vocab = slices.Concat(cause.Vocab, Causes())
	tables[table.TableReturns].Column("reason").Vocab = ReturnReasons
	tables[table.TableTickets].Column("topic").Vocab = topics
	return tables
}

// WordsOf says what the words of a column are that depend on the scenario, such as "the scenario's
// channels"; it is empty for other columns.
func WordsOf(tableName, column string) string {
	if words, ok := scenarioWords[tableName+"."+column]; ok {
		return words
	}
	return scenarioWords[column]
}

// scenarioWords are the words of columns that depend on the scenario, by the column's name, where
// it differs between tables with the table's.
var scenarioWords = map[string]string{
	"channel":       "the scenario's channels",
	"campaign_id":   "the scenario's campaigns",
	"utm_source":    "the source of each of the scenario's channels",
	"utm_medium":    "the medium of each of the scenario's channels",
	"referrer":      "the address of each source, such as https://www.google.com/",
	"page":          strings.Join(pages, ", ") + ", /c/CATEGORY, /p/PRODUCT_ID",
	"search_term":   "search terms for the scenario's categories",
	"product_id":    "P00001, P00002 and so on: the products of the scenario's catalogue",
	"category":      "the scenario's categories",
	"store_id":      "S001, S002 and so on: the scenario's stores",
	"home_city":     "the cities of the scenario's locale",
	"city":          "the cities of the scenario's locale",
	"stage":         "the scenario's stages",
	"last_stage":    "the scenario's stages",
	"segment":       "the scenario's segments",
	"coupon":        "the scenario's promotions and win-backs; reward, referral, referral_reward",
	"competitor":    "the scenario's competitors",
	"carts.reason":  "the scenario's reasons for abandoning a cart",
	"events.reason": "reasons of returns, topics of tickets, the scenario's reasons for cancelling",
}

// setWords fills the vocabularies that have none yet with what the scenario names.
func (w *World) setWords() {
	products := make([]string, len(w.Products))
	paths := append([]string(nil), pages...)
	for i := range w.Categories {
		paths = append(paths, "/c/"+w.Categories[i].Name)
	}
	for i := range products {
		products[i] = fmt.Sprintf("P%05d", i+1)
		paths = append(paths, "/p/"+products[i])
	}
	stores := make([]string, len(w.Stores))
	for i := range stores {
		stores[i] = fmt.Sprintf("S%03d", i+1)
	}
	campaigns := make([]string, len(w.Campaigns))
	for i := range campaigns {
		campaigns[i] = w.Campaigns[i].Name
	}
	cities := cityNames(w.Locale)
	segments := make([]string, len(w.Segments))
	for i := range segments {
		segments[i] = w.Segments[i].Name
	}
	events := &w.Tables[table.TableEvents]
	words := map[string][]string{
		"channel":     events.Columns[table.EventChannel].Vocab,
		"category":    events.Columns[table.EventCategory].Vocab,
		"campaign_id": campaigns, "page": paths, "product_id": products, "store_id": stores,
		"city": cities, "home_city": cities, "stage": w.Stages, "last_stage": w.Stages,
		"segment": segments, "coupon": w.Tables[table.TableOrders].Column("coupon").Vocab,
	}
	cause := w.Tables[table.TableEvents].Column("cause")
	cause.Vocab = slices.Concat(cause.Vocab, Causes())
	for t := range w.Tables {
		for c := range w.Tables[t].Columns {
			if column := &w.Tables[t].Columns[c]; column.Kind == table.Code && column.Vocab == nil {
				column.Vocab = words[column.Name]
			}
		}
	}
}

// Static returns the tables that do not depend on what customers do: products, stores, campaigns
// and towns.
func (w *World) Static() *table.Batch {
	b := table.NewBatch(w.Tables, 0)
	b.Part, b.Last = table.StaticPart, true
	row := func(t table.TableID) func(any) {
		at, next := b.Add(w.Tables, t), 0
		return func(value any) {
			column := &b.Tables[t].Cols[next]
			next++
			switch v := value.(type) {
			case string:
				column.Text[at] = v
			case uint32:
				column.Code[at] = v
			case int64:
				column.Int[at] = v
			case int:
				column.Int[at] = int64(v)
			}
		}
	}
	for i, p := range w.Products {
		add := row(table.TableProducts)
		for _, v := range []any{uint32(i + 1), p.Name, uint32(p.Category + 1), p.Price, p.Cost,
			p.VAT, p.Rank} {
			add(v)
		}
	}
	for i, s := range w.Stores {
		add, city := row(table.TableStores), &w.Locale.Cities()[s.City]
		for _, v := range []any{uint32(i + 1), s.Name, s.Place.Street, s.Place.PostalCode, city.Name,
			city.Province, w.Locale.Country(), int64(city.Latitude), int64(city.Longitude)} {
			add(v)
		}
	}
	start := w.Scenario.Start.Days()
	for i, c := range w.Campaigns {
		add, budget := row(table.TableCampaigns), c.Budget
		if budget == 0 {
			budget = table.Null
		}
		for _, v := range []any{uint32(i + 1), c.Name, uint32(c.Channel + 1), start + int64(c.From),
			start + int64(c.To), c.Discount, budget} {
			add(v)
		}
	}
	for town := range w.Towns {
		add, city := row(table.TableTowns), w.TownCity(town)
		people := min(w.TownSize, w.Customers-town*w.TownSize)
		share := int64(math.Round(float64(people) / float64(w.Customers) * 1e6))
		for _, v := range []any{TownCode(town), uint32(city + 1), w.Locale.Cities()[city].Region,
			w.Locale.Country(), people, share} {
			add(v)
		}
	}
	return b
}
