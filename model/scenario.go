package model

import (
	"time"

	"github.com/percorso/percorso/model/document"
)

// A Scenario describes a market: who lives in it, where it meets its customers, and how their
// journeys run. Load makes one from YAML; Compile turns it into a World that can be simulated.
// Field names are the YAML keys. After Load every default is filled in, every name is known and
// every number is possible, so the rest of Percorso trusts it.
type Scenario struct {
	From       string              `yaml:"from" doc:"a built-in scenario such as fashion, or a file relative to this one, to build on: maps merge, lists replace, off or null removes"`
	Name       string              `yaml:"name" doc:"name of the scenario; default: the file name" form:"title"`
	About      string              `yaml:"about" doc:"one line: what the scenario shows"`
	GoodFor    string              `yaml:"good_for" doc:"one line: what the scenario is useful for"`
	Customers  int                 `yaml:"customers" doc:"number of people in the market at a time: places that people take and leave; adding more leaves the earlier ones unchanged" range:"1..134_217_727"`
	Seed       uint64              `yaml:"seed" doc:"random seed: the same scenario, seed and release give the same rows on every machine" range:"0..18_446_744_073_709_551_615"`
	Luck       uint64              `yaml:"luck" doc:"another number gives the same people and market other needs, journeys and contacts" range:"1..1_000_000"`
	Start      Date                `yaml:"start" doc:"first day that is written, in local time, e.g. 2025-01-01"`
	Days       int                 `yaml:"days" doc:"number of days that are written" range:"1..3650"`
	Warmup     int                 `yaml:"warmup" doc:"days simulated before start and not written, so that customers have a history on the first day" range:"0..2000"`
	TimeZone   string              `yaml:"time_zone" doc:"IANA name of the market's time zone, e.g. Europe/Rome" form:"time_zone"`
	Holidays   Holidays            `yaml:"holidays" doc:"country or region whose public holidays count, as an ISO code: IT, DE-BY; default: none. Channels that are closed on them say so: closed: [holidays]"`
	Currency   string              `yaml:"currency" doc:"ISO 4217 code of all amounts, e.g. EUR" form:"currency"`
	Locale     string              `yaml:"locale" doc:"language and country of names, addresses and telephone numbers: it-IT or en" words:"$locales"`
	Town       int                 `yaml:"town" doc:"people per town; only people of the same town influence each other" range:"100..100_000"`
	Population Population          `yaml:"population" doc:"how long people stay in the market, how many there are, and what they have done before the first day"`
	Segments   map[string]Segment  `yaml:"segments" doc:"customer segments, by names of your own; default: one segment, everyone"`
	Needs      Needs               `yaml:"needs" doc:"how often and when customers start looking for something"`
	Traits     Traits              `yaml:"traits" doc:"how much people of the same segment differ from each other"`
	Channels   map[string]Channel  `yaml:"channels" doc:"channels through which customers and the market meet, by names of your own" must:"true" want:"at least one, such as {web: {touchpoint: web}}"`
	Journey    Journey             `yaml:"journey" doc:"the customer journey: a semi-Markov chain of stages and channels" must:"true" want:"a map with these keys: start, stages, channels"`
	Sessions   Sessions            `yaml:"sessions" doc:"visits on the web and in the app: pages, searches, durations, devices; also the length of calls and store visits"`
	Catalogue  Catalogue           `yaml:"catalogue" doc:"what is sold: categories, prices, popularity"`
	Stores     Stores              `yaml:"stores" doc:"physical stores, placed in real cities by population"`
	Orders     Orders              `yaml:"orders" doc:"basket size, tax, shipping and fulfilment"`
	Carts      Carts               `yaml:"carts" doc:"reasons for abandoning carts"`
	Identity   Identity            `yaml:"identity" doc:"how anonymous visitors become known customers, and their consents"`
	Campaigns  map[string]Campaign `yaml:"campaigns" doc:"campaigns, by names of your own: a channel, a period and a budget"`
	Behaviors  Behaviors           `yaml:"behaviors" doc:"rules that modify the journey's chain. Each is off unless named; on takes all its defaults"`
	Targets    map[string]Target   `yaml:"targets" doc:"target bands by KPI, with their sources; percorso kpis compares the measured values with them"`
	Coupling   string              `yaml:"coupling" doc:"what people do to each other in a world without some channel: live (simulated anew), frozen (as in the world with all channels) or off (people never influence each other)" words:"off,frozen,live"`

	StagesShown string `yaml:"stages_shown" doc:"the list of stages that check and journey show: classic (awareness, familiarity, consideration, purchase, loyalty), decision (need, evaluation, decision, purchase, loyalty) or today (awareness, consideration, purchase, after_sales, loyalty); changes no data" words:"$stage_lists"`

	document *document.Document // with the origin of every value
	hash     string             // of the resolved content, whatever the order and comments of the file
}

