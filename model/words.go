package model

// A Touchpoint is where a contact happens. Its value is the code of the events' column touchpoint.
type Touchpoint uint8

// The touchpoints. Parcel is where deliveries happen; channels cannot name it.
const (
	Web Touchpoint = iota + 1
	App
	Inbox
	Store
	Phone
	SocialFeed
	Street
	Parcel
)

// Touchpoints are their names, in the order of their codes.
var Touchpoints = []string{"web", "app", "inbox", "store", "phone", "social_feed",
	"street", "parcel"}

// Digital says whether a contact there leads to a visit on the web or in the app.
func (t Touchpoint) Digital() bool { return t == Web || t == App || t == Inbox || t == SocialFeed }

// Sells says whether an order can be placed through a contact there.
func (t Touchpoint) Sells() bool { return t.Digital() || t == Store || t == Phone }

// An Activity is what entering a stage does.
type Activity uint8

// The activities.
const (
	Notice Activity = iota
	Browse
	FillCart
	PlaceOrder
	Engage
)

// Activities are their names in scenarios, in their order.
var Activities = []string{"notice", "browse", "cart", "order", "engage"}

// Codes of the events' column event_type.
const (
	Impression uint32 = iota + 1
	Open
	Click
	SessionStart
	PageView
	ScreenView
	Search
	ProductView
	AddToCart
	CheckoutStart
	Purchase
	Signup
	Login
	StoreVisit
	Call
	Delivery
	Collection
)

// EventTypes are their names, in the order of their codes.
var EventTypes = []string{
	"impression", "open", "click", "session_start", "page_view", "screen_view",
	"search", "product_view", "add_to_cart", "checkout_start", "purchase", "signup", "login",
	"store_visit", "call", "delivery", "collection",
}

// A Device is what a digital session runs on. Its value is the code of the column device_type.
type Device uint8

// The devices; DeviceApp is the retailer's own app on a phone.
const (
	DevicePhone Device = iota + 1
	DeviceDesktop
	DeviceTablet
	DeviceApp
)

// Devices are their names, in the order of their codes.
var Devices = []string{"phone", "desktop", "tablet", "app"}

// Codes of the remaining columns with a fixed vocabulary.
const (
	CauseNeed  uint32 = 1 // the journey begins: a need was felt
	CauseChain uint32 = 2 // the stage chain moved on
	CauseOrder uint32 = 3 // an order's consequence: a delivery, a collection

	ConsentGranted uint32 = 1
	ConsentDenied  uint32 = 2

	KnownByLogin uint32 = 1
	KnownByOrder uint32 = 2
	KnownByCard  uint32 = 3

	Ship     uint32 = 1
	Collect  uint32 = 2
	CarryOut uint32 = 3

	StatusCompleted uint32 = 1
	StatusShipped   uint32 = 2
	StatusDelivered uint32 = 3
	StatusReady     uint32 = 4
	StatusCollected uint32 = 5

	CartAbandoned uint32 = 1
	CartConverted uint32 = 2

	OutcomePurchased uint32 = 1
	OutcomeGaveUp    uint32 = 2
	OutcomeUnderWay  uint32 = 3

	KindDevice uint32 = 1
	KindUser   uint32 = 2
)

// Codes of truth_journeys' column pattern.
const (
	Webrooming      uint32 = iota + 1 // looked on line, bought in a store
	Showrooming                       // looked in a store, bought on line
	ClickAndCollect                   // bought on line, picked up in a store
	PureOnline                        // never in a store
	PureStore                         // never on line
	Multichannel                      // anything else
)

var (
	causes      = []string{"need", "chain", "order"}
	consents    = []string{"granted", "denied"}
	knownBys    = []string{"login", "order", "loyalty_card"}
	tiers       = []string{"bronze", "silver", "gold"}
	fulfilments = []string{"ship", "collect", "carry_out"}
	statuses    = []string{"completed", "shipped", "delivered", "ready", "collected"}
	cartStates  = []string{"abandoned", "converted"}
	outcomes    = []string{"purchased", "gave_up", "under_way"}
	patterns    = []string{"webrooming", "showrooming", "click_and_collect", "pure_online",
		"pure_store", "multichannel"}
	kinds = []string{"device", "user"}
)

// TierPoints are the points from which a card holder is bronze, silver and gold.
var TierPoints = [3]int64{0, 250, 750}
