package push

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A client makes attempts to send requests, one after the other, and keeps what it needs for that.
// Each sender has one.
type client struct {
	opt      *Options
	packer   *packer
	blank    *http.Request // what all requests have in common
	answer   bytes.Buffer
	redactor redactor // of what the target says

	parent context.Context
	ctx    context.Context // shared by requests until one takes too long, or is not completely written
	cancel context.CancelCauseFunc
	timer  *time.Timer
	trace  *writeTrace
}

// newClient returns a client whose requests end when ctx is done.
func newClient(ctx context.Context, opt *Options, p *packer) *client {
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
	return &client{opt: opt, packer: p, parent: ctx, blank: blank,
		redactor: newRedactor(opt.Secrets, header, address.Query())}
}

// do sends a request and reads the answer.
func (t *client) do(r *Request) verdict {
	t.start()
	request := t.blank.WithContext(t.ctx)
	if r.Header != nil {
		request.Header = request.Header.Clone()
		maps.Copy(request.Header, r.Header)
	}
	rewound := false
	request.Body, request.ContentLength = newBody(r.packed), int64(len(r.packed))
	request.GetBody = func() (io.ReadCloser, error) {
		rewound = true
		return newBody(r.packed), nil
	}
	response, err := t.opt.Transport.RoundTrip(request)
	var v verdict
	if err == nil {
		v = t.read(response)
	} else {
		v = t.opt.failure(err)
		v.lost = v.lost && (rewound || t.trace.begun.Load())
	}
	whole := t.trace.written.Load() && !rewound
	r.reading = r.reading || !whole
	t.stop(whole)
	return v
}

// newBody returns a body of a type that net/http knows to be in memory, so that it is sent with the
// headers in one system call. The trace tells how much of it was written.
func newBody(packed []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(packed)) }

// A writeTrace is how far the transport has come in writing a request.
type writeTrace struct {
	begun   atomic.Bool // headers are written
	written atomic.Bool // the body is no longer read
}

// start begins to time a request. A context lasts until a request takes too long, or is still being
// written when its answer arrives, which is cheaper than one context per request.
func (t *client) start() {
	if t.timer != nil {
		t.trace.begun.Store(false)
		t.trace.written.Store(false)
		t.timer.Reset(t.opt.Timeout)
		return
	}
	way := new(writeTrace)
	ctx, cancel := context.WithCancelCause(httptrace.WithClientTrace(t.parent,
		&httptrace.ClientTrace{
			WroteHeaders: func() { way.begun.Store(true) },
			WroteRequest: func(httptrace.WroteRequestInfo) { way.written.Store(true) },
		}))
	t.ctx, t.cancel, t.trace = ctx, cancel, way
	t.timer = time.AfterFunc(t.opt.Timeout, func() { cancel(context.DeadlineExceeded) })
}

// stop ends the timing. A request still being written goes on with its own context.
func (t *client) stop(whole bool) {
	if !t.timer.Stop() || !whole {
		t.close()
	}
}

// close releases what the client holds.
func (t *client) close() {
	if t.timer != nil {
		t.timer.Stop()
		t.cancel(nil)
		t.timer = nil
	}
}

// read reads an answer. If the body breaks off after a status of success the answer counts as lost:
// the target may have accepted the request, or some of its events.
func (t *client) read(response *http.Response) verdict {
	defer response.Body.Close()
	t.answer.Reset()
	if response.StatusCode != http.StatusSwitchingProtocols { // its body is a connection
		_, err := t.answer.ReadFrom(io.LimitReader(response.Body, answerBytes))
		if err != nil && success(response.StatusCode) {
			return t.opt.failure(err)
		}
	}
	return t.opt.judge(response, t.redactor.redact(t.answer.Bytes()))
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
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return w
	}
	if opt.Compress == "zstd" {
		p.zstd, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest)) // both are valid
	}
	return p
}

// pack makes the body of a request as it will be sent, on every attempt.
func (p *packer) pack(r *Request) {
	r.Body = p.opt.Wire.End(r.Body, time.Now().UnixMicro())
	switch p.opt.Compress {
	case "gzip":
		into := bytes.NewBuffer(r.packed[:0])
		w := p.gzip.Get().(*gzip.Writer)
		w.Reset(into)
		_, _ = w.Write(r.Body) // writing to a buffer never fails
		_ = w.Close()
		p.gzip.Put(w)
		r.packed = into.Bytes()
	case "zstd":
		r.packed = p.zstd.EncodeAll(r.Body, r.packed[:0])
	default:
		r.packed = r.Body
	}
}
