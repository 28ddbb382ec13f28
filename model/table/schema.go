package table

import (
	"fmt"
	"slices"
	"strings"
)

// Places of the columns of the events table. The last four are truth.
const (
	EventID = iota
	EventTime
	EventReceived
	EventSession
	EventDevice
	EventUser
	EventType
	EventChannel
	EventTouchpoint
	EventDeviceType
	EventCampaign
	EventSource
	EventMedium
	EventReferrer
	EventPage
	EventSearch
	EventProduct
	EventCategory
	EventQuantity
	EventPrice
	EventRevenue
	EventOrder
	EventStore
	EventHomeCity
	EventConsent
	EventDuration
	EventScore
	EventReason
	EventPerson
	EventJourney
	EventStage
	EventCause
)

// SchemaVersion changes when a column is added, dropped or changes its meaning.
const SchemaVersion = 2

// Schema returns the tables of a batch for a currency: enough to describe them without a scenario.
// Code columns whose words depend on the scenario, such as channel, have none yet.
func Schema(currency string) *[TableCount]Table {
	return &[TableCount]Table{
		TableEvents:        eventsTable(currency),
		TableCustomers:     customersTable(),
		TableOrders:        ordersTable(currency),
		TableOrderLines:    orderLinesTable(currency),
		TableCarts:         cartsTable(currency),
		TableReturns:       returnsTable(currency),
		TableSurveys:       surveysTable(),
		TableReviews:       reviewsTable(),
		TableTickets:       ticketsTable(),
		TableSocial:        socialTable(),
		TableSpend:         spendTable(currency),
		TableProducts:      productsTable(currency),
		TableStores:        storesTable(),
		TableCampaigns:     campaignsTable(currency),
		TableTruthPeople:   truthPeopleTable(currency),
		TableTruthJourneys: truthJourneysTable(),
		TableTruthIdentity: truthIdentityTable(),
	}
}

// Shorthands for columns.

func of(kind Kind, name, doc string) Column { return Column{Name: name, Kind: kind, Doc: doc} }

// word is a column of words from a vocabulary that is the same in every scenario.
func word(words []string, name, doc string) Column {
	return Column{Name: name, Kind: Code, Doc: doc, Vocab: words}
}

func money(currency, name, doc string) Column {
	return Column{Name: name, Kind: Decimal, Scale: 2, Unit: currency, Doc: doc}
}

// ratio is a number with four digits after the point.
func ratio(name, doc string) Column {
	return Column{Name: name, Kind: Decimal, Scale: 4, Doc: doc}
}

func when(name, doc string) Column {
	return Column{Name: name, Kind: Time, Unit: "µs since 1970 UTC", Doc: doc}
}

func maybe(c Column) Column {
	c.Null = true
	return c
}

func in(unit string, c Column) Column {
	c.Unit = unit
	return c
}

func eventsTable(currency string) Table {
	return Table{Name: "events", Doc: "one interaction between a customer and the market",
		Columns: []Column{
			of(ID, "event_id", "unique over all shards"),
			when("event_time", "when it happened"),
			when("received_time", "when the tracker's server got it"),
			maybe(of(ID, "session_id", "the visit it belongs to; null outside visits")),
			maybe(of(ID, "device_id", "the browser or app installation; null off line")),
			maybe(of(ID, "user_id", "the customer, where she is known and recognised")),
			word(EventTypes, "event_type", "what happened"),
			of(Code, "channel", "the medium that brought the customer"),
			word(Touchpoints, "touchpoint", "where it happened"),
			maybe(word(Devices, "device_type", "phone, desktop, tablet or app; null off line")),
			maybe(of(Code, "campaign_id", "the campaign behind the contact")),
			maybe(of(Code, "utm_source", "source of the visit, as in its link")),
			maybe(of(Code, "utm_medium", "medium of the visit, as in its link")),
			maybe(of(Code, "referrer", "the site before this one")),
			maybe(of(Code, "page", "path of the page or screen")),
			maybe(of(Code, "search_term", "what was typed into the site search")),
			maybe(of(Code, "product_id", "the product concerned; joins products")),
			maybe(of(Code, "category", "its category")),
			maybe(in("pieces", of(Int, "quantity", "how many"))),
			maybe(money(currency, "unit_price", "price of one piece, tax included")),
			maybe(money(currency, "revenue", "of a purchase: what was paid, tax included")),
			maybe(of(ID, "order_id", "joins orders")),
			maybe(of(Code, "store_id", "joins stores")),
			of(Code, "city", "where the customer lives"),
			word(consents, "consent", "granted or denied, to tracking"),
			maybe(in("ms", of(Int, "duration_ms", "how long it lasted"))),
			maybe(of(Int, "score", "an answer, 0 to 10")),
			maybe(of(Code, "reason", "why, where the customer said so")),
			of(ID, "person_id", "who it really was; joins truth_people"),
			maybe(of(ID, "journey_id", "the journey it belongs to; joins truth_journeys")),
			maybe(of(Code, "stage", "the stage of the journey")),
			word(causes, "cause", "why it happened: which rule of the model"),
		}}
}

