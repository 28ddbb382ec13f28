package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

// A record says that a part is complete: which files it has, and its share of the figures. It is a
// file in the folder .receipts while the run goes on.
type record struct {
	Part     int           `json:"part"`
	Hash     string        `json:"scenario_hash"`
	Files    []tableFile   `json:"files"`
	Expected *kpi.Expected `json:"answers"`
	Check    string        `json:"check"` // SHA-256 of the record with an empty check
}

// A tableFile is a file and the table it belongs to.
type tableFile struct {
	Table string `json:"table"`
	File
}

// encode returns the record's file.
func (r record) encode() ([]byte, error) {
	r.Check = ""
	text, err := encode(r)
	if err != nil {
		return nil, err
	}
	r.Check = sum(text)
	return encode(r)
}

// readRecord returns the record in a file; ok is false if it is none or damaged.
func readRecord(path string) (r *record, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &r) != nil || r == nil || r.Expected == nil {
		return nil, false
	}
	again, err := r.encode()
	return r, err == nil && bytes.Equal(again, text)
}

// resume continues what an earlier run of the same scenario left in the folder: parts with an
// intact record and intact files are done, the rest is removed.
func (d *Dataset) resume(ctx context.Context, f *folder) error {
	before := f.run
	if f.complete != nil {
		before = f.complete
	}
	if before != nil {
		if diff := d.head.differs(before); diff != "" {
			return &OccupiedError{Dir: d.dir, Title: before.title(),
				Unfinished: f.complete == nil, Differs: diff}
		}
	}
	if f.complete != nil {
		m, err := Verify(ctx, d.dir)
		if err != nil {
			return err
		}
		d.complete = m
		return sweepRecords(d.dir)
	}
	if err := f.refuseStrangers(); err != nil {
		return err
	}
	records := d.readRecords(ctx, f.run)
	if err := ctx.Err(); err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, r := range records {
		if r == nil {
			continue
		}
		keep[recordPath(r.Part)] = true
		for _, file := range r.Files {
			keep[file.Path] = true
		}
		d.done(r)
	}
	return f.claim(&d.head, keep)
}

// readRecords returns the records of the parts that the given run completed, nil for others, in
// order from the static part on. When ctx ends the result is unusable.
func (d *Dataset) readRecords(ctx context.Context, run *Manifest) []*record {
	records := make([]*record, len(d.whole))
	if run == nil {
		return records
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range records {
		g.Go(func() error {
			id := i + table.StaticPart
			r, ok := readRecord(under(d.dir, recordPath(id)))
			if ok && d.honours(ctx, id, r) {
				records[i] = r
			}
			return nil // a part without a good record is simulated again
		})
	}
	g.Wait()
	return records
}

// honours reports whether a record is of the given part of this run and its files are there with
// the right content.
func (d *Dataset) honours(ctx context.Context, id int, r *record) bool {
	if !d.head.owns(id) || r.Part != id || r.Hash != d.head.Scenario.Hash {
		return false
	}
	ext, files := d.format.Ext(d.head.Compression), r.Files
	for _, v := range d.views {
		if !d.head.holds(id, v.Static, v.Snapshot) {
			continue
		}
		path := d.head.path(v.Name, id, v.Static, v.Snapshot, ext)
		if len(files) == 0 || files[0].Table != v.Name ||
			files[0].Path != path || files[0].Part != max(id, 0) {
			return false
		}
		hash, bytes, err := hashFile(ctx, under(d.dir, files[0].Path))
		if err != nil || hash != files[0].SHA256 || bytes != files[0].Bytes {
			return false
		}
		files = files[1:]
	}
	return len(files) == 0
}
