package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/export/attribute"
	"github.com/percorso/percorso/export/paths"
	"github.com/percorso/percorso/model/table"
)

func attributeCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "attribute",
		Usage:     "shares out orders among channels, by the usual methods",
		ArgsUsage: "PATHS [flags]",
		Description: `Examples:
  percorso attribute data                                of a dataset, by all methods
  percorso attribute fashion --touches all --look-back 90d
  percorso attribute data --methods last,markov_1,shapley --show value
  percorso attribute paths.csv --paid ads,mail --direct direct
  percorso attribute data --by journey --methods linear > credit.csv
  percorso attribute data --json

PATHS is a scenario, the folder of a dataset, whose scenario is simulated again, or a CSV file:
  path,total_conversions,total_conversion_value,total_null   a row for each path: a > b > c
  id,path,converted,value,hours                              a row for each journey
  id,time,channel,conversion,value                           a row for each touch
` + ruleText + `

METHODS
` + methodsText() + `
A method that needs what a file does not say is left out. Markov methods solve the chain of paths
exactly. "percorso score attribution" compares what methods claim with the truth.

Keys of the JSON: source, paths, conversions, value, unseen (orders that no path leads to), and
methods: method, channels (channel, conversions, value, share; of Markov methods also removal)`,
		Flags: slices.Concat(scenarioFlags(), pathFlags(), []cli.Flag{
			&cli.GenericFlag{Name: "methods", Value: new(texts), Usage: "only these `METHODS`, e.g. " +
				"last,markov_1"},
			&cli.StringFlag{Name: "show", Usage: "`FIGURE`: conversions, value or share",
				Value: "conversions"},
			&cli.StringFlag{Name: "by", Usage: "`channel|journey`: journey writes a CSV row for each " +
				"touch", Value: "channel"},
			&cli.StringFlag{Name: "position", Usage: "share of the first and the last touch, as `A,B`",
				Value: "40%,40%"},
			&cli.StringFlag{Name: "half-life", Usage: "of time_decay, e.g. `7d`", Value: "7d"},
			&cli.GenericFlag{Name: "paid", Value: new(texts), Usage: "paid `CHANNELS` of a file"},
			&cli.GenericFlag{Name: "direct", Value: new(texts), Usage: "direct `CHANNELS` of a file"},
			withoutFlag("paths of the market without these `CHANNELS`"),
			sinceFlag("always"),
			flagOn("json", "print JSON"),
			quietFlag("print no progress"),
		}),
		Action: func(c *cli.Context) error {
			a, err := readAttribution(c)
			if err != nil {
				return err
			}
			if a.set, a.from, err = pathsOf(c, con); err != nil {
				return err
			}
			if err := markPaths(c, a.set); err != nil {
				return err
			}
			return a.run(con)
		},
	}
}

// methodsText lists the methods.
func methodsText() string {
	var text strings.Builder
	for _, m := range attribute.Methods() {
		fmt.Fprintf(&text, "  %-15s  %s\n", m.Name, m.About)
	}
	return text.String()
}

// An attribution is what `attribute` was asked for.
type attribution struct {
	set     *paths.Set
	from    string
	names   []string // of methods; empty: all that can be used
	options attribute.Options
	show    int
	journey bool
	json    bool
}

var shown = []string{"conversions", "value", "share"}

func readAttribution(c *cli.Context) (*attribution, error) {
	a := &attribution{json: c.Bool("json"), options: attribute.Defaults}
	var err error
	if a.names, err = methodNames(c); err != nil {
		return nil, err
	}
	if a.show, err = placeOf(c, "show", shown); err != nil {
		return nil, err
	}
	by, err := placeOf(c, "by", []string{"channel", "journey"})
	if err != nil {
		return nil, err
	}
	a.journey = by == 1
	ends := strings.Split(c.String("position"), ",")
	first, err1 := shareOf(ends[0])
	last, err2 := shareOf(ends[len(ends)-1])
	if len(ends) != 2 || err1 != nil || err2 != nil || first+last > 1 {
		return nil, misused("--position %s: want two shares that sum to at most 100%%, e.g. 40%%,40%%",
			c.String("position"))
	}
	a.options.First, a.options.Last = first, last
	life, err := readSpan(c, "half-life")
	a.options.HalfLife = life.Hours() / 24
	return a, err
}

// methods returns the methods that were asked for. One that was named must have what it needs.
func (a *attribution) methods() (list []attribute.Method, err error) {
	for _, m := range attribute.Methods() {
		named := slices.Contains(a.names, m.Name)
		if len(a.names) > 0 && !named {
			continue
		}
		lack := m.Needs(a.set)
		if lack != nil && named {
			return nil, misused("--methods %s: %w (flags --paid and --direct say it of a file)", m.Name,
				lack)
		}
		if a.journey && !m.ByTouch() {
			if named {
				return nil, misused("--by journey: %s gives no credit to single touches", m.Name)
			}
			continue
		}
		if lack == nil {
			list = append(list, m)
		}
	}
	return list, nil
}

