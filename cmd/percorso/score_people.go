package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/score"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
)

// peopleFlags are the flags of scores of single customers.
func peopleFlags(more ...cli.Flag) []cli.Flag {
	return append([]cli.Flag{
		&cli.StringFlag{Name: "data", Usage: "the `FOLDER` of the dataset"},
		flagOn("json", "print JSON"), quietFlag("print no progress")}, more...)
}

func cutoffFlag() cli.Flag {
	return &cli.StringFlag{Name: "cutoff", Usage: "the `DAY` whose end the model has seen, e.g. " +
		"2025-07-01"}
}

func scoreChurn(con console) *cli.Command {
	return &cli.Command{
		Name:      "churn",
		Usage:     "scores predictions of who is still a customer",
		ArgsUsage: "PREDICTIONS [flags]",
		Description: `Examples:
  percorso score churn predictions.csv --data data --cutoff 2025-07-01
  percorso score churn predictions.csv --data data --cutoff 2025-07-01 --json

PREDICTIONS is a CSV file with columns user_id,p_alive: how likely the customer has not stopped
buying by the end of the cutoff day. With a column expected_orders, the orders after that are
compared as well. The truth is truth_people.churned_at, won_back_at and left_at.

AUC is the probability that of two customers, of whom one has stopped, that one has the lower
p_alive; BRIER is the mean squared error. Keys of the JSON: customers, alive, auc, brier, mae,
bins (n, said, came).`,
		Flags: peopleFlags(cutoffFlag()),
		Action: func(c *cli.Context) error {
			return scorePeople(c, con, "p_alive", func(t *numberTable, l *lives) (*peopleScore, error) {
				return scoredChurn(c, t, l)
			})
		},
	}
}

func scoreCLV(con console) *cli.Command {
	return &cli.Command{
		Name:      "clv",
		Usage:     "scores predictions of how much customers spend",
		ArgsUsage: "PREDICTIONS [flags]",
		Description: `Examples:
  percorso score clv predictions.csv --data data --cutoff 2025-07-01
  percorso score clv predictions.csv --data data --cutoff 2025-07-01 --json

PREDICTIONS is a CSV file with columns user_id,expected_spend: what the customer will pay from the
day after the cutoff to the last day of the data. It is compared with what they paid, by decile of
what was said. Keys of the JSON: customers, mae, spearman, bins (n, said, came).`,
		Flags: peopleFlags(cutoffFlag()),
		Action: func(c *cli.Context) error {
			return scorePeople(c, con, "expected_spend",
				func(t *numberTable, l *lives) (*peopleScore, error) { return scoredCLV(c, t, l) })
		},
	}
}

func scoreUplift(con console) *cli.Command {
	return &cli.Command{
		Name:      "uplift",
		Usage:     "scores predictions of whom a channel moves",
		ArgsUsage: "PREDICTIONS [flags]",
		Description: `Examples:
  percorso score uplift predictions.csv --data data --without email
  percorso score uplift predictions.csv --data data --without email --json

PREDICTIONS is a CSV file with columns person_id,uplift: how many orders more the person places
because of the channel. It is compared with the expected effect, the mean over the draws of
"percorso truth", since what happens in one life is mostly luck.

QINI compares your order of people with the best order and with a random one: 1 is the best, 0 is
random. AUUC is the area under the curve of the effect on those who are reached first.
Keys of the JSON: customers, qini, auuc, bins (n, said, came).`,
		Flags: peopleFlags(&cli.StringFlag{Name: "without", Usage: "the `CHANNEL` whose effect it is; " +
			"without, that of all"}),
		Action: func(c *cli.Context) error { return upliftScore(c, con) },
	}
}

// A peopleScore is what there is to say of predictions.
type peopleScore struct {
	Customers int         `json:"customers"`
	Alive     *int        `json:"alive,omitempty"`
	AUC       *float64    `json:"auc,omitempty"`
	Brier     *float64    `json:"brier,omitempty"`
	MAE       *float64    `json:"mae,omitempty"`
	Spearman  *float64    `json:"spearman,omitempty"`
	Qini      *float64    `json:"qini,omitempty"`
	AUUC      *float64    `json:"auuc,omitempty"`
	Bins      []scoredBin `json:"bins"`
	lines     []string
}

type scoredBin struct {
	N    int     `json:"n"`
	Said float64 `json:"said"`
	Came float64 `json:"came"`
}

// bins adds deciles.
func (s *peopleScore) bins(p []score.Prediction) {
	for _, b := range score.Bins(p, 10) {
		s.Bins = append(s.Bins, scoredBin(b))
	}
}

