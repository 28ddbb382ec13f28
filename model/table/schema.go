package table

import (
	"errors"
	"slices"
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
	EventColumns // how many there are
)

// SchemaVersion changes when a column is added, dropped or changes its meaning.
const SchemaVersion = 6

// Schema returns the tables of a batch for a currency: enough to describe them without a scenario.
// Code columns whose words depend on the scenario, such as channel, have none yet.
func Schema(currency string) *[TableCount]Table {
	return &[TableCount]Table{
		TableEvents:        eventsTable(currency),
		TableCustomers:     customersTable(),
		TableOrders:        ordersTable(currency),
		TableOrderLines:    orderLinesTable(currency),
		TableCarts:         cartsTable(currency),
		TableCartLines:     cartLinesTable(currency),
		TableReturns:       returnsTable(currency),
		TableSurveys:       surveysTable(),
		TableReviews:       reviewsTable(),
		TableTickets:       ticketsTable(),
		TableSocial:        socialTable(),
		TableSpend:         spendTable(currency),
		TableProducts:      productsTable(currency),
		TableStores:        storesTable(),
		TableCampaigns:     campaignsTable(currency),
		TableTowns:         townsTable(),
		TableTruthPeople:   truthPeopleTable(currency),
		TableTruthJourneys: truthJourneysTable(),
		TableTruthIdentity: truthIdentityTable(),
		TableTruthHoldouts: truthHoldoutsTable(),
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
			when("received_at", "when the tracker's server received it"),
			maybe(of(ID, "session_id", "the visit it belongs to; null outside visits")),
			maybe(of(ID, "device_id", "the browser or app installation; null offline")),
			maybe(of(ID, "user_id", "customer id; null while the customer is unknown or not recognised")),
			word(EventTypes, "event_type", "what happened"),
			of(Code, "channel", "the marketing channel that brought the customer"),
			word(Touchpoints, "touchpoint", "where it happened"),
			maybe(word(Devices, "device_type",
				"what the session runs on; app is the retailer's own app; null offline")),
			maybe(of(Code, "campaign_id", "the campaign behind the contact")),
			maybe(of(Code, "utm_source", "utm_source of the link that led to the visit")),
			maybe(of(Code, "utm_medium", "utm_medium of the link that led to the visit")),
			maybe(of(Code, "referrer", "the site the visitor came from")),
			maybe(of(Code, "page", "path of the page or name of the screen")),
			maybe(of(Code, "search_term", "text typed into the site search")),
			maybe(of(Code, "product_id", "the product it is about; joins products")),
			maybe(of(Code, "category", "its category")),
			maybe(in("pieces", of(Int, "quantity", "how many pieces"))),
			maybe(money(currency, "unit_price", "price of one piece, tax included")),
			maybe(money(currency, "revenue", "what was paid for a purchase, tax included")),
			maybe(of(ID, "order_id", "joins orders")),
			maybe(of(Code, "store_id", "joins stores")),
			of(Code, "home_city", "the city the customer lives in"),
			word(consents, "consent", "consent to tracking: granted or denied"),
			maybe(in("ms", of(Int, "duration_ms", "how long it lasted"))),
			maybe(of(Int, "score",
				"given in a survey or review: NPS 0 to 10, CSAT and stars 1 to 5")),
			maybe(of(Code, "reason", "the reason the customer gave")),
			of(ID, "person_id", "who it really was; joins truth_people"),
			maybe(of(ID, "journey_id", "the journey it belongs to; joins truth_journeys")),
			maybe(of(Code, "stage", "the stage of the journey")),
			word(causes, "cause", "why it happened: which rule of the model"),
		}}
}

