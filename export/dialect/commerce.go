package dialect

import (
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// A commerce writes events as Segment's e-commerce specification V2 does: names, their properties,
// and the traits of customers. Segment takes it as it is; users of PostHog, Mixpanel and Amplitude,
// which have no specification of their own, send the same. What the specification does not name
// follows its style: names in the past tense, properties in snake case.
type commerce struct {
	*lexicon
	names []string // quoted, by event type
}

func newCommerce(w *model.World) *commerce {
	x := &commerce{newLexicon(w), []string{""}}
	for code := range table.EventTypes {
		x.names = append(x.names, quote(commerceNames[uint32(code+1)]))
	}
	return x
}

// commerceNames are the names by event type. Page and screen views have others in each system;
// those that depend on the touchpoint are in commerce.name.
var commerceNames = map[uint32]string{
	table.Impression:     "Promotion Viewed",
	table.Click:          "Promotion Clicked",
	table.SessionStart:   "Session Started",
	table.Search:         "Products Searched",
	table.ViewItem:       "Product Viewed",
	table.AddToCart:      "Product Added",
	table.BeginCheckout:  "Checkout Started",
	table.Purchase:       "Order Completed",
	table.SignUp:         "Signed Up",
	table.Login:          "Signed In",
	table.StoreVisit:     "Store Visited",
	table.Call:           "Support Call Ended",
	table.Delivery:       "Order Delivered",
	table.Pickup:         "Order Collected",
	table.MessageOpened:  "Email Opened",
	table.MessageSent:    "Email Delivered",
	table.Return:         "Order Refunded",
	table.Survey:         "Survey Answered",
	table.Review:         "Product Reviewed",
	table.WordOfMouth:    "Recommendation Heard",
	table.Post:           "Post Published",
	table.Like:           "Post Liked",
	table.Comment:        "Post Commented",
	table.Share:          "Post Shared",
	table.Referral:       "Referral Code Shared",
	table.Chat:           "Live Chat Conversation Ended",
	table.ContactRequest: "Support Ticket Opened",
	table.ContactReply:   "Support Ticket Answered",
	table.Renewal:        "Subscription Renewed",
	table.Cancellation:   "Subscription Cancelled",
	table.RewardRedeemed: "Reward Earned",
	table.StockOut:       "Product Out of Stock",
	table.QuoteRequest:   "Quote Requested",

	table.ViewCart:            "Cart Viewed",
	table.RemoveFromCart:      "Product Removed",
	table.AddShippingInfo:     "Checkout Step Completed",
	table.AddPaymentInfo:      "Payment Info Entered",
	table.PaymentDeclined:     "Payment Declined",
	table.MessageBounced:      "Email Bounced",
	table.MessageUnsubscribed: "Unsubscribed",
	table.ConsentChanged:      "Consent Changed",
}

// name returns the name of an event, quoted.
func (x *commerce) name(e *Event) string {
	place := table.Touchpoint(e.Code(table.EventTouchpoint))
	switch kind := e.Type(); {
	case kind == table.Click && place == table.Inbox:
		return `"Email Link Clicked"`
	case kind == table.MessageSent && place == table.App:
		return `"Push Notification Received"`
	case kind == table.MessageOpened && place == table.App:
		return `"Push Notification Tapped"`
	default:
		return x.names[kind]
	}
}

// properties appends the members of properties, each with a comma before it. Those of the
// specification come first; ours are in snake case too.
func (x *commerce) properties(dst []byte, e *Event) []byte {
	switch e.Type() {
	case table.PageView:
		dst = x.page(dst, e)
		dst = x.member(dst, `,"category":`, e, table.EventCategory)
	case table.Search:
		dst = x.member(dst, `,"query":`, e, table.EventSearch)
	case table.Impression, table.Click, table.MessageSent, table.MessageOpened,
		table.MessageBounced, table.MessageUnsubscribed:
		dst = x.promotion(dst, e)
	case table.Purchase:
		dst = x.order(dst, e)
	case table.Return:
		dst = x.refund(dst, e)
	case table.AddShippingInfo:
		dst = append(dst, `,"step":1`...)
	case table.AddPaymentInfo:
		dst = append(dst, `,"step":2`...)
	case table.Review:
		dst = x.product(dst, e)
		dst = appendIDMember(dst, `,"rating":`, e.Int(table.EventScore))
	default:
		dst = x.product(dst, e)
	}
	dst = appendIDMember(dst, `,"order_id":`, e.Int(table.EventOrder))
	dst = x.member(dst, `,"store_id":`, e, table.EventStore)
	dst = appendIntMember(dst, `,"duration_ms":`, e.Int(table.EventDuration))
	dst = appendIntMember(dst, `,"score":`, e.Int(table.EventScore))
	dst = x.member(dst, `,"reason":`, e, table.EventReason)
	dst = x.member(dst, `,"marketing_channel":`, e, table.EventChannel)
	dst = x.member(dst, `,"device_type":`, e, table.EventDeviceType)
	return x.member(dst, `,"touchpoint":`, e, table.EventTouchpoint)
}

// page appends the page of the event.
func (x *commerce) page(dst []byte, e *Event) []byte {
	dst = x.member(dst, `,"path":`, e, table.EventPage)
	dst = x.member(dst, `,"referrer":`, e, table.EventReferrer)
	if e.Code(table.EventSource) != 0 {
		dst = append(x.appendQuery(append(dst, `,"search":"`...), e), '"')
	}
	return append(x.appendLink(append(dst, `,"url":"`...), e), '"')
}

// promotion appends the content of an advertising contact: a promotion on a site, a mail, or a
// message to the app.
func (x *commerce) promotion(dst []byte, e *Event) []byte {
	switch place := table.Touchpoint(e.Code(table.EventTouchpoint)); place {
	case table.Inbox:
		dst = x.member(dst, `,"campaign_id":`, e, table.EventCampaign)
		dst = x.member(dst, `,"campaign_name":`, e, table.EventCampaign)
	case table.App:
		dst = append(dst, `,"campaign":{"medium":"Push"`...)
		dst = append(x.member(dst, `,"name":`, e, table.EventCampaign), '}')
	default:
		dst = x.member(dst, `,"promotion_id":`, e, table.EventCampaign)
		dst = x.member(dst, `,"name":`, e, table.EventCampaign)
	}
	return x.member(dst, `,"category":`, e, table.EventCategory)
}

// product appends the product of an event.
func (x *commerce) product(dst []byte, e *Event) []byte {
	code := e.Code(table.EventProduct)
	if code == 0 {
		return x.member(dst, `,"category":`, e, table.EventCategory)
	}
	dst = x.item(dst, `,"product_id":`, code, e.Code(table.EventCategory))
	dst = appendCentsMember(dst, `,"price":`, e.Int(table.EventPrice))
	dst = append(dst, x.currency...)
	dst = appendIntMember(dst, `,"quantity":`, e.Int(table.EventQuantity))
	if e.Code(table.EventPage) == 0 {
		return dst
	}
	return append(append(append(dst, `,"url":"`...), x.links[e.Code(table.EventPage)]...), '"')
}

// item appends the description of a product; lead precedes its id.
func (x *commerce) item(dst []byte, lead string, product, category uint32) []byte {
	id := x.quoted[table.EventProduct][product]
	dst = append(append(dst, lead...), id...)
	dst = append(append(dst, `,"sku":`...), id...)
	dst = format.AppendJSON(append(dst, `,"name":`...), x.products[product])
	return appendMember(dst, `,"category":`, x.quoted[table.EventCategory][category])
}

// order appends an order. By the specification subtotal and revenue are after discounts and without
// shipping and tax, and total = subtotal + shipping + tax.
func (x *commerce) order(dst []byte, e *Event) []byte {
	dst = x.member(dst, `,"affiliation":`, e, table.EventTouchpoint)
	dst = append(dst, x.currency...)
	o := e.Order()
	if o == nil {
		return appendCentsMember(dst, `,"total":`, e.Int(table.EventRevenue))
	}
	net := o.Total - o.Shipping - o.Tax
	dst = appendCentsMember(dst, `,"subtotal":`, net)
	dst = appendCentsMember(dst, `,"total":`, o.Total)
	dst = appendCentsMember(dst, `,"revenue":`, net)
	dst = appendCentsMember(dst, `,"shipping":`, o.Shipping)
	dst = appendCentsMember(dst, `,"tax":`, o.Tax)
	dst = appendCentsMember(dst, `,"discount":`, o.Discount)
	dst = appendMember(dst, `,"coupon":`, x.coupons[o.Coupon])
	dst = appendMember(dst, `,"fulfilment":`, x.fulfilments[o.Fulfilment])
	dst = append(dst, `,"products":[`...)
	for i := range o.Lines {
		l := &o.Lines[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = x.item(dst, `{"product_id":`, l.Product, l.Category)
		dst = appendCentsMember(dst, `,"price":`, l.Price)
		dst = appendIntMember(dst, `,"quantity":`, l.Quantity)
		dst = appendIntMember(dst, `,"position":`, int64(i+1))
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// refund appends a refund, a part of an order.
func (x *commerce) refund(dst []byte, e *Event) []byte {
	code, pieces, price := e.Code(table.EventProduct), e.Int(table.EventQuantity),
		e.Int(table.EventPrice)
	dst = append(dst, x.currency...)
	dst = appendCentsMember(dst, `,"total":`, e.Refund())
	if code == 0 {
		return dst
	}
	dst = x.item(append(dst, `,"products":[`...), `{"product_id":`, code, e.Code(table.EventCategory))
	dst = appendCentsMember(dst, `,"price":`, price)
	return append(appendIntMember(dst, `,"quantity":`, pieces), `}]`...)
}

// viewed appends the properties of page and screen views besides the page.
func (x *commerce) viewed(dst []byte, e *Event) []byte {
	dst = x.member(dst, `,"category":`, e, table.EventCategory)
	dst = appendIntMember(dst, `,"duration_ms":`, e.Int(table.EventDuration))
	return x.member(dst, `,"marketing_channel":`, e, table.EventChannel)
}

// traits appends the traits of a customer, under Segment's reserved names.
func (x *commerce) traits(dst []byte, c *Customer) []byte {
	text := func(key, value string) { dst = format.AppendJSON(append(dst, key...), value) }
	text(`"email":`, c.Email)
	text(`,"firstName":`, c.First)
	text(`,"lastName":`, c.Last)
	text(`,"phone":`, c.Phone)
	dst, _ = x.stamp.AppendDate(append(dst, `,"birthday":"`...), c.Born)
	text(`","address":{"street":`, c.Street)
	text(`,"city":`, c.City)
	text(`,"postalCode":`, c.PostalCode)
	text(`,"state":`, c.Province)
	text(`,"country":`, c.Country)
	dst = x.appendTime(append(dst, `},"createdAt":"`...), c.KnownSince)
	dst = append(dst, `","marketing_consent":`...)
	dst = appendBool(dst, c.Marketing)
	if c.Card != "" {
		text(`,"loyalty_card":`, c.Card)
		dst = appendMember(dst, `,"loyalty_tier":`, x.tiers[c.Tier])
		dst = appendIntMember(dst, `,"loyalty_points":`, c.Points)
	}
	return dst
}
