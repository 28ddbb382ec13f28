package app

import (
	"context"
	"math"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/table"
	"github.com/percorso/percorso/simulate"
)

// A Forecast says how large the dataset of a scenario will be. It comes from a trial, which
// simulates some towns of the market for all its days, warm-up included, and is scaled to all
// customers. The same scenario has the same forecast on every machine.
type Forecast struct {
	Customers int             // simulated in the trial
	Whole     bool            // the trial simulated the whole market, so its rows are exact
	Tables    []TableForecast // events first; the truth is in tables of its own
	Scale     float64         // the work of the whole market, divided by that of the trial

	parts  int     // the workers share them
	inPart float64 // customers of a part
	each   float64 // events of a customer
}

// MemoryBytes estimates how much memory Generate needs with the given number of workers: for each,
// so much by customer and event of a part. The factors were measured on the built-in scenarios.
func (f *Forecast) MemoryBytes(workers int) float64 {
	return 30e6 + float64(min(workers, f.parts))*f.inPart*(3000+55*f.each)
}

// A TableForecast is the forecast of one table.
type TableForecast struct {
	Name      string
	Rows      float64
	Low, High float64 // the 95 % interval of Rows
	Exact     bool    // static tables, tables of a row per person, and all when Forecast.Whole
	Bytes     float64 // as Parquet with its default compression
}

// The limits of a trial. It takes two to five seconds of CPU time at most.
const (
	trialEvents = 4_000_000 // about so many, the warm-up included
	trialPeople = 20_000
	pilotPeople = 100 // their events decide how many people the trial has
	fewestTowns = 5   // an interval needs them; the trial makes towns smaller if it must
	mostGroups  = 10  // towns are put into about so many groups
)

// NewForecast runs the trial of a market. It calls progress now and then, from one goroutine at a
// time; progress may be nil.
func NewForecast(ctx context.Context, w *model.World, progress func(simulate.Progress),
) (*Forecast, error) {
	return forecast(ctx, w, trialEvents, progress)
}

// forecast runs a trial with about the given number of events.
func forecast(ctx context.Context, w *model.World, events float64,
	progress func(simulate.Progress)) (*Forecast, error) {
	each, err := pilot(ctx, w)
	if err != nil {
		return nil, err
	}
	trial := trialOf(w, int(min(max(events/each, pilotPeople), trialPeople)))
	m, err := newMeasure(trial)
	if err != nil {
		return nil, err
	}
	if err := simulate.ByPart(ctx, trial, m, simulate.Options{Progress: progress}); err != nil {
		return nil, err
	}
	return m.forecast(w), nil
}

// pilot simulates a town of very few people and returns the events per person, the warm-up
// included; at least one.
func pilot(ctx context.Context, w *model.World) (float64, error) {
	small := *w
	small.TownSize = min(pilotPeople, w.Customers)
	small.Customers = small.TownSize
	m, err := newMeasure(&small)
	if err != nil {
		return 0, err
	}
	if err := simulate.Town(ctx, &small, 0, m); err != nil {
		return 0, err
	}
	written := 0.0
	for _, g := range m.groups {
		written += g.rows[0] // of events, the first table
	}
	lived := float64(w.Warmup+w.Days) / float64(w.Days)
	return max(written*lived/float64(small.Customers), 1), nil
}

// trialOf returns the world of a trial: the first people of a market, with groups of towns as its
// parts. A market that has no more people is its own trial. If the people would not fill the towns
// that an interval needs, the towns become smaller.
func trialOf(w *model.World, people int) *model.World {
	if w.Customers <= people {
		return w
	}
	trial := *w
	if people/trial.TownSize < fewestTowns {
		trial.TownSize = max(people/fewestTowns, 1)
		trial.Towns = (w.Customers + trial.TownSize - 1) / trial.TownSize
	}
	towns := people / trial.TownSize
	trial.PartTowns = max(1, towns/mostGroups)
	trial.Parts = towns / trial.PartTowns
	return &trial
}

// A measure is a sink that encodes the tables of each group as files and keeps only their sizes.
type measure struct {
	world   *model.World // of the trial
	views   []table.View
	schemas []format.Schema
	format  format.Format

	mu     sync.Mutex
	groups map[int]*group // by part
}

// A group is the output of one group of towns, or the static tables. One worker owns it.
type group struct {
	files []format.Writer // by view, nil where the group has no rows of it
	rows  []float64
	bytes []sizeOf
}