// say adds a line to the text.
func (s *peopleScore) say(name string, v float64) *float64 {
	s.lines = append(s.lines, fmt.Sprintf("%s\t%s\t", name, number(v, 4)))
	return known(v)
}

func (s *peopleScore) print(to io.Writer, asJSON bool) error {
	if asJSON {
		return printJSON(to, s)
	}
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "CUSTOMERS\t%s\t\n%s\n\nDECILE\tCUSTOMERS\tSAID\tCAME\t\n", count(s.Customers),
		strings.Join(s.lines, "\n"))
	for i, b := range s.Bins {
		fmt.Fprintf(out, "%d\t%s\t%.4f\t%.4f\t\n", i+1, count(b.N), b.Said, b.Came)
	}
	return out.Flush()
}

// A life is what became of a customer.
type life struct {
	churned, back, left int64 // table.Null: never
	orders              []paid
}

type paid struct{ at, cents int64 }

// lives are a sink that keeps what became of customers, by user_id.
type lives struct {
	world *model.World
	mu    sync.Mutex
	of    map[int64]*life
}

func (l *lives) Encode(b *table.Batch) (func() error, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	column := func(t table.TableID, name string) []int64 {
		return b.Tables[t].Cols[l.world.Tables[t].At(name)].Int
	}
	if n := b.Tables[table.TableTruthPeople].Len; n > 0 {
		const t = table.TableTruthPeople
		churned, back, left := column(t, "churned_at"), column(t, "won_back_at"), column(t, "left_at")
		for i, user := range column(t, "user_id")[:n] {
			if user != table.Null {
				one := l.at(user)
				one.churned, one.back, one.left = churned[i], back[i], left[i]
			}
		}
	}
	const t = table.TableOrders
	at, total := column(t, "ordered_at"), column(t, "total")
	for i, user := range column(t, "user_id")[:b.Tables[t].Len] {
		if user != table.Null {
			one := l.at(user)
			one.orders = append(one.orders, paid{at[i], total[i]})
		}
	}
	return nil, nil
}

func (l *lives) at(user int64) *life {
	if l.of[user] == nil {
		l.of[user] = &life{churned: table.Null, back: table.Null, left: table.Null}
	}
	return l.of[user]
}

// alive reports whether a customer has not stopped buying by a time.
func (l *life) alive(at int64) bool {
	stopped := l.churned != table.Null && l.churned <= at
	if stopped && l.back != table.Null && l.back > l.churned && l.back <= at {
		stopped = false
	}
	return !stopped && (l.left == table.Null || l.left > at)
}

// after adds up the orders after a time.
func (l *life) after(at int64) (orders int, spend float64) {
	for _, o := range l.orders {
		if o.at >= at {
			orders, spend = orders+1, spend+float64(o.cents)/100
		}
	}
	return orders, spend
}

// scorePeople reads predictions of a column and scores them against the lives of a dataset.
func scorePeople(c *cli.Context, con console, column string,
	scored func(*numberTable, *lives) (*peopleScore, error)) error {
	t, err := readPredictions(c, "user_id", column)
	if err != nil {
		return err
	}
	w, err := loadWorld(c.String("data"), nil)
	if err != nil {
		return err
	}
	l := &lives{world: w, of: map[int64]*life{}}
	if err := live(c.Context, con, w, l, c.Bool("quiet")); err != nil {
		return err
	}
	s, err := scored(t, l)
	if err != nil {
		return err
	}
	return s.print(con.stdout, c.Bool("json"))
}

func readPredictions(c *cli.Context, key, column string) (*numberTable, error) {
	name, err := oneArgument(c, "a CSV file with columns "+key+","+column)
	if err != nil {
		return nil, err
	}
	if c.String("data") == "" {
		return nil, misused("--data is missing: want the folder of the dataset")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, withCode(exitMisused, err)
	}
	defer file.Close()
	return readNumbers(name, file, key, column)
}

// cutoff is the midnight after the cutoff day.
func cutoff(c *cli.Context, w *model.World) (int64, error) {
	at, err := time.Parse(time.DateOnly, c.String("cutoff"))
	day := int(at.Unix()/86400 - w.Scenario.Start.Days())
	if err != nil || day < 0 || day >= w.Days-1 {
		return 0, misused("--cutoff %s: want a day from %s to %s", c.String("cutoff"), w.DateOf(0),
			w.DateOf(w.Days-2))
	}
	return w.Midnight[day+1+w.Warmup], nil
}