func (a *attribution) run(con console) error {
	methods, err := a.methods()
	switch {
	case err != nil:
		return err
	case a.journey:
		return a.printJourneys(con.stdout, methods)
	case a.json:
		return a.printJSON(con.stdout, methods)
	}
	return a.print(con.stdout, methods)
}

// print prints a row for each channel and a column for each method.
func (a *attribution) print(to io.Writer, methods []attribute.Method) error {
	conversions, nulls, value := a.set.Totals()
	fmt.Fprintf(to, "%s: %s conversions (%s) and %s that led to none", a.from,
		count(conversions), money2(value), plural(nulls, "path"))
	if a.set.Unseen > 0 {
		fmt.Fprintf(to, "; no path leads to %s more", count(a.set.Unseen))
	}
	fmt.Fprintf(to, "\n\n")
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(out, "CHANNEL\t")
	var credits []*attribute.Credit
	for _, m := range methods {
		fmt.Fprintf(out, "%s\t", strings.ToUpper(m.Name))
		credits = append(credits, m.Credit(a.set, &a.options))
	}
	fmt.Fprintln(out)
	there := a.set.There()
	for i, channel := range a.set.Channels {
		if !there[i] {
			continue
		}
		fmt.Fprintf(out, "%s\t", channel)
		for _, credit := range credits {
			switch a.show {
			case 0:
				fmt.Fprintf(out, "%.1f\t", credit.Conversions[i])
			case 1:
				fmt.Fprintf(out, "%s\t", money2(credit.Value[i]))
			default:
				fmt.Fprintf(out, "%.1f%%\t", 100*shareIn(credit.Conversions, i))
			}
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// money2 writes an amount with two digits.
func money2(v float64) string { return money(table.Cents(math.Round(v * 100))) }

// shareIn is a channel's part of all credit; 0 where there is none.
func shareIn(credit []float64, i int) float64 {
	sum := 0.0
	for _, v := range credit {
		sum += v
	}
	if sum == 0 {
		return 0
	}
	return credit[i] / sum
}

// A channelCredit is what a method gives a channel, as JSON.
type channelCredit struct {
	Channel     string   `json:"channel"`
	Conversions float64  `json:"conversions"`
	Value       float64  `json:"value"`
	Share       float64  `json:"share"`
	Removal     *float64 `json:"removal,omitempty"`
}

type methodCredit struct {
	Method   string          `json:"method"`
	Channels []channelCredit `json:"channels"`
}

func (a *attribution) printJSON(to io.Writer, methods []attribute.Method) error {
	conversions, _, value := a.set.Totals()
	report := struct {
		Source      string         `json:"source"`
		Paths       int            `json:"paths"`
		Conversions int64          `json:"conversions"`
		Value       float64        `json:"value"`
		Unseen      int64          `json:"unseen"`
		Methods     []methodCredit `json:"methods"`
	}{a.from, len(a.set.Paths), conversions, value, a.set.Unseen, nil}
	for _, m := range methods {
		credit := m.Credit(a.set, &a.options)
		one := methodCredit{Method: m.Name}
		for i, channel := range a.set.Channels {
			c := channelCredit{channel, credit.Conversions[i], credit.Value[i],
				shareIn(credit.Conversions, i), nil}
			if credit.Removal != nil {
				c.Removal = &credit.Removal[i]
			}
			one.Channels = append(one.Channels, c)
		}
		report.Methods = append(report.Methods, one)
	}
	return printJSON(to, report)
}

// printJourneys prints a row for each touch of a path that converts, with the credit by each
// method.
func (a *attribution) printJourneys(to io.Writer, methods []attribute.Method) error {
	buffered := bufio.NewWriter(to)
	out := csv.NewWriter(buffered)
	head := []string{"id", "touch", "channel", "conversions", "value"}
	for _, m := range methods {
		head = append(head, m.Name)
	}
	out.Write(head)
	for i := range a.set.Paths {
		p := &a.set.Paths[i]
		if p.Conversions == 0 {
			continue
		}
		var weights [][]float64
		for _, m := range methods {
			weights = append(weights, m.Weights(a.set, p, &a.options))
		}
		for k, channel := range p.Touches {
			row := []string{p.ID, strconv.Itoa(k + 1), a.set.Channels[channel],
				strconv.FormatInt(p.Conversions, 10), strconv.FormatFloat(p.Value, 'f', 2, 64)}
			for _, w := range weights {
				row = append(row, strconv.FormatFloat(w[k], 'f', 6, 64))
			}
			out.Write(row)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return buffered.Flush()
}
