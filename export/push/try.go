package push

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A try sends requests one after the other and keeps what it needs for that. Each sender has one.
type try struct {
	opt    *Options
	packer *packer
	blank  *http.Request // what all requests have in common
	answer bytes.Buffer
	veil   veil // over what the target says

	parent context.Context
	ctx    context.Context // of requests until one takes too long
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// newTry returns a try whose requests end when ctx is done.
func newTry(ctx context.Context, opt *Options, p *packer) *try {
	address, header := new(url.URL), make(http.Header)
	*address = *opt.Target
	if len(opt.Wire.Query) > 0 {
		query := address.Query()
		maps.Copy(query, opt.Wire.Query)
		address.RawQuery = query.Encode()
	}
	header.Set("User-Agent", "percorso")
	maps.Copy(header, opt.Wire.Header)
	maps.Copy(header, opt.Header)
	if opt.Compress != "" {
		header.Set("Content-Encoding", opt.Compress)
	}
	blank := &http.Request{Method: http.MethodPost, URL: address, Host: address.Host,
		Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	return &try{opt: opt, packer: p, parent: ctx, blank: blank,
		veil: newVeil(opt.Secrets, header, address.Query())}
}

// do sends a request and reads the answer.
func (t *try) do(r *Request) verdict {
	t.start()
	request := t.blank.WithContext(t.ctx)
	if r.attributes != nil {
		request.Header = request.Header.Clone()
		maps.Copy(request.Header, r.attributes)
	}
	first := newBody(r.packed)
	request.Body, request.ContentLength = first, int64(len(r.packed))
	rewound := false
	request.GetBody = func() (io.ReadCloser, error) {
		rewound = true
		return newBody(r.packed), nil
	}
	response, err := t.opt.Transport.RoundTrip(request)
	var v verdict
	if err == nil {
		v = t.read(response)
	} else {
		v = failure(err)
		v.lost = v.lost && (rewound || first.read.Load())
	}
	r.reading = r.reading || rewound || !first.closed.Load()
	t.stop()
	return v
}

// start begins to count the time of a request. A context lasts until a request takes too long,
// which is cheaper than one for each.
func (t *try) start() {
	if t.timer != nil {
		t.timer.Reset(t.opt.Timeout)
		return
	}
	ctx, cancel := context.WithCancelCause(t.parent)
	t.ctx, t.cancel = ctx, cancel
	t.timer = time.AfterFunc(t.opt.Timeout, func() { cancel(context.DeadlineExceeded) })
}

// stop ends it.
func (t *try) stop() {
	if !t.timer.Stop() {
		t.close()
	}
}

// close gives back what the try holds.
func (t *try) close() {
	if t.timer != nil {
		t.timer.Stop()
		t.cancel(nil)
		t.timer = nil
	}
}

// read reads an answer. One whose body breaks off has been lost if its status says yes: the target
// may have taken the request without telling of which events.
func (t *try) read(response *http.Response) verdict {
	defer response.Body.Close()
	t.answer.Reset()
	if response.StatusCode != http.StatusSwitchingProtocols { // its body is a connection
		_, err := t.answer.ReadFrom(io.LimitReader(response.Body, answerBytes))
		if err != nil && success(response.StatusCode) {
			return failure(err)
		}
	}
	return judge(response, t.veil.over(t.answer.Bytes()))
}

// A body is what is sent; it knows whether the transport has begun to read and has done with it.
type body struct {
	bytes.Reader
	read, closed atomic.Bool
}

func newBody(packed []byte) *body {
	b := new(body)
	b.Reset(packed)
	return b
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.Reader.Read(p)
}

// WriteTo implements io.WriterTo.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	b.read.Store(true)
	return b.Reader.WriteTo(w)
}

// Close implements io.Closer.
func (b *body) Close() error {
	b.closed.Store(true)
	return nil
}

// A packer makes bodies as they are sent. It is safe for concurrent use.
type packer struct {
	opt  *Options
	gzip sync.Pool
	zstd *zstd.Encoder
}

func newPacker(opt *Options) *packer {
	p := &packer{opt: opt}
	p.gzip.New = func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one
		return w
	}
	if opt.Compress == "zstd" {
		p.zstd, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest)) // neither is wrong
	}
	return p
}

// pack makes the body of a request as it will be sent, also again.
func (p *packer) pack(r *Request) {
	r.body = p.opt.Wire.End(r.body, time.Now().UnixMicro())
	switch p.opt.Compress {
	case "gzip":
		into := bytes.NewBuffer(r.packed[:0])
		w := p.gzip.Get().(*gzip.Writer)
		w.Reset(into)
		_, _ = w.Write(r.body) // a buffer takes everything
		_ = w.Close()
		p.gzip.Put(w)
		r.packed = into.Bytes()
	case "zstd":
		r.packed = p.zstd.EncodeAll(r.body, r.packed[:0])
	default:
		r.packed = r.body
	}
}
