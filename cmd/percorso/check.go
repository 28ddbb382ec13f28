package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/percorso/percorso/cmd/percorso/app"
	"github.com/percorso/percorso/export/dataset"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
)

func checkCommand(con console) *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "validates a scenario and forecasts what it will give",
		ArgsUsage: "SCENARIO [flags]",
		Description: `Examples:
  percorso check shop.yaml                    every error at once, or a forecast
  percorso check fashion --customers 2M       how many rows, how large, how long
  percorso check fashion --resolved           every value and where it comes from
  percorso check data                         what a dataset holds, from its manifest
  percorso check fashion --json               the same as JSON

For the forecast, check simulates some towns of the market and scales their rows to all customers.
This takes a few seconds at most, however many customers there are. To compare the market's KPIs
with published figures, run "percorso kpis".

Keys of the JSON: scenario, about, customers, days, start, time_zone, warmup_days, seed, behaviors,
off_season (campaigns and promotions that are not in these days), chain (journeys_per_year,
touches_per_journey, days_per_journey, stages, channels), and
  for a scenario, forecast: trial_customers, whole (the trial simulated all customers), workers,
    seconds, memory_bytes, tables (name, rows, low, high, exact, parquet_bytes)
  for a dataset, dataset: folder, release, format, without, answers,
    tables (name, rows, files, bytes)`,
		Flags: append(scenarioFlags(),
			flagOn("resolved", "print the merged scenario with the origin of each value"),
			flagOn("json", "print JSON"),
			quietFlag("print no progress")),
		Action: func(c *cli.Context) error {
			if c.Bool("resolved") && c.Bool("json") {
				return misused("--resolved prints YAML and --json prints JSON: choose one")
			}
			return check(c, con)
		},
	}
}

// check explains a scenario, or a dataset unless flags change its scenario.
func check(c *cli.Context, con console) error {
	r, err := requested(c)
	if err != nil {
		return err
	}
	manifest, err := manifestOf(r)
	if err != nil {
		return err
	}
	w, err := loadWorld(r.name, r.sets)
	if err != nil {
		return err
	}
	if c.Bool("resolved") {
		_, err = con.stdout.Write(w.Scenario.Resolved())
		return err
	}
	warnOfDates(con, w)
	x := explanationOf(w)
	if manifest != nil {
		x.Dataset = datasetOf(r.name, manifest)
	} else if x.Forecast, err = forecastOf(c, con, w); err != nil {
		return err
	}
	if c.Bool("json") {
		return printJSON(con.stdout, x)
	}
	return x.print(con.stdout)
}