func customersTable() Table {
	return Table{Name: "customers", Snapshot: true,
		Doc: "a known customer, as the CRM sees her at the end",
		Columns: []Column{
			of(ID, "user_id", "joins events and orders"),
			of(Text, "first_name", "given name"),
			of(Text, "last_name", "family name"),
			of(Text, "email", "on a domain reserved for examples"),
			of(Text, "phone", "in international form"),
			of(Date32, "birth_date", "date of birth"),
			of(Text, "street", "street and number"),
			of(Text, "postal_code", "a real code of the city"),
			of(Text, "city", "where she lives"),
			of(Text, "province", "province or state"),
			of(Text, "country", "ISO 3166 code"),
			of(Bool, "consent_marketing", "may be sent advertising"),
			of(Bool, "consent_profiling", "may be profiled"),
			when("first_seen", "first visit on a device that proved hers, or known_since"),
			when("known_since", "when she got her user_id"),
			word(identifiedBys, "known_by", "how she became known: login, order, loyalty_card"),
			maybe(of(Text, "loyalty_card", "number of the card")),
			maybe(word(tiers, "tier", "bronze, silver, gold, of card holders")),
			maybe(in("points", of(Int, "points", "one for each unit of currency spent with the card"))),
		}}
}

func ordersTable(currency string) Table {
	return Table{Name: "orders", Doc: "a purchase", Columns: []Column{
		of(ID, "order_id", "unique over all shards"),
		when("order_time", "when it was placed"),
		maybe(of(ID, "user_id", "who bought; null for an unknown buyer in a store")),
		maybe(of(ID, "session_id", "the visit in which it was placed")),
		of(Code, "channel", "the medium that brought the customer to the purchase"),
		word(Touchpoints, "touchpoint", "where it was placed: web, app, store, phone"),
		maybe(of(Code, "store_id", "of carry_out and collect: the shop")),
		word(fulfilments, "fulfilment", "ship, collect, carry_out"),
		maybe(of(Code, "campaign_id", "the campaign behind the discount or the visit")),
		maybe(of(Code, "coupon", "the promotion, reward or coupon behind the discount")),
		maybe(of(ID, "referral_code", "of whoever sent her; joins social, if of the written days")),
		in("lines", of(Int, "lines", "rows of order_lines")),
		money(currency, "subtotal", "sum of the lines, tax included"),
		money(currency, "discount", "taken off the subtotal"),
		money(currency, "shipping", "fee of sending, tax included"),
		money(currency, "tax", "contained in the total"),
		money(currency, "total", "subtotal - discount + shipping: what was paid"),
		word(statuses, "status", "on the last day: completed, shipped, delivered, ready, collected"),
		maybe(when("fulfilled_time", "when it was delivered or collected; null while under way")),
	}}
}

