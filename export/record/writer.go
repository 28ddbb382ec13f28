package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/percorso/percorso/export/whole"
)

// blockBytes is the largest size of the bodies of a block that has more than one request.
const blockBytes = 128 << 10

// blockRequests is the largest number of requests in a block.
const blockRequests = 4096

// mostBody is the largest size of a body.
const mostBody = 256 << 20

// castagnoli is the polynomial of the checksum of a block.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// skippable is the first of the numbers that begin a skippable frame of zstd (RFC 8878, 3.1.2).
const skippable = 0x184D2A50

// An OccupiedError says that a folder already has something in it, or is none.
type OccupiedError struct {
	Dir      string
	Complete bool // a recording
	File     bool // it is a file
}

func (e *OccupiedError) Error() string {
	switch {
	case e.File:
		return e.Dir + " is a file, want a folder for the recording"
	case e.Complete:
		return e.Dir + " has a complete recording already"
	}
	return e.Dir + " is not empty, and what it holds is no recording"
}

// A Writer writes a recording. It is not safe for concurrent use.
type Writer struct {
	dir   string
	file  *whole.File
	hash  hash.Hash
	bytes int64
	size  Manifest // its counts

	encoder *zstd.Encoder
	open    int    // requests of the open block
	index   []byte // of the open block, without its beginning
	bodies  []byte
	head    []byte // frame and beginning of the index of a block
	packed  []byte
}

// Create begins a recording in a folder, which it makes. An unfinished recording is replaced; the
// error of a folder with anything else in it is an *OccupiedError.
func Create(dir string) (*Writer, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, &OccupiedError{Dir: dir, File: true}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	ours := []string{whole.Temp(RequestsFile), ManifestFile, ScenarioFile,
		whole.Temp(ScenarioFile), whole.Temp(ManifestFile)}
	for _, e := range entries {
		if !unfinished(dir) || !slices.Contains(ours, e.Name()) {
			return nil, &OccupiedError{Dir: dir, Complete: Is(dir)}
		}
	}
	if err := os.Remove(filepath.Join(dir, ManifestFile)); err != nil &&
		!errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression), // reads fastest
		zstd.WithEncoderCRC(false))                         // the index has one
	if err != nil {
		return nil, err
	}
	file, err := whole.Create(filepath.Join(dir, RequestsFile))
	if err != nil {
		return nil, err
	}
	return &Writer{dir: dir, file: file, hash: sha256.New(), encoder: encoder}, nil
}

// Write appends a request, whose body is recorded without its first prefix bytes. A body of more
// than 256 MiB is an error.
func (w *Writer) Write(r *Request, prefix int) error {
	var body []byte
	if !r.Empty() {
		if body = r.Body[prefix:]; len(body) > mostBody {
			return fmt.Errorf("a request of %d events has %d MB, more than a recording takes",
				len(r.IDs), len(body)/1e6)
		}
	}
	w.size.count(r, len(body))
	if w.open > 0 && len(w.bodies)+len(body) > blockBytes || w.open == blockRequests {
		if err := w.flush(); err != nil {
			return err
		}
	}
	w.index = appendRequest(w.index, r, prefix)
	w.bodies = append(w.bodies, body...)
	w.open++
	return nil
}

// flush writes the open block.
func (w *Writer) flush() error {
	if w.open == 0 {
		return nil
	}
	w.packed = w.encoder.EncodeAll(w.bodies, w.packed[:0])
	const frame, sum = 8, 4 // bytes: of the number that begins the frame and its size; of the checksum
	w.head = append(w.head[:0], make([]byte, frame+sum)...)
	for _, n := range []int{len(w.bodies), len(w.packed), w.open} {
		w.head = binary.AppendUvarint(w.head, uint64(n))
	}
	binary.LittleEndian.PutUint32(w.head, skippable)
	binary.LittleEndian.PutUint32(w.head[4:], uint32(len(w.head)-frame+len(w.index)))
	crc := crc32.Update(crc32.Checksum(w.head[frame+sum:], castagnoli), castagnoli, w.index)
	binary.LittleEndian.PutUint32(w.head[frame:], crc32.Update(crc, castagnoli, w.packed))
	for _, part := range [][]byte{w.head, w.index, w.packed} {
		if _, err := w.file.Write(part); err != nil {
			return fmt.Errorf("write %s: %w", filepath.Join(w.dir, RequestsFile), whole.Cause(err))
		}
		w.hash.Write(part)
		w.bytes += int64(len(part))
	}
	w.open, w.index, w.bodies = 0, w.index[:0], w.bodies[:0]
	return nil
}

// Finish completes the recording. It adds what was written to the manifest, which says the rest.
// After an error the recording stays unfinished.
func (w *Writer) Finish(m *Manifest, scenario []byte) error {
	err := w.flush()
	if err == nil {
		err = whole.Write(filepath.Join(w.dir, ScenarioFile), scenario)
	}
	if err != nil {
		return errors.Join(err, w.Abandon())
	}
	sum := sha256.Sum256(scenario)
	m.Version = version
	m.Requests, m.Events, m.Skipped, m.TooBig = w.size.Requests, w.size.Events, w.size.Skipped,
		w.size.TooBig
	m.Bytes = w.size.Bytes
	m.Files = []File{
		{RequestsFile, w.bytes, hex.EncodeToString(w.hash.Sum(nil))},
		{ScenarioFile, int64(len(scenario)), hex.EncodeToString(sum[:])},
	}
	if err := m.write(w.dir); err != nil {
		return errors.Join(err, w.Abandon())
	}
	if err := w.file.Commit(); err != nil { // last: from now on it is complete
		return fmt.Errorf("write %s: %w", filepath.Join(w.dir, RequestsFile), whole.Cause(err))
	}
	return nil
}

// Abandon ends a recording that stays unfinished.
func (w *Writer) Abandon() error { return w.file.Close() }