// A sizeOf is a writer that counts the bytes written to it.
type sizeOf float64

func (s *sizeOf) Write(text []byte) (int, error) {
	*s += sizeOf(len(text))
	return len(text), nil
}

func newMeasure(w *model.World) (*measure, error) {
	views, err := table.Views(w.Tables, table.TruthSeparate, nil)
	if err != nil {
		return nil, err
	}
	m := &measure{world: w, views: views, format: format.Formats()[0], groups: map[int]*group{}}
	for _, v := range views {
		m.schemas = append(m.schemas, format.SchemaOf(w.Tables, v))
	}
	return m, nil
}

// Encode encodes the rows of a batch.
func (m *measure) Encode(b *table.Batch) (func() error, error) {
	g, err := m.group(b.Part)
	if err != nil {
		return nil, err
	}
	for i, v := range m.views {
		rows := &b.Tables[v.Table]
		if rows.Len == 0 || g.files[i] == nil {
			continue
		}
		g.rows[i] += float64(rows.Len)
		if err := g.files[i].Write(rows); err != nil {
			return nil, err
		}
	}
	if b.Last {
		return nil, g.close()
	}
	return nil, nil
}

// close ends the files of a group and frees their memory.
func (g *group) close() error {
	for _, file := range g.files {
		if file == nil {
			continue
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	g.files = nil
	return nil
}

// group returns the group of a part and begins it with the part's first batch.
func (m *measure) group(part int) (*group, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if g := m.groups[part]; g != nil {
		return g, nil
	}
	n := len(m.views)
	g := &group{make([]format.Writer, n), make([]float64, n), make([]sizeOf, n)}
	for i, v := range m.views {
		if v.Static != (part == table.StaticPart) {
			continue
		}
		file, err := m.format.Open(&g.bytes[i], &m.schemas[i], "")
		if err != nil {
			return nil, err
		}
		g.files[i] = file
	}
	m.groups[part] = g
	return g, nil
}

// forecast scales the trial to the whole market.
func (m *measure) forecast(w *model.World) *Forecast {
	people := min(m.world.Parts*m.world.PartTowns*m.world.TownSize, w.Customers)
	f := &Forecast{Customers: people, Whole: people == w.Customers,
		Scale: float64(w.Customers) / float64(people), parts: w.Parts,
		inPart: min(float64(w.Customers), float64(w.PartTowns*w.TownSize))}
	for i := range m.views {
		f.Tables = append(f.Tables, m.table(w, i, f))
	}
	f.each = f.Tables[0].Rows / float64(w.Customers)
	return f
}

// table scales one table. The market has K groups, the trial k of them. If the rows of the k groups
// have the standard deviation s, the estimated total of all K has the standard error
// K·s·√((1-k/K)/k), because the trial is part of the market (Cochran 1977, section 2.8).
func (m *measure) table(w *model.World, i int, f *Forecast) TableForecast {
	v := &m.views[i]
	t := TableForecast{Name: v.Name, Exact: v.Static || f.Whole}
	sum, squares := 0.0, 0.0
	for part := table.StaticPart; part < m.world.Parts; part++ {
		g := m.groups[part]
		if g == nil {
			continue
		}
		sum += g.rows[i]
		squares += g.rows[i] * g.rows[i]
		t.Bytes += float64(g.bytes[i])
	}
	scale := f.Scale
	switch {
	case v.Table == table.TableTowns: // a trial may have smaller ones
		scale = float64(w.Towns) / float64(m.world.Towns)
	case v.Static || f.Whole:
		scale = 1
	case v.Table == table.TableSpend:
		// Spend has a row for each town and day with contacts, so it grows with towns. If the trial
		// made towns smaller, some of their days have none: up to a tenth of the rows is missing.
		scale = float64(w.Towns) / float64(m.world.Parts*m.world.PartTowns)
	}
	t.Rows, t.Bytes = sum*scale, t.Bytes*scale
	t.Low, t.High = t.Rows, t.Rows
	if t.Exact {
		return t
	}
	k := float64(m.world.Parts)
	mean := sum / k
	s := math.Sqrt(max(squares/k-mean*mean, 0) * k / (k - 1))
	t95 := distuv.StudentsT{Sigma: 1, Nu: k - 1}.Quantile(0.975)
	half := t95 * k * scale * s * math.Sqrt((1-1/f.Scale)/k)
	t.Low, t.High = max(t.Rows-half, 0), t.Rows+half
	return t
}