func orderLinesTable(currency string) Table {
	return Table{Name: "order_lines", Doc: "a product in a purchase", Columns: []Column{
		of(ID, "order_id", "joins orders"),
		of(Int, "line", "from 1"),
		of(Code, "product_id", "joins products"),
		of(Code, "category", "its category"),
		in("pieces", of(Int, "quantity", "how many")),
		money(currency, "unit_price", "tax included"),
		money(currency, "amount", "quantity × unit_price"),
		money(currency, "discount", "the line's part of the order's discount"),
		money(currency, "tax", "contained in amount - discount"),
	}}
}

func cartsTable(currency string) Table {
	return Table{Name: "carts", Doc: "a cart on web or app, abandoned or converted", Columns: []Column{
		of(ID, "cart_id", "unique over all shards"),
		when("created_time", "first product added"),
		when("closed_time", "when it was converted or given up"),
		maybe(of(ID, "user_id", "whose, where known")),
		of(ID, "device_id", "where it was filled"),
		of(ID, "session_id", "the visit in which it was filled"),
		of(Code, "channel", "the medium that brought the customer"),
		word(Devices, "device_type", "phone, desktop, tablet or app"),
		in("lines", of(Int, "lines", "different products")),
		money(currency, "value", "of its products, tax included"),
		word(cartStates, "status", "abandoned or converted"),
		maybe(of(Code, "reason", "declared reason of an abandoned cart")),
		maybe(of(ID, "order_id", "of a converted cart; joins orders")),
	}}
}

func returnsTable(currency string) Table {
	return Table{Name: "returns", Doc: "goods given back", Columns: []Column{
		of(ID, "return_id", "unique over all shards"),
		when("return_time", "when they came back"),
		of(ID, "order_id", "joins orders"),
		of(Int, "line", "of order_lines"),
		maybe(of(ID, "user_id", "who bought them, where known")),
		of(Code, "product_id", "joins products"),
		of(Code, "category", "its category"),
		in("pieces", of(Int, "quantity", "how many")),
		money(currency, "refund", "paid back, tax included"),
		of(Code, "reason", "as declared"),
		word(Touchpoints, "touchpoint", "where: store or parcel"),
		maybe(of(Code, "store_id", "of touchpoint store: the shop")),
	}}
}

func surveysTable() Table {
	return Table{Name: "surveys", Doc: "a survey that was sent, and its answer", Columns: []Column{
		of(ID, "survey_id", "unique over all shards"),
		when("sent_time", "when it was sent"),
		of(ID, "user_id", "who was asked"),
		word(SurveyTypes, "kind", "nps, or csat"),
		of(Code, "channel", "through which it was sent"),
		maybe(of(ID, "order_id", "what it was about")),
		maybe(when("answered_time", "null: no answer")),
		maybe(of(Int, "score", "nps: 0 to 10; csat: 1 to 5")),
		maybe(word(npsClasses, "class", "of nps: detractor, passive, promoter")),
	}}
}

func reviewsTable() Table {
	return Table{Name: "reviews", Doc: "a product rated on the site", Columns: []Column{
		of(ID, "review_id", "unique over all shards"),
		when("review_time", "when it was written"),
		maybe(of(ID, "user_id", "who wrote it, where known")),
		of(ID, "order_id", "where she bought it"),
		of(Code, "product_id", "joins products"),
		of(Code, "category", "its category"),
		of(Int, "rating", "stars, 1 to 5"),
		word(sentiments, "sentiment", "of its words: negative, neutral, positive"),
	}}
}

func ticketsTable() Table {
	return Table{Name: "tickets", Doc: "a contact with the service desk", Columns: []Column{
		of(ID, "ticket_id", "unique over all shards"),
		when("opened_time", "when she called, or wrote"),
		maybe(of(ID, "user_id", "who, where known")),
		of(Code, "channel", "through which"),
		of(Code, "topic", "what about"),
		maybe(of(ID, "order_id", "which order it is about")),
		maybe(in("ms", of(Duration, "wait_ms", "in the queue; until she hung up, if she did"))),
		maybe(when("answered_time", "when somebody answered first")),
		maybe(in("ms", of(Duration, "handling_ms", "how long the agent was at work"))),
		maybe(when("closed_time", "null: still open on the last day")),
		word(ticketEnds, "status", "resolved, unresolved, abandoned, open"),
		in("contacts", of(Int, "attempt", "1; more for the same matter again")),
	}}
}

