package table

import "slices"

// A Fill is how often events of a type have a value in a column.
type Fill uint8

// Events of a type have a value never, or in some events or markets, or always.
const (
	Never Fill = iota
	Sometimes
	Always
)

// Fills are the names of the constants, in their order.
var Fills = []string{"never", "sometimes", "always"}

// Filled returns how often events of a type have a value in a column of events. The type is a code
// such as Purchase, the column a place such as EventRevenue.
func Filled(eventType uint32, column int) Fill {
	f := filled[eventType]
	switch {
	case !Schema("")[TableEvents].Columns[column].Null || slices.Contains(f.always, column):
		return Always
	case slices.Contains(f.sometimes, column):
		return Sometimes
	}
	return Never
}

// places are places of columns of events.
type places []int

// filled are, for each event type, the columns that may be null and are not, always or sometimes.
// All that is declared here was measured: simulate holds it against every built-in market.
var filled = [...]struct{ always, sometimes places }{
	Impression: {
		sometimes: places{EventDevice, EventDeviceType, EventCampaign, EventCategory,
			EventJourney, EventStage},
	},
	MessageOpened: {
		always: places{EventUser},
		sometimes: places{EventDevice, EventDeviceType, EventCampaign, EventJourney,
			EventStage},
	},
	Click: {
		always:    places{EventDevice, EventDeviceType, EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign, EventSource, EventMedium, EventReferrer},
	},
	SessionStart: {
		always:    places{EventSession, EventDevice, EventDeviceType, EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign, EventSource, EventMedium, EventReferrer},
	},
	PageView: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventDuration,
			EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign, EventSource, EventMedium, EventReferrer,
			EventCategory},
	},
	ScreenView: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventDuration,
			EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign, EventSource, EventMedium, EventReferrer,
			EventCategory},
	},
	Search: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventSearch,
			EventDuration, EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign, EventSource, EventMedium, EventReferrer},
	},
	ViewItem: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventProduct,
			EventCategory, EventPrice, EventDuration, EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign, EventSource, EventMedium, EventReferrer},
	},
	AddToCart: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventProduct,
			EventCategory, EventQuantity, EventPrice, EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign},
	},
	BeginCheckout: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventJourney,
			EventStage},
		sometimes: places{EventUser, EventCampaign},
	},
	Purchase: {
		always: places{EventRevenue, EventOrder},
		sometimes: places{EventSession, EventDevice, EventUser, EventDeviceType, EventCampaign,
			EventPage, EventStore, EventJourney, EventStage},
	},
	SignUp: {
		always: places{EventSession, EventDevice, EventUser, EventDeviceType, EventPage,
			EventJourney, EventStage},
		sometimes: places{EventCampaign},
	},
	Login: {
		always: places{EventSession, EventDevice, EventUser, EventDeviceType, EventPage,
			EventJourney, EventStage},
		sometimes: places{EventCampaign},
	},
	StoreVisit: {
		always:    places{EventStore},
		sometimes: places{EventUser, EventOrder, EventDuration, EventJourney, EventStage},
	},
	Call: {
		always:    places{EventDuration},
		sometimes: places{EventUser, EventOrder, EventReason, EventJourney, EventStage},
	},
	Delivery: {
		always: places{EventUser, EventOrder},
	},
	Pickup: {
		always: places{EventUser, EventOrder, EventStore},
	},
	MessageSent: {
		always:    places{EventUser},
		sometimes: places{EventDevice, EventDeviceType, EventCampaign, EventOrder},
	},
	Return: {
		always: places{EventProduct, EventCategory, EventQuantity, EventPrice, EventOrder,
			EventReason},
		sometimes: places{EventUser, EventStore},
	},
	Survey: {
		always: places{EventUser, EventOrder, EventScore},
	},
	Review: {
		always: places{EventPage, EventProduct, EventCategory, EventPrice, EventOrder,
			EventScore},
		sometimes: places{EventUser},
	},
	WordOfMouth: {
		always: places{EventCategory},
	},
	Post: {
		always: places{EventCategory},
	},
	Like: {
		always: places{EventCategory},
	},
	Comment: {
		always: places{EventCategory},
	},
	Share: {
		always: places{EventCategory},
	},
	Referral: {},
	Chat: {
		always:    places{EventDuration, EventReason},
		sometimes: places{EventUser, EventOrder},
	},
	ContactRequest: {
		always:    places{EventReason},
		sometimes: places{EventUser, EventOrder},
	},
	ContactReply: {
		always:    places{EventReason},
		sometimes: places{EventUser, EventOrder},
	},
	Renewal: {
		always: places{EventUser},
	},
	Cancellation: {
		always: places{EventUser, EventReason},
	},
	RewardRedeemed: {
		sometimes: places{EventUser, EventCategory},
	},
	StockOut: {
		always: places{EventProduct, EventCategory, EventPrice, EventJourney, EventStage},
		sometimes: places{EventSession, EventDevice, EventUser, EventDeviceType, EventCampaign,
			EventPage, EventStore},
	},
	QuoteRequest: {
		always: places{EventCategory, EventJourney, EventStage},
		sometimes: places{EventSession, EventDevice, EventUser, EventDeviceType, EventCampaign,
			EventStore},
	},
	ViewCart: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventJourney,
			EventStage},
		sometimes: places{EventUser, EventCampaign},
	},
	RemoveFromCart: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventProduct,
			EventCategory, EventQuantity, EventPrice, EventJourney, EventStage},
		sometimes: places{EventUser, EventCampaign},
	},
	AddShippingInfo: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventJourney,
			EventStage},
		sometimes: places{EventUser, EventCampaign},
	},
	AddPaymentInfo: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventJourney,
			EventStage},
		sometimes: places{EventUser, EventCampaign},
	},
	PaymentDeclined: {
		always: places{EventSession, EventDevice, EventDeviceType, EventPage, EventJourney,
			EventStage},
		sometimes: places{EventUser, EventCampaign},
	},
	MessageBounced: {
		always:    places{EventUser},
		sometimes: places{EventCampaign},
	},
	MessageUnsubscribed: {
		always:    places{EventUser},
		sometimes: places{EventCampaign},
	},
	ConsentChanged: {
		always:    places{EventUser},
		sometimes: places{EventCampaign},
	},
}