func customersTable() Table {
	return Table{Name: "customers", Snapshot: true,
		Doc: "a known customer, as the CRM sees them on the last day",
		Columns: []Column{
			of(ID, "user_id", "joins events and orders"),
			of(Text, "first_name", "given name"),
			of(Text, "last_name", "family name"),
			of(Text, "email", "on a domain reserved for examples"),
			of(Text, "phone", "in international form"),
			of(Date32, "birth_date", "date of birth"),
			of(Text, "street", "street and number"),
			of(Text, "postal_code", "a real code of the city"),
			of(Text, "city", "the city the customer lives in"),
			of(Text, "province", "province or state"),
			of(Text, "country", "ISO 3166 code"),
			of(Bool, "has_marketing_consent", "may be sent advertising"),
			of(Bool, "has_profiling_consent", "may be profiled"),
			when("first_seen_at",
				"first visit on any device later linked to this customer; otherwise identified_at"),
			when("identified_at", "when the customer got a user_id"),
			word(identifiedBys, "identified_by", "how the customer got it"),
			maybe(of(Text, "loyalty_card", "number of the loyalty card")),
			maybe(word(tiers, "tier", "tier of a card holder")),
			maybe(in("points", of(Int, "points",
				"points on the card; one for each unit of currency spent"))),
		}}
}

func ordersTable(currency string) Table {
	return Table{Name: "orders", Doc: "a purchase", Columns: []Column{
		of(ID, "order_id", "unique over all shards"),
		when("ordered_at", "when it was placed"),
		maybe(of(ID, "user_id", "the buyer; null for an unknown buyer in a store")),
		maybe(of(ID, "session_id", "the visit in which it was placed")),
		of(Code, "channel", "the marketing channel that brought the customer to the purchase"),
		word(Touchpoints, "touchpoint", "where it was placed"),
		maybe(of(Code, "store_id", "store of an in-store purchase or a pickup; null if shipped")),
		word(fulfilments, "fulfilment", "how the goods reach the customer"),
		maybe(of(Code, "campaign_id", "the campaign behind the discount or the visit")),
		maybe(of(Code, "coupon", "the promotion, reward or coupon behind most of the discount")),
		maybe(of(ID, "referral_code",
			"code of the friend who referred the buyer; joins social if given in the written days")),
		in("lines", of(Int, "line_count", "number of its order_lines")),
		money(currency, "subtotal", "sum of the lines, tax included"),
		money(currency, "discount", "taken off the subtotal"),
		money(currency, "shipping", "shipping fee, tax included"),
		money(currency, "tax", "contained in the total"),
		money(currency, "total", "subtotal - discount + shipping: what was paid"),
		word(statuses, "status", "state on the last day"),
		maybe(when("fulfilled_at", "when it was delivered or collected; null before that")),
	}}
}

func orderLinesTable(currency string) Table {
	return Table{Name: "order_lines", Doc: "a product in a purchase", Columns: []Column{
		of(ID, "order_id", "joins orders"),
		of(Int, "line_number", "from 1 in each order"),
		of(Code, "product_id", "joins products"),
		of(Code, "category", "its category"),
		in("pieces", of(Int, "quantity", "how many pieces")),
		money(currency, "unit_price", "tax included"),
		money(currency, "amount", "quantity × unit_price"),
		money(currency, "discount", "the line's share of the order's discount"),
		maybe(of(Code, "coupon", "the promotion, reward or coupon behind the line's discount")),
		money(currency, "tax", "contained in amount - discount"),
		money(currency, "cost",
			"quantity × unit_cost of the product; amount - discount - tax - cost is the gross profit"),
	}}
}

func cartsTable(currency string) Table {
	return Table{Name: "carts", Doc: "a cart on web or app, abandoned or converted", Columns: []Column{
		of(ID, "cart_id", "unique over all shards"),
		when("created_at", "when the first product was added"),
		when("closed_at", "when it was converted or abandoned"),
		maybe(of(ID, "user_id", "the customer, if known")),
		of(ID, "device_id", "the browser or app installation it was filled on"),
		of(ID, "session_id", "the visit in which it was filled"),
		of(Code, "channel", "the marketing channel that brought the customer"),
		word(Devices, "device_type", "what the session runs on; app is the retailer's own app"),
		in("lines", of(Int, "line_count", "number of its cart_lines")),
		money(currency, "value", "total of its products, tax included"),
		word(cartStates, "status", "how it ended"),
		maybe(of(Code, "reason", "the reason given for abandoning it")),
		maybe(of(ID, "order_id", "the order it became; joins orders")),
	}}
}

