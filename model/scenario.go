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
	From      string              `yaml:"from" doc:"a built-in scenario or a relative file to start from: maps merge, lists replace, off or null removes"`
	Name      string              `yaml:"name" doc:"what the market is called; defaults to the file name" form:"title"`
	About     string              `yaml:"about" doc:"one line: what the scenario shows"`
	GoodFor   string              `yaml:"good_for" doc:"one line: whom or what the scenario serves"`
	Customers int                 `yaml:"customers" doc:"simulated people; people 1..n stay the same when more are added" range:"1..134_217_727"`
	Seed      uint64              `yaml:"seed" doc:"the same scenario, seed and release give the same rows everywhere" range:"0..18_446_744_073_709_551_615"`
	Start     Date                `yaml:"start" doc:"the first day that is written, local time"`
	Days      int                 `yaml:"days" doc:"how many days are written" range:"1..3650"`
	Warmup    int                 `yaml:"warmup" doc:"days simulated before start and not written, so that day one finds customers with a past" range:"0..2000"`
	TimeZone  string              `yaml:"time_zone" doc:"IANA name of the market's time zone, e.g. Europe/Rome" form:"time_zone"`
	Currency  string              `yaml:"currency" doc:"ISO 4217 code of all amounts" form:"currency"`
	Locale    string              `yaml:"locale" doc:"names, addresses and phones of customers: it-IT or en" words:"$locales"`
	Town      int                 `yaml:"town" doc:"customers in one town of neighbours, the unit inside which people affect each other" range:"100..100_000"`
	Segments  map[string]Segment  `yaml:"segments" doc:"kinds of customers and their shares; one segment everyone when absent"`
	Needs     Needs               `yaml:"needs" doc:"why and when a customer starts looking"`
	Traits    Traits              `yaml:"traits" doc:"how much people differ from each other inside a segment"`
	Channels  map[string]Channel  `yaml:"channels" doc:"where the market meets its customers" must:"true" want:"at least one, such as {web: {touchpoint: web}}"`
	Journey   Journey             `yaml:"journey" doc:"the semi-Markov chain of stages and channels" must:"true" want:"a map of start, stages or channels"`
	Sessions  Sessions            `yaml:"sessions" doc:"visits on web and app: pages, searches, durations, devices"`
	Catalogue Catalogue           `yaml:"catalogue" doc:"what is sold: categories, prices, popularity"`
	Stores    Stores              `yaml:"stores" doc:"shops, placed in real cities by population"`
	Orders    Orders              `yaml:"orders" doc:"baskets, tax, shipping and fulfilment"`
	Carts     Carts               `yaml:"carts" doc:"why carts are abandoned"`
	Identity  Identity            `yaml:"identity" doc:"how anonymous visitors become known customers, and their consents"`
	Campaigns map[string]Campaign `yaml:"campaigns" doc:"planned pushes on a channel between two dates"`
	Behaviors Behaviors           `yaml:"behaviors" doc:"rules that bend the chain; none: the chain alone"`
	Targets   map[string]Target   `yaml:"targets" doc:"bands in which KPIs of the market must lie, with their sources; percorso kpis measures them"`
	Coupling  string              `yaml:"coupling" doc:"what one customer's life does to another's: off; frozen: in a world without a channel, what it did with all channels; live" words:"off,frozen,live"`

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
	Share   float64            `yaml:"share" doc:"its part of all customers: percentages that sum to 100, or weights" of:"siblings"`
	Devices Weights            `yaml:"devices" doc:"where its digital sessions happen: mobile, desktop, tablet, app" keys:"$devices"`
	Needs   float64            `yaml:"needs" doc:"how often it needs something, relative to needs.per_year; default 1" range:">0..1000"`
	Spend   float64            `yaml:"spend" doc:"how dear the products it buys are, relative to the catalogue; default 1" range:">0..1000"`
	Ages    [2]int             `yaml:"ages" doc:"youngest and oldest age, e.g. [18, 75]" range:"14..110"`
	Traits  map[string]float64 `yaml:"traits" doc:"mean of a trait in this segment, in the trait's own unit; default 0" range:"-5..5" keys:"$traits"`
	Journey *Journey           `yaml:"journey" doc:"replaces parts of the scenario's journey for this segment: stages whole, channels row by row"`
}