func socialTable() Table {
	return Table{Name: "social", Doc: "a post, a reaction to one, a referral", Columns: []Column{
		of(ID, "social_id", "unique over all shards"),
		when("social_time", "when"),
		maybe(of(ID, "user_id", "who, where known")),
		word(activityTypes, "kind", "post, like, comment, share, referral"),
		of(Code, "channel", "where"),
		maybe(of(ID, "parent_id", "the post it is about; joins social, if of the written days")),
		maybe(of(Code, "product_id", "the product it is about")),
		maybe(word(sentiments, "sentiment", "negative, neutral, positive")),
		maybe(of(ID, "referral_code", "of a referral; joins orders")),
	}}
}

func spendTable(currency string) Table {
	return Table{Name: "spend", Doc: "what a day of a campaign cost in a town", Columns: []Column{
		of(Date32, "date", "local date"),
		maybe(of(Code, "campaign_id", "joins campaigns; null: always on")),
		of(Code, "channel", "where it ran"),
		of(Int, "town", "where it was shown"),
		in("contacts", of(Int, "impressions",
			"shown, or delivered, by advertising; surveys and reminders are not")),
		in("contacts", of(Int, "clicks", "followed")),
		money(currency, "cost", "paid for them"),
	}}
}

func productsTable(currency string) Table {
	return Table{Name: "products", Doc: "the catalogue", Static: true, Columns: []Column{
		of(Code, "product_id", "joins events and order_lines"),
		of(Text, "name", "what the shop calls it"),
		of(Code, "category", "its category"),
		money(currency, "unit_price", "tax included"),
		ratio("vat", "rate of the tax contained in the price"),
		of(Int, "popularity_rank", "1 is the most wanted of its category"),
	}}
}

func storesTable() Table {
	return Table{Name: "stores", Doc: "the shops", Static: true, Columns: []Column{
		of(Code, "store_id", "joins events and orders"),
		of(Text, "name", "what customers call it"),
		of(Text, "street", "street and number"),
		of(Text, "postal_code", "a real code of the city"),
		of(Text, "city", "where it is"),
		of(Text, "province", "province or state"),
		of(Text, "country", "ISO 3166 code"),
		in("degrees", ratio("latitude", "of the city")),
		in("degrees", ratio("longitude", "of the city")),
	}}
}

func campaignsTable(currency string) Table {
	return Table{Name: "campaigns", Doc: "the plan", Static: true, Columns: []Column{
		of(Code, "campaign_id", "joins events and orders"),
		of(Text, "name", "what the scenario calls it"),
		of(Code, "channel", "where it runs"),
		of(Date32, "from_date", "first day"),
		of(Date32, "to_date", "last day"),
		ratio("discount", "part taken off orders that come through it"),
		money(currency, "budget", "planned spend, in a market of advertising.market people"),
	}}
}

func truthPeopleTable(currency string) Table {
	return Table{Name: "truth_people", Snapshot: true, Truth: true,
		Doc: "every simulated person and what moves her",
		Columns: []Column{
			of(ID, "person_id", "from 1; who she is in every truth table"),
			maybe(of(ID, "user_id", "her id in the CRM, if she became known")),
			of(Code, "segment", "her kind"),
			of(Int, "town", "whose neighbours she talks to"),
			of(Code, "city", "where the town is"),
			of(Date32, "birth_date", "date of birth"),
			in("per year", ratio("need_rate", "needs she feels in an average year")),
			ratio("conversion", "trait: log-weight of going on to cart and order"),
			ratio("price", "trait: log of how cheap the products she picks are"),
			ratio("digital", "trait: log-weight of web and app"),
			ratio("ads", "trait: log-weight of paid and push channels"),
			ratio("social", "trait: log-weight of word of mouth and social channels"),
			ratio("haste", "trait: log of how fast she leaves a stage"),
			of(Int, "journeys", "journeys begun in the written days"),
			of(Int, "orders", "orders placed in the written days"),
			money(currency, "spent", "paid in the written days"),
			maybe(ratio("satisfaction", "latent, at the end; 0 is as expected")),
			maybe(word(npsClasses, "nps_class", "what she would answer: detractor, passive, promoter")),
			maybe(when("churned_at", "when she stopped buying from us, whatever she said")),
			maybe(when("dormant_at", "when her silence could be noticed")),
			maybe(when("won_back_at", "when she came back last")),
		}}
}

