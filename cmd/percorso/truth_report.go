package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/simulate/worlds"
)

// print prints the effects on one outcome, by channel, and what to keep in mind.
func (t *truth) print(to io.Writer, sum *worlds.Tally) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(to, "%s; channels off since %s\n", t.title(t.Plan.World), t.since())
	for c := range t.Plan.Couplings {
		fmt.Fprintf(to, "\nEffect on %s, coupling %s\n\n", t.unit(t.Plan.World),
			model.Couplings[t.Plan.Couplings[c]])
		t.printEffects(out, sum, c)
		if err := out.Flush(); err != nil {
			return err
		}
	}
	if len(t.Plan.Couplings) > 1 {
		t.printSpread(to, sum)
	}
	if found := t.Plan.Experiments(sum); len(found) > 0 {
		t.printExperiments(to, found)
	}
	_, err := io.WriteString(to, "\n"+t.caveats())
	return err
}

// A report is how the results of truth are shown.
type report struct {
	all     int // customers of the scenario itself
	outcome int
	json    bool
	quiet   bool
}

// title says which market it is.
func (r *report) title(w *model.World) string {
	of := ""
	if r.all > w.Customers {
		of = " of " + count(r.all)
	}
	return fmt.Sprintf("%s: %s%s customers, %s, seed %d, luck %d", w.Scenario.Name, count(w.Customers),
		of, plural(w.Days, "day"), w.Scenario.Seed, w.Luck)
}

// A reportHead is what JSON says first.
type reportHead struct {
	Scenario  string `json:"scenario"`
	Customers int    `json:"customers"`
	Of        int    `json:"scenario_customers"`
	Days      int    `json:"days"`
	Seed      uint64 `json:"seed"`
	Luck      uint64 `json:"luck"`
	Currency  string `json:"currency"`
}

func (r *report) head(w *model.World) reportHead {
	return reportHead{w.Scenario.Name, w.Customers, r.all, w.Days, w.Scenario.Seed, w.Luck,
		w.Scenario.Currency}
}

// tellShard says that a shard is complete.
func (r *report) tellShard(con console, s *app.Search) {
	fmt.Fprintf(con.stderr, "%s: shard %d of %d; join all of them with: percorso merge\n", s.Out,
		s.Shard, s.Shards)
}

// since names the day since which channels are off: always, or a date.
func (t *truth) since() string {
	if t.Plan.Since == model.AlwaysOff {
		return "always"
	}
	return t.Plan.World.DateOf(t.Plan.Since)
}

// unit is the outcome with its unit.
func (r *report) unit(w *model.World) string {
	if r.money() {
		return worlds.Outcomes[r.outcome] + " in " + w.Scenario.Currency
	}
	return worlds.Outcomes[r.outcome]
}

func (r *report) money() bool { return r.outcome == worlds.Revenue || r.outcome == worlds.Margin }

// printEffects prints a line for each channel, and those of total and baseline.
func (t *truth) printEffects(out io.Writer, sum *worlds.Tally, coupling int) {
	p, draws := &t.Plan, coupling == 0 && t.Plan.Draws > 0
	head := []string{"CHANNEL", "LEAVE-ONE-OUT", "SE"}
	if draws {
		head = append(head, "EXPECTED", "SE")
	}
	if p.Every {
		head = append(head, "SHAPLEY")
	}
	head = append(head, "FIRST-IN", "SPEND", "iROAS", "COST PER ORDER")
	fmt.Fprintln(out, strings.Join(head, "\t")+"\t")
	at := func(estimand, player, outcome int) worlds.Estimate {
		return p.Estimate(sum, coupling, estimand, player, outcome, 0, 1)
	}
	line := func(name string, estimand, player int) {
		e := at(estimand, player, t.outcome)
		cells := []string{name, t.amount(e.Effect), t.amount(e.SECustomers)}
		if draws {
			cells = append(cells, t.amount(e.Expected), t.amount(e.SEDraws))
		}
		single := func(estimand int) string {
			if player < 0 {
				return ""
			}
			return t.amount(at(estimand, player, t.outcome).Effect)
		}
		if p.Every {
			cells = append(cells, single(worlds.ShapleyValue))
		}
		cells = append(cells, single(worlds.FirstIn))
		if estimand == worlds.Baseline {
			cells = append(cells, "", "", "")
		} else {
			money, orders := at(estimand, player, worlds.Revenue), at(estimand, player, worlds.Orders)
			cells = append(cells, count(math.Round(e.Spend/100)), number(money.IROAS(), 2),
				number(orders.CostPer()/100, 2))
		}
		fmt.Fprintln(out, strings.Join(cells, "\t")+"\t")
	}
	for d, name := range p.Players {
		line(name, worlds.LeaveOneOut, d)
	}
	line("total", worlds.Total, -1)
	line("baseline", worlds.Baseline, -1)
}

