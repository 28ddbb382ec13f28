package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

// A receipt says that a part is whole: what it wrote, and its share of the figures. It is a file of
// the folder .receipts while the run goes on.
type receipt struct {
	Part     int           `json:"part"`
	Hash     string        `json:"scenario_hash"`
	Files    []tableFile   `json:"files"`
	Expected *kpi.Expected `json:"answers"`
	Check    string        `json:"check"` // SHA-256 of the receipt with an empty check
}

// A tableFile is a file and the table it belongs to.
type tableFile struct {
	Table string `json:"table"`
	File
}

// encode returns the receipt's file.
func (r receipt) encode() ([]byte, error) {
	r.Check = ""
	text, err := encode(r)
	if err != nil {
		return nil, err
	}
	r.Check = sum(text)
	return encode(r)
}

// readReceipt returns the receipt in a file, if it is one and as it was written.
func readReceipt(path string) (r *receipt, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &r) != nil || r == nil || r.Expected == nil {
		return nil, false
	}
	again, err := r.encode()
	return r, err == nil && bytes.Equal(again, text)
}

// resume goes on with what an earlier run of the same scenario left in the folder: parts whose
// receipt and files are as they should be are done, the rest is swept away.
func (d *Dataset) resume(f *folder) error {
	before := f.run
	if f.complete != nil {
		before = f.complete
	}
	if before != nil {
		if diff := d.head.differs(before); diff != "" {
			return fmt.Errorf("%s has another dataset, this run has %s: replace it with "+
				"--force or choose another folder", d.dir, diff)
		}
	}
	if f.complete != nil {
		m, err := Verify(context.Background(), d.dir)
		if err != nil {
			return fmt.Errorf("%w\nreplace it with --force", err)
		}
		d.complete = m
		return sweepReceipts(d.dir)
	}
	keep := map[string]bool{}
	for _, r := range d.readReceipts(f.run) {
		if r == nil {
			continue
		}
		keep[receiptPath(r.Part)] = true
		for _, file := range r.Files {
			keep[file.Path] = true
		}
		d.done(r)
	}
	return f.claim(&d.head, keep)
}

// readReceipts returns the receipts of the parts that the given run completed, nil for others, in
// order from the static part on.
func (d *Dataset) readReceipts(run *Manifest) []*receipt {
	receipts := make([]*receipt, len(d.whole))
	if run == nil {
		return receipts
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range receipts {
		g.Go(func() error {
			id := i + table.StaticPart
			r, ok := readReceipt(under(d.dir, receiptPath(id)))
			if ok && d.honours(id, r) {
				receipts[i] = r
			}
			return nil // a part without a good receipt is simulated again
		})
	}
	g.Wait()
	return receipts
}

// honours reports whether a receipt is of the given part of this run and its files are there with
// the content it says.
func (d *Dataset) honours(id int, r *receipt) bool {
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
		hash, bytes, err := hashFile(context.Background(), under(d.dir, files[0].Path))
		if err != nil || hash != files[0].SHA256 || bytes != files[0].Bytes {
			return false
		}
		files = files[1:]
	}
	return len(files) == 0
}
