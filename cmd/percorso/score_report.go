package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// print prints the claims, the best first, and below them what is true.
func (s *scoring) print(to io.Writer) error {
	fmt.Fprintf(to, "%s; truth: %s, orders\n\n", s.from, s.against)
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	null := math.IsNaN(s.claims[0].scored.IncrementalError)
	if null {
		fmt.Fprintln(out, "CLAIM\tFALSE CREDIT\tCV\t")
	} else {
		fmt.Fprintln(out, "CLAIM\tERROR\tOVER-CLAIM\tTV\tKENDALL\tSPEARMAN\tTOP\tiROAS ERROR\t"+
			"BREAK-EVEN\tCV\t")
	}
	for i := range s.claims {
		c := &s.claims[i]
		a := &c.scored
		if null {
			fmt.Fprintf(out, "%s\t%s\t%s\t\n", c.name, number(a.FalseCredit, 1), number(c.cv, 2))
			continue
		}
		top, even := "no", "-"
		if a.Top1 {
			top = "yes"
		}
		if !math.IsNaN(a.BreakEven) {
			even = number(100*a.BreakEven, 0) + "%"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", c.name,
			number(a.IncrementalError, 2), number(a.OverClaim, 2), number(a.TotalVariation, 2),
			number(a.Kendall, 2), number(a.Spearman, 2), top, number(a.IROASError, 2), even,
			number(c.cv, 2))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(to)
	best := s.claims[:min(len(s.claims), 5)]
	head := []string{"CHANNEL", "TRUTH"}
	for i := range best {
		head = append(head, strings.ToUpper(best[i].name))
	}
	fmt.Fprintln(out, strings.Join(head, "\t")+"\t")
	for _, c := range s.truth {
		cells := []string{c.Name, number(c.Truth, 1)}
		for i := range best {
			cells = append(cells, number(best[i].credit[c.Name], 1))
		}
		fmt.Fprintln(out, strings.Join(cells, "\t")+"\t")
	}
	return out.Flush()
}

// known is a figure for JSON; nil where there is none.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// A scoreLine is a claim and its scores, as JSON.
type scoreLine struct {
	Claim          string             `json:"claim"`
	Error          *float64           `json:"error,omitempty"`
	OverClaim      *float64           `json:"over_claim,omitempty"`
	FalseCredit    *float64           `json:"false_credit,omitempty"`
	TotalVariation *float64           `json:"total_variation,omitempty"`
	Kendall        *float64           `json:"kendall,omitempty"`
	Spearman       *float64           `json:"spearman,omitempty"`
	Top            bool               `json:"top"`
	IROASError     *float64           `json:"iroas_error,omitempty"`
	BreakEven      *float64           `json:"break_even,omitempty"`
	CV             *float64           `json:"cv,omitempty"`
	Credit         map[string]float64 `json:"credit"`
}

// A trueLine is what a channel did, as JSON.
type trueLine struct {
	Channel string  `json:"channel"`
	Truth   float64 `json:"truth"`
	Revenue float64 `json:"revenue"`
	Spend   float64 `json:"spend"`
}

func (s *scoring) printJSON(to io.Writer) error {
	report := struct {
		Source   string      `json:"source"`
		Against  string      `json:"against"`
		Channels []trueLine  `json:"channels"`
		Scores   []scoreLine `json:"scores"`
	}{Source: s.from, Against: s.against}
	for _, c := range s.truth {
		report.Channels = append(report.Channels, trueLine{c.Name, c.Truth, c.TruthRevenue, c.Spend})
	}
	for i := range s.claims {
		c := &s.claims[i]
		a := &c.scored
		report.Scores = append(report.Scores, scoreLine{Claim: c.name,
			Error: known(a.IncrementalError), OverClaim: known(a.OverClaim),
			FalseCredit: known(a.FalseCredit), TotalVariation: known(a.TotalVariation),
			Kendall: known(a.Kendall), Spearman: known(a.Spearman), Top: a.Top1,
			IROASError: known(a.IROASError), BreakEven: known(a.BreakEven), CV: known(c.cv),
			Credit: c.credit})
	}
	return printJSON(to, report)
}