func cartLinesTable(currency string) Table {
	return Table{Name: "cart_lines", Doc: "a product in a cart when it was closed", Columns: []Column{
		of(ID, "cart_id", "joins carts"),
		of(Int, "line_number", "from 1 in each cart; in a converted one as in its order"),
		of(Code, "product_id", "joins products"),
		of(Code, "category", "its category"),
		in("pieces", of(Int, "quantity", "how many pieces")),
		money(currency, "unit_price", "when the cart was closed, tax included"),
	}}
}

func returnsTable(currency string) Table {
	return Table{Name: "returns", Doc: "goods given back", Columns: []Column{
		of(ID, "return_id", "unique over all shards"),
		when("returned_at", "when the goods came back"),
		of(ID, "order_id", "joins orders"),
		of(Int, "line_number", "with order_id, joins order_lines"),
		maybe(of(ID, "user_id", "the buyer, if known")),
		of(Code, "product_id", "joins products"),
		of(Code, "category", "its category"),
		in("pieces", of(Int, "quantity", "how many pieces")),
		money(currency, "refund", "amount paid back, tax included"),
		of(Code, "reason", "the reason given"),
		word(Touchpoints, "touchpoint", "where they were given back: store or parcel"),
		maybe(of(Code, "store_id", "the store they were brought to; null if sent by parcel")),
	}}
}

func surveysTable() Table {
	return Table{Name: "surveys", Doc: "a survey that was sent, and its answer", Columns: []Column{
		of(ID, "survey_id", "unique over all shards"),
		when("sent_at", "when it was sent"),
		of(ID, "user_id", "the customer asked"),
		word(SurveyTypes, "survey_type", "what it asks: recommendation (nps) or satisfaction (csat)"),
		of(Code, "channel", "the channel it was sent through"),
		maybe(of(ID, "order_id", "the order it is about; null for the relationship as a whole")),
		maybe(when("answered_at", "when it was answered; null if it was not")),
		maybe(of(Int, "score", "nps: 0 to 10; csat: 1 to 5; null without an answer")),
		maybe(word(npsClasses, "nps_class",
			"detractor (0-6), passive (7-8) or promoter (9-10); null for csat")),
	}}
}

func reviewsTable() Table {
	return Table{Name: "reviews", Doc: "a product review on the site", Columns: []Column{
		of(ID, "review_id", "unique over all shards"),
		when("reviewed_at", "when it was written"),
		maybe(of(ID, "user_id", "the author, if known")),
		of(ID, "order_id", "the order the product came from"),
		of(Code, "product_id", "joins products"),
		of(Code, "category", "its category"),
		of(Int, "rating", "stars, 1 to 5"),
		word(sentiments, "sentiment", "sentiment of its text"),
	}}
}

func ticketsTable() Table {
	return Table{Name: "tickets", Doc: "a contact with the service desk", Columns: []Column{
		of(ID, "ticket_id", "unique over all shards"),
		when("opened_at", "when the customer called or wrote"),
		maybe(of(ID, "user_id", "the customer, if known")),
		of(Code, "channel", "the channel of the contact"),
		of(Code, "topic", "what it is about"),
		maybe(of(ID, "order_id", "the order it is about")),
		maybe(in("ms", of(Duration, "wait_ms",
			"time in the queue, until the answer or until the caller hung up"))),
		maybe(when("answered_at", "when it was first answered")),
		maybe(in("ms", of(Duration, "handling_ms", "time an agent worked on it"))),
		maybe(when("closed_at", "when it was closed; null if still open on the last day")),
		word(ticketEnds, "status", "state on the last day; abandoned: the caller hung up"),
		in("contacts", of(Int, "attempt",
			"1 for a first contact, 2 and more when the same matter comes back")),
	}}
}