// Needs says why a customer starts looking: a Poisson process of rate
// per_year × personal factor × season(day), where season has mean 1 over the year.
type Needs struct {
	PerYear float64            `yaml:"per_year" doc:"needs a customer feels in a year, on average; one felt during a journey is part of it" range:">0..1000"`
	Vary    float64            `yaml:"vary" doc:"shape of the Gamma law of personal need rates (mean 1); absent or 0: all alike" range:"0..1000"`
	Season  map[string]float64 `yaml:"season" doc:"relative needs by month, jan to dec; absent months are 1" range:"0..100" keys:"$months"`
	Weekday map[string]float64 `yaml:"weekday" doc:"relative needs by day of the week, mon to sun; absent days are 1" range:"0..100" keys:"$weekdays"`
	Payday  Payday             `yaml:"payday" doc:"the days after wages arrive"`
}

// Payday raises needs on a few days of each month.
type Payday struct {
	Day   int     `yaml:"day" doc:"day of the month wages arrive; 0: no payday" range:"0..31"`
	Days  int     `yaml:"days" doc:"how many days the effect lasts" range:"0..31"`
	Boost float64 `yaml:"boost" doc:"needs on these days relative to others" range:">0..100"`
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
	Correlate []Correlation    `yaml:"correlate" doc:"correlations between two traits"`
}

// A Correlation ties two traits together.
type Correlation struct {
	Of [2]string `yaml:"of" doc:"two trait names" must:"true" words:"$traits"`
	Is float64   `yaml:"is" doc:"between -1 and 1" must:"true" range:"-1..1"`
}

// A Channel is a medium through which the market and the customer meet.
type Channel struct {
	ID         string   `yaml:"id" doc:"what the channel is keyed by; defaults to its name, so that renaming with the old id changes nothing" form:"name"`
	Touchpoint string   `yaml:"touchpoint" doc:"where it happens: web, app, inbox, store, telephone, social_feed, street" must:"true" words:"$touchpoints"`
	Without    Without  `yaml:"without" doc:"what becomes of its touches in a world without it: not_sent, not_served, lose, or {substitute: CHANNEL, share: 40%}"`
	Hours      Hours    `yaml:"hours" doc:"opening hours such as 9-20, or weights by hour of the day {9: 1, 12: 3}; absent: the touchpoint's usual hours"`
	Closed     []string `yaml:"closed" doc:"days of the week on which it is closed, e.g. [sun]" words:"$weekdays"`
	Source     string   `yaml:"source" doc:"utm_source of its visits"`
	Medium     string   `yaml:"medium" doc:"utm_medium of its visits"`
	Paid       bool     `yaml:"paid" doc:"true when contacts are bought"`
}

// Off is a channel's rule in a world without it.
type Without struct {
	Rule       string // not_sent, not_served, lose or substitute; in a file the word stands for itself
	Substitute string `yaml:"substitute" doc:"the channel the visit comes through instead"`
	Share      Share  `yaml:"share" doc:"how many of the visits come anyway"`
}

// Hours are the relative weights of the 24 local hours; 0 is closed.
type Hours [24]float64

// Journey is the semi-Markov chain. Entering a stage is a touch through a channel; the stage's
// dwell law says how long until the next move, and next says where to.
type Journey struct {
	Start    Weights            `yaml:"start" doc:"stages in which a journey may begin; default: the first textbook stage there is"`
	Stages   map[string]Stage   `yaml:"stages" doc:"the stages; start and leave are reserved"`
	Channels map[string]Weights `yaml:"channels" doc:"weights of the next channel after start, after a channel, or after two (a > b); missing rows fall back to the shorter key, then to start" form:"pairs"`
}

// A Stage is a state of the journey.
type Stage struct {
	PartOf   string  `yaml:"part_of" doc:"the textbook stage it belongs to: awareness, familiarity, consideration, purchase, after_sales, loyalty; defaults to its own name" must:"derived" words:"$classical"`
	Does     string  `yaml:"does" doc:"what entering it does: notice, browse, quote, cart, order, engage; default: what is usual in the stage it is part of" words:"$activities"`
	Dwell    Law     `yaml:"dwell" doc:"how long it lasts: 2d, or {lognormal: {median: 3d, sigma: 1.2}}, {weibull: {scale, shape}}, {gamma: {mean, shape}}, {erlang: {mean, k}}, {exponential: {mean}}, {mixture: [...]}" must:"true"`
	Next     Weights `yaml:"next" doc:"where it leads: stages, or leave" must:"true" want:"stages or leave with percentages or weights, such as {leave: 100%}"`
	Channels Weights `yaml:"channels" doc:"factors on the channel weights while entering this stage; default 1, 0 forbids"`
}

