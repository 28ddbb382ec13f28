package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/parquet-go/parquet-go"
	"golang.org/x/sync/errgroup"

	"github.com/percorso/percorso/export/format"
	"github.com/percorso/percorso/model"
	"github.com/percorso/percorso/model/handmade"
	"github.com/percorso/percorso/model/table"
)

// A stream is the rows of a dataset's files one after another, with one header, in the order of
// commits whatever the order in which workers encode.
func TestStreamIsTheFilesInOrderOfCommits(t *testing.T) {
	w := handmade.World(4)
	for _, kind := range []string{"csv", "jsonl"} {
		dir := t.TempDir()
		write(t, dir, w, options(t, kind, "none", "orders"))
		var want strings.Builder
		header := ""
		for part := range w.Parts {
			text := tree(t, dir)[partPath("orders", part, kind)]
			if kind == "csv" {
				header = text[:strings.Index(text, "\n")+1]
			}
			if want.Len() == 0 {
				want.WriteString(header)
			}
			want.WriteString(text[len(header):])
		}
		for _, compression := range []string{"none", "gzip", "zstd"} {
			t.Run(kind+"-"+compression, func(t *testing.T) {
				out := stream(t, w, options(t, kind, compression, "orders"))
				text, err := format.Decompressor(bytes.NewReader(out), compression)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(text)
				if err != nil || string(got) != want.String() {
					t.Errorf("%v, got %.300q, want %.300q", err, got, want.String())
				}
			})
		}
	}
}

// stream runs a world into a stream of one table: it encodes batches all at once and poisons them
// then, and commits in the order of parts.
func stream(t *testing.T, w *model.World, opt Options) []byte {
	t.Helper()
	var out bytes.Buffer
	s, err := format.NewTableWriter(&out, w.Tables, opt.Views[0], opt.Format, opt.Compression)
	if err != nil {
		t.Fatal(err)
	}
	var all []*table.Batch
	for part := table.StaticPart; part < w.Parts; part++ {
		all = append(all, handmade.Batches(w, part)...)
	}
	commits := make([]func() error, len(all))
	var g errgroup.Group
	for i, b := range all {
		g.Go(func() (err error) {
			commits[i], err = s.Encode(b)
			poison(w, b)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, commit := range commits {
		if commit == nil {
			continue
		}
		if err := commit(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// poison overwrites every value of a batch, as its worker will.
func poison(w *model.World, b *table.Batch) {
	for t := range w.Tables {
		for i := range b.Tables[t].Cols {
			v := &b.Tables[t].Cols[i]
			for j := range v.Int {
				v.Int[j] = 77
			}
			for j := range v.Code {
				v.Code[j] = 1
			}
			for j := range v.Text {
				v.Text[j] = "poison"
			}
		}
	}
}

// A Parquet stream is one whole file with the rows in their order.
func TestParquetStreamIsOneFile(t *testing.T) {
	w := handmade.World(4)
	for _, of := range []string{"orders", "customers", "stores"} {
		opt := options(t, "parquet", "snappy", of)
		out := stream(t, w, opt)
		id := opt.Views[0].Table
		var want bytes.Buffer
		schema := format.SchemaOf(w.Tables, opt.Views[0])
		f, err := format.LookupFormat("parquet")
		if err != nil {
			t.Fatal(err)
		}
		file, err := f.Open(&want, &schema, "snappy")
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for part := table.StaticPart; part < w.Parts; part++ {
			for _, b := range handmade.Batches(w, part) {
				rows += b.Tables[id].Len
				if err := file.Write(&b.Tables[id]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out, want.Bytes()) {
			t.Errorf("%s: the stream is not the file of the same rows", of)
		}
		read, err := parquet.OpenFile(bytes.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatal(err)
		}
		if read.NumRows() != int64(rows) || rows == 0 {
			t.Errorf("%s: %d rows, want %d, more than 0", of, read.NumRows(), rows)
		}
	}
}

// A stream of no rows is still a file of its format.
func TestStreamWithoutRows(t *testing.T) {
	w := handmade.World(1)
	header := "order_id,line_number,product_id,category,quantity,unit_price,amount,discount," +
		"coupon,tax,cost\n"
	for _, c := range []struct{ format, compression, want string }{
		{"csv", "none", header},
		{"csv", "gzip", header},
		{"jsonl", "none", ""},
		{"jsonl", "zstd", ""},
	} {
		var out bytes.Buffer
		opt := options(t, c.format, c.compression, "order_lines")
		s, err := format.NewTableWriter(&out, w.Tables, opt.Views[0], opt.Format, opt.Compression)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := format.Decompressor(&out, c.compression)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(text)
		if err != nil || string(got) != c.want {
			t.Errorf("%s %s: got %q, %v, want %q", c.format, c.compression, got, err, c.want)
		}
	}
}

// When the reader of a pipe goes away the caller can tell from the error.
func TestStreamPassesABrokenPipeOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes break with an error of their own on Windows")
	}
	w := handmade.World(1)
	for _, kind := range []string{"csv", "jsonl", "parquet"} {
		r, to, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		opt := options(t, kind, "", "events")
		s, err := format.NewTableWriter(to, w.Tables, opt.Views[0], kind, "")
		if err == nil {
			err = handmade.EncodeAll(s, handmade.Batches(w, 0))
		}
		if err == nil {
			err = s.Close() // Parquet may write only then
		}
		if !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%s: got %v, want a broken pipe", kind, err)
		}
		to.Close()
	}
}

func TestStreamOptionsMustBePossible(t *testing.T) {
	w, opt := handmade.World(1), options(t, "csv", "", "events")
	for _, c := range []struct{ format, compression, want string }{
		{"xls", "", `unknown format "xls"`}, {"csv", "snappy", `"snappy"`},
		{"parquet", "gzip", `"gzip"`},
	} {
		_, err := format.NewTableWriter(io.Discard, w.Tables, opt.Views[0], c.format, c.compression)
		if err == nil || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("got %v, want an error with %q", err, c.want)
		}
	}
}
