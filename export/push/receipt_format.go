package push

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go"

	"github.com/percorso/percorso/model/table"
)

// A receiptFormat is how a receipt is written.
type receiptFormat struct {
	suffix string
	create func(w io.Writer, of *Origin) (receiptWriter, error)
	// read reads the origin of the receipt and, if f is not nil, calls it with each row.
	read func(file *os.File, f func(*Row) error) (*Origin, error)
}

// A receiptWriter writes the rows of a receipt.
type receiptWriter interface {
	write(row *Row) error
	close() error
}

var receiptFormats = []receiptFormat{
	{".parquet", createParquet, readParquet},
	{".jsonl", createJSONL, readJSONL},
	{".jsonl.gz", createGzip, readGzip},
}

// lookupReceiptFormat returns the format of a file by its extension.
func lookupReceiptFormat(name string) (receiptFormat, error) {
	var suffixes []string
	for _, f := range receiptFormats {
		if strings.HasSuffix(name, f.suffix) {
			return f, nil
		}
		suffixes = append(suffixes, f.suffix)
	}
	return receiptFormat{}, fmt.Errorf("receipt %q: want a name that ends in %s", name,
		table.OneOf(suffixes))
}

// originKey is the key of the origin in the metadata of a Parquet receipt.
const originKey = "percorso.receipt"

// groupRows is the number of rows in a row group of a receipt, which are held in memory.
const groupRows = 1 << 18

// rowsAtOnce is the number of rows written or read at a time.
const rowsAtOnce = 1 << 10

type parquetReceipt struct {
	out  *parquet.GenericWriter[Row]
	rows []Row
}

func createParquet(w io.Writer, of *Origin) (receiptWriter, error) {
	about, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	return &parquetReceipt{out: parquet.NewGenericWriter[Row](w, parquet.Compression(&parquet.Snappy),
		parquet.MaxRowsPerRowGroup(groupRows), parquet.KeyValueMetadata(originKey, string(about)))}, nil
}

func (p *parquetReceipt) write(row *Row) error {
	p.rows = append(p.rows, *row)
	if len(p.rows) < rowsAtOnce {
		return nil
	}
	return p.flush()
}

func (p *parquetReceipt) flush() error {
	_, err := p.out.Write(p.rows)
	p.rows = p.rows[:0]
	return err
}

func (p *parquetReceipt) close() error { return errors.Join(p.flush(), p.out.Close()) }

func readParquet(file *os.File, f func(*Row) error) (*Origin, error) {
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	in, err := parquet.OpenFile(file, about.Size(), parquet.SkipPageIndex(true),
		parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	text, ok := in.Lookup(originKey)
	if !ok {
		return nil, fmt.Errorf("its metadata has no %s", originKey)
	}
	of := new(Origin)
	if err := json.Unmarshal([]byte(text), of); err != nil || f == nil {
		return of, err
	}
	rows := parquet.NewGenericReader[Row](in)
	defer rows.Close()
	some := make([]Row, rowsAtOnce)
	for {
		n, err := rows.Read(some)
		for i := range some[:n] {
			if err := f(&some[i]); err != nil {
				return of, err
			}
		}
		if errors.Is(err, io.EOF) {
			return of, nil
		}
		if err != nil {
			return of, err
		}
		clear(some)
	}
}

type jsonlReceipt struct {
	out   *bufio.Writer
	lines *json.Encoder
	gzip  *gzip.Writer // may be nil
}

// A header is the first line of a receipt in JSON Lines.
type header struct {
	Receipt *Origin `json:"receipt"`
}

func createJSONL(w io.Writer, of *Origin) (receiptWriter, error) {
	j := &jsonlReceipt{out: bufio.NewWriterSize(w, 64<<10)}
	j.lines = json.NewEncoder(j.out)
	return j, j.lines.Encode(header{of})
}

func createGzip(w io.Writer, of *Origin) (receiptWriter, error) {
	packed := gzip.NewWriter(w)
	j, err := createJSONL(packed, of)
	if err == nil {
		j.(*jsonlReceipt).gzip = packed
	}
	return j, err
}

func (j *jsonlReceipt) write(row *Row) error { return j.lines.Encode(row) }

func (j *jsonlReceipt) close() error {
	err := j.out.Flush()
	if j.gzip != nil {
		err = errors.Join(err, j.gzip.Close())
	}
	return err
}

func readJSONL(file *os.File, f func(*Row) error) (*Origin, error) { return readLines(file, f) }

func readGzip(file *os.File, f func(*Row) error) (*Origin, error) {
	packed, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return nil, err
	}
	return readLines(packed, f)
}

func readLines(in io.Reader, f func(*Row) error) (*Origin, error) {
	lines := json.NewDecoder(bufio.NewReaderSize(in, 64<<10))
	var first header
	if err := lines.Decode(&first); err != nil {
		return nil, err
	}
	if first.Receipt == nil {
		return nil, errors.New(`its first line is not {"receipt": …}`)
	}
	for f != nil {
		var row Row
		err := lines.Decode(&row)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = f(&row)
		}
		if err != nil {
			return nil, err
		}
	}
	return first.Receipt, nil
}
