package model

import (
	"time"

	"github.com/percorso/percorso/model/draw"
	"github.com/percorso/percorso/model/locale"
	"github.com/percorso/percorso/model/table"
)

// Release names the rules of the simulation. It changes when the same scenario and seed give other
// rows than before, together with the goldens, and never otherwise.
const Release = "0.7"

// A World is a compiled scenario: names are small whole numbers, laws are tables of integers. It
// never changes, so workers share it without locks, and it is the same on every machine.
type World struct {
	Scenario *Scenario
	Tables   *[table.TableCount]table.Table // of a batch, with the words of its Code columns
	Locale   *locale.Locale
	Key      draw.Key

	Customers int
	TownSize  int
	Towns     int
	PartTowns int // towns in a part; the last part may have fewer
	Parts     int // ceil(Towns / PartTowns)
	TileDays  int // how many days a town lives before the part's next town does

	Calendar
	Rules

	Off      uint64 // channels that this world is without, by place
	OffSince int    // the first day on which they are missing
	Luck     uint64 // tells draws of needs, journeys and contacts from others of the same people
	Coupling Coupling

	prices *MarketForcesPlan // nil where prices do not change; asked for every product

	RowsPerCustomer float64 // expected event rows of a customer, rounded to whole tens
}

// A Calendar is the days of a world, counted from the first that is written; those before it are
// the warm-up.
type Calendar struct {
	Warmup   int      // days before day 0 that are simulated and not written
	Days     int      // days that are written: 0 .. Days-1
	Midnight []int64  // µs UTC of local midnight of day d at [d+Warmup]; one more than there are days
	Weekday  []uint8  // of day d at [d+Warmup]; 0 is Sunday
	Clock    []Clock  // of day d at [d+Warmup]
	Season   []uint64 // needs summed up to the end of day d at [d+Warmup+1], in mean days × 2^20

	Holidays map[time.Time]bool // public ones, as midnights UTC
}

// A Clock is the seconds from midnight at which each local hour of a day begins, and its length as
// the 25th. An hour that clocks skip begins when the next does.
type Clock [25]int32

// Rules are the compiled names and laws of a scenario.
type Rules struct {
	Stages     []string // names by code - 1, of all journeys; sorted
	Channels   []ChannelPlan
	TraitsOf   []uint8 // which of the traits digital (bit 0), ads and social weigh on a channel
	Segments   []SegmentPlan
	Segment    draw.Choice
	Population PopulationPlan
	Chains     []Chain // the scenario's, then those of segments with a journey of their own
	Categories []CategoryPlan
	Products   []ProductPlan // by code - 1
	Stores     []StorePlan   // by code - 1
	City       draw.Choice
	CityStores [][]uint32 // codes of the stores in reach, by city
	Campaigns  []CampaignPlan

	NeedWait  draw.Log                      // of mean days to a need, times ln 2 × 2^20
	NeedRate  draw.Table                    // Log of a person's need rate relative to the mean
	Normal    draw.Table                    // standard normal scores of the traits
	Traits    bool                          // whether anybody differs from anybody
	TraitRoot [TraitCount][TraitCount]int32 // Cholesky root of their covariance, 16 fractional bits

	Visits
	Buying
	IdentityPlan

	Plans     Plans
	NeedBound draw.Log // what all behaviors add at most to the log-hazard of a need
}

// Bounds of a scenario.
const (
	MaxStages   = 32 // with leave
	MaxChannels = 64
	DeviceCount = 4
)

// TraitCount is how many traits a person has.
const TraitCount = 7

// Traits by their place in TraitNames.
const (
	TraitNeed = iota
	TraitConversion
	TraitPrice
	TraitDigital
	TraitAds
	TraitSocial
	TraitHaste
)

// A ChannelPlan is a compiled channel.
type ChannelPlan struct {
	Name       string
	Touchpoint table.Touchpoint
	Paid       bool
	Plain      bool          // a visit without a source of its own, which continues the one before
	Hours      draw.Choice   // of the 24 local hours
	Closed     []bool        // by day of the world, at [day+Warmup]
	Goes       []uint16      // likewise: 1 + the place in Later of those who are ready; 0: at once
	Later      []draw.Choice // in how many days they come
	Delay      float64       // mean days by which visits come later than people are ready
	Week       [7]bool       // closed by weekday, but for single days
	Source     uint32        // code, 0: none
	Medium     uint32
	Referrer   uint32
	Campaigns  []uint32 // codes
	Without    WithoutPlan
}