// manifestOf returns the manifest of the dataset that a request names, or nil if it names a
// scenario or changes that of a dataset.
func manifestOf(r request) (*dataset.Manifest, error) {
	if !app.IsDataset(r.name) || len(r.sets) > 0 {
		return nil, nil
	}
	m, err := dataset.Find(r.name)
	switch begun := (*dataset.OccupiedError)(nil); {
	case errors.As(err, &begun):
		return nil, misused("%w: run the command that wrote it again, with --resume", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil // a folder with nothing but a scenario
	}
	return m, withCode(exitMisused, err)
}

// An explanation is the output of check, also as JSON.
type explanation struct {
	Scenario  string             `json:"scenario"`
	About     string             `json:"about"`
	Customers int                `json:"customers"`
	Days      int                `json:"days"`
	Start     string             `json:"start"` // first day, local, as 2025-01-31
	TimeZone  string             `json:"time_zone"`
	Warmup    int                `json:"warmup_days"` // simulated before the first day, not written
	Seed      uint64             `json:"seed"`
	Behaviors []string           `json:"behaviors"`  // those that are on
	OffSeason []string           `json:"off_season"` // what comes every year, and not in these days
	Forecast  *forecastFigures   `json:"forecast,omitempty"`
	Dataset   *datasetFigures    `json:"dataset,omitempty"` // instead of a forecast
	Chain     *model.Explanation `json:"chain"`             // before behaviors bend it
}

// forecastFigures are how large the dataset of a scenario will be.
type forecastFigures struct {
	Trial   int             `json:"trial_customers"` // simulated for the forecast
	Whole   bool            `json:"whole"`           // these are all customers
	Tables  []tableForecast `json:"tables"`
	Workers int             `json:"workers"`      // of this machine
	Seconds float64         `json:"seconds"`      // about; generate with these workers
	Memory  float64         `json:"memory_bytes"` // about; likewise
}

// A tableForecast is the forecast of one table.
type tableForecast struct {
	Name  string `json:"name"`
	Rows  int64  `json:"rows"`
	Low   int64  `json:"low"` // of the 95 % interval
	High  int64  `json:"high"`
	Exact bool   `json:"exact"`
	Bytes int64  `json:"parquet_bytes"`
}

// datasetFigures are what the manifest of a dataset says.
type datasetFigures struct {
	Folder   string         `json:"folder"`
	Release  string         `json:"release"`
	Format   string         `json:"format"`
	Without  []string       `json:"without"` // channels this market is without
	Tables   []datasetTable `json:"tables"`
	Expected *kpi.Expected  `json:"answers"` // what a pipeline fed with it must report

	manifest *dataset.Manifest
}

// A datasetTable is one table of a dataset.
type datasetTable struct {
	Name  string `json:"name"`
	Rows  int64  `json:"rows"`
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
}

func datasetOf(folder string, m *dataset.Manifest) *datasetFigures {
	d := &datasetFigures{Folder: folder, Release: m.Release, Format: m.Format,
		Without: append([]string{}, m.Without...), Expected: &m.Expected, manifest: m}
	for _, t := range m.Tables {
		d.Tables = append(d.Tables, datasetTable{t.Name, t.Rows, len(t.Files), t.Bytes})
	}
	return d
}

func explanationOf(w *model.World) *explanation {
	s := w.Scenario
	return &explanation{
		Scenario: s.Name, About: s.About, Customers: s.Customers, Days: s.Days,
		Start:    fmt.Sprintf("%04d-%02d-%02d", s.Start.Year, s.Start.Month, s.Start.Day),
		TimeZone: s.TimeZone, Warmup: s.Warmup, Seed: s.Seed,
		Behaviors: append([]string{}, s.Behaving()...), Chain: w.Explain(),
		OffSeason: append([]string{}, s.OffSeason()...),
	}
}

// forecastOf runs the trial of a forecast and measures how long it takes.
func forecastOf(c *cli.Context, con console, w *model.World) (*forecastFigures, error) {
	began, show := con.now(), newMeter(con)
	f, err := app.NewForecast(c.Context, w, show.unless(c.Bool("quiet")))
	show.clear()
	if interrupted(c.Context, err) {
		return nil, withCode(exitInterrupted, errors.New("interrupted"))
	}
	if err != nil {
		return nil, err
	}
	x := &forecastFigures{Trial: f.Customers, Whole: f.Whole, Workers: runtime.GOMAXPROCS(0)}
	x.Seconds = f.Scale * con.now().Sub(began).Seconds()
	x.Memory = f.MemoryBytes(x.Workers)
	whole := func(x float64) int64 { return int64(math.Round(x)) }
	for _, t := range f.Tables {
		x.Tables = append(x.Tables, tableForecast{Name: t.Name, Rows: whole(t.Rows),
			Low: whole(t.Low), High: whole(t.High), Exact: t.Exact, Bytes: whole(t.Bytes)})
	}
	return x, nil
}

// print prints an explanation as text.
func (x *explanation) print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.TrimSuffix(x.Scenario+": "+x.About, ": "))
	fmt.Fprintln(t)
	fmt.Fprintf(t, "customers\t%s\n", count(x.Customers))
	fmt.Fprintf(t, "days\t%s from %s, %s, after %s days of warm-up\n", count(x.Days), x.Start,
		x.TimeZone, count(x.Warmup))
	fmt.Fprintf(t, "seed\t%d\n", x.Seed)
	if len(x.Behaviors) > 0 {
		fmt.Fprintf(t, "behaviors\t%s\n", list(x.Behaviors))
	}
	if len(x.OffSeason) > 0 {
		fmt.Fprintf(t, "not in these days\t%s\n", list(x.OffSeason))
	}
	fmt.Fprintln(t)
	if x.Dataset != nil {
		x.Dataset.print(t)
	} else {
		x.Forecast.print(t)
	}
	fmt.Fprintln(t)
	x.printChain(t)
	return t.Flush()
}

