package table

// A Touchpoint is where a contact happens. Its value is the code of the events' column touchpoint.
type Touchpoint uint8

// The touchpoints. Parcel is where deliveries happen; channels cannot name it.
const (
	Web Touchpoint = iota + 1
	App
	Inbox
	Store
	Telephone
	SocialFeed
	Street
	Parcel
)

// Touchpoints are their names, in the order of their codes.
var Touchpoints = []string{"web", "app", "inbox", "store", "telephone", "social_feed",
	"street", "parcel"}

// Digital reports whether a contact there leads to a visit on the web or in the app.
func (t Touchpoint) Digital() bool { return t == Web || t == App || t == Inbox || t == SocialFeed }

// Sells reports whether an order can be placed through a contact there.
func (t Touchpoint) Sells() bool { return t.Digital() || t == Store || t == Telephone }

// Codes of the events' column event_type.
const (
	Impression uint32 = iota + 1
	MessageOpened
	Click
	SessionStart
	PageView
	ScreenView
	Search
	ViewItem
	AddToCart
	BeginCheckout
	Purchase
	SignUp
	Login
	StoreVisit
	Call
	Delivery
	Pickup
	MessageSent    // a message that was delivered and not yet opened
	Return         // goods are given back
	Survey         // a survey was answered
	Review         // a product was rated
	WordOfMouth    // somebody told somebody about us
	Post           // somebody told a network about us
	Like           // of a post
	Comment        // on a post
	Share          // a post passed on
	Referral       // a code was given to somebody
	Chat           // with the service desk
	ContactRequest // a letter, a mail or a form to it
	ContactReply   // its answer
	Renewal        // of a contract
	Cancellation   // of a contract
	RewardRedeemed // points were turned into a voucher
	StockOut       // what was wanted was not there
	QuoteRequest   // an offer was asked for
	ViewCart       // a cart was looked at
	RemoveFromCart
	AddShippingInfo // address and way of delivery were given
	AddPaymentInfo  // a means of payment was given, and tried
	PaymentDeclined // it was refused

	MessageBounced      // a message of a list was not delivered
	MessageUnsubscribed // who read it wants no more of them
	ConsentChanged      // the consent to advertising was withdrawn
)

// EventTypes are their names, in the order of their codes.
var EventTypes = []string{
	"impression", "message_opened", "click", "session_start", "page_view", "screen_view",
	"search", "view_item", "add_to_cart", "begin_checkout", "purchase", "sign_up", "login",
	"store_visit", "call", "delivery", "pickup", "message_sent", "return", "survey", "review",
	"word_of_mouth", "post", "like", "comment", "share", "referral", "chat", "contact_request",
	"contact_reply", "renewal", "cancellation", "reward_redeemed", "stock_out", "quote_request",
	"view_cart", "remove_from_cart", "add_shipping_info", "add_payment_info", "payment_declined",
	"message_bounced", "message_unsubscribed", "consent_changed",
}

// A Device is what a digital session runs on. Its value is the code of the column device_type.
type Device uint8

// The devices; DeviceApp is the retailer's own app on a phone.
const (
	DeviceMobile Device = iota + 1
	DeviceDesktop
	DeviceTablet
	DeviceApp
)

// Patterns are the names of how buying journeys use web and stores, in the order of their codes.
var Patterns = []string{"webrooming", "showrooming", "click_and_collect", "pure_online",
	"pure_store", "multichannel"}

// Devices are their names, in the order of their codes.
var Devices = []string{"mobile", "desktop", "tablet", "app"}

// Codes of the remaining columns with a fixed vocabulary.
const (
	CauseNeed  uint32 = 1 // the journey begins: a need was felt
	CauseChain uint32 = 2 // the stage chain moved on
	CauseOrder uint32 = 3 // an order's consequence: a delivery, a collection

	ConsentGranted uint32 = 1
	ConsentDenied  uint32 = 2

	IdentifiedByLogin uint32 = 1
	IdentifiedByOrder uint32 = 2
	IdentifiedByCard  uint32 = 3

	Ship    uint32 = 1
	Collect uint32 = 2
	InStore uint32 = 3

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
	OutcomeRival     uint32 = 4 // bought from a competitor
	OutcomeStockOut  uint32 = 5 // a wanted product was out of stock
	OutcomeLost      uint32 = 6 // the channel of the visit is off

	IdentifierDevice uint32 = 1
	IdentifierUser   uint32 = 2

	Negative uint32 = 1 // sentiments
	Neutral  uint32 = 2
	Positive uint32 = 3

	SurveyNPS  uint32 = 1
	SurveyCSAT uint32 = 2

	Detractor uint32 = 1
	Passive   uint32 = 2
	Promoter  uint32 = 3

	TicketResolved   uint32 = 1
	TicketUnresolved uint32 = 2
	TicketAbandoned  uint32 = 3 // hung up before anybody answered
	TicketOpen       uint32 = 4 // on the last day

	ActivityPost     uint32 = 1
	ActivityLike     uint32 = 2
	ActivityComment  uint32 = 3
	ActivityShare    uint32 = 4
	ActivityReferral uint32 = 5
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
	causes        = []string{"need", "chain", "order"} // and the behaviors, which model adds
	consents      = []string{"granted", "denied"}
	identifiedBys = []string{"login", "order", "loyalty_card"}
	tiers         = []string{"bronze", "silver", "gold"}
	fulfilments   = []string{"ship", "collect", "in_store"}
	statuses      = []string{"completed", "shipped", "delivered", "ready", "collected"}
	cartStates    = []string{"abandoned", "converted"}
	outcomes      = []string{"purchased", "gave_up", "under_way", "competitor", "stock_out", "lost"}
	sentiments    = []string{"negative", "neutral", "positive"}
	// SurveyKinds are the kinds of surveys, in the order of their codes.
	SurveyTypes     = []string{"nps", "csat"}
	npsClasses      = []string{"detractor", "passive", "promoter"}
	ticketEnds      = []string{"resolved", "unresolved", "abandoned", "open"}
	activityTypes   = []string{"post", "like", "comment", "share", "referral"}
	identifierTypes = []string{"device", "user"}
)