// Sessions are visits on the web and in the app.
type Sessions struct {
	Pages        Pages              `yaml:"pages" doc:"mean pages of a visit by what it does"`
	Duration     Law                `yaml:"duration" doc:"length of a visit of average size"`
	ProductViews Share              `yaml:"product_views" doc:"part of the pages that show one product"`
	Searches     Share              `yaml:"searches" doc:"part of the pages that are site searches"`
	Conversion   map[string]float64 `yaml:"conversion" doc:"how readily a visit leads on to cart and order, by device, relative to off line; default 1" keys:"$devices" range:">0..100"`
	HomeDevice   Share              `yaml:"home_device" doc:"sessions on the person's usual device; the others follow the segment's devices"`
	Call         Law                `yaml:"call" doc:"length of a call on a telephone channel"`
	StoreVisit   Law                `yaml:"store_visit" doc:"length of a visit to a store"`
}

// Pages are mean page counts by what a visit does; a visit has 1 + NB(mean-1, 1) pages.
type Pages struct {
	Notice float64 `yaml:"notice" doc:"a first look" range:"1..100"`
	Browse float64 `yaml:"browse" doc:"looking and comparing" range:"1..100"`
	Cart   float64 `yaml:"cart" doc:"filling a cart" range:"1..100"`
	Order  float64 `yaml:"order" doc:"checking out" range:"1..100"`
	Engage float64 `yaml:"engage" doc:"looking after an order, an account, a wish list" range:"1..100"`
}

// Catalogue is what is sold.
type Catalogue struct {
	Categories map[string]Category `yaml:"categories" doc:"kinds of goods"`
	Zipf       float64             `yaml:"zipf" doc:"popularity: the r-th product of a category is chosen in proportion to r^-zipf" range:"0..5"`
}

// A Category is a kind of goods.
type Category struct {
	Share    float64 `yaml:"share" doc:"part of the journeys that are about it" of:"siblings"`
	Products int     `yaml:"products" doc:"how many products" range:"1..32_768"`
	Price    float64 `yaml:"price" doc:"median price, tax included" range:">0..1e7"`
	Sigma    float64 `yaml:"sigma" doc:"spread of prices: standard deviation of the logarithm" range:"0..10"`
	VAT      Share   `yaml:"vat" doc:"tax inside the price; defaults to orders.vat"`
}

// Stores are the shops.
type Stores struct {
	Count int `yaml:"count" doc:"how many shops, placed by population; 0: none" range:"0..65_535"`
}

// Orders says what a purchase looks like.
type Orders struct {
	Lines      float64  `yaml:"lines" doc:"products wanted in an order: 1 + Poisson(lines-1); one wanted twice is one line" range:"1..4"`
	Quantity   float64  `yaml:"quantity" doc:"mean pieces of a product: 1 + Geometric" range:"1..100"`
	VAT        Share    `yaml:"vat" doc:"tax inside the prices"`
	Fulfilment Weights  `yaml:"fulfilment" doc:"of online orders: ship, collect" keys:"ship,collect"`
	Delivery   Law      `yaml:"delivery" doc:"from order to parcel"`
	Collection Law      `yaml:"collection" doc:"from order to pick-up in the store"`
	Shipping   Shipping `yaml:"shipping" doc:"what sending costs"`
}

// Shipping is the fee of a sent order.
type Shipping struct {
	Fee      float64 `yaml:"fee" doc:"amount" range:"0..1e7"`
	FreeFrom float64 `yaml:"free_from" doc:"orders from this amount ship free; 0: never free" range:"0..1e7"`
}

// Carts says why customers leave them.
type Carts struct {
	Reasons Weights `yaml:"reasons" doc:"declared reasons of abandoned carts"`
}

// Identity says how visitors become known.
type Identity struct {
	Register    Share `yaml:"register" doc:"visits in which an unknown visitor signs up"`
	Login       Share `yaml:"login" doc:"web visits in which a known customer logs in; the app always does"`
	LoyaltyCard Share `yaml:"loyalty_card" doc:"store orders in which an unknown customer takes the card"`
	Marketing   Share `yaml:"marketing" doc:"known customers who allow marketing"`
	Profiling   Share `yaml:"profiling" doc:"known customers who allow profiling"`
	Tracking    Share `yaml:"tracking" doc:"people who accept tracking cookies"`
}

// A Campaign is a planned push.
type Campaign struct {
	Channel  string  `yaml:"channel" doc:"the channel it runs on" must:"true"`
	From     Date    `yaml:"from" doc:"first day" must:"true"`
	To       Date    `yaml:"to" doc:"last day" must:"true"`
	Discount Share   `yaml:"discount" doc:"off the orders that come through it"`
	Budget   float64 `yaml:"budget" doc:"planned spend"`
}
