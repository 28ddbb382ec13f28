package main

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/attribute"
	"github.com/percorso/percorso/export/effects"
	"github.com/percorso/percorso/export/paths"
	"github.com/percorso/percorso/export/score"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model"
)

func scoreCommand(con console) *cli.Command {
	return &cli.Command{
		Name:  "score",
		Usage: "says how far attribution, churn, value or uplift models are from the truth",
		Description: `Examples:
  percorso score attribution data                     all methods against the truth in data
  percorso score churn predictions.csv --data data --cutoff 2025-07-01
  percorso score clv predictions.csv --data data --cutoff 2025-07-01
  percorso score uplift predictions.csv --data data --without email`,
		Subcommands: []*cli.Command{scoreAttribution(con), scoreChurn(con), scoreCLV(con),
			scoreUplift(con)},
	}
}

const scoreHelp = `Examples:
  percorso truth data -o data && percorso score attribution data
  percorso score attribution data --touches all --methods last,markov_1,shapley
  percorso score attribution data --claims mine.csv --against loo
  percorso score attribution data --svg scores.svg

DATASET is a folder with the truth of "percorso truth". Claims are those of the methods of "percorso
attribute" for the paths of the dataset, and of files with columns channel,credit[,revenue].
` + ruleText + `

SCORES, over the channels of the truth
  ERROR        incremental error: Σ |claim - truth| / Σ truth; the best claim has the lowest
  OVER-CLAIM   Σ claim / Σ truth; above 1 it claims what would have been sold anyway
  TV           total variation between the shares of claim and truth, from 0 to 1
  KENDALL      agreement of the order of channels, from -1 to 1; SPEARMAN likewise
  TOP          whether the best channel is found
  iROAS ERROR  mean error of the return on ad spend; BREAK-EVEN: how often its side of 1 is right
  CV           how much credit would change with other customers: its mean coefficient of variation
               over bootstraps of the paths
Where the channels did nothing at all, claims are false credit, which is shown instead.

Keys of the JSON: source, against, channels (channel, truth, revenue, spend), scores: claim, error,
over_claim, false_credit, total_variation, kendall, spearman, top, iroas_error, break_even, cv,
credit (by channel). What cannot be computed is left out.`

func scoreAttribution(con console) *cli.Command {
	return &cli.Command{
		Name:        "attribution",
		Usage:       "compares the credit of channels with what they really did",
		ArgsUsage:   "DATASET [flags]",
		Description: scoreHelp,
		Flags: slices.Concat(pathFlags(), []cli.Flag{
			&cli.GenericFlag{Name: "methods", Value: new(texts), Usage: "only these `METHODS`, e.g. " +
				"last,markov_1"},
			&cli.GenericFlag{Name: "claims", Value: new(texts), Usage: "also score the claims of a " +
				"`FILE`"},
			&cli.StringFlag{Name: "against", Usage: "which truth: `shapley|loo`; shapley, if there is " +
				"one"},
			&cli.StringFlag{Name: "svg", Usage: "draw a picture of claims and truth to `FILE`"},
			flagOn("json", "print JSON"),
			quietFlag("print no progress"),
		}),
		Action: func(c *cli.Context) error {
			s, err := readScoring(c)
			if err != nil {
				return err
			}
			return s.run(c, con)
		},
	}
}

// A scoring compares claims with a truth.
type scoring struct {
	dir     string
	from    string
	against string
	truth   []score.Channel // what is true; claims are not set
	claims  []claim
	json    bool
}

// A claim is what somebody says that channels did.
type claim struct {
	name    string
	credit  map[string]float64
	revenue map[string]float64 // nil: it says nothing of it
	cv      float64
	scored  score.Attribution
}

func readScoring(c *cli.Context) (*scoring, error) {
	dir, err := oneArgument(c, "the folder of a dataset with its truth")
	if err != nil {
		return nil, err
	}
	s := &scoring{dir: dir, json: c.Bool("json"), against: c.String("against")}
	if c.IsSet("against") {
		if _, err := placeOf(c, "against", []string{"shapley", "loo"}); err != nil {
			return nil, err
		}
	}
	if s.truth, s.against, err = truthIn(dir, s.against); err != nil {
		return nil, err
	}
	for _, file := range namesIn(c, "claims") {
		one, err := readClaim(file, s.truth)
		if err != nil {
			return nil, err
		}
		s.claims = append(s.claims, one)
	}
	return s, nil
}