// Weights gives each name its part of a choice. The file writes percentages, which must sum to
// 100 %, or bare numbers, which are only compared with each other. Values here are as written,
// percentages as fractions; a name that is absent has weight 0.
type Weights map[string]float64

// Share is a probability: 35% or 0.35 in the file, 0.35 here.
type Share float64

// Span is a length of time: 90min, 4h, 2.5d in the file.
type Span time.Duration

// Date is a civil date without a time zone, 2025-01-31 in the file.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// A Segment is a kind of customer.
type Segment struct {
	Share      float64            `yaml:"share" doc:"share of all customers: percentages that sum to 100, or weights" of:"siblings"`
	Devices    Weights            `yaml:"devices" doc:"devices of the segment's digital sessions and their shares: mobile, desktop, tablet, app" keys:"$devices"`
	Needs      float64            `yaml:"needs" doc:"how often needs arise, relative to needs.per_year; default 1" range:">0..1000"`
	Spend      float64            `yaml:"spend" doc:"price level of the products bought, relative to the catalogue: above 1 the segment prefers dearer ones; default 1" range:">0..1000"`
	Categories map[string]float64 `yaml:"categories" doc:"factors on the shares of needs by category in this segment; default 1, 0: never" range:"0..1000"`
	Ages       [2]int             `yaml:"ages" doc:"youngest and oldest age, e.g. [18, 75]" range:"14..110"`
	Traits     map[string]float64 `yaml:"traits" doc:"means of traits in this segment; default 0" range:"-5..5" keys:"$traits"`
	StayYears  float64            `yaml:"stay_years" doc:"mean number of years that a person of the segment stays in the market; default: population.stay_years" range:">0..1e6"`
	Arrivals   map[string]float64 `yaml:"arrivals" doc:"relative arrivals of the segment by month, jan to dec, compared with the other segments; default 1" range:"0..100" keys:"$months"`
	Journey    *Journey           `yaml:"journey" doc:"what differs from the scenario's journey in this segment: stages replace all stages, rows of channels replace single rows"`
}

// Needs says why a customer starts looking: a Poisson process of rate
// per_year × personal factor × season(day), where season has mean 1 over the year.
type Needs struct {
	PerYear float64            `yaml:"per_year" doc:"mean number of needs per customer and year; a need that arises during a journey becomes part of it" range:">0..1000"`
	Vary    float64            `yaml:"vary" doc:"shape of the Gamma distribution (mean 1) of personal need rates: 0.5 makes people very different, 3 rather alike; 0: all alike" range:"0..1000"`
	Season  map[string]float64 `yaml:"season" doc:"relative frequency of needs by month, jan to dec; default 1" range:"0..100" keys:"$months"`
	Weekday map[string]float64 `yaml:"weekday" doc:"relative frequency of needs by day of the week, mon to sun; default 1" range:"0..100" keys:"$weekdays"`
	Payday  Payday             `yaml:"payday" doc:"more needs on the days after payday"`
}

// Payday raises needs on a few days of each month.
type Payday struct {
	Day   int     `yaml:"day" doc:"day of the month on which wages are paid, e.g. 27; 0: no payday" range:"0..31"`
	Days  int     `yaml:"days" doc:"number of days the effect lasts, payday included" range:"0..31"`
	Boost float64 `yaml:"boost" doc:"frequency of needs on these days relative to other days" range:">0..100"`
}

// TraitNames are the ways in which people differ, in the order of Traits' columns:
// need (log of need rate), conversion (log-odds weight of going on to cart and order), price (log
// of how cheap the products chosen are), digital (log-weight of web and app against store and
// phone), ads (log-weight of paid and push channels), social (log-weight of word of mouth and
// social channels), haste (log of how fast stages are left).
var TraitNames = []string{"need", "conversion", "price", "digital", "ads", "social", "haste"}

// Traits says how much people differ: θ = μ(segment) + L·z with z standard normal and L from the
// standard deviations and correlations. All zero: everyone follows the chain.
type Traits struct {
	Spread    map[string]Share `yaml:"spread" doc:"standard deviation of each trait: need, conversion, price, digital, ads, social, haste" range:"0..5" keys:"$traits"`
	Correlate []Correlation    `yaml:"correlate" doc:"correlations between traits, e.g. [{of: [digital, price], is: 0.3}]"`
}

// A Correlation ties two traits together.
type Correlation struct {
	Of [2]string `yaml:"of" doc:"the two traits" must:"true" words:"$traits"`
	Is float64   `yaml:"is" doc:"their correlation, from -1 to 1" must:"true" range:"-1..1"`
}

