package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/model"
)

func checkCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "validates a scenario and explains what will come out",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso check shop.yaml                    all errors at once, or what it means
  percorso check fashion --customers 1e6      how large and how long would it be
  percorso check fashion --resolved           every value and where it comes from
  percorso check fashion --simulate           simulates it and holds its targets
  percorso check fashion --simulate --off display,email
                                              and what changes without these channels

With --simulate a target holds when the realised value lies in its band; if any is missed, the exit
code is 3. A scenario of more than 20,000 customers is tried with 20,000, unless --customers says
how many. With --off no target is held: they are about the market with all its channels.`,
		Flags: append(scenarioFlags(),
			flagOn("resolved", "print the merged scenario with the origin of each value"),
			flagOn("simulate", "simulate it and print the KPIs that come out beside their targets"),
			offFlag("with --simulate: what changes without these `CHANNELS`, e.g. display,email")),
		Action: func(c *cli.Context) error {
			off := offChannels(c)
			switch {
			case c.Bool("simulate") && c.Bool("resolved"):
				return misused("--simulate and --resolved print different things: choose one")
			case c.Bool("simulate"):
				return try(c, con, off)
			case len(off) > 0:
				return misused("--off needs --simulate: what changes only shows in what happens")
			}
			w, err := worldOf(c)
			if err != nil {
				return err
			}
			if c.Bool("resolved") {
				_, err = con.stdout.Write(w.Scenario.Resolved())
				return err
			}
			return printExplanation(con.stdout, w.Scenario, w.Explain())
		},
	}
}

// try simulates a scenario, with all its channels and, if some are off, without these.
func try(c *cli.Context, con console, off []string) error {
	t, err := newTrial(c, con)
	if err != nil {
		return err
	}
	if len(off) == 0 {
		return t.run(c.Context)
	}
	w, err := without(t.world, off)
	if err != nil {
		return err
	}
	return t.compare(c.Context, w)
}

// printExplanation says what a scenario means, in numbers.
func printExplanation(out io.Writer, s *model.Scenario, e *model.Explanation) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.TrimSuffix(s.Name+": "+s.About, ": "))
	fmt.Fprintln(t)
	fmt.Fprintf(t, "customers\t%s\n", count(s.Customers))
	fmt.Fprintf(t, "days\t%s from %04d-%02d-%02d, %s, after %s days of warm-up\n", count(s.Days),
		s.Start.Year, s.Start.Month, s.Start.Day, s.TimeZone, count(s.Warmup))
	fmt.Fprintf(t, "seed\t%d\n", s.Seed)
	fmt.Fprintf(t, "journeys\t%.2f a year, of %.1f touches over %.1f days\n",
		e.JourneysPerYear, e.TouchesPerJourney, e.DaysPerJourney)
	fmt.Fprintf(t, "events\t%.0f per customer in %s days\n", e.EventsPerCustomer, count(s.Days))
	if on := s.Behaving(); len(on) > 0 {
		fmt.Fprintf(t, "behaviors\t%s; what follows is the chain that they bend\n",
			strings.Join(on, ", "))
	}
	fmt.Fprintln(t)

	fmt.Fprintln(t, "STAGE\tSHOWN AS\tDOES\tVISITS A JOURNEY\tMEAN DAYS\tDWELL")
	for _, l := range inOrder(e.Stages) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%.3f\t%.2f\t%s\n",
			l.Name, l.Shown, l.Does, l.Visits, l.MeanDays, l.Dwell)
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, "CHANNEL\tTOUCHPOINT\tTOUCHES A JOURNEY\tHOURS")
	for _, l := range e.Channels {
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%s\n", l.Name, l.Touchpoint, l.Touches, l.Hours)
	}
	fmt.Fprintln(t)
	fmt.Fprintln(t, "TABLE\tROWS\tAS PARQUET")
	for _, l := range e.Tables {
		fmt.Fprintf(t, "%s\t%s\t%s\n", l.Name, count(l.Rows), size(l.Bytes))
	}
	if len(e.NotForecast) > 0 {
		fmt.Fprintf(t, "Not forecast: %s.\n", strings.Join(e.NotForecast, ", "))
	}
	fmt.Fprintln(t)
	fmt.Fprintf(t, "With 2 workers about %s and %s of memory.\n",
		span(seconds(e.Seconds)), size(e.MemoryBytes))
	return t.Flush()
}

// inOrder sorts stages as textbooks do: awareness first, loyalty last.
func inOrder(stages []model.StageLine) []model.StageLine {
	place := func(l model.StageLine) int { return slices.Index(model.Classical, l.PartOf) }
	return slices.SortedStableFunc(slices.Values(stages), func(a, b model.StageLine) int {
		return place(a) - place(b)
	})
}
