package kpi

import (
	"slices"
	"strings"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// readings says how the KPI of each name is read from a Measurement; what they mean stands in the
// catalogue, KPIs.
var readings = map[string]func(*Measurement) Reading{
	"conversion": func(m *Measurement) Reading {
		return shareOf(m.digital(table.Purchase), m.sessions())
	},
	"phone_share": func(m *Measurement) Reading {
		return shareOf(m.of(table.SessionStart).byDevice[table.DevicePhone], m.sessions())
	},
	"add_to_cart": func(m *Measurement) Reading { return shareOf(distinct(m.filled), m.sessions()) },
	"cart_abandonment": func(m *Measurement) Reading {
		return shareOf(m.total.cartsAbandoned, m.total.carts)
	},
	"session_median_s":  func(m *Measurement) Reading { return m.sessionMedian() },
	"pages_per_session": func(m *Measurement) Reading { return m.pagesPerSession() },
	"email_open": func(m *Measurement) Reading {
		return shareOf(m.inbox(table.Open), m.inbox(table.Send))
	},
	"email_click": func(m *Measurement) Reading {
		return shareOf(m.inbox(table.Click), m.inbox(table.Send))
	},
	"online_share": func(m *Measurement) Reading {
		return shareOf(m.total.online, m.total.orders.n)
	},
	"collect_share": func(m *Measurement) Reading {
		return shareOf(m.total.collected, m.total.online)
	},
	"average_order": func(m *Measurement) Reading { return averageOf(&m.total.orders, 100) },
	"hour_20_21": func(m *Measurement) Reading {
		return shareOf(m.total.onlineByHour[20]+m.total.onlineByHour[21], m.total.online)
	},
	"return_rate_online": func(m *Measurement) Reading { return m.returnRate(true) },
	"return_rate_store":  func(m *Measurement) Reading { return m.returnRate(false) },
	"stock_out": func(m *Measurement) Reading {
		return someOf(m.count(table.StockOut), m.count(table.StockOut)+m.count(table.Purchase))
	},
	"paid_incremental": func(m *Measurement) Reading { return m.incremental() },
	"webrooming":       func(m *Measurement) Reading { return m.pattern(table.Webrooming) },
	"showrooming":      func(m *Measurement) Reading { return m.pattern(table.Showrooming) },
	"time_to_purchase_day": func(m *Measurement) Reading {
		return m.boughtWithin(24 * 3600 * 1_000_000)
	},
	"days_to_purchase": func(m *Measurement) Reading { return m.daysToPurchase() },
	"lost_to_competitor": func(m *Measurement) Reading {
		return someOf(m.total.outcomes[table.OutcomeRival], m.ended())
	},
	"wom_share":   func(m *Measurement) Reading { return m.wordOfMouthShare() },
	"nps":         func(m *Measurement) Reading { return npsOf(m.total.answers) },
	"nps_true":    func(m *Measurement) Reading { return npsOf(m.total.opinions) },
	"review_mean": func(m *Measurement) Reading { return averageOf(&m.total.ratings, 1) },
	"call_abandonment": func(m *Measurement) Reading {
		return shareOf(m.total.callsAbandoned, m.total.calls)
	},
	"wait_mean_s":         func(m *Measurement) Reading { return averageOf(&m.total.waits, 10) },
	"first_reply_h":       func(m *Measurement) Reading { return averageOf(&m.total.replies, 60) },
	"orders_per_customer": func(m *Measurement) Reading { return averageOf(&m.total.ordersEach, 1) },
	"events_per_customer": func(m *Measurement) Reading { return m.eventsPerCustomer() },
	"repeat_2": func(m *Measurement) Reading {
		return shareOf(m.total.buyers[2], m.total.buyers[1])
	},
	"repeat_3": func(m *Measurement) Reading {
		return shareOf(m.total.buyers[3], m.total.buyers[2])
	},
	"churn_month": func(m *Measurement) Reading {
		return someOf(m.count(table.Cancellation), m.count(table.Cancellation)+m.count(table.Renewal))
	},
	"churn_year": func(m *Measurement) Reading { return m.churnYear() },
}

// families say how KPIs are read that there are for each device, channel or reason: by the
// beginning of their names, from the rest.
var families = []struct {
	prefix string
	read   func(m *Measurement, which string) Reading
}{
	{"conversion_", func(m *Measurement, device string) Reading {
		i := slices.Index(table.Devices, device) + 1
		return shareOf(m.of(table.Purchase).byDevice[i], m.of(table.SessionStart).byDevice[i])
	}},
	{model.SessionsFrom, func(m *Measurement, channel string) Reading {
		return shareOf(m.of(table.SessionStart).byChannel[m.channel(channel)], m.sessions())
	}},
	{model.OrdersFrom, func(m *Measurement, channel string) Reading {
		return shareOf(m.total.ordersByChannel[m.channel(channel)], m.total.orders.n)
	}},
	{model.AbandonedFor, func(m *Measurement, reason string) Reading {
		return shareOf(m.total.cartsByReason[m.reason(reason)], m.total.cartsAbandoned)
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
