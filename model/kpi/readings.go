package kpi

import (
	"slices"
	"strings"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// readings says how the KPI of each name is read from a Measurement; what they mean stands in the
// catalogue, model.KPIs.
var readings = map[string]func(*Measurement) Reading{
	"conversion": func(m *Measurement) Reading {
		return shareAmong(m.onDevices(table.Purchase), m.sessions(),
			m.total.crowd.spread(cell{crowdPurchase, every, every}, allSessions))
	},
	"mobile_share": func(m *Measurement) Reading {
		on := uint32(table.DeviceMobile)
		return shareAmong(m.total.events.rows(table.SessionStart, on, every), m.sessions(),
			m.total.crowd.spread(cell{crowdSession, on, every}, allSessions))
	},
	"add_to_cart": func(m *Measurement) Reading {
		return shareOf(distinct(m.total.filled), m.sessions())
	},
	"cart_abandonment": func(m *Measurement) Reading {
		return shareOf(m.expected().cartAbandonment())
	},
	"checkout_completion": func(m *Measurement) Reading {
		return shareOf(m.onDevices(table.Purchase), m.count(table.BeginCheckout))
	},
	"session_median_s":  (*Measurement).sessionMedian,
	"pages_per_session": (*Measurement).pagesPerSession,
	"email_open": func(m *Measurement) Reading {
		return shareOf(m.inbox(table.MessageOpened), m.inbox(table.MessageSent))
	},
	"email_click": func(m *Measurement) Reading {
		return shareOf(m.inbox(table.Click), m.inbox(table.MessageSent))
	},
	"email_unsubscribe": func(m *Measurement) Reading {
		return someOf(m.inbox(table.MessageUnsubscribed), m.inbox(table.MessageSent))
	},
	"online_share": func(m *Measurement) Reading {
		return shareOf(m.online(every), m.allOrders())
	},
	"store_conversion": func(m *Measurement) Reading {
		orders := m.total.orders.rows(every, uint32(table.Store), every)
		return shareOf(orders, m.count(table.StoreVisit))
	},
	"collect_share": func(m *Measurement) Reading {
		return shareOf(m.online(table.Collect), m.online(every))
	},
	"average_order_value": (*Measurement).averageOrder,
	"hour_20_21": func(m *Measurement) Reading {
		return shareOf(m.total.onlineByHour[20]+m.total.onlineByHour[21], m.online(every))
	},
	"return_rate_online": func(m *Measurement) Reading { return m.returnRate(true) },
	"return_rate_store":  func(m *Measurement) Reading { return m.returnRate(false) },
	"stock_out": func(m *Measurement) Reading {
		return someOf(m.count(table.StockOut), m.count(table.StockOut)+m.count(table.Purchase))
	},
	"ad_cost_share":    (*Measurement).adCost,
	"paid_incremental": (*Measurement).incremental,
	"webrooming":       func(m *Measurement) Reading { return m.pattern(table.Webrooming) },
	"showrooming":      func(m *Measurement) Reading { return m.pattern(table.Showrooming) },
	"time_to_purchase_day": func(m *Measurement) Reading {
		return m.boughtWithin(24 * 3600 * 1_000_000)
	},
	"days_to_purchase": (*Measurement).daysToPurchase,
	"lost_to_competitor": func(m *Measurement) Reading {
		return someOf(m.total.journeys.rows(table.OutcomeRival, every), m.ended())
	},
	"posts_per_order": func(m *Measurement) Reading {
		return someOf(m.count(table.Post), m.allOrders())
	},
	"wom_share":   (*Measurement).wordOfMouthShare,
	"nps":         (*Measurement).nps,
	"nps_true":    (*Measurement).trueNPS,
	"review_mean": func(m *Measurement) Reading { return averageOf(&m.total.ratings, 1) },
	"call_abandonment": func(m *Measurement) Reading {
		return shareAmong(m.calls(table.TicketAbandoned), m.calls(every), m.total.abandonedIn[:])
	},
	"wait_mean_s":         (*Measurement).waits,
	"first_reply_h":       func(m *Measurement) Reading { return averageOf(&m.total.replies, 60) },
	"orders_per_customer": (*Measurement).ordersPerCustomer,
	"events_per_customer": func(m *Measurement) Reading { return eachPlace(m.events) },
	"repeat_2": func(m *Measurement) Reading {
		return shareOf(m.total.buyers[2], m.total.buyers[1])
	},
	"repeat_3": func(m *Measurement) Reading {
		return shareOf(m.total.buyers[3], m.total.buyers[2])
	},
	"churn_month": func(m *Measurement) Reading {
		return someOf(m.count(table.Cancellation), m.count(table.Cancellation)+m.count(table.Renewal))
	},
	"churn_year": (*Measurement).churnYear,
}

// families say how KPIs are read that there are for each device, channel or reason: by the
// beginning of their names, from the rest.
var families = []struct {
	prefix string
	read   func(m *Measurement, which string) Reading
}{
	{"conversion_", func(m *Measurement, device string) Reading {
		on := uint32(slices.Index(table.Devices, device) + 1)
		purchases, sessions := m.expected().conversionOn(device)
		return shareAmong(purchases, sessions,
			m.total.crowd.spread(cell{crowdPurchase, on, every}, cell{crowdSession, on, every}))
	}},
	{model.SessionsFrom, func(m *Measurement, channel string) Reading {
		from := m.total.events.code(byChannel, channel)
		return shareAmong(m.total.events.rows(table.SessionStart, every, from), m.sessions(),
			m.total.crowd.spread(cell{crowdSession, every, from}, allSessions))
	}},
	{model.OrdersFrom, func(m *Measurement, channel string) Reading {
		from := m.total.orders.code(byOrderChannel, channel)
		return shareOf(m.total.orders.rows(from, every, every), m.allOrders())
	}},
	{model.IROAS, (*Measurement).iroas},
	{model.AbandonedFor, func(m *Measurement, reason string) Reading {
		why := m.total.carts.code(byReason, reason)
		return shareOf(m.total.carts.rows(table.CartAbandoned, why),
			m.total.carts.rows(table.CartAbandoned, every))
	}},
}

// readingOf finds how a KPI of the catalogue is read.
func readingOf(name string) func(*Measurement) Reading {
	if reading, ok := readings[name]; ok {
		return reading
	}
	for _, family := range families {
		if which, ok := strings.CutPrefix(name, family.prefix); ok {
			return func(m *Measurement) Reading { return family.read(m, which) }
		}
	}
	panic("kpi: nothing measures " + name)
}