// A Channel is a medium through which the market and the customer meet.
type Channel struct {
	ID         string             `yaml:"id" doc:"stable identifier that keys the channel's random numbers; default: its name. Renaming a channel and keeping its old id changes no data" form:"name"`
	Touchpoint string             `yaml:"touchpoint" doc:"where contacts happen: web, app, inbox, store, telephone, social_feed, street" must:"true" words:"$touchpoints"`
	Without    Without            `yaml:"without" doc:"what happens to its contacts in a world without the channel: not_sent or not_served (they do not happen), lose (the visit is lost) or {substitute: CHANNEL, share: 40%}; default: not_served if paid, not_sent in the inbox, else lose"`
	Hours      Hours              `yaml:"hours" doc:"opening or sending hours such as 9-20, or weights by hour of the day {9: 1, 12-14: 3}; default: usual hours of the touchpoint"`
	Closed     []Closing          `yaml:"closed" doc:"when it is closed: days of the week, holidays (the public ones of the scenario's holidays), days of every year or of one, e.g. [sun, holidays, 08-14, 2025-12-24]"`
	Open       []Day              `yaml:"open" doc:"days on which it is open although closed says otherwise, of every year or of one, e.g. [12-08, 2025-12-21]"`
	Weekday    map[string]float64 `yaml:"weekday" doc:"relative visits by day of the week, mon to sun; default 1. People who are ready on a weak or a closed day come on one of the next seven, more likely on a strong one; has no effect on adverts and messages" range:"0..100" keys:"$weekdays"`
	Source     string             `yaml:"source" doc:"utm_source of its visits, e.g. google"`
	Medium     string             `yaml:"medium" doc:"utm_medium of its visits, e.g. cpc"`
	Paid       bool               `yaml:"paid" doc:"true if its contacts are paid for"`
}

// Off is a channel's rule in a world without it.
type Without struct {
	Rule       string // not_sent, not_served, lose or substitute; in a file the word stands for itself
	Substitute string `yaml:"substitute" doc:"channel through which visits come instead"`
	Share      Share  `yaml:"share" doc:"share of visits that come through the substitute; the others are lost"`
}

// Hours are the relative weights of the 24 local hours; 0 is closed.
type Hours [24]float64

// Journey is the semi-Markov chain. Entering a stage is a touch through a channel; the stage's
// dwell law says how long until the next move, and next says where to.
type Journey struct {
	Start    Weights            `yaml:"start" doc:"stages in which a journey can begin, with percentages or weights; default: the first textbook stage there is"`
	Stages   map[string]Stage   `yaml:"stages" doc:"stages, by names of your own; start and leave are reserved"`
	Channels map[string]Weights `yaml:"channels" doc:"weights of the next channel, by what came before: a row for start, for the last channel, or for the last two (a > b). A missing row falls back to the last channel alone, then to start" form:"pairs"`
}

// A Stage is a state of the journey.
type Stage struct {
	PartOf   string  `yaml:"part_of" doc:"the textbook stage it belongs to: awareness, familiarity, consideration, purchase, after_sales, loyalty; defaults to its own name" must:"derived" words:"$classical"`
	Does     string  `yaml:"does" doc:"what entering it does: notice, browse, quote, cart, order, engage; default: what is usual in the stage it is part of" words:"$activities"`
	Dwell    Law     `yaml:"dwell" doc:"time until the next move: a duration such as 2d, or a distribution such as {lognormal: {median: 3d, sigma: 1.2}}, {weibull: {scale, shape}}, {gamma: {mean, shape}}, {erlang: {mean, k}}, {exponential: {mean}} or {mixture: [...]}. The next touch comes on the day on which it ends, at an hour of its channel" must:"true"`
	Next     Weights `yaml:"next" doc:"stages that can follow, or leave (the journey ends), with percentages or weights" must:"true" want:"stages or leave with percentages or weights, such as {leave: 100%}"`
	Channels Weights `yaml:"channels" doc:"factors on the channel weights when this stage is entered, by channel: 4 makes a channel four times as likely as its row says, 0 forbids it; default 1. A factor cannot bring in a channel that the row does not have: 0 stays 0"`
}

// Sessions are visits on the web and in the app.
type Sessions struct {
	Pages        Pages              `yaml:"pages" doc:"mean number of pages of a visit, by what its stage does"`
	Duration     Law                `yaml:"duration" doc:"duration of a visit with an average number of pages; with n times as many it is n^0.75 times as long"`
	ProductViews Share              `yaml:"product_views" doc:"share of pages that show a product"`
	Searches     Share              `yaml:"searches" doc:"share of pages that are site searches"`
	Conversion   map[string]float64 `yaml:"conversion" doc:"factor on the weight of moving on to cart or order, by device and relative to offline contacts; default 1" keys:"$devices" range:">0..100"`
	NewSource    bool               `yaml:"new_source" doc:"true: a click from another source begins a new session, as in Universal Analytics; false: only half an hour without an event ends one, as in GA4"`
	HomeDevice   Share              `yaml:"home_device" doc:"share of a person's sessions on their usual device; the others follow the segment's devices"`
	Call         Law                `yaml:"call" doc:"duration of a telephone call"`
	StoreVisit   Law                `yaml:"store_visit" doc:"duration of a visit to a store"`
}