// each finds the customer of each prediction.
func (l *lives) each(t *numberTable, see func(*numberRow, *life)) error {
	for i := range t.rows {
		r := &t.rows[i]
		user, err := strconv.ParseInt(r.key, 10, 64)
		one := l.of[user]
		if err != nil || one == nil {
			return misused("%s:%d: the dataset has no customer with user_id %s", t.name, r.line, r.key)
		}
		see(r, one)
	}
	return nil
}

func scoredChurn(c *cli.Context, t *numberTable, l *lives) (*peopleScore, error) {
	at, err := cutoff(c, l.world)
	if err != nil {
		return nil, err
	}
	var alive, orders []score.Prediction
	yes, wrong := 0, (*numberRow)(nil)
	err = l.each(t, func(r *numberRow, one *life) {
		p := score.Prediction{Said: r.numbers["p_alive"]}
		if p.Said < 0 || p.Said > 1 {
			wrong = r
		}
		if one.alive(at - 1) {
			p.Came = 1
			yes++
		}
		alive = append(alive, p)
		if n, ok := r.numbers["expected_orders"]; ok {
			came, _ := one.after(at)
			orders = append(orders, score.Prediction{Said: n, Came: float64(came)})
		}
	})
	if err != nil {
		return nil, err
	}
	if wrong != nil {
		return nil, misused("%s:%d: p_alive: found %g, want a probability from 0 to 1", t.name,
			wrong.line, wrong.numbers["p_alive"])
	}
	s := &peopleScore{Customers: len(alive), Alive: &yes}
	s.lines = append(s.lines, fmt.Sprintf("ALIVE\t%s\t", count(yes)))
	s.AUC = s.say("AUC", score.AUC(alive))
	s.Brier = s.say("BRIER", score.Brier(alive))
	if len(orders) > 0 {
		s.MAE = s.say("MEAN ERROR OF ORDERS", score.MAE(orders))
	}
	s.bins(alive)
	return s, nil
}

func scoredCLV(c *cli.Context, t *numberTable, l *lives) (*peopleScore, error) {
	at, err := cutoff(c, l.world)
	if err != nil {
		return nil, err
	}
	var all []score.Prediction
	var said, came []float64
	err = l.each(t, func(r *numberRow, one *life) {
		_, spend := one.after(at)
		all = append(all, score.Prediction{Said: r.numbers["expected_spend"], Came: spend})
		said, came = append(said, r.numbers["expected_spend"]), append(came, spend)
	})
	if err != nil {
		return nil, err
	}
	s := &peopleScore{Customers: len(all)}
	s.MAE = s.say("MEAN ERROR", score.MAE(all))
	s.Spearman = s.say("SPEARMAN", score.Spearman(said, came))
	s.bins(all)
	return s, nil
}

// upliftScore scores predictions of uplift against the truth in a folder.
func upliftScore(c *cli.Context, con console) error {
	t, err := readPredictions(c, "person_id", "uplift")
	if err != nil {
		return err
	}
	dir, without := c.String("data"), c.String("without")
	if !effects.Has(dir) {
		return misused("%s has no truth: make it with: percorso truth %[1]s -o %[1]s", dir)
	}
	rows, err := effects.ReadRows(dir, "truth_customers")
	if err != nil {
		return err
	}
	truth := map[string]float64{}
	for _, r := range rows {
		with, ok := r.Numbers["expected_orders"]
		if r.Words["without"] != without {
			continue
		}
		if !ok {
			return misused("the truth in %s has no expected effects: make it again with --draws 2 or more",
				dir)
		}
		truth[r.Words["person_id"]] = with - r.Numbers["expected_orders_without"]
	}
	if len(truth) == 0 {
		return misused("--without %s: the truth in %s has no world without it", without, dir)
	}
	var all []score.Prediction
	for _, r := range t.rows {
		effect, ok := truth[r.key]
		if !ok {
			return misused("%s:%d: the truth has no person %s", t.name, r.line, r.key)
		}
		all = append(all, score.Prediction{Said: r.numbers["uplift"], Came: effect})
	}
	s := &peopleScore{Customers: len(all)}
	s.Qini = s.say("QINI", score.Qini(all))
	s.AUUC = s.say("AUUC", score.AUUC(all))
	s.MAE = s.say("MEAN ERROR", score.MAE(all))
	s.bins(all)
	if math.IsNaN(score.Qini(all)) && !c.Bool("json") {
		fmt.Fprintln(con.stderr, "percorso: no Qini: the expected effect is the same for all people")
	}
	return s.print(con.stdout, c.Bool("json"))
}
