package dataset

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/export/whole"
	"github.com/percorso/percorso/model/kpi"
	"github.com/percorso/percorso/model/table"
)

// A part is one part of a run while its files are written. The worker that simulates it owns it.
type part struct {
	id     int
	files  []*partFile
	counts *kpi.Counter
}

// A partFile is one table of a part while it is written.
type partFile struct {
	table  table.TableID
	name   string // of the table
	at     string // path in the dataset
	final  string // path in this system
	writer format.Writer
	buffer *bufio.Writer // between the writer and the file
	file   *whole.File
	sum    hash.Hash
	rows   int64
	bytes  int64
}

// fileBuffer is the number of bytes of a file that are buffered before they are hashed and written.
const fileBuffer = 64 << 10

// openPart begins the files of a part.
func (d *Dataset) openPart(id int) (*part, error) {
	p := &part{id: id, counts: kpi.NewCounter(d.world)}
	ext := d.format.Ext(d.head.Compression)
	for i, v := range d.views {
		if !d.head.holds(id, v.Static, v.Snapshot) {
			continue
		}
		f := &partFile{table: v.Table, name: v.Name}
		f.at = d.head.path(v.Name, id, v.Static, v.Snapshot, ext)
		f.final = under(d.dir, f.at)
		if err := f.open(d.format, &d.schemas[i], d.head.Compression); err != nil {
			return nil, errors.Join(err, p.discard())
		}
		p.files = append(p.files, f)
	}
	return p, nil
}

func (f *partFile) open(format format.Format, s *format.Schema, compression string) (err error) {
	if err := os.MkdirAll(filepath.Dir(f.final), 0o777); err != nil {
		return err
	}
	// A file that is already there is another run's: two may have resumed the same dataset.
	if f.file, err = whole.CreateNew(f.final); err != nil {
		return err
	}
	f.sum = sha256.New()
	f.buffer = bufio.NewWriterSize(hashed{f}, fileBuffer)
	if f.writer, err = format.Open(f.buffer, s, compression); err != nil {
		return errors.Join(f.failed(err), f.file.Discard())
	}
	return nil
}

// write adds the rows of a batch to the files of a part.
func (p *part) write(b *table.Batch) error {
	if err := p.counts.Count(b); err != nil {
		return fmt.Errorf("part %d: %w", p.id, err)
	}
	for _, f := range p.files {
		rows := &b.Tables[f.table]
		if rows.Len == 0 {
			continue
		}
		if err := f.writer.Write(rows); err != nil {
			return f.failed(err)
		}
		f.rows += int64(rows.Len)
	}
	return nil
}

// A hashed writer passes bytes on to the file and to its hash.
type hashed struct{ f *partFile }

func (h hashed) Write(text []byte) (int, error) {
	n, err := h.f.file.Write(text)
	h.f.sum.Write(text[:n])
	h.f.bytes += int64(n)
	return n, err
}

// failed names the file in an error.
func (f *partFile) failed(err error) error {
	return fmt.Errorf("write %s: %w", f.final, whole.Cause(err))
}

// finish completes the files of a part and gives them their names.
func (p *part) finish() (*record, error) {
	r := &record{Part: p.id, Files: []tableFile{}, Expected: p.counts.Expected()}
	for _, f := range p.files {
		if err := f.close(); err != nil {
			return nil, f.failed(err)
		}
	}
	for _, f := range p.files {
		if err := f.file.Commit(); err != nil {
			return nil, err
		}
		r.Files = append(r.Files, tableFile{Table: f.name, File: File{
			Path: f.at, Part: max(p.id, 0), Rows: f.rows, Bytes: f.bytes,
			SHA256: hex.EncodeToString(f.sum.Sum(nil)),
		}})
	}
	return r, nil
}

func (f *partFile) close() error {
	if err := f.writer.Close(); err != nil {
		return err
	}
	if err := f.buffer.Flush(); err != nil {
		return err
	}
	return f.file.Close()
}

// discard removes the incomplete files of a part.
func (p *part) discard() error {
	var errs []error
	for _, f := range p.files {
		errs = append(errs, f.file.Discard())
	}
	return errors.Join(errs...)
}