// Pages are mean page counts by what a visit does; a visit has 1 + NB(mean-1, 1) pages.
type Pages struct {
	Notice float64 `yaml:"notice" doc:"mean pages of a first look (does: notice)" range:"1..100"`
	Browse float64 `yaml:"browse" doc:"mean pages when browsing and comparing (does: browse or quote)" range:"1..100"`
	Cart   float64 `yaml:"cart" doc:"mean pages when filling a cart (does: cart)" range:"1..100"`
	Order  float64 `yaml:"order" doc:"mean pages when checking out (does: order)" range:"1..100"`
	Engage float64 `yaml:"engage" doc:"mean pages when looking after an order, an account or a wish list (does: engage)" range:"1..100"`
}

// Catalogue is what is sold.
type Catalogue struct {
	Categories map[string]Category `yaml:"categories" doc:"product categories, by names of your own"`
	Mix        Share               `yaml:"mix" doc:"share of the further products of an order that are of another category than the one needed; 0%: all products of an order are of one category"`
	Margin     Share               `yaml:"margin" doc:"gross margin on the price without tax: what is left of it after the cost of goods; categories may have their own"`
	Zipf       float64             `yaml:"zipf" doc:"Zipf exponent of popularity: the r-th most popular product of a category is chosen in proportion to r^-zipf; 0: all alike" range:"0..5"`
}

// A Category is a kind of goods.
type Category struct {
	Share    float64            `yaml:"share" doc:"share of journeys that are about this category: percentages that sum to 100, or weights" of:"siblings"`
	Products int                `yaml:"products" doc:"number of products" range:"1..32_768"`
	Price    float64            `yaml:"price" doc:"median price, tax included" range:">0..1e7"`
	Sigma    float64            `yaml:"sigma" doc:"standard deviation of log prices; 0.6 puts two thirds of them within a factor of 1.8 of the median" range:"0..10"`
	VAT      Share              `yaml:"vat" doc:"VAT rate included in the price; default: orders.vat"`
	Margin   Share              `yaml:"margin" doc:"gross margin on the price without tax; default: catalogue.margin"`
	With     map[string]float64 `yaml:"with" doc:"complements: factors on the shares of other categories among the further products of an order for this one, such as {sauces: 3} in pasta; default 1, 0: never" range:"0..1000"`
}

// Stores are the shops.
type Stores struct {
	Count int `yaml:"count" doc:"number of physical stores, placed by population; 0: none" range:"0..65_535"`
}

// Orders says what a purchase looks like.
type Orders struct {
	Lines      float64  `yaml:"lines" doc:"mean number of products wanted in an order: 1 + Poisson(lines - 1), the further ones also of other categories (catalogue.mix); the same product twice is one line" range:"1..4"`
	Quantity   float64  `yaml:"quantity" doc:"mean quantity of a line: 1 + a geometric number" range:"1..100"`
	VAT        Share    `yaml:"vat" doc:"VAT rate included in the prices"`
	Fulfilment Weights  `yaml:"fulfilment" doc:"how online orders are fulfilled, with percentages or weights: ship, or collect (pickup in a store)" keys:"ship,collect"`
	Delivery   Law      `yaml:"delivery" doc:"time from order to delivery"`
	Collection Law      `yaml:"collection" doc:"time from order to pickup in the store"`
	Shipping   Shipping `yaml:"shipping" doc:"shipping fee"`
}

// Shipping is the fee of a sent order.
type Shipping struct {
	Fee      float64 `yaml:"fee" doc:"fee per shipped order; 0: shipping is free" range:"0..1e7"`
	FreeFrom float64 `yaml:"free_from" doc:"order value from which shipping is free; 0: never" range:"0..1e7"`
}

// Carts says why customers leave them.
type Carts struct {
	Reasons Weights `yaml:"reasons" doc:"declared reasons for abandoning a cart, by names of your own, with percentages or weights"`
}

// Identity says how visitors become known.
type Identity struct {
	Register    Share `yaml:"register" doc:"share of visits in which an anonymous visitor signs up"`
	Login       Share `yaml:"login" doc:"share of web visits in which a known customer logs in; app visits always are"`
	LoyaltyCard Share `yaml:"loyalty_card" doc:"share of store orders at which a customer without a loyalty card takes one"`
	Marketing   Share `yaml:"marketing" doc:"share of known customers who allow marketing"`
	Profiling   Share `yaml:"profiling" doc:"share of known customers who allow profiling"`
	Tracking    Share `yaml:"tracking" doc:"share of people who accept tracking cookies"`
}