func truthJourneysTable() Table {
	return Table{Name: "truth_journeys", Doc: "each journey, from need to its end", Truth: true,
		Columns: []Column{
			of(ID, "journey_id", "joins truth_events"),
			of(ID, "person_id", "whose"),
			of(Code, "category", "what she needed"),
			when("start_time", "first touch"),
			maybe(when("end_time", "when she left; null while under way")),
			of(Code, "last_stage", "where she was last"),
			in("touches", of(Int, "touches", "stages entered")),
			in("orders", of(Int, "orders", "purchases in it")),
			word(outcomes, "outcome",
				"purchased, gave_up, under_way, competitor, stock_out, or lost with a channel that is off"),
			maybe(word(Patterns, "pattern",
				"how a buying journey used web and stores; multichannel: otherwise")),
			maybe(of(Code, "competitor", "of outcome competitor: where she bought instead")),
		}}
}

func truthIdentityTable() Table {
	return Table{Name: "truth_identity", Snapshot: true, Doc: "which identifier is whom", Truth: true,
		Columns: []Column{
			word(identifierTypes, "kind", "device or user"),
			of(ID, "identifier", "device_id or user_id"),
			of(ID, "person_id", "whose"),
			when("valid_from", "first used in the written days or before"),
			maybe(when("valid_to", "last day it can appear; null: still valid")),
		}}
}

// TruthMode says where the truth about events is written.
type TruthMode string

// The truth modes.
const (
	TruthSeparate TruthMode = "separate" // in tables of its own
	TruthInline   TruthMode = "inline"   // in columns of events, and in the other truth tables
	TruthNone     TruthMode = "none"     // not at all
)

// Views lists the tables to write, in a fixed order: those named in only, or all when it is empty.
// An unknown mode or name is an error that says what there is.
func Views(tables *[TableCount]Table, mode TruthMode, only []string) ([]View, error) {
	var views []View
	for id := range tables {
		t := &tables[id]
		v := View{Name: t.Name, Doc: t.Doc, Truth: t.Truth, Static: t.Static,
			Snapshot: t.Snapshot, Table: TableID(id)}
		n := len(t.Columns)
		if v.Table == TableEvents && mode != TruthInline {
			n = EventPerson
		}
		for c := range n {
			v.Columns = append(v.Columns, c)
		}
		views = append(views, v)
	}
	views = append(views, View{Name: "truth_events", Doc: "who and why behind each event",
		Truth: true, Table: TableEvents,
		Columns: []int{EventID, EventPerson, EventJourney, EventStage, EventCause}})

	switch mode {
	case TruthSeparate:
	case TruthInline:
		views = views[:len(views)-1]
	case TruthNone:
		views = slices.DeleteFunc(views, func(v View) bool { return v.Truth })
	default:
		return nil, fmt.Errorf("unknown truth mode %q%s, want separate, inline or none",
			mode, Nearest(string(mode), []string{"separate", "inline", "none"}))
	}
	if len(only) == 0 {
		return views, nil
	}
	names := make([]string, len(views))
	for i, v := range views {
		names[i] = v.Name
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("unknown table %q%s, there is: %s",
				name, Nearest(name, names), strings.Join(names, ", "))
		}
	}
	return slices.DeleteFunc(views, func(v View) bool { return !slices.Contains(only, v.Name) }), nil
}
