package simulate

import (
	"testing"

	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// TestRetargetingTakesTheCredit: the last click of 10 to 25 % of the paid orders of fashion is on
// retargeting (P), and without it fewer than a third as many are lost: most of those whom it
// reaches would come back anyway. Mutants persuade, or are not clicked late.
func TestRetargetingTakesTheCredit(t *testing.T) {
	t.Parallel()
	heavy(t)
	orders := func(w *model.World) (last, paid, all float64) {
		watch(t, w, func(b *table.Batch) {
			rows := &b.Tables[table.TableOrders]
			codes := rows.Cols[w.Tables[table.TableOrders].At("channel")].Code
			for _, code := range codes[:rows.Len] {
				all++
				if c := &w.Channels[code-1]; c.Paid {
					paid++
					if c.Name == "retargeting" {
						last++
					}
				}
			}
		})
		return last, paid, all
	}
	credit := func(sets ...string) (taken, lost float64) {
		w := builtIn(t, "fashion", append([]string{"customers", "20_000"}, sets...)...)
		last, paid, all := orders(w)
		_, _, rest := orders(without(t, w, "retargeting"))
		return last / paid, (all - rest) / paid
	}
	taken, lost := credit()
	t.Logf("last click of %.3f of the paid orders, %.3f lost without", taken, lost)
	if taken < 0.10 || taken > 0.25 || lost >= taken/3 {
		t.Errorf("last click of %.3f of the paid orders, %.3f lost without", taken, lost)
	}
	taken, lost = credit("behaviors.advertising.channels.retargeting.effects.conversion", "0.5")
	if lost < taken/3 {
		t.Errorf("persuasion goes unnoticed: %.3f of %.3f", lost, taken)
	}
	const checkout = "journey.stages.checkout.channels.retargeting"
	if taken, _ = credit(checkout, "0"); taken >= 0.10 {
		t.Errorf("%.3f of the paid orders without clicks at the checkout", taken)
	}
}