func socialTable() Table {
	return Table{Name: "social", Doc: "a post, a reaction to a post, or a referral", Columns: []Column{
		of(ID, "social_id", "unique over all shards"),
		when("created_at", "when it was posted"),
		maybe(of(ID, "user_id", "the author, if known")),
		word(activityTypes, "activity_type", "what was done"),
		of(Code, "channel", "the network or channel"),
		maybe(of(ID, "parent_id", "the post it reacts to; joins social if posted in the written days")),
		maybe(of(Code, "product_id", "the product it is about")),
		maybe(word(sentiments, "sentiment", "sentiment of its text")),
		maybe(of(ID, "referral_code", "the code given by a referral; joins orders")),
	}}
}

func spendTable(currency string) Table {
	const doc = "cost, impressions and clicks of a channel or campaign in a town on a day"
	return Table{Name: "spend", Doc: doc, Columns: []Column{
		of(Date32, "spend_date", "local date"),
		maybe(of(Code, "campaign_id", "joins campaigns; null: always-on advertising")),
		of(Code, "channel", "the channel it ran on"),
		of(Int, "town", "the town it was shown in; joins towns"),
		of(Code, "city", "the city the town belongs to"),
		in("impressions", of(Int, "impressions",
			"advertisements shown and messages sent, also those that bounced")),
		in("clicks", of(Int, "clicks", "advertisements clicked")),
		money(currency, "cost", "what they cost"),
	}}
}

func productsTable(currency string) Table {
	return Table{Name: "products", Doc: "the catalogue", Static: true, Columns: []Column{
		of(Code, "product_id", "joins events and order_lines"),
		of(Text, "name", "product name"),
		of(Code, "category", "its category"),
		money(currency, "unit_price", "tax included"),
		money(currency, "unit_cost", "what one piece costs the shop, without tax"),
		ratio("vat", "VAT rate contained in the price"),
		of(Int, "popularity_rank", "1 is the most popular of its category"),
	}}
}

func storesTable() Table {
	return Table{Name: "stores", Doc: "the stores", Static: true, Columns: []Column{
		of(Code, "store_id", "joins events and orders"),
		of(Text, "name", "store name"),
		of(Text, "street", "street and number"),
		of(Text, "postal_code", "a real code of the city"),
		of(Text, "city", "the city it is in"),
		of(Text, "province", "province or state"),
		of(Text, "country", "ISO 3166 code"),
		in("degrees", ratio("latitude", "of the city")),
		in("degrees", ratio("longitude", "of the city")),
	}}
}

func campaignsTable(currency string) Table {
	return Table{Name: "campaigns", Doc: "the campaign plan", Static: true, Columns: []Column{
		of(Code, "campaign_id", "joins events and orders"),
		of(Text, "name", "its name in the scenario"),
		of(Code, "channel", "the channel it runs on"),
		of(Date32, "start_date", "first day"),
		of(Date32, "end_date", "last day"),
		ratio("discount", "discount rate on orders that come through it"),
		maybe(money(currency, "budget", "planned spend, for a market of advertising.market people; "+
			"null: none is planned")),
	}}
}

func townsTable() Table {
	const doc = "the towns: neighbourhoods of a city whose people know each other"
	return Table{Name: "towns", Doc: doc, Static: true, Columns: []Column{
		of(Int, "town", "from 1; joins spend and truth_people"),
		of(Code, "city", "the city it belongs to; a large city has several towns"),
		of(Text, "region", "the region or state"),
		of(Text, "country", "ISO 3166 code"),
		in("people", of(Int, "people", "how many customers live there")),
		{Name: "people_share", Kind: Decimal, Scale: 6, Doc: "their share of all customers"},
	}}
}

