package dataset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

// Options say what a dataset holds and how it treats what is already there.
type Options struct {
	Format      string       // parquet, csv or jsonl
	Compression string       // one that the format has; "" means its default
	Views       []table.View // the tables to write, from table.Views
	Scenario    []byte       // the resolved scenario, written as scenario.yaml
	Hash        string       // of what the scenario says: model.Scenario.Hash

	Partition     string // PartitionDate: a folder for each day; "" for each run of towns a file
	Shard, Shards int    // which shard of how many, from 1; 0 of 0 means all parts
	Force         bool   // replace a dataset that is there
	Resume        bool   // go on with an interrupted run of the same dataset, if there is one
}

// PartitionDate makes each day a part, in folders like events/date=2025-01-31, for runs that go day
// by day.
const PartitionDate = "date"

// A Dataset is a sink that writes a folder of files, one for each table and part. Parts may come in
// any order and from several workers at once, the batches of one part in their order.
type Dataset struct {
	dir      string
	world    *model.World
	views    []table.View
	schemas  []format.Schema // of the views
	format   format.Format
	scenario []byte
	head     Manifest // the manifest, but for files and figures
	folder   *folder
	complete *Manifest // of a dataset that needed nothing more when it was resumed

	mu       sync.Mutex
	open     map[int]*part
	whole    []*record    // of the parts that are whole, at part - table.StaticPart
	expected kpi.Expected // of those parts
}

// Create begins a dataset in a folder, which it makes. It refuses a folder that has something in
// it: the error says what is there, an OccupiedError that it is another dataset. With Force that is
// replaced, but foreign files are never touched. With Resume the parts that an earlier, interrupted
// run of the same dataset completed are kept, after reading them again; Done reports which. That
// may last: when ctx ends before, the folder stays as it was.
func Create(ctx context.Context, dir string, w *model.World, opt Options) (*Dataset, error) {
	d, err := plan(dir, w, opt)
	if err != nil {
		return nil, err
	}
	if d.folder, err = inspect(dir); err != nil {
		return nil, err
	}
	if opt.Resume && d.folder.foreign == "" {
		return d, d.resume(ctx, d.folder)
	}
	if err := d.folder.refuse(opt.Force); err != nil {
		return nil, err
	}
	if err := d.folder.claim(&d.head, nil); err != nil {
		return nil, err
	}
	return d, nil
}

// plan checks options and prepares a dataset without touching the disk.
func plan(dir string, w *model.World, opt Options) (*Dataset, error) {
	kind, err := format.LookupFormat(opt.Format)
	if err != nil {
		return nil, err
	}
	opt.Compression, err = format.PickCompression(kind.Name, opt.Compression, kind.Compressions)
	if err != nil {
		return nil, err
	}
	whole := opt.Shard == 0 && opt.Shards == 0
	switch {
	case opt.Hash == "":
		return nil, errors.New("a dataset needs the hash of its scenario")
	case len(opt.Views) == 0:
		return nil, errors.New("a dataset of no tables, want at least one")
	case !whole && (opt.Shard < 1 || opt.Shard > opt.Shards):
		return nil, fmt.Errorf("there is no shard %d/%d, want 1/n to n/n", opt.Shard, opt.Shards)
	case opt.Partition != "" && opt.Partition != PartitionDate:
		return nil, fmt.Errorf("unknown partition %q, want %s", opt.Partition, PartitionDate)
	case opt.Partition != "" && opt.Shards > 1:
		return nil, errors.New("days cannot be written in shards: every shard has rows of every day")
	case opt.Force && opt.Resume:
		return nil, errors.New("force begins again and resume goes on: choose one")
	}
	d := &Dataset{
		dir:      dir,
		world:    w,
		views:    slices.Clone(opt.Views),
		format:   kind,
		scenario: opt.Scenario,
		head:     describe(w, opt),
		open:     make(map[int]*part),
		expected: *kpi.NewCounter(w).Expected(),
	}
	d.whole = make([]*record, d.head.Parts-table.StaticPart)
	for _, v := range d.views {
		d.schemas = append(d.schemas, format.SchemaOf(w.Tables, v))
	}
	return d, nil
}

// Done reports whether a part is whole, so that it need not be simulated again. The static tables
// are part -1.
func (d *Dataset) Done(part int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.complete != nil || d.whole[part-table.StaticPart] != nil
}

// Whole counts the parts of this run, or of its shard, and those that are whole; the static tables
// are not counted.
func (d *Dataset) Whole() (whole, all int) {
	for p := range d.head.Parts {
		if d.head.owns(p) {
			all++
			if d.Done(p) {
				whole++
			}
		}
	}
	return whole, all
}