// print lists the tables that generate will write.
func (f *forecastFigures) print(out io.Writer) {
	if f.Whole {
		fmt.Fprintf(out, "Forecast of what generate writes, from a trial run with all customers:\n\n")
	} else {
		fmt.Fprintf(out, "Forecast of what generate writes, from a trial run with %s customers "+
			"(± is the 95 %% interval):\n\n", count(f.Trial))
	}
	fmt.Fprintln(out, "TABLE\tROWS\t±\tAS PARQUET")
	for _, l := range f.Tables {
		rows, within := count(l.Rows), "exact"
		switch {
		case l.Exact:
		case l.Rows == 0:
			within = "-"
		default:
			rows = count(rounded(l.Rows))
			within = fmt.Sprintf("%.1f%%", 100*float64(l.High-l.Rows)/float64(l.Rows))
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", l.Name, rows, within, size(l.Bytes))
	}
	fmt.Fprintln(out)
	takes := "less than a second"
	if f.Seconds >= 1 {
		takes = "about " + span(seconds(f.Seconds))
	}
	fmt.Fprintf(out, "With %d workers, generate takes %s and about %s of memory.\n", f.Workers, takes,
		size(f.Memory))
}

// rounded keeps the first three digits of a number; a forecast does not know more.
func rounded(n int64) int64 {
	unit := int64(1)
	for n/unit >= 1000 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// print lists what a dataset holds and what a pipeline fed with it must report.
func (d *datasetFigures) print(out io.Writer) {
	fmt.Fprintf(out, "Contents of the dataset %s, from its manifest%s:\n\n", d.Folder,
		withoutText(d.Without, d.manifest.Since))
	fmt.Fprintf(out, "TABLE\tROWS\tFILES\tAS %s\n", strings.ToUpper(d.Format))
	for _, l := range d.Tables {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", l.Name, count(l.Rows), count(l.Files), size(l.Bytes))
	}
	fmt.Fprint(out, "\nFigures that a pipeline must find in it:\n\n")
	printExpected(out, d.manifest)
}

// printChain explains stages and channels.
func (x *explanation) printChain(out io.Writer) {
	before := ""
	if len(x.Behaviors) > 0 {
		before = ", before behaviors change it"
	}
	fmt.Fprintf(out, "The Markov chain of the journey%s: %.2f journeys per customer and year,\n"+
		"%.1f touches and %.1f days per journey.\n\n", before,
		x.Chain.JourneysPerYear, x.Chain.TouchesPerJourney, x.Chain.DaysPerJourney)
	fmt.Fprintln(out, "STAGE\tSHOWN AS\tDOES\tVISITS PER JOURNEY\tMEAN DAYS\tDWELL")
	for _, l := range inOrder(x.Chain.Stages) {
		fmt.Fprintf(out, "%s\t%s\t%s\t%.3f\t%.2f\t%s\n",
			l.Name, l.Shown, l.Does, l.Visits, l.MeanDays, l.Dwell)
	}
	fmt.Fprint(out, "\nThe next touch comes on the day on which the dwell ends, at an hour of its "+
		"channel: after a fixed\n2d it is two days later, at any of those hours.\n\n")
	fmt.Fprintln(out, "CHANNEL\tTOUCHPOINT\tTOUCHES PER JOURNEY\tHOURS\tDAYS")
	for _, l := range x.Chain.Channels {
		var days []string
		if l.Closed != "" {
			days = append(days, "closed "+l.Closed)
		}
		if l.Busiest != "" {
			days = append(days, "busiest "+l.Busiest)
		}
		fmt.Fprintf(out, "%s\t%s\t%.3f\t%s", l.Name, l.Touchpoint, l.Touches, l.Hours)
		if len(days) > 0 {
			fmt.Fprint(out, "\t"+strings.Join(days, "; "))
		}
		fmt.Fprintln(out)
	}
}

// inOrder sorts stages as textbooks do: awareness first, loyalty last.
func inOrder(stages []model.StageLine) []model.StageLine {
	place := func(l model.StageLine) int { return slices.Index(model.Classical, l.PartOf) }
	return slices.SortedStableFunc(slices.Values(stages), func(a, b model.StageLine) int {
		return place(a) - place(b)
	})
}
