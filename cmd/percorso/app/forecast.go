package app

import (
	"context"
	"io"
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
	Whole     bool            // the trial was the whole market, so that its rows are exact
	Tables    []TableForecast // events first; the truth is in tables of its own
	Scale     float64         // how many times the work of the trial the whole market is
	parts     int             // on which workers are at work
	inPart    float64         // customers of a part
	each      float64         // events of a customer
}

// MemoryBytes returns about how much memory Generate takes with so many workers, by the customers
// and events of the parts that they are at work on: what was measured on the built-in scenarios.
func (f *Forecast) MemoryBytes(workers int) float64 {
	return 30e6 + float64(min(workers, f.parts))*f.inPart*(3000+55*f.each)
}

// A TableForecast is the forecast of one table.
type TableForecast struct {
	Name      string
	Rows      float64
	Low, High float64 // the 95 % interval of Rows
	Exact     bool    // of a static table, of a whole market, or a row for each person
	Bytes     float64 // as Parquet with its default compression
}

// Bounds of a trial, so that it takes about two seconds of a CPU or two.
const (
	trialEvents = 4_000_000 // that happen, those of the warm-up included
	trialPeople = 20_000
	pilotPeople = 100 // whose events tell how many people the trial can have
	fewestTowns = 5   // whose differences tell the interval; smaller towns if need be
	mostGroups  = 10  // of towns, about
)

// NewForecast lives a trial of a market. Progress is called now and then, by one goroutine at a
// time; it may be nil.
func NewForecast(ctx context.Context, w *model.World, progress func(simulate.Progress),
) (*Forecast, error) {
	return forecast(ctx, w, trialEvents, progress)
}

// forecast lives a trial in which about so many events happen.
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

// pilot lives a hamlet of few people and returns how many events happen to each, those of the
// warm-up included; at least one.
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

// trialOf returns a world of the first so many people of a market, in groups of towns that are its
// parts. A market with fewer people is its own trial. Where so few people would not fill the towns
// that an interval needs, towns are smaller.
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

// A measure is a sink that encodes what the groups of a trial write, and keeps only the sizes.
type measure struct {
	world   *model.World // of the trial
	views   []table.View
	schemas []format.Schema
	format  format.Format

	mu     sync.Mutex
	groups map[int]*group // by part
}

// A group is what one group of towns wrote, or the static tables. The worker that lives it owns it.
type group struct {
	writers []format.Writer
	rows    []float64
	bytes   []sizeOf
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

// Encode writes the rows of a batch to nowhere.
func (m *measure) Encode(b *table.Batch) (func() error, error) {
	g, err := m.group(b.Part)
	if err != nil {
		return nil, err
	}
	for i, v := range m.views {
		rows := &b.Tables[v.Table]
		if rows.Len == 0 || g.writers[i] == nil {
			continue
		}
		g.rows[i] += float64(rows.Len)
		if err := g.writers[i].Write(rows); err != nil {
			return nil, err
		}
	}
	if b.Last {
		return nil, g.close()
	}
	return nil, nil
}

// close ends the files of a group and lets their memory go.
func (g *group) close() error {
	for _, file := range g.writers {
		if file == nil {
			continue
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	g.writers = nil
	return nil
}

// group returns the group of a part, which its first batch begins.
func (m *measure) group(part int) (*group, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if g := m.groups[part]; g != nil {
		return g, nil
	}
	n := len(m.views)
	g := &group{writers: make([]format.Writer, n), rows: make([]float64, n), bytes: make([]sizeOf, n)}
	for i, v := range m.views {
		if v.Static != (part == table.StaticPart) {
			continue
		}
		var err error
		if g.writers[i], err = m.format.Open(io.Writer(&g.bytes[i]), &m.schemas[i], ""); err != nil {
			return nil, err
		}
	}
	m.groups[part] = g
	return g, nil
}

// forecast scales what the trial wrote to a whole market.
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

// table scales one table. With a mean and a standard deviation s of k groups, the total of all K
// groups lies around K times the mean with a standard error of K·s·√((1-k/K)/k), since the groups of
// the trial are part of the market (Cochran 1977, section 2.8).
func (m *measure) table(w *model.World, i int, f *Forecast) TableForecast {
	v := &m.views[i]
	t := TableForecast{Name: v.Name,
		Exact: v.Static || f.Whole || v.Table == table.TableTruthPeople}
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
	case v.Static || f.Whole:
		scale = 1
	case v.Table == table.TableSpend: // a row of each town and day, however many people live there:
		// a tenth less, at the worst seen, where the trial had to make towns smaller.
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