// Encode writes a batch to the files of its part. When it is the part's last, the files get their
// final names and the part its record. There is nothing left to commit. A part that is done is an
// error; only the static tables may come again, and are not written twice.
func (d *Dataset) Encode(b *table.Batch) (func() error, error) {
	if b.Part == table.StaticPart && (!b.Last || b.Tables[table.TableEvents].Len > 0) {
		return nil, errors.New("the static tables come in one batch")
	}
	if (b.Part == table.StaticPart || d.head.Partition != "") && d.Done(b.Part) {
		return nil, nil // made again by a resumed run: a day follows from the one before
	}
	p, err := d.part(b.Part)
	if err != nil {
		return nil, err
	}
	if err := p.write(b); err != nil {
		return nil, err
	}
	if !b.Last {
		return nil, nil
	}
	r, err := p.finish()
	if err != nil {
		return nil, err
	}
	r.Hash = d.head.Scenario.Hash
	text, err := r.encode()
	if err != nil {
		return nil, err
	}
	if err := whole.Write(under(d.dir, recordPath(p.id)), text); err != nil {
		return nil, err
	}
	d.done(r)
	return nil, nil
}

// part returns an open part, or opens it.
func (d *Dataset) part(id int) (*part, error) {
	d.mu.Lock()
	p := d.open[id]
	d.mu.Unlock()
	switch {
	case p != nil:
		return p, nil
	case !d.head.owns(id):
		return nil, fmt.Errorf("part %d of %d is not of shard %v", id, d.head.Parts, d.head.Shard)
	case d.Done(id):
		return nil, fmt.Errorf("part %d is whole already: leave out the parts that are done", id)
	}
	p, err := d.openPart(id)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.open[id] = p
	d.mu.Unlock()
	return p, nil
}

// done takes note that a part is whole.
func (d *Dataset) done(r *record) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, r.Part)
	d.expected.Add(r.Expected)
	r.Expected = nil // summed up; only the files are still needed
	d.whole[r.Part-table.StaticPart] = r
}

// Finish completes the dataset: all parts of the run, or of its shard, must be whole. It writes
// scenario.yaml, views.sql and then manifest.json.
func (d *Dataset) Finish() (*Manifest, error) {
	if d.complete != nil {
		return d.complete, nil
	}
	m := d.head
	m.Tables = slices.Clone(m.Tables)
	for i, r := range d.whole {
		part := i + table.StaticPart
		if !d.head.owns(part) {
			continue
		}
		if r == nil {
			return nil, fmt.Errorf("part %d of %d is not whole: %s has no manifest yet",
				part, d.head.Parts, d.dir)
		}
		for _, file := range r.Files {
			m.table(file.Table).add(file.File)
		}
	}
	m.Expected = d.expected
	if m.Truth == table.TruthNone {
		m.Expected.Journeys = kpi.ExpectedJourneys{}
	}
	if err := m.write(d.dir, d.scenario); err != nil {
		return nil, err
	}
	d.complete = &m
	return &m, nil
}

// table returns the table of the given name.
func (m *Manifest) table(name string) *TableFiles {
	return &m.Tables[slices.IndexFunc(m.Tables, func(t TableFiles) bool { return t.Name == name })]
}

// write completes the folder of a dataset.
func (m *Manifest) write(dir string, scenario []byte) error {
	if err := whole.Write(under(dir, scenarioName), scenario); err != nil {
		return err
	}
	views, err := m.viewsSQL()
	if err != nil {
		return err
	}
	if m.Views = nil; views != nil {
		m.Views = &ViewsFile{Path: viewsName, Bytes: int64(len(views)), SHA256: sum(views)}
		if err := whole.Write(under(dir, viewsName), views); err != nil {
			return err
		}
	}
	text, err := encode(m)
	if err != nil {
		return err
	}
	if err := whole.Write(under(dir, manifestName), text); err != nil {
		return err
	}
	return sweepRecords(dir)
}

// Abort ends a run that failed: files that are not whole are removed. Parts that are whole stay,
// with their records, for a run that resumes; if there is none, nothing stays. It must not be
// called while Encode runs, and does nothing after Finish.
func (d *Dataset) Abort() error {
	if d.complete != nil {
		return nil
	}
	var errs []error
	for _, id := range slices.Sorted(maps.Keys(d.open)) {
		errs = append(errs, d.open[id].discard())
	}
	clear(d.open)
	if !slices.ContainsFunc(d.whole, func(r *record) bool { return r != nil }) {
		errs = append(errs, d.folder.abandon())
	}
	return errors.Join(errs...)
}