func truthPeopleTable(currency string) Table {
	return Table{Name: "truth_people", Snapshot: true, Truth: true,
		Doc: "everybody who was in the market in the written days, with their traits",
		Columns: []Column{
			of(ID, "person_id", "the person in every truth table: their place, from 1, + 1,000,000,000 "+
				"for each person who was in it before"),
			maybe(of(ID, "user_id", "customer id in the CRM; null if never identified")),
			of(Code, "segment", "the scenario's segment"),
			of(Int, "town", "the town the person lives in, joins towns; people talk to neighbours of "+
				"their town"),
			of(Code, "city", "the city the town belongs to"),
			of(Date32, "birth_date", "date of birth"),
			when("arrived_at", "when the person came into the market"),
			maybe(when("left_at", "when the person left it; null if they are still there")),
			in("per year", ratio("need_rate", "needs in an average year")),
			ratio("trait_conversion", "log-weight of going on to cart and order"),
			ratio("trait_price_sensitivity",
				"log of how cheap the chosen products are: higher buys cheaper (trait price)"),
			ratio("trait_digital", "log-weight of web and app against store and telephone"),
			ratio("trait_ad_response", "log-weight of paid and push channels (trait ads)"),
			ratio("trait_sociability",
				"log-weight of word of mouth and social channels (trait social)"),
			ratio("trait_haste", "log of how fast stages are left"),
			of(Int, "journey_count", "journeys begun in the written days"),
			of(Int, "order_count", "orders placed in the written days"),
			money(currency, "total_spent", "amount paid in the written days"),
			maybe(ratio("satisfaction", "latent satisfaction on the last day; 0 is as expected")),
			maybe(word(npsClasses, "nps_class", "what the person would answer to an NPS survey")),
			maybe(when("churned_at", "when the person stopped buying from the company, noticed or not")),
			maybe(when("dormant_at", "when the silence became noticeable")),
			maybe(when("won_back_at", "when the person last came back")),
			maybe(of(Text, "channels_met_before", "channels through which the person was reached or came "+
				"in the warm-up, with + between them. Who is in no row of a channel and has not met it "+
				"before is untouched by its absence; null: none")),
		}}
}

func truthJourneysTable() Table {
	return Table{Name: "truth_journeys", Doc: "each journey, from need to its end", Truth: true,
		Columns: []Column{
			of(ID, "journey_id", "joins truth_events"),
			of(ID, "person_id", "the person; joins truth_people"),
			of(Code, "category", "the category needed"),
			when("started_at", "first touch"),
			maybe(when("ended_at", "when the journey ended; null while under way")),
			of(Code, "last_stage", "the last stage entered"),
			in("touches", of(Int, "touch_count", "number of contacts, one for each stage entered")),
			in("orders", of(Int, "order_count", "purchases in it")),
			word(outcomes, "outcome",
				"how it ended; lost: with a channel that this world is without"),
			maybe(word(Patterns, "pattern",
				"how a buying journey used web and stores; multichannel: any other mix")),
			maybe(of(Code, "competitor", "the competitor that made the sale, for outcome competitor")),
		}}
}

func truthIdentityTable() Table {
	return Table{Name: "truth_identity", Snapshot: true, Truth: true,
		Doc: "which person an identifier belongs to",
		Columns: []Column{
			word(identifierTypes, "identifier_type", "device or user"),
			of(ID, "identifier", "device_id or user_id"),
			of(ID, "person_id", "the person; joins truth_people"),
			when("valid_from", "when it was first used, possibly before the written days"),
			maybe(when("valid_to", "when it was last valid; null: still valid")),
		}}
}

func truthHoldoutsTable() Table {
	return Table{Name: "truth_holdouts", Snapshot: true, Truth: true,
		Doc: "who is in the control group of a campaign: it is meant for them and does not reach them",
		Columns: []Column{
			of(Code, "campaign_id", "the campaign; joins campaigns"),
			of(ID, "person_id", "the person; joins truth_people"),
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
		return nil, errors.New(Unknown("truth mode", string(mode),
			[]string{string(TruthSeparate), string(TruthInline), string(TruthNone)}))
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
			return nil, errors.New(Unknown("table", name, names))
		}
	}
	return slices.DeleteFunc(views, func(v View) bool { return !slices.Contains(only, v.Name) }), nil
}