// amount writes an effect: numbers as they are, money in whole units.
func (r *report) amount(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	if r.money() {
		v /= 100
	}
	if math.Abs(v) < 100 && v != math.Trunc(v) {
		return fmt.Sprintf("%.1f", v)
	}
	return count(math.Round(v))
}

func number(v float64, digits int) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf("%.*f", digits, v)
}

// printSpread prints what spreads from customer to customer: the total effect less the direct one.
func (t *truth) printSpread(to io.Writer, sum *worlds.Tally) {
	fmt.Fprintf(to, "\nSpill-over (live less frozen)\n\n")
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "CHANNEL\tLEAVE-ONE-OUT\t")
	line := func(name string, estimand, player int) {
		direct := t.Plan.Estimate(sum, 0, estimand, player, t.outcome, 0, 1)
		total := t.Plan.Estimate(sum, 1, estimand, player, t.outcome, 0, 1)
		fmt.Fprintf(out, "%s\t%s\t\n", name, t.amount(total.Effect-direct.Effect))
	}
	for d, name := range t.Plan.Players {
		line(name, worlds.LeaveOneOut, d)
	}
	line("total", worlds.Total, -1)
	out.Flush()
}

// printExperiments prints what control groups say beside the truth.
func (t *truth) printExperiments(to io.Writer, found []worlds.ExperimentResult) {
	fmt.Fprintf(to, "\nExperiments, effect on %s\n\n", t.unit(t.Plan.World))
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "CONTROL GROUP OF\tTREATED\tCONTROL\tESTIMATE\t95 % INTERVAL\tTRUTH\t")
	for _, r := range found {
		f := r.Finding(r.Scope, t.outcome)
		low, high := f.Interval()
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s to %s\t%s\t\n", r.Name, count(r.Treated.N),
			count(r.Control.N), t.amount(f.Estimate), t.amount(low), t.amount(high), t.amount(f.Truth))
	}
	out.Flush()
}

// caveats says how the figures are to be read.
func (t *truth) caveats() string {
	p := &t.Plan
	text := "Effects are those of these people with this luck. SPEND is the change in advertising " +
		"cost, over all\nchannels. Effects of single channels need not add up to the total.\n"
	if p.World.Towns < 2 && p.Couplings[len(p.Couplings)-1] == model.CouplingLive {
		text += "There is no standard error under live coupling: the market is one town.\n"
	}
	if p.Couplings[0] == model.CouplingFrozen {
		text += "Under frozen coupling people still hear words that adverts caused: --coupling off has " +
			"none.\n"
	}
	return text
}

// printJSON prints truth_channels as JSON.
func (t *truth) printJSON(to io.Writer, sum *worlds.Tally) error {
	rows, err := objects(t.Plan.Channels(sum))
	if err != nil {
		return err
	}
	return printJSON(to, struct {
		reportHead
		Since    string            `json:"since"`
		Draws    int               `json:"draws"`
		Channels []json.RawMessage `json:"channels"`
	}{t.head(t.Plan.World), t.since(), t.Plan.Draws, rows})
}

// objects are the rows of a table as JSON.
func objects(t *worlds.Table) (rows []json.RawMessage, err error) {
	s := format.Schema{Name: t.Name, Columns: t.Columns, At: make([]int, len(t.Columns))}
	for i := range s.At {
		s.At[i] = i
	}
	object, err := format.JSONObjects(&s)
	if err != nil {
		return nil, err
	}
	for i := range t.Rows.Len {
		text, err := object(nil, &t.Rows, i)
		if err != nil {
			return nil, err
		}
		rows = append(rows, text)
	}
	return rows, nil
}