func (s *scoring) run(c *cli.Context, con console) error {
	w, err := loadWorld(s.dir, nil)
	if err != nil {
		return err
	}
	if m, err := effects.Read(s.dir); err != nil || m.Hash != w.Scenario.Hash() {
		return misused("the truth in %s is of another scenario than its dataset: make it again with: "+
			"percorso truth %[1]s -o %[1]s --force", s.dir)
	}
	s.from = title(w)
	if err := s.byMethods(c, con, w); err != nil {
		return err
	}
	for i := range s.claims {
		s.claims[i].scored = score.OfAttribution(s.channels(&s.claims[i]))
	}
	slices.SortStableFunc(s.claims, func(a, b claim) int { return a.scored.Compare(&b.scored) })
	if file := c.String("svg"); file != "" {
		if err := s.draw(file); err != nil {
			return err
		}
	}
	if s.json {
		return s.printJSON(con.stdout)
	}
	return s.print(con.stdout)
}

// channels are those of the truth with a claim beside each.
func (s *scoring) channels(one *claim) []score.Channel {
	all := slices.Clone(s.truth)
	for i := range all {
		all[i].Claim, all[i].ClaimRevenue = one.credit[all[i].Name], math.NaN()
		if one.revenue != nil {
			all[i].ClaimRevenue = one.revenue[all[i].Name]
		}
	}
	return all
}

// byMethods adds the claims of our methods.
func (s *scoring) byMethods(c *cli.Context, con console, w *model.World) error {
	rule, err := readRule(c)
	if err != nil {
		return err
	}
	names, err := methodNames(c)
	if err != nil {
		return err
	}
	set, err := collect(c.Context, con, w, rule, c.Bool("quiet"))
	if err != nil {
		return err
	}
	for _, m := range attribute.Methods() {
		if len(names) > 0 && !slices.Contains(names, m.Name) {
			continue
		}
		credit := m.Credit(set, &attribute.Defaults)
		one := claim{name: m.Name, credit: map[string]float64{}, revenue: map[string]float64{}}
		if one.cv, err = s.stability(c.Context, &m, set); err != nil {
			return withCode(exitInterrupted, errors.New("interrupted"))
		}
		for i, channel := range set.Channels {
			one.credit[channel], one.revenue[channel] = credit.Conversions[i], credit.Value[i]
		}
		s.claims = append(s.claims, one)
	}
	return nil
}

// bootstraps are how often paths are drawn anew.
const bootstraps = 20

// stability is the mean coefficient of variation of the credit of the channels of the truth, over
// bootstraps in which each path counts a Poisson number of times. It fails when ctx is done.
func (s *scoring) stability(ctx context.Context, m *attribute.Method, set *paths.Set) (
	float64, error) {
	r := rand.New(rand.NewPCG(1, 2)) // the same for each method
	sums, squares := make([]float64, len(set.Channels)), make([]float64, len(set.Channels))
	drawn := *set
	for range bootstraps {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		drawn.Paths = make([]paths.Path, 0, len(set.Paths))
		for i := range set.Paths {
			p := set.Paths[i]
			if n := poisson(r); n > 0 {
				p.Conversions, p.Nulls, p.Value = p.Conversions*n, p.Nulls*n, p.Value*float64(n)
				drawn.Paths = append(drawn.Paths, p)
			}
		}
		for i, v := range m.Credit(&drawn, &attribute.Defaults).Conversions {
			sums[i] += v
			squares[i] += float64(v * v)
		}
	}
	cv, n := 0.0, 0
	for _, c := range s.truth {
		i := slices.Index(set.Channels, c.Name)
		if i < 0 || sums[i] == 0 {
			continue
		}
		mean := sums[i] / bootstraps
		cv += math.Sqrt(max(squares[i]/bootstraps-float64(mean*mean), 0)) / mean
		n++
	}
	return cv / float64(n), nil // of none it is NaN
}

// poisson draws a number of mean 1.
func poisson(r *rand.Rand) int64 {
	n, p, u := int64(0), math.Exp(-1), r.Float64()
	for u > p && n < 20 {
		u -= p
		n++
		p /= float64(n)
	}
	return n
}

// draw draws the claims beside the truth.
func (s *scoring) draw(file string) error {
	picture := score.Picture{Title: "What methods claim, and what is true",
		About: s.from + ". Orders; truth: " + s.against + "."}
	for _, c := range s.truth {
		picture.Channels = append(picture.Channels, c.Name)
	}
	bar := func(name string, of func(score.Channel) float64) {
		var v []float64
		for _, c := range s.truth {
			v = append(v, of(c))
		}
		picture.Bars = append(picture.Bars, score.Bars{Name: name, Values: v})
	}
	bar("truth", func(c score.Channel) float64 { return c.Truth })
	for i := range s.claims[:min(len(s.claims), 4)] {
		one := &s.claims[i]
		bar(one.name, func(c score.Channel) float64 { return one.credit[c.Name] })
	}
	var text bytes.Buffer
	if err := picture.SVG(&text); err != nil {
		return err
	}
	return whole.Write(file, text.Bytes())
}