// An OffPlan is what becomes of the touches of a channel in a world without it.
type WithoutPlan struct {
	Skips      bool        // a contact that was pushed is not missed
	Substitute uint8       // the channel, from 1, through which visits come instead; 0: none
	Share      draw.Chance // of them
}

// Followed reports whether a visit through the channel begins with a contact that the customer
// follows: a mail, a post, an advert.
func (c *ChannelPlan) Followed() bool {
	return c.Paid || c.Touchpoint == table.Inbox || c.Touchpoint == table.SocialFeed
}

// A SegmentPlan is a compiled segment.
type SegmentPlan struct {
	Name     string
	Chain    int
	Devices  draw.Choice // of Device - 1
	Needs    draw.Log    // need rate relative to the mean
	Stay     uint64      // mean days in the market × ln 2, 20 fractional bits
	Ages     [2]int
	Mean     [TraitCount]int32 // 16 fractional bits, natural logarithms
	Dearness int32             // natural logarithm of spend, 16 fractional bits
	Category draw.Choice       // of a need
	Beside   []draw.Choice     // of a further product of an order, by the category needed
}

// Digital is the bit of Rules.TraitsOf of the trait digital.
const Digital = 1

// Leave is the target of a chain's Next that ends the journey.
const Leave = 0

// A Chain is a compiled journey. Stages are counted by code; 0 is leave.
type Chain struct {
	Start  draw.Choice // of stage codes
	Stages []StagePlan // by code; those not in this chain are empty
	Rows   []uint16    // the row of weights after channels a then b at [a*(channels+1)+b]; 0: none
}

// A StagePlan is a compiled stage.
type StagePlan struct {
	Does    Activity
	Dwell   Wait
	Next    draw.Choice   // of stage codes
	Forward []bool        // by stage code: whether the trait conversion weighs on going there
	GoesOn  bool          // whether it weighs on going anywhere
	Channel []draw.Choice // of channels, by row
}

// A CategoryPlan is a compiled category.
type CategoryPlan struct {
	Name      string
	First     uint32 // code of its first product
	ByRank    []uint32
	Popular   [TiltCount]draw.Choice // of ranks, by how much dear products are liked
	TermCodes []uint32               // its search terms, the most frequent first
	Terms     draw.Choice            // of their places
}

// TiltCount is how many tastes for dear products are told apart, from -1.5 to 1.5 by halves.
const TiltCount = 7

// A ProductPlan is a compiled product.
type ProductPlan struct {
	Name     string
	Category int
	Price    int64 // cents, tax included
	Cost     int64 // cents, without tax
	VAT      int64 // 1/10000
	Rank     int   // from 1
}

// A StorePlan is a shop.
type StorePlan struct {
	Name  string
	City  int
	Place locale.Place
}

// Visits are the compiled sessions.
type Visits struct {
	Pages       [ActivityCount]draw.Choice // of pages beyond the first, by activity
	MeanPages   [ActivityCount]draw.Log    // of all pages
	Length      Wait
	CallLength  Wait
	StoreLength Wait
	ProductPage draw.Chance
	SearchPage  draw.Chance // beyond those that show a product
	NewSource   bool        // whether a click from another source begins a new session
	Home        draw.Chance
	Converts    [DeviceCount]draw.Log // weight of going on to cart and order, by Device - 1
}

// ActivityCount is how many activities there are.
const ActivityCount = 6

// Buying is the compiled orders and carts.
type Buying struct {
	Lines      draw.Choice // beyond the first
	Pieces     draw.Choice // beyond the first
	CollectOf  draw.Chance // of online orders
	Delivery   Wait
	Collection Wait
	Fee        int64 // cents
	FreeFrom   int64 // cents; 0: never free
	VAT        int64 // 1/10000
	Reasons    draw.Choice
	Courier    ChannelPlan // the hours of deliveries
	Awake      ChannelPlan // the hours in which push messages go out and are read
	Counter    ChannelPlan // and of collections
}

// IdentityPlan is the compiled identity.
type IdentityPlan struct {
	Register, Login, LoyaltyCard   draw.Chance
	Marketing, Profiling, Tracking draw.Chance
}
