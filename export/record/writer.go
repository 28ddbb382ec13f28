package record

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
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

// skippable is the first of the numbers that begin a skippable frame of zstd (RFC 8878, 3.1.2).
const skippable = 0x184D2A50

// An OccupiedError says that a folder already has something in it.
type OccupiedError struct {
	Dir      string
	Complete bool // a recording
}

func (e *OccupiedError) Error() string {
	if e.Complete {
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
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	ours := []string{whole.Temp(requestsFile), requestsFile, ScenarioFile,
		whole.Temp(ScenarioFile), whole.Temp(ManifestFile)}
	for _, e := range entries {
		complete := e.Name() == ManifestFile
		if complete || !Is(dir) || !slices.Contains(ours, e.Name()) {
			return nil, &OccupiedError{dir, complete}
		}
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression)) // reads fastest
	if err != nil {
		return nil, err
	}
	file, err := whole.Create(filepath.Join(dir, requestsFile))
	if err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(dir, requestsFile)); !errors.Is(err, fs.ErrNotExist) &&
		err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Writer{dir: dir, file: file, hash: sha256.New(), encoder: encoder}, nil
}

// Write appends a request, whose body is recorded without its first prefix bytes.
func (w *Writer) Write(r *Request, prefix int) error {
	var body []byte
	if !r.Empty() {
		body = r.Body[prefix:]
		w.size.Requests++
	}
	w.size.Events += int64(len(r.IDs))
	w.size.Skipped += int64(len(r.Skipped))
	w.size.TooBig += int64(len(r.TooBig))
	w.size.Bytes += int64(len(body))
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
	const before = 8 // the number that begins the frame, and its size
	w.head = append(w.head[:0], make([]byte, before)...)
	for _, n := range []int{len(w.bodies), len(w.packed), w.open} {
		w.head = binary.AppendUvarint(w.head, uint64(n))
	}
	binary.LittleEndian.PutUint32(w.head, skippable)
	binary.LittleEndian.PutUint32(w.head[4:], uint32(len(w.head)-before+len(w.index)))
	for _, part := range [][]byte{w.head, w.index, w.packed} {
		if _, err := w.file.Write(part); err != nil {
			return err
		}
		w.hash.Write(part)
		w.bytes += int64(len(part))
	}
	w.open, w.index, w.bodies = 0, w.index[:0], w.bodies[:0]
	return nil
}

// Finish completes the recording. It adds what was written to the manifest, which says the rest.
func (w *Writer) Finish(m *Manifest, scenario []byte) error {
	if err := w.flush(); err != nil {
		return err
	}
	path := filepath.Join(w.dir, ScenarioFile)
	if err := whole.Write(path, scenario); err != nil {
		return err
	}
	sum := sha256.Sum256(scenario)
	m.Version = version
	m.Requests, m.Events, m.Skipped, m.TooBig = w.size.Requests, w.size.Events, w.size.Skipped,
		w.size.TooBig
	m.Bytes = w.size.Bytes
	m.Files = []File{
		{requestsFile, w.bytes, hex.EncodeToString(w.hash.Sum(nil))},
		{ScenarioFile, int64(len(scenario)), hex.EncodeToString(sum[:])},
	}
	if err := w.file.Commit(); err != nil {
		return fmt.Errorf("write %s: %w", requestsFile, whole.Cause(err))
	}
	return m.write(w.dir)
}

// Abandon ends a recording that stays unfinished.
func (w *Writer) Abandon() error { return w.file.Close() }
