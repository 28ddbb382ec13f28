package simulate

import (
	"fmt"
	"testing"

	"github.com/percorso/percorso/model"
)

func init() {
	anyBehavior["service"] = func(d die) string {
		return fmt.Sprintf("{agents: %d, people: %s, channels: %s, asks: {order: %s, late: 100%%, "+
			"return: 100%%}, after: %s, patience: %s, response: %s, resolved: %d%%, again: %s, "+
			"again_in: %s, long: %s}",
			1+d.IntN(3), d.one("100", "5_000", "200_000"),
			d.one("{}", "{call_center: {}, email: {weight: 2}}",
				"{direct: {kind: mail}, app: {weight: 0}, social: {}, call_center: {weight: 3}}",
				"{email: {}}"),
			d.one("0%", "30%", "100%"), d.one("0d", "6h", "{exponential: {mean: 12h}}"),
			d.one("0d", "1min", "{exponential: {mean: 7min}}", "10d"),
			d.one("0d", "{lognormal: {median: 3h, sigma: 1}}", "9d"), d.IntN(101),
			d.one("0%", "60%", "100%"), d.one("0d", "{exponential: {mean: 1d}}"),
			d.one("0s", "2min"))
	}
}

func TestTmp(t *testing.T) {
	for _, agents := range []string{"200_000", "50_000", "20_000", "10_000", "5_000"} {
		w := worldOf(t, bazaarWith("{service: {asks: {order: 20%}, channels: {call_center: {}, email: {}}, people: "+agents+"}}"), "customers", "8000", "town", "2000", "days", "365")
		c := censusOf(w, whole(t, w))
		n := map[[3]int64]int{}
		var wait, answered, mail, mails float64
		at := c.ints(model.TableTickets, "opened_time")
		an := c.ints(model.TableTickets, "answered_time")
		ws := c.ints(model.TableTickets, "wait_ms")
		tp := c.codes(model.TableTickets, "topic")
		st := c.codes(model.TableTickets, "status")
		at2 := c.ints(model.TableTickets, "attempt")
		ch := c.codes(model.TableTickets, "channel")
		within, calls := 0, 0
		for i := range at {
			n[[3]int64{int64(tp[i]), int64(st[i]), at2[i]}]++
			if w.Channels[ch[i]-1].Name == "email" {
				if an[i] != none {
					mail += float64(ws[i]) / 3.6e6
					mails++
				}
				continue
			}
			calls++
			wait += float64(ws[i]) / 1000
			if st[i] != 3 && ws[i] <= 20_000 {
				within++
			}
			if st[i] == 3 {
				answered++
			}
		}
		t.Log(agents, len(at), "calls", calls, "wait s", wait/float64(calls), "abandon", answered/float64(calls), "in 20 s", float64(within)/float64(calls), "mail h", mail/mails)
		if agents == "10_000" {
			t.Log(n)
		}
	}
}
