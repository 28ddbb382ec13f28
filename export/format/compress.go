package format

import (
	"fmt"
	"io"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// All compressors here work on the calling goroutine and give the same bytes on every machine: that
// is why Snappy pages come from golang/snappy, whose assembly is byte for byte its Go code.

// textCompressions are those of CSV and JSON Lines, which compress the whole file.
var textCompressions = []string{"none", "gzip", "zstd"}

// textExt returns how the names of compressed text files end.
func textExt(format string) func(compression string) string {
	return func(compression string) string {
		switch compression {
		case "gzip":
			return format + ".gz"
		case "zstd":
			return format + ".zst"
		default:
			return format
		}
	}
}

// compressor returns a writer that compresses to w. Closing it ends the compressed data and not
// w.
func compressor(w io.Writer, compression string) (io.WriteCloser, error) {
	switch compression {
	case "gzip":
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	case "zstd":
		return newZstd(w)
	default:
		return uncompressed{w}, nil
	}
}

type uncompressed struct{ io.Writer }

func (uncompressed) Close() error { return nil }

// zstdWindow is how far back zstd looks. A worker has a dozen files open, and each holds four times
// as much.
const zstdWindow = 1 << 18

func newZstd(w io.Writer, options ...zstd.EOption) (*zstd.Encoder, error) {
	options = append(options,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(zstdWindow))
	z, err := zstd.NewWriter(w, options...)
	if err != nil {
		return nil, fmt.Errorf("zstd: %w", err)
	}
	return z, nil
}

// A pageCodec compresses the pages of a Parquet file.
type pageCodec struct {
	codec format.CompressionCodec
	zstd  *zstd.Encoder
}

func newPageCodec(compression string) (*pageCodec, error) {
	switch compression {
	case "snappy":
		return &pageCodec{codec: format.Snappy}, nil
	case "zstd":
		z, err := newZstd(nil, zstd.WithEncoderCRC(false)) // pages have sums of their own
		return &pageCodec{codec: format.Zstd, zstd: z}, err
	default:
		return &pageCodec{codec: format.Uncompressed}, nil
	}
}

// choose returns the codec for a column with the given first page: none if the page hardly gets
// shorter. Packed codes and random ids never do, and without a codec readers have less work.
func (p *pageCodec) choose(page []byte) *pageCodec {
	const small = 4 << 10 // too small to predict the pages to come
	if p.codec == format.Uncompressed || len(page) < small {
		return p
	}
	if len(p.compress(nil, page)) > len(page)-len(page)/16 {
		return &pageCodec{codec: format.Uncompressed}
	}
	return p
}

// compress returns the compressed page, in dst if it fits.
func (p *pageCodec) compress(dst, page []byte) []byte {
	if p.codec == format.Zstd {
		return p.zstd.EncodeAll(page, dst[:0])
	}
	return snappy.Encode(dst[:cap(dst)], page)
}

// Decompressor reads what a compression of the text formats wrote.
func Decompressor(r io.Reader, compression string) (io.ReadCloser, error) {
	switch compression {
	case "gzip":
		return gzip.NewReader(r)
	case "zstd":
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	default:
		return io.NopCloser(r), nil
	}
}
