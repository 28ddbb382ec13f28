package record

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// roomAfter is how many bytes a body that is read may grow without being copied.
const roomAfter = 512

// A Reader reads the requests of a recording. It is not safe for concurrent use.
type Reader struct {
	dir     string
	file    *os.File
	in      *bufio.Reader
	rest    int64 // bytes of the file that are not read yet
	decoder *zstd.Decoder

	index  index  // of what is left of the block
	left   int64  // requests of the block
	bodies []byte // of the block; of a block with one request, none
	at     int64  // where the next body begins
	text   []byte // the whole index
	packed []byte
}

// Open begins to read the requests of a complete recording, see ReadManifest.
func Open(dir string) (*Reader, error) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxMemory(mostBody), zstd.WithDecodeAllCapLimit(true))
	if err != nil {
		return nil, err
	}
	file, err := os.Open(filepath.Join(dir, RequestsFile))
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &Reader{dir: dir, file: file, in: bufio.NewReaderSize(file, 256<<10),
		rest: info.Size(), decoder: decoder}, nil
}

// Close releases what the reader holds.
func (d *Reader) Close() error {
	d.decoder.Close()
	return d.file.Close()
}

// Read reads the next request into an empty one, with prefix before its body; after the last one it
// returns io.EOF. It needs no memory but that of the request, once that is large enough. If the
// file is not as it was written, the error is a *DamageError, at the first block that differs.
func (d *Reader) Read(r *Request, prefix []byte) error {
	err := d.read(r, prefix)
	if err == nil || err == io.EOF {
		return err
	}
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return err
	}
	what := err.Error()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		what = "it ends too early"
	}
	return &DamageError{d.dir, []Problem{{RequestsFile, what}}}
}

func (d *Reader) read(r *Request, prefix []byte) error {
	alone := false
	if d.left == 0 {
		if err := d.begin(); err != nil {
			return err
		}
		if alone = d.left == 1; !alone {
			if err := d.unpack(); err != nil {
				return err
			}
		}
	}
	d.left--
	size := d.index.request(r, len(prefix))
	if d.index.bad || alone && size != d.at || !alone && size > int64(len(d.bodies))-d.at {
		return errIndex
	}
	if r.Empty() {
		return nil
	}
	if room := len(prefix) + int(size) + roomAfter; cap(r.Body) < room {
		r.Body = make([]byte, 0, room+room/4) // others are larger
	}
	r.Body = append(r.Body[:0], prefix...)
	if !alone {
		r.Body = append(r.Body, d.bodies[d.at:d.at+size]...)
		d.at += size
		return nil
	}
	var err error
	r.Body, err = d.decoder.DecodeAll(d.packed, r.Body)
	if err == nil && int64(len(r.Body)-len(prefix)) != size {
		err = errIndex
	}
	return err
}

// begin reads the index of the next block, and its bodies as they are. The size of these is kept
// in d.at.
func (d *Reader) begin() error {
	var frame [8]byte
	if _, err := io.ReadFull(d.in, frame[:]); err != nil {
		return err
	}
	d.rest -= int64(len(frame))
	if binary.LittleEndian.Uint32(frame[:]) != skippable {
		return errIndex
	}
	if err := d.fill(&d.text, int64(binary.LittleEndian.Uint32(frame[4:]))); err != nil {
		return err
	}
	const sum = 4
	if len(d.text) < sum {
		return errIndex
	}
	d.index = index{rest: d.text[sum:]}
	bodies, packed := d.index.number(), d.index.number()
	d.left = d.index.number()
	if d.index.bad || d.left == 0 || bodies > mostBody || d.left > 1 && bodies > blockBytes {
		return errIndex
	}
	d.at = bodies
	if err := d.fill(&d.packed, packed); err != nil {
		return err
	}
	crc := crc32.Update(crc32.Checksum(d.text[sum:], castagnoli), castagnoli, d.packed)
	if crc != binary.LittleEndian.Uint32(d.text) {
		return errors.New("the checksum of a block is another one")
	}
	return nil
}

// fill reads as many bytes as there must be.
func (d *Reader) fill(buffer *[]byte, bytes int64) error {
	if d.rest -= bytes; d.rest < 0 {
		return io.ErrUnexpectedEOF
	}
	*buffer = slices.Grow((*buffer)[:0], int(bytes))[:bytes]
	_, err := io.ReadFull(d.in, *buffer)
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// unpack decompresses the bodies of a block.
func (d *Reader) unpack() (err error) {
	d.bodies = slices.Grow(d.bodies[:0], int(d.at))
	if d.bodies, err = d.decoder.DecodeAll(d.packed, d.bodies); err != nil {
		return err
	}
	if int64(len(d.bodies)) != d.at {
		return errIndex
	}
	d.at = 0
	return nil
}
